/*
 * backend_uring.c: operations as io_uring requests.
 *
 * A turn: what must be submitted again, then the caller's submissions, are written into the submission queue; one
 * io_uring_enter(2) submits and waits; the completions are handed on. Every entry carries the slot of its operation as
 * user_data. A slot is given back at its terminal completion, after which the kernel never names it again.
 */
#include "backend.h"
#include "syscall.h"
#include "uring_queue.h"

/* user_data of what is not an operation; no slot goes that high */
#define USER_DATA_WAKE UINT64_MAX
#define USER_DATA_NOBODY (UINT64_MAX - 1)

/* How long uh_ring_close waits for the kernel to let go of what is in flight, and after how long it asks again. */
#define CLOSE_LIMIT_NS 5000000000
#define CLOSE_ROUND_NS 100000000

struct uring_ring {
    struct uh_ring base;
    struct uring_queue queue;
    struct operation_queue retries; /* to be submitted (again) by the next enter */
    uint64_t wake_count;            /* where the read of the wake descriptor puts it */
    uint32_t capabilities;
    uint32_t owed;      /* terminal completions that the kernel owes us */
    int32_t error;      /* what ended this ring; every enter returns it */
    bool wake_is_armed; /* a read of the wake descriptor is queued or in flight */
    bool was_woken;     /* during this enter */
    bool is_closing;
};

/* ---- submitting ---- */

static struct uring_sqe *next_entry(struct uring_ring *ring)
{
    ring->owed++;
    return uring_queue_next(&ring->queue);
}

/* A wake is the completion of a read that is always in flight, so that it costs the loop no system call of its own. */
static void arm_wake(struct uring_ring *ring)
{
    if (ring->wake_is_armed || !uring_queue_has_room(&ring->queue))
        return;
    ring->wake_is_armed = true;
    *next_entry(ring) = (struct uring_sqe){.opcode = URING_OP_READ,
                                           .fd = ring->base.wake_fd,
                                           .addr = (uint64_t)(uintptr_t)&ring->wake_count,
                                           .len = sizeof ring->wake_count,
                                           .user_data = USER_DATA_WAKE};
}

static uint16_t receive_flags(const struct uring_ring *ring, const struct uh_submission *request)
{
    bool poll_first = (request->flags & UH_POLL_FIRST) != 0 && (ring->capabilities & UH_CAP_POLL_FIRST) != 0;
    return poll_first ? URING_RECVSEND_POLL_FIRST : 0;
}

/* Where there is no multishot accept, the first connection ends the operation, as the contract allows at any time. */
static uint16_t accept_flags(const struct uring_ring *ring, const struct uh_submission *request)
{
    bool multishot = (request->flags & UH_MULTISHOT) != 0 && (ring->capabilities & UH_CAP_MULTISHOT_ACCEPT) != 0;
    return multishot ? URING_ACCEPT_MULTISHOT : 0;
}

/* The events that a poll in front of an operation waits for. */
static uint32_t events_of(const struct uh_submission *request)
{
    switch (request->kind) {
    case UH_CONNECT:
    case UH_SEND:
        return POLLOUT;
    case UH_POLL:
        return request->extra;
    default:
        return POLLIN;
    }
}

/* Writes the entry of an operation that has one. Needs room. */
static void queue_operation(struct uring_ring *ring, const struct operation *operation)
{
    const struct uh_submission *request = &operation->request;
    struct uring_sqe *entry = next_entry(ring);
    *entry = (struct uring_sqe){.fd = request->fd, .user_data = operation->slot};
    if (request->kind == UH_POLL || (operation->flags & OPERATION_POLLING) != 0) {
        entry->opcode = URING_OP_POLL_ADD;
        entry->op_flags = events_of(request);
        return;
    }
    switch (request->kind) {
    case UH_NOP:
        entry->opcode = URING_OP_NOP;
        entry->fd = -1;
        break;
    case UH_CONNECT:
        entry->opcode = URING_OP_CONNECT;
        entry->addr = request->address;
        entry->off = request->length;
        break;
    case UH_ACCEPT:
        entry->opcode = URING_OP_ACCEPT;
        entry->op_flags = SOCK_CLOEXEC;
        entry->ioprio = accept_flags(ring, request);
        break;
    case UH_RECEIVE:
        entry->opcode = URING_OP_RECV;
        entry->addr = request->address;
        entry->len = request->length;
        entry->ioprio = receive_flags(ring, request);
        break;
    case UH_SEND:
        entry->opcode = URING_OP_SEND;
        entry->addr = request->address + operation->done;
        entry->len = request->length - operation->done;
        entry->op_flags = MSG_WAITALL | MSG_NOSIGNAL;
        break;
    }
}

