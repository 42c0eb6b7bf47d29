/* ring.c: what the backends share: taking submissions in, delivering completions, the wake descriptor. */
#include "backend.h"
#include "syscall.h"
#include <fcntl.h>
#include <sys/eventfd.h>

/*
 * The wake descriptor blocks. io_uring would answer a read of a non-blocking one with EAGAIN instead of waiting for a
 * wake; with epoll it is never read; and a write blocks only after 2^64 wakes.
 */
struct uh_ring *ring_open(size_t size, const struct backend *backend, enum uh_backend identity, int32_t *error)
{
    struct uh_ring *ring = memory_map(size);
    if (ring == NULL) {
        *error = -ENOMEM;
        return NULL;
    }
    ring->backend = backend;
    ring->identity = identity;
    ring->size = size;
    ring->owner = thread_pointer();
    ring->wake_fd = sys_eventfd(0, EFD_CLOEXEC);
    *error = ring->wake_fd < 0 ? ring->wake_fd : -ENOMEM;
    if (ring->wake_fd >= 0 && operation_table_open(&ring->operations))
        return ring;
    ring_close(ring, true);
    return NULL;
}

void ring_close(struct uh_ring *ring, bool lets_go)
{
    operation_table_close(&ring->operations);
    if (ring->wake_fd >= 0)
        sys_close(ring->wake_fd);
    if (lets_go)
        memory_unmap(ring, ring->size);
}

/* 0, or the errno that a submission fails with, whatever the backend. */
static int32_t submission_error(const struct uh_submission *submission)
{
    const uint32_t pollable = POLLIN | POLLOUT | POLLRDHUP;
    switch (submission->kind) {
    case UH_NOP:
    case UH_CANCEL:
        return 0;
    case UH_RECEIVE:
        /* Receiving into no room gives 0, which would be taken for the end of the stream. */
        if (submission->length == 0)
            return -EINVAL;
        break;
    case UH_POLL:
        if ((submission->extra & ~pollable) != 0)
            return -EINVAL;
        break;
    case UH_CONNECT:
    case UH_ACCEPT:
    case UH_SEND:
    case UH_SHUTDOWN:
    case UH_CLOSE:
        break;
    default:
        return -EINVAL;
    }
    if (submission->length > INT32_MAX)
        return -EINVAL;
    return descriptor_is_valid(submission->fd) ? 0 : -EBADF;
}

struct operation *ring_take(struct uh_ring *ring, struct turn *turn)
{
    const struct uh_submission *submission = &turn->in[turn->taken];
    struct operation *operation = operation_begin(&ring->operations, submission);
    if (operation == NULL)
        return NULL;
    turn->taken++;
    ring->stats.submissions++;
    ring->stats.in_flight++;
    int32_t error = submission_error(submission);
    if (error < 0) {
        ring_finish(ring, operation, error);
    } else if (submission->kind == UH_SHUTDOWN) {
        /* Never through io_uring, which gives every shutdown to a worker thread. The call itself does not block. */
        ring->stats.syscalls++;
        ring_finish(ring, operation, sys_shutdown(submission->fd, (int32_t)submission->extra));
    }
    return operation;
}

void ring_finish(struct uh_ring *ring, struct operation *operation, int32_t result)
{
    operation_finish(&ring->operations, operation, result);
    operation_push(&ring->operations, &ring->finished, operation);
}

void ring_deliver(struct uh_ring *ring, struct turn *turn, struct operation *operation, int32_t result, uint32_t flags)
{
    turn->out[turn->delivered++] = (struct uh_completion){operation->request.token, result, flags};
    ring->stats.completions++;
    if ((flags & UH_MORE) != 0)
        return;
    ring->stats.in_flight--;
    if ((operation->flags & OPERATION_FINISHED) == 0)
        operation_finish(&ring->operations, operation, result);
    operation_end(&ring->operations, operation);
}

void ring_deliver_finished(struct uh_ring *ring, struct turn *turn)
{
    while (turn_has_room(turn)) {
        struct operation *operation = operation_pop(&ring->operations, &ring->finished);
        if (operation == NULL)
            return;
        ring_deliver(ring, turn, operation, operation->result, 0);
    }
}
