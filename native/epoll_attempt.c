/* epoll_attempt.c: one attempt at an operation: a system call that does not block, and what is learned from it. */
#include "epoll_ring.h"
#include <fcntl.h>

static struct descriptor *descriptor_of(struct epoll_ring *ring, const struct operation *operation)
{
    return descriptor_find(&ring->base.operations, operation->request.fd);
}

static void *bytes_at(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

/* accept4 and connect take no MSG_DONTWAIT: a descriptor that came from elsewhere might block the whole loop. */
static int32_t ensure_non_blocking(struct epoll_ring *ring, const struct operation *operation)
{
    if ((descriptor_of(ring, operation)->flags & DESCRIPTOR_REGISTERED) != 0)
        return 0; /* it was looked at before it was parked */
    int32_t fd = operation->request.fd;
    ring->base.stats.syscalls++;
    int32_t flags = sys_fcntl(fd, F_GETFL, 0);
    if (flags < 0 || (flags & O_NONBLOCK) != 0)
        return flags < 0 ? flags : 0;
    return sys_fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int32_t attempt_connect(struct epoll_ring *ring, struct operation *operation)
{
    const struct uh_submission *request = &operation->request;
    if ((operation->flags & OPERATION_STARTED) != 0) {
        int32_t error = 0;
        uint32_t size = sizeof error;
        ring->base.stats.syscalls++;
        int32_t result = sys_getsockopt(request->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        return result < 0 ? result : -error;
    }
    int32_t result = ensure_non_blocking(ring, operation);
    if (result < 0)
        return result;
    ring->base.stats.syscalls++;
    result = sys_connect(request->fd, bytes_at(request->address), request->length);
    if (result == -EINPROGRESS) {
        operation->flags |= OPERATION_STARTED;
        return ATTEMPT_PARK;
    }
    return result == -EAGAIN ? ATTEMPT_STALL : result;
}

static int32_t attempt_accept(struct epoll_ring *ring, struct operation *operation)
{
    struct descriptor *descriptor = descriptor_of(ring, operation);
    if ((descriptor->flags & DESCRIPTOR_READ_BLOCKED) != 0)
        return ATTEMPT_PARK;
    int32_t result = ensure_non_blocking(ring, operation);
    if (result < 0)
        return result;
    ring->base.stats.syscalls++;
    result = sys_accept(operation->request.fd, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (result == -EAGAIN)
        descriptor->flags |= DESCRIPTOR_READ_BLOCKED;
    return result;
}

/* After a short receive from a plain stream there is nothing left: the next attempt can be saved. */
static bool has_emptied(const struct descriptor *descriptor, int32_t received, uint32_t wanted)
{
    return received > 0 && (uint32_t)received < wanted &&
           (descriptor->flags & (DESCRIPTOR_STREAM | DESCRIPTOR_MARKED)) == DESCRIPTOR_STREAM;
}

static int32_t attempt_receive(struct epoll_ring *ring, struct operation *operation, uint32_t *flags)
{
    const struct uh_submission *request = &operation->request;
    struct descriptor *descriptor = descriptor_of(ring, operation);
    if ((descriptor->flags & DESCRIPTOR_READ_BLOCKED) != 0)
        return ATTEMPT_PARK;
    /* Parking registers the descriptor, and epoll then tells what is there already. */
    if ((request->flags & UH_POLL_FIRST) != 0 && (descriptor->flags & DESCRIPTOR_REGISTERED) == 0)
        return ATTEMPT_PARK;
    ring->base.stats.syscalls++;
    int32_t result = sys_receive(request->fd, bytes_at(request->address), request->length, MSG_DONTWAIT);
    if (result == -EAGAIN || has_emptied(descriptor, result, request->length))
        descriptor->flags |= DESCRIPTOR_READ_BLOCKED;
    else if (result > 0 && (uint32_t)result == request->length)
        *flags = UH_NONEMPTY;
    return result;
}

/* One system call an attempt: after a short send the others have their turn before it is tried again. */
static int32_t attempt_send(struct epoll_ring *ring, struct operation *operation)
{
    const struct uh_submission *request = &operation->request;
    struct descriptor *descriptor = descriptor_of(ring, operation);
    if ((descriptor->flags & DESCRIPTOR_WRITE_BLOCKED) != 0)
        return ATTEMPT_PARK;
    ring->base.stats.syscalls++;
    int32_t result = sys_send(request->fd, bytes_at(request->address + operation->done),
                              request->length - operation->done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result == -EAGAIN)
        descriptor->flags |= DESCRIPTOR_WRITE_BLOCKED;
    if (result == -EAGAIN || result == -EINTR)
        return result;
    if (result < 0)
        return operation->done > 0 ? (int32_t)operation->done : result;
    operation->done += (uint32_t)result;
    return operation->done == request->length ? (int32_t)operation->done : ATTEMPT_AGAIN;
}

/* Remembered events are about the past; a poll asks about now. */
static int32_t attempt_poll(struct epoll_ring *ring, struct operation *operation)
{
    struct pollfd descriptor = {.fd = operation->request.fd, .events = (short)operation->request.extra};
    ring->base.stats.syscalls++;
    int32_t result = sys_poll_now(&descriptor);
    if (result <= 0)
        return result == 0 ? ATTEMPT_PARK : result;
    return (descriptor.revents & POLLNVAL) != 0 ? -EBADF : (uint16_t)descriptor.revents;
}

int32_t epoll_attempt(struct epoll_ring *ring, struct operation *operation, uint32_t *flags)
{
    switch (operation->request.kind) {
    case UH_CONNECT:
        return attempt_connect(ring, operation);
    case UH_ACCEPT:
        return attempt_accept(ring, operation);
    case UH_RECEIVE:
        return attempt_receive(ring, operation, flags);
    case UH_SEND:
        return attempt_send(ring, operation);
    case UH_POLL:
        return attempt_poll(ring, operation);
    default:
        return 0; /* UH_NOP */
    }
}