static void retry(struct uring_ring *ring, struct operation *operation)
{
    operation->flags |= OPERATION_RETRYING;
    operation_push(&ring->base.operations, &ring->retries, operation);
}

/* Asks for the end of an operation. False: the kernel need not be asked. `user_data` gets its answer. Needs room. */
static bool request_cancel(struct uring_ring *ring, struct operation *target, uint64_t user_data)
{
    target->flags |= OPERATION_CANCELLED;
    if ((target->flags & OPERATION_RETRYING) != 0)
        return false;
    *next_entry(ring) =
        (struct uring_sqe){.opcode = URING_OP_ASYNC_CANCEL, .fd = -1, .addr = target->slot, .user_data = user_data};
    return true;
}

static void start_cancel(struct uring_ring *ring, struct operation *operation)
{
    const struct uh_submission *request = &operation->request;
    struct operation *target = operation_find(&ring->base.operations, request->fd, request->address);
    if (target == NULL)
        ring_finish(&ring->base, operation, -ENOENT);
    else if (!request_cancel(ring, target, operation->slot))
        ring_finish(&ring->base, operation, 0);
}

/*
 * By the contract nothing is in flight on a descriptor that is to be closed. What is there all the same is cancelled,
 * or the kernel would keep the file open and go on with it. False when the queue has no room for all of the cancels
 * yet.
 */
static bool cancel_all_on(struct uring_ring *ring, int32_t fd)
{
    const struct descriptor *descriptor = descriptor_find(&ring->base.operations, fd);
    uint32_t slot = descriptor != NULL ? descriptor->operations : 0;
    while (slot != 0) {
        struct operation *operation = operation_at(&ring->base.operations, slot);
        if ((operation->flags & OPERATION_CANCELLED) == 0) {
            if (!uring_queue_has_room(&ring->queue))
                return false;
            request_cancel(ring, operation, USER_DATA_NOBODY);
        }
        slot = operation->next;
    }
    return true;
}

/*
 * close(2) and not IORING_OP_CLOSE: it is over when it returns, so the number is free and the FIN is on its way; no
 * kernel has a bug in it; and what it costs more, one system call a connection, is small against the rest of a
 * connection's end.
 */
static void close_descriptor(struct uring_ring *ring, struct operation *operation)
{
    ring->base.stats.syscalls++;
    ring_finish(&ring->base, operation, uh_socket_close(operation->request.fd));
}

static void start(struct uring_ring *ring, struct operation *operation)
{
    switch (operation->request.kind) {
    case UH_CANCEL:
        start_cancel(ring, operation);
        break;
    case UH_CLOSE:
        close_descriptor(ring, operation);
        break;
    default:
        queue_operation(ring, operation);
    }
}

static void submit_retries(struct uring_ring *ring)
{
    while (uring_queue_has_room(&ring->queue)) {
        struct operation *operation = operation_pop(&ring->base.operations, &ring->retries);
        if (operation == NULL)
            return;
        operation->flags &= ~(uint32_t)OPERATION_RETRYING;
        if ((operation->flags & OPERATION_CANCELLED) != 0)
            ring_finish(&ring->base, operation, operation_cancelled_result(operation));
        else
            start(ring, operation);
    }
}

/* Takes submissions in until the submission queue is full. */
static void take_submissions(struct uring_ring *ring, struct turn *turn)
{
    while (!turn_took_all(turn) && uring_queue_has_room(&ring->queue)) {
        const struct uh_submission *submission = &turn->in[turn->taken];
        if (submission->kind == UH_CLOSE && !cancel_all_on(ring, submission->fd))
            return;
        struct operation *operation = ring_take(&ring->base, turn);
        if (operation == NULL)
            return;
        if ((operation->flags & OPERATION_FINISHED) == 0)
            start(ring, operation);
    }
}

/* ---- completing ---- */

/*
 * The kernel finds no request while that is between two of its lists, on the way from a poll to the next attempt or to
 * a worker thread: it then says ENOENT, and goes on with the request. So ENOENT counts only if the operation has ended.
 */
static bool missed_its_target(const struct uring_ring *ring, const struct operation *operation, int32_t result)
{
    const struct uh_submission *request = &operation->request;
    return request->kind == UH_CANCEL && result == -ENOENT &&
           operation_find(&ring->base.operations, request->fd, request->address) != NULL;
}

