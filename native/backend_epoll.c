/*
 * backend_epoll.c: operations as system calls that are tried, and tried again when an event says that it is worth it.
 *
 * A turn: the caller's submissions join the queue of what is ready to be tried; each of those is tried once; the kernel
 * is asked for events, and waited for if nothing has completed; the events make parked operations ready; those are
 * tried. All events are applied before any descriptor is closed, and what a try leaves over waits in the queue for the
 * next pass.
 */
#include "epoll_ring.h"

/* Connections taken from one listener before the other operations have their turn again. */
enum { ACCEPT_QUOTA = 32 };

/* A unix listener with a full backlog gives no event to wait for: a connect to it is tried again after this long. */
enum { STALLED_RETRY_NS = 5000000 };

/* epoll_event.data of the wake descriptor; no descriptor with its generation gives this, since none is negative. */
#define DATA_WAKE UINT64_MAX

/* An urgent byte shows as EPOLLPRI. HUP and ERR are always reported. */
#define EVENTS_TO_REGISTER (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET)
#define EVENTS_OF_END (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)
#define EVENTS_TO_READ (EPOLLIN | EVENTS_OF_END)
#define EVENTS_TO_WRITE (EPOLLOUT | EPOLLHUP | EPOLLERR)

static struct descriptor *descriptor_of(struct epoll_ring *ring, const struct operation *operation)
{
    return descriptor_find(&ring->base.operations, operation->request.fd);
}

static void make_ready(struct epoll_ring *ring, struct operation *operation)
{
    operation->flags &= ~(uint32_t)OPERATION_PARKED;
    operation_push(&ring->base.operations, &ring->ready, operation);
}

/* ---- waiting for events ---- */

static bool is_tcp(int32_t fd)
{
    int32_t protocol = 0;
    uint32_t size = sizeof protocol;
    const int32_t tcp = 6;
    return sys_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == tcp;
}

/* Once in the life of a descriptor, for all events. epoll reports what is ready already, so nothing that happened
 * before is missed. Fails for what cannot be waited for, such as a regular file (EPERM). */
