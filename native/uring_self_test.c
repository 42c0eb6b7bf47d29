/* uring_self_test.c: whether an io_uring that could be set up can also be used: a sandbox may refuse the rest. */
#include "syscall.h"
#include "uring_queue.h"
#include <errno.h>

static bool has(const struct uring_probe *probe, uint32_t operation)
{
    return operation <= probe->last_op && (probe->ops[operation].flags & URING_PROBE_OP_SUPPORTED) != 0;
}

int32_t uring_queue_check_operations(const struct uring_queue *queue, struct uh_ring_info *info)
{
    static const uint8_t required[] = {URING_OP_NOP,     URING_OP_POLL_ADD, URING_OP_ACCEPT, URING_OP_ASYNC_CANCEL,
                                       URING_OP_CONNECT, URING_OP_READ,     URING_OP_SEND,   URING_OP_RECV};
    struct uring_probe probe = {0};
    int32_t error = sys_io_uring_register(queue->fd, URING_REGISTER_PROBE, &probe, URING_PROBE_OPS);
    if (error < 0)
        return error;
    for (size_t i = 0; i < sizeof required; i++) {
        if (!has(&probe, required[i]))
            return -EOPNOTSUPP;
    }
    /* These came with 5.19 and cannot be asked for one by one; the socket operation came with the same release. */
    if (uring_may_use(URING_RUNG_5_19) && has(&probe, URING_OP_SOCKET))
        info->capabilities |= UH_CAP_MULTISHOT_ACCEPT | UH_CAP_POLL_FIRST | UH_CAP_CANCEL_ANY;
    if (has(&probe, URING_OP_SEND_ZC))
        info->capabilities |= UH_CAP_SEND_ZERO_COPY;
    return 0;
}

/* More than signals will interrupt, so that even an enter that waits for nothing ends. */
enum { PATIENCE = 1000 };

/* Submits what is in the queue and takes one completion from it. 0 if that has the result, else an errno. */
static int32_t expect(struct uring_queue *queue, int32_t result)
{
    uint32_t head = uring_queue_head(queue);
    for (int tries = 0; uring_queue_tail(queue) == head; tries++) {
        int32_t entered = uring_queue_enter(queue, 1, URING_SELF_TEST_NS);
        if (entered < 0 && entered != -EINTR)
            return entered;
        if (tries == PATIENCE)
            return -ETIME;
    }
    int32_t given = uring_queue_at(queue, head)->res;
    uring_queue_consume(queue, head + 1);
    if (given == result)
        return 0;
    return given < 0 ? given : -EIO;
}

static int32_t test_nothing(struct uring_queue *queue)
{
    *uring_queue_next(queue) = (struct uring_sqe){.opcode = URING_OP_NOP, .fd = -1};
    return expect(queue, 0);
}

/* The receive goes first, so that it has to wait: that is another path in the kernel than an answer at once. */
static int32_t test_exchange(struct uring_queue *queue, const int32_t pair[2])
{
    char sent = 'u';
    char received = 0;
    *uring_queue_next(queue) =
        (struct uring_sqe){.opcode = URING_OP_RECV, .fd = pair[0], .addr = (uint64_t)(uintptr_t)&received, .len = 1};
    int32_t error = uring_queue_enter(queue, 0, 0);
    if (error < 0)
        return error;
    *uring_queue_next(queue) = (struct uring_sqe){.opcode = URING_OP_SEND,
                                                  .fd = pair[1],
                                                  .addr = (uint64_t)(uintptr_t)&sent,
                                                  .len = 1,
                                                  .op_flags = MSG_WAITALL | MSG_NOSIGNAL};
    error = expect(queue, 1);
    if (error == 0)
        error = expect(queue, 1);
    /* After a failure the receive may still be in flight. Nothing is left that it could write into our frame. */
    sys_receive(pair[0], &received, 1, MSG_DONTWAIT);
    sys_shutdown(pair[0], SHUT_RDWR);
    return error < 0 ? error : received == sent ? 0 : -EIO;
}

int32_t uring_queue_self_test(struct uring_queue *queue)
{
    int32_t error = test_nothing(queue);
    if (error < 0)
        return error;
    int32_t pair[2];
    error = sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    if (error < 0)
        return error;
    error = test_exchange(queue, pair);
    sys_close(pair[0]);
    sys_close(pair[1]);
    return error;
}