/* Whether the operation must go on after what looks like its end. If not, *result becomes what the caller gets. */
static bool goes_on(struct operation *operation, int32_t *result)
{
    bool cancelled = (operation->flags & OPERATION_CANCELLED) != 0;
    bool again = false;
    if ((operation->flags & OPERATION_POLLING) != 0) {
        operation->flags &= ~(uint32_t)OPERATION_POLLING;
        again = *result >= 0;
    } else if (*result == -EAGAIN) {
        /* Of a descriptor that is not ours and has O_NONBLOCK, on some kernels. Wait until it is ready, then go on. */
        operation->flags |= OPERATION_POLLING;
        again = true;
    } else if (*result == -EINTR) {
        again = true;
    } else if (operation->request.kind == UH_SEND && *result > 0) {
        /* Before 5.19 MSG_WAITALL did not make the kernel go on after a short send. */
        operation->done += (uint32_t)*result;
        again = operation->done < operation->request.length;
    }
    if (again && !cancelled)
        return true;
    if (again)
        *result = -ECANCELED;
    if (operation->request.kind == UH_SEND && operation->done > 0)
        *result = (int32_t)operation->done;
    return false;
}

static uint32_t completion_flags(const struct operation *operation, const struct uring_cqe *completion)
{
    if (operation->request.kind == UH_RECEIVE && (completion->flags & URING_CQE_F_SOCK_NONEMPTY) != 0)
        return UH_NONEMPTY;
    return (completion->flags & URING_CQE_F_MORE) != 0 ? UH_MORE : 0;
}

/* While the ring closes: nobody is told, but a connection that was accepted must not leak. */
static void discard(struct uring_ring *ring, struct operation *operation, const struct uring_cqe *completion)
{
    if (operation->request.kind == UH_ACCEPT && (operation->flags & OPERATION_POLLING) == 0 && completion->res >= 0)
        sys_close(completion->res);
    if ((completion->flags & URING_CQE_F_MORE) == 0)
        operation_finish(&ring->base.operations, operation, completion->res);
}

/* An error would come back each time the read is armed: without wakes the ring is no use. */
static void on_wake(struct uring_ring *ring, int32_t result)
{
    ring->wake_is_armed = false;
    ring->was_woken = true;
    ring->base.stats.wakes++;
    if (result < 0 && result != -EINTR)
        ring->error = result;
}

static void complete(struct uring_ring *ring, struct turn *turn, const struct uring_cqe *completion)
{
    bool is_terminal = (completion->flags & URING_CQE_F_MORE) == 0;
    ring->owed -= is_terminal ? 1 : 0;
    if (completion->user_data == USER_DATA_WAKE) {
        on_wake(ring, completion->res);
        return;
    }
    if (completion->user_data == USER_DATA_NOBODY)
        return;
    struct operation *operation = operation_at(&ring->base.operations, (uint32_t)completion->user_data);
    if (ring->is_closing) {
        discard(ring, operation, completion);
        return;
    }
    int32_t result = completion->res;
    if (is_terminal && (missed_its_target(ring, operation, result) || goes_on(operation, &result))) {
        retry(ring, operation);
        return;
    }
    if (operation->request.kind == UH_CONNECT && result == 0) {
        ring->base.stats.syscalls++;
        result = socket_confirm_connected(operation->request.fd);
    }
    ring_deliver(&ring->base, turn, operation, result, completion_flags(operation, completion));
}

/* Hands on what is in the completion queue, as far as there is room. Returns how many entries it took. */
static uint32_t reap(struct uring_ring *ring, struct turn *turn)
{
    uint32_t first = uring_queue_head(&ring->queue);
    uint32_t head = first;
    uint32_t tail = uring_queue_tail(&ring->queue);
    while (head != tail && turn_has_room(turn))
        complete(ring, turn, uring_queue_at(&ring->queue, head++));
    if (head != first)
        uring_queue_consume(&ring->queue, head);
    return head - first;
}

/* ---- the turn ---- */

/* The one system call of a turn. */
static void cross(struct uring_ring *ring, uint32_t wait, int64_t timeout_ns)
{
    ring->base.stats.syscalls++;
    if ((uring_queue_flags(&ring->queue) & URING_SQ_CQ_OVERFLOW) != 0)
        ring->base.stats.overflows++;
    int32_t result = uring_queue_enter(&ring->queue, wait, timeout_ns);
    switch (result) {
    case -EINTR:
        ring->base.stats.interrupts++;
        return;
    case -ETIME:
        return;
    case -EAGAIN:
    case -EBUSY:
        /* Short of memory, or (older kernels) of room for completions. What was not submitted stays in the queue. */
        return;
    default:
        if (result < 0)
            ring->error = result;
    }
}

