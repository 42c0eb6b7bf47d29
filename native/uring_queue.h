/*
 * uring_queue.h: an io_uring as the kernel gives it: the submission queue, the completion queue, and the call between
 * them. It knows nothing of operations; backend_uring.c does.
 */
#ifndef UH_URING_QUEUE_H
#define UH_URING_QUEUE_H

#include "kernel_uring.h"
#include "uringhttp.h"
#include <stdbool.h>
#include <stddef.h>

/* How long a self-test waits for what takes microseconds. */
#define URING_SELF_TEST_NS 1000000000

/* The kernel releases that brought what we use, the newest first. */
enum uring_rung { URING_RUNG_6_6, URING_RUNG_6_1, URING_RUNG_5_19, URING_RUNG_5_18, URING_RUNG_5_11, URING_RUNGS };

/* The tests are also built with a later one, which makes this kernel as good as an older one. */
#ifndef URING_FIRST_RUNG
#define URING_FIRST_RUNG URING_RUNG_6_6
#endif

static inline bool uring_may_use(enum uring_rung rung)
{
    return rung >= (enum uring_rung)URING_FIRST_RUNG;
}

struct uring_queue {
    int32_t fd;
    int32_t enter_fd;     /* fd, or its index where the ring is registered with this thread */
    uint32_t enter_flags; /* goes with enter_fd */

    struct uring_sqe *sqes;
    uint32_t sq_entries;
    uint32_t sq_tail; /* ours; the kernel learns of it when we enter */
    uint32_t *kernel_sq_head;
    uint32_t *kernel_sq_tail;
    uint32_t *kernel_sq_flags;

    struct uring_cqe *cqes;
    uint32_t cq_mask;
    uint32_t *kernel_cq_head;
    uint32_t *kernel_cq_tail;

    void *sq_map, *cq_map, *sqe_map;
    size_t sq_map_size, cq_map_size, sqe_map_size;
};

/* Sets up a ring that was seen to work, on the thread that will use it, and tells about it in info: on failure the
 * stage and the errno (also returned, negated). */
int32_t uring_queue_open(struct uring_queue *queue, const struct uh_ring_config *config, struct uh_ring_info *info);
void uring_queue_close(struct uring_queue *queue);

/* In uring_self_test.c: looks whether the kernel has what we need, then runs it once. */
int32_t uring_queue_check_operations(const struct uring_queue *queue, struct uh_ring_info *info);
int32_t uring_queue_self_test(struct uring_queue *queue);

/* Submits all and waits for `wait` completions. timeout_ns below 0: no limit. The kernel's answer. */
int32_t uring_queue_enter(struct uring_queue *queue, uint32_t wait, int64_t timeout_ns);

/* Entries that are filled in and not taken by the kernel yet. */
static inline uint32_t uring_queue_unsubmitted(const struct uring_queue *queue)
{
    /* Acquire: the kernel has read the entries before the head, so they may be filled in anew. */
    return queue->sq_tail - __atomic_load_n(queue->kernel_sq_head, __ATOMIC_ACQUIRE);
}

static inline bool uring_queue_has_room(const struct uring_queue *queue)
{
    return uring_queue_unsubmitted(queue) < queue->sq_entries;
}

/* The next entry, to be filled in before the next enter. Needs room. */
static inline struct uring_sqe *uring_queue_next(struct uring_queue *queue)
{
    return &queue->sqes[queue->sq_tail++ & (queue->sq_entries - 1)];
}

/* Relaxed: a flag set a moment later is seen in the next turn, or by the kernel itself when it is asked to wait. */
static inline uint32_t uring_queue_flags(const struct uring_queue *queue)
{
    return __atomic_load_n(queue->kernel_sq_flags, __ATOMIC_RELAXED);
}

/* Completions are to be had only by entering: they wait to be posted, or to be moved into a queue that was full. */
static inline bool uring_queue_holds_back(const struct uring_queue *queue)
{
    return (uring_queue_flags(queue) & (URING_SQ_TASKRUN | URING_SQ_CQ_OVERFLOW)) != 0;
}

static inline uint32_t uring_queue_head(const struct uring_queue *queue)
{
    return *queue->kernel_cq_head; /* only we write it */
}

static inline uint32_t uring_queue_tail(const struct uring_queue *queue)
{
    /* Acquire: who sees the kernel's new tail sees the completions that it stored before it. */
    return __atomic_load_n(queue->kernel_cq_tail, __ATOMIC_ACQUIRE);
}

static inline const struct uring_cqe *uring_queue_at(const struct uring_queue *queue, uint32_t position)
{
    return &queue->cqes[position & queue->cq_mask];
}

static inline void uring_queue_consume(struct uring_queue *queue, uint32_t head)
{
    /* Release: when the kernel sees the new head we have read all before it, and it may overwrite them. */
    __atomic_store_n(queue->kernel_cq_head, head, __ATOMIC_RELEASE);
}

#endif