static int32_t ensure_registered(struct epoll_ring *ring, int32_t fd, struct descriptor *descriptor)
{
    if ((descriptor->flags & DESCRIPTOR_REGISTERED) != 0)
        return 0;
    struct epoll_event event = {.events = EVENTS_TO_REGISTER,
                                .data.u64 = (uint64_t)descriptor->generation << 32 | (uint32_t)fd};
    ring->base.stats.syscalls += 2;
    int32_t error = sys_epoll_ctl(ring->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    if (error == 0)
        descriptor->flags |= DESCRIPTOR_REGISTERED | (is_tcp(fd) ? DESCRIPTOR_STREAM : 0u);
    return error;
}

static void park(struct epoll_ring *ring, struct turn *turn, struct operation *operation)
{
    int32_t error = ensure_registered(ring, operation->request.fd, descriptor_of(ring, operation));
    if (error < 0)
        ring_deliver(&ring->base, turn, operation, error, 0);
    else
        operation->flags |= OPERATION_PARKED;
}

static uint32_t events_that_concern(const struct operation *operation)
{
    switch (operation->request.kind) {
    case UH_CONNECT:
    case UH_SEND:
        return EVENTS_TO_WRITE;
    case UH_POLL:
        return operation->request.extra | EPOLLHUP | EPOLLERR;
    default:
        return EVENTS_TO_READ;
    }
}

/* The bits of poll(2) and epoll are the same, and the kernel has just looked: the event is the answer to a poll. */
static void notify(struct epoll_ring *ring, struct operation *operation, uint32_t events)
{
    events &= events_that_concern(operation);
    if ((operation->flags & OPERATION_PARKED) == 0 || events == 0)
        return;
    if (operation->request.kind != UH_POLL) {
        make_ready(ring, operation);
        return;
    }
    operation->flags &= ~(uint32_t)OPERATION_PARKED;
    ring_finish(&ring->base, operation, (int32_t)events);
}

static void apply_event(struct epoll_ring *ring, const struct epoll_event *event)
{
    uint64_t data = event->data.u64;
    uint32_t events = event->events;
    if (data == DATA_WAKE) {
        ring->base.stats.wakes++;
        return;
    }
    struct descriptor *descriptor = descriptor_find(&ring->base.operations, (int32_t)(uint32_t)data);
    if (descriptor == NULL || descriptor->generation != data >> 32)
        return; /* of a file that had the number before; somebody else keeps it open */
    if ((events & EVENTS_TO_READ) != 0)
        descriptor->flags &= ~(uint32_t)DESCRIPTOR_READ_BLOCKED;
    if ((events & EVENTS_TO_WRITE) != 0)
        descriptor->flags &= ~(uint32_t)DESCRIPTOR_WRITE_BLOCKED;
    if ((events & EVENTS_OF_END) != 0)
        descriptor->flags |= DESCRIPTOR_MARKED;
    for (uint32_t slot = descriptor->operations; slot != 0;) {
        struct operation *operation = operation_at(&ring->base.operations, slot);
        slot = operation->next; /* before the operation leaves the list */
        notify(ring, operation, events);
    }
}

static int32_t wait_for_events(struct epoll_ring *ring, int64_t timeout_ns)
{
    ring->base.stats.syscalls++;
    if (timeout_ns < 0)
        return sys_epoll_pwait(ring->epoll_fd, ring->events, EPOLL_EVENTS, -1);
    if (ring->has_pwait2) {
        struct kernel_timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
        return sys_epoll_pwait2(ring->epoll_fd, ring->events, EPOLL_EVENTS, &timeout);
    }
    /* Rounded up: a timeout may come late but never early. */
    int64_t timeout_ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
    return sys_epoll_pwait(ring->epoll_fd, ring->events, EPOLL_EVENTS,
                           timeout_ms < INT32_MAX ? (int32_t)timeout_ms : INT32_MAX);
}

static int32_t fetch_events(struct epoll_ring *ring, int64_t timeout_ns)
{
    int32_t count = wait_for_events(ring, timeout_ns);
    if (count == -EINTR) {
        ring->base.stats.interrupts++;
        return 0;
    }
    for (int32_t i = 0; i < count; i++)
        apply_event(ring, &ring->events[i]);
    return count < 0 ? count : 0;
}

/* ---- ending operations ---- */

/* Where it stands in a queue it ends when it is taken from there. */
static void cancel(struct epoll_ring *ring, struct operation *operation)
{
    int32_t result = operation_cancelled_result(operation);
    if ((operation->flags & OPERATION_PARKED) != 0)
        ring_finish(&ring->base, operation, result);
    else
        operation_finish(&ring->base.operations, operation, result);
}

static int32_t cancel_by_token(struct epoll_ring *ring, const struct uh_submission *request)
{
    struct operation *target = operation_find(&ring->base.operations, request->fd, request->address);
    if (target == NULL)
        return -ENOENT;
    cancel(ring, target);
    return 0;
}

/*
 * By the contract nothing waits on the descriptor any more; what does all the same is cancelled. It is taken out of
 * epoll by name: a close does that only if nobody else, such as a child of fork, has the file open.
 */
static int32_t close_descriptor(struct epoll_ring *ring, int32_t fd)
{
    struct descriptor *descriptor = descriptor_find(&ring->base.operations, fd);
    if (descriptor != NULL) {
        while (descriptor->operations != 0)
            cancel(ring, operation_at(&ring->base.operations, descriptor->operations));
        if ((descriptor->flags & DESCRIPTOR_REGISTERED) != 0) {
            ring->base.stats.syscalls++;
            sys_epoll_ctl(ring->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        }
        descriptor->flags = 0;
        descriptor->generation++;
    }
    ring->base.stats.syscalls++;
    return uh_socket_close(fd);
}

/* ---- the turn ---- */

static int32_t try_once(struct epoll_ring *ring, struct operation *operation, uint32_t *flags)
{
    switch (operation->request.kind) {
    case UH_CANCEL:
        return cancel_by_token(ring, &operation->request);
    case UH_CLOSE:
        return close_descriptor(ring, operation->request.fd);
    default:
        return epoll_attempt(ring, operation, flags);
    }
}

static bool is_multishot(const struct uh_submission *request)
{
    return request->kind == UH_ACCEPT && (request->flags & UH_MULTISHOT) != 0;
}

/* Tries a ready operation, a multishot one several times. Needs room. */
static void advance(struct epoll_ring *ring, struct turn *turn, struct operation *operation)
{
    if ((operation->flags & OPERATION_FINISHED) != 0) {
        ring_deliver(&ring->base, turn, operation, operation->result, 0);
        return;
    }
    for (int quota = ACCEPT_QUOTA; quota > 0 && turn_has_room(turn); quota--) {
        uint32_t flags = 0;
        int32_t result = try_once(ring, operation, &flags);
        if (result == ATTEMPT_PARK) {
            park(ring, turn, operation);
            return;
        }
        if (result == ATTEMPT_STALL) {
            operation_push(&ring->base.operations, &ring->stalled, operation);
            return;
        }
        if (result == ATTEMPT_AGAIN)
            break;
        bool goes_on = is_multishot(&operation->request) && result >= 0;
        ring_deliver(&ring->base, turn, operation, result, goes_on ? UH_MORE : flags);
        if (!goes_on)
            return;
    }
    make_ready(ring, operation);
}

/* One pass: what becomes ready meanwhile waits for the next. */
static void try_ready(struct epoll_ring *ring, struct turn *turn)
{
    uint32_t last = ring->ready.tail;
    bool is_last = last == 0;
    while (!is_last && turn_has_room(turn)) {
        struct operation *operation = operation_pop(&ring->base.operations, &ring->ready);
        is_last = operation->slot == last;
        advance(ring, turn, operation);
    }
}

static void take_submissions(struct epoll_ring *ring, struct turn *turn)
{
    while (!turn_took_all(turn)) {
        struct operation *operation = ring_take(&ring->base, turn);
        if (operation == NULL)
            return;
        if ((operation->flags & OPERATION_FINISHED) == 0)
            make_ready(ring, operation);
    }
}

static void retry_stalled(struct epoll_ring *ring)
{
    struct operation *operation;
    while ((operation = operation_pop(&ring->base.operations, &ring->stalled)) != NULL)
        make_ready(ring, operation);
}

static int64_t time_to_wait(const struct epoll_ring *ring, const struct turn *turn)
{
    if (turn->delivered > 0 || ring->ready.head != 0 || !turn_took_all(turn))
        return 0;
    bool is_longer = turn->timeout_ns < 0 || turn->timeout_ns > STALLED_RETRY_NS;
    return ring->stalled.head != 0 && is_longer ? STALLED_RETRY_NS : turn->timeout_ns;
}

static int32_t epoll_enter(struct uh_ring *base, struct turn *turn)
{
    struct epoll_ring *ring = (struct epoll_ring *)base;
    retry_stalled(ring);
    take_submissions(ring, turn);
    ring_deliver_finished(base, turn);
    try_ready(ring, turn);
    ring_deliver_finished(base, turn); /* what was cancelled just now */
    /* Even when there is something to deliver already: what is parked must not starve while others are ready. */
    int32_t error = fetch_events(ring, time_to_wait(ring, turn));
    ring_deliver_finished(base, turn);
    try_ready(ring, turn);
    ring_deliver_finished(base, turn);
    return error;
}

/* ---- opening and closing ---- */

static void close_epoll(struct epoll_ring *ring)
{
    if (ring->epoll_fd >= 0)
        sys_close(ring->epoll_fd);
}

/* The kernel holds nothing of an operation that only waits, so there is nothing to drain. */
static int32_t epoll_close(struct uh_ring *base)
{
    close_epoll((struct epoll_ring *)base);
    return 0;
}

static const struct backend epoll_backend = {epoll_enter, epoll_close};

/* The wake descriptor is never read: with EPOLLET each write is an event of its own. */
static int32_t open_epoll(struct epoll_ring *ring)
{
    ring->epoll_fd = sys_epoll_create();
    if (ring->epoll_fd < 0)
        return ring->epoll_fd;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = DATA_WAKE};
    int32_t error = sys_epoll_ctl(ring->epoll_fd, EPOLL_CTL_ADD, ring->base.wake_fd, &event);
    /* Any error: a kernel that does not know the call, or a sandbox that does not. */
    const struct kernel_timespec now = {0, 0};
    ring->has_pwait2 = sys_epoll_pwait2(ring->epoll_fd, ring->events, EPOLL_EVENTS, &now) >= 0;
    return error;
}

int32_t epoll_open(const struct uh_ring_config *config, struct uh_ring_info *info, struct uh_ring **opened)
{
    int32_t error;
    struct uh_ring *base = ring_open(sizeof(struct epoll_ring), &epoll_backend, UH_BACKEND_EPOLL, &error);
    if (base == NULL)
        return error;
    struct epoll_ring *ring = (struct epoll_ring *)base;
    error = open_epoll(ring);
    if (error < 0) {
        close_epoll(ring);
        ring_close(base, true);
        return error;
    }
    info->backend = UH_BACKEND_EPOLL;
    info->capabilities = UH_CAP_MULTISHOT_ACCEPT | UH_CAP_POLL_FIRST;
    info->setup_flags = 0;
    info->kernel_features = 0;
    info->submission_entries = config->submission_entries;
    info->completion_entries = config->completion_entries;
    *opened = base;
    return 0;
}
