/*
 * epoll_ring.h: what the two halves of the epoll backend share: backend_epoll.c runs the turn, epoll_attempt.c tries
 * single operations.
 */
#ifndef UH_EPOLL_RING_H
#define UH_EPOLL_RING_H

#include "backend.h"
#include "syscall.h"

/* Events fetched a turn; the kernel keeps the rest. */
enum { EPOLL_EVENTS = 256 };

struct epoll_ring {
    struct uh_ring base;
    int32_t epoll_fd;
    bool has_pwait2;                /* 5.11; waits of less than a millisecond */
    struct operation_queue ready;   /* worth trying */
    struct operation_queue stalled; /* to be tried again after a while: nothing will tell when */
    struct epoll_event events[EPOLL_EVENTS];
};

/*
 * descriptor.flags. The events are edges: each says that something has changed since the last. So what a system call
 * has found out stays true until the next event, and a descriptor about which nothing is known is tried.
 */
enum {
    DESCRIPTOR_REGISTERED = 1u << 0,    /* with epoll, for all events, until it is closed */
    DESCRIPTOR_READ_BLOCKED = 1u << 1,  /* nothing to receive or accept */
    DESCRIPTOR_WRITE_BLOCKED = 1u << 2, /* no room to send into */
    DESCRIPTOR_STREAM = 1u << 3,        /* TCP: a short receive has emptied the socket, unless ... */
    DESCRIPTOR_MARKED = 1u << 4, /* ... an end, an error or urgent data lies in the stream: that cuts one short too */
};

/* What an attempt comes to when it is not a result. No operation results in one of these. */
enum {
    ATTEMPT_PARK = -EAGAIN,       /* an event will tell when to try again */
    ATTEMPT_AGAIN = -EINTR,       /* in the next pass, after the others */
    ATTEMPT_STALL = -EINPROGRESS, /* after a while */
};

/* Tries an operation once: its result, or ATTEMPT_*. *flags: of the completion. Not for UH_CANCEL and UH_CLOSE. */
int32_t epoll_attempt(struct epoll_ring *ring, struct operation *operation, uint32_t *flags);

#endif