/* All is said and nothing is there. The wake must be armed, or a wake would not end the wait. */
static bool may_wait(const struct uring_ring *ring, const struct turn *turn)
{
    return turn->timeout_ns != 0 && turn->delivered == 0 && turn_took_all(turn) && !ring->was_woken &&
           ring->wake_is_armed && ring->retries.head == 0;
}

/* The kernel posts some twenty deferred completions an enter, and one enter empties an overflow only as far as there is
 * room in the queue: so go on while it holds something back, we have room, and it helps. */
static void flush(struct uring_ring *ring, struct turn *turn)
{
    while (ring->error == 0 && turn_has_room(turn) && uring_queue_holds_back(&ring->queue)) {
        cross(ring, 0, 0);
        if (reap(ring, turn) == 0)
            return;
    }
}

static int32_t uring_enter(struct uh_ring *base, struct turn *turn)
{
    struct uring_ring *ring = (struct uring_ring *)base;
    ring->was_woken = false;
    bool is_last = false;
    while (!is_last && ring->error == 0) {
        arm_wake(ring);
        submit_retries(ring);
        take_submissions(ring, turn);
        ring_deliver_finished(base, turn);
        reap(ring, turn);

        uint32_t unsubmitted = uring_queue_unsubmitted(&ring->queue);
        bool wait = may_wait(ring, turn);
        if (!wait && unsubmitted == 0 && !uring_queue_holds_back(&ring->queue))
            break;
        cross(ring, wait ? 1 : 0, turn->timeout_ns);
        reap(ring, turn);
        /* More submissions than the queue has entries take more than one round, as long as the kernel takes them. */
        is_last = turn_took_all(turn) || uring_queue_unsubmitted(&ring->queue) == unsubmitted;
    }
    flush(ring, turn);
    return ring->error;
}

/* ---- the end ---- */

/* While the ring closes completions are discarded, so there is nobody to deliver them to. */
static void submit_and_discard(struct uring_ring *ring, uint32_t wait)
{
    struct turn nobody = {.capacity = UINT32_MAX};
    cross(ring, wait, CLOSE_ROUND_NS);
    reap(ring, &nobody);
}

/* Asks for the end of everything. What was asked before is asked again: a cancel may miss (see missed_its_target). */
static void cancel_everything(struct uring_ring *ring)
{
    for (uint32_t slot = 1; slot <= ring->base.operations.highest; slot++) {
        struct operation *operation = operation_at(&ring->base.operations, slot);
        if ((operation->flags & (OPERATION_FINISHED | OPERATION_RETRYING)) != 0)
            continue;
        if (!uring_queue_has_room(&ring->queue))
            submit_and_discard(ring, 0);
        if (!uring_queue_has_room(&ring->queue))
            return;
        request_cancel(ring, operation, USER_DATA_NOBODY);
    }
    uh_ring_wake(&ring->base); /* ends the read of the wake descriptor */
}

static int32_t uring_close(struct uh_ring *base)
{
    struct uring_ring *ring = (struct uring_ring *)base;
    ring->is_closing = true;
    /* What ended the ring need not keep it from closing. But where a completion was lost nobody knows what is owed. */
    if (ring->error != -EBADR)
        ring->error = 0;
    int64_t deadline = sys_now_ns() + CLOSE_LIMIT_NS;
    while (ring->owed > 0 && ring->error == 0 && sys_now_ns() < deadline) {
        cancel_everything(ring);
        uint32_t room = ring->queue.cq_mask + 1;
        submit_and_discard(ring, ring->owed < room ? ring->owed : room);
    }
    int32_t error = ring->error == 0 && ring->owed > 0 ? -ETIMEDOUT : ring->error;
    uring_queue_close(&ring->queue);
    return error;
}

static const struct backend uring_backend = {uring_enter, uring_close};

int32_t uring_open(const struct uh_ring_config *config, struct uh_ring_info *info, struct uh_ring **opened)
{
    int32_t error;
    struct uh_ring *base = ring_open(sizeof(struct uring_ring), &uring_backend, UH_BACKEND_IO_URING, &error);
    if (base == NULL)
        return error;
    struct uring_ring *ring = (struct uring_ring *)base;
    error = uring_queue_open(&ring->queue, config, info);
    if (error < 0) {
        ring_close(base, true);
        return error;
    }
    ring->capabilities = info->capabilities;
    info->backend = UH_BACKEND_IO_URING;
    *opened = base;
    return 0;
}
