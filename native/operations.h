/*
 * operations.h: the operations of a ring that have no terminal completion yet, and the descriptors they stand on.
 *
 * An operation lives in a numbered slot. Its slot is what io_uring carries as user_data; the caller's token is only
 * handed back. Slot 0 is never used, so that 0 means "none" and zeroed memory is empty lists.
 */
#ifndef UH_OPERATIONS_H
#define UH_OPERATIONS_H

#include "memory.h"
#include "uringhttp.h"
#include <errno.h>

enum {
    OPERATION_FINISHED = 1u << 0,  /* it has its result and only waits to be delivered */
    OPERATION_CANCELLED = 1u << 1, /* its cancel was asked for: whatever interrupts it now ends it */
    OPERATION_PARKED = 1u << 2,    /* epoll: waits for an event and stands in no queue */
    OPERATION_STARTED = 1u << 3,   /* epoll: a connect that the kernel works on */
    OPERATION_POLLING = 1u << 4,   /* io_uring: what the kernel holds is a poll that goes before it */
    OPERATION_RETRYING = 1u << 5,  /* io_uring: stands in the queue of what must be submitted again */
};

/* One cache line, so that taking, finishing and finding an operation touch one line each. */
struct operation {
    _Alignas(64) struct uh_submission request;
    uint32_t slot;
    uint32_t flags;
    int32_t result;
    uint32_t done;     /* send: bytes that have left already */
    uint32_t next;     /* the neighbours on the same descriptor; */
    uint32_t previous; /* only while the operation is linked to it */
    uint32_t queued;   /* the next one of the queue it stands in (at most one), or of the free list */
};
_Static_assert(sizeof(struct operation) == 64, "an operation fills a cache line");

/* First in, first out, linked through operation.queued. */
struct operation_queue {
    uint32_t head;
    uint32_t tail;
};

struct descriptor {
    uint32_t operations; /* the first that waits for something to happen to it */
    uint32_t generation; /* epoll: counts closes, so that an event of an earlier owner of the number is known */
    uint32_t flags;      /* epoll: DESCRIPTOR_* */
};

struct operation_table {
    struct paged_array slots;       /* struct operation, by slot */
    struct paged_array descriptors; /* struct descriptor, by file descriptor */
    uint32_t free;
    uint32_t highest; /* the highest slot in use so far */
};

bool operation_table_open(struct operation_table *table);
void operation_table_close(struct operation_table *table);

/* A slot for the request, linked to its descriptor if it is of a kind that waits. Null when there is no memory. */
struct operation *operation_begin(struct operation_table *table, const struct uh_submission *request);

/* The operation has its result: its descriptor forgets it, no cancel finds it any more. It keeps its slot. */
void operation_finish(struct operation_table *table, struct operation *operation, int32_t result);

/* Gives the slot back. */
void operation_end(struct operation_table *table, struct operation *operation);

/* The unfinished operation of this token on this descriptor, or null. */
struct operation *operation_find(const struct operation_table *table, int32_t fd, uint64_t token);

/* The descriptor, or null if no operation has waited on it yet. */
struct descriptor *descriptor_find(const struct operation_table *table, int32_t fd);

static inline struct operation *operation_at(const struct operation_table *table, uint32_t slot)
{
    return paged_array_at(&table->slots, slot);
}

static inline bool descriptor_is_valid(int32_t fd)
{
    return fd >= 0 && (uint32_t)fd < PAGED_ARRAY_LIMIT;
}

/* What a cancelled operation results in: a send that got somewhere says how far. */
static inline int32_t operation_cancelled_result(const struct operation *operation)
{
    return operation->done > 0 ? (int32_t)operation->done : -ECANCELED;
}

void operation_push(struct operation_table *table, struct operation_queue *queue, struct operation *operation);
struct operation *operation_pop(struct operation_table *table, struct operation_queue *queue);

#endif
