/*
 * backend.h: the seam inside the shim. Above it stands uringhttp.c, which knows the ABI; below it a backend, which
 * knows how operations get done. What both backends share of a ring is here and in ring.c.
 */
#ifndef UH_BACKEND_H
#define UH_BACKEND_H

#include "operations.h"

/* One call of uh_ring_enter. */
struct turn {
    const struct uh_submission *in;
    uint32_t in_count;
    uint32_t taken;
    struct uh_completion *out;
    uint32_t capacity;
    uint32_t delivered;
    int64_t timeout_ns;
};

struct backend {
    /* Runs the turn. 0, or the errno that uh_ring_enter returns if nothing was delivered. */
    int32_t (*enter)(struct uh_ring *ring, struct turn *turn);
    /* Ends every operation and gives back all but what ring_close does. */
    int32_t (*close)(struct uh_ring *ring);
};

/* The first member of each backend's own ring. */
struct uh_ring {
    const struct backend *backend;
    size_t size;       /* of the mapping that the ring lives in */
    uintptr_t owner;   /* thread_pointer() of the thread that opened it */
    int32_t wake_fd;   /* eventfd */
    uint32_t identity; /* enum uh_backend */
    struct operation_table operations;
    struct operation_queue finished; /* have their result, wait for room in the caller's array */
    struct uh_ring_stats stats;
};

/* config: checked, no zeroes. Both fill their part of info. */
int32_t uring_open(const struct uh_ring_config *config, struct uh_ring_info *info, struct uh_ring **ring);
int32_t epoll_open(const struct uh_ring_config *config, struct uh_ring_info *info, struct uh_ring **ring);

/* A zeroed ring of `size` bytes, its shared part ready. Null, and the errno in *error. */
struct uh_ring *ring_open(size_t size, const struct backend *backend, enum uh_backend identity, int32_t *error);
/* lets_go: the kernel has nothing of the ring. Else the ring's own memory stays mapped for ever: a read of the wake
 * descriptor may still go there. */
void ring_close(struct uh_ring *ring, bool lets_go);

/* Takes the turn's next submission in. What is wrong with it, and a shutdown, is dealt with at once: the operation
 * comes back finished. Null when there is no memory: the submission stays with the caller. */
struct operation *ring_take(struct uh_ring *ring, struct turn *turn);

/* The operation stands in no queue and has its result: it is delivered when there is room. */
void ring_finish(struct uh_ring *ring, struct operation *operation, int32_t result);

/* Writes a completion; needs room. Without UH_MORE the operation ends here. */
void ring_deliver(struct uh_ring *ring, struct turn *turn, struct operation *operation, int32_t result, uint32_t flags);

/* Delivers what has finished, as far as there is room. */
void ring_deliver_finished(struct uh_ring *ring, struct turn *turn);

/* After a connect that ended well: 0, or -errno if the socket is not connected after all. */
int32_t socket_confirm_connected(int32_t fd);

static inline bool turn_has_room(const struct turn *turn)
{
    return turn->delivered < turn->capacity;
}

static inline bool turn_took_all(const struct turn *turn)
{
    return turn->taken == turn->in_count;
}

#endif
