/* operations.c: slots, the lists of a descriptor, queues. */
#include "operations.h"

bool operation_table_open(struct operation_table *table)
{
    return paged_array_open(&table->slots, sizeof(struct operation)) &&
           paged_array_open(&table->descriptors, sizeof(struct descriptor));
}

void operation_table_close(struct operation_table *table)
{
    paged_array_close(&table->slots);
    paged_array_close(&table->descriptors);
}

/* The kinds that may last until something happens to their descriptor. The others end within an enter. */
static bool waits(const struct uh_submission *request)
{
    switch (request->kind) {
    case UH_CONNECT:
    case UH_ACCEPT:
    case UH_RECEIVE:
    case UH_SEND:
    case UH_POLL:
        return descriptor_is_valid(request->fd);
    default:
        return false;
    }
}

static struct operation *take_slot(struct operation_table *table)
{
    if (table->free != 0) {
        struct operation *operation = operation_at(table, table->free);
        table->free = operation->queued;
        return operation;
    }
    if (table->highest + 1 == PAGED_ARRAY_LIMIT)
        return NULL;
    struct operation *operation = paged_array_reach(&table->slots, table->highest + 1);
    if (operation != NULL)
        operation->slot = ++table->highest;
    return operation;
}

static void link_to(struct operation_table *table, struct descriptor *descriptor, struct operation *operation)
{
    operation->previous = 0;
    operation->next = descriptor->operations;
    if (operation->next != 0)
        operation_at(table, operation->next)->previous = operation->slot;
    descriptor->operations = operation->slot;
}

static void unlink_from(struct operation_table *table, struct descriptor *descriptor, struct operation *operation)
{
    if (operation->next != 0)
        operation_at(table, operation->next)->previous = operation->previous;
    if (operation->previous != 0)
        operation_at(table, operation->previous)->next = operation->next;
    else
        descriptor->operations = operation->next;
}

struct operation *operation_begin(struct operation_table *table, const struct uh_submission *request)
{
    struct descriptor *descriptor = NULL;
    if (waits(request)) {
        descriptor = paged_array_reach(&table->descriptors, (uint32_t)request->fd);
        if (descriptor == NULL)
            return NULL;
    }
    struct operation *operation = take_slot(table);
    if (operation == NULL)
        return NULL;
    operation->request = *request;
    operation->flags = 0;
    operation->done = 0;
    if (descriptor != NULL)
        link_to(table, descriptor, operation);
    return operation;
}

void operation_finish(struct operation_table *table, struct operation *operation, int32_t result)
{
    operation->flags |= OPERATION_FINISHED;
    operation->result = result;
    if (waits(&operation->request))
        unlink_from(table, descriptor_find(table, operation->request.fd), operation);
}

void operation_end(struct operation_table *table, struct operation *operation)
{
    operation->queued = table->free;
    table->free = operation->slot;
}

struct operation *operation_find(const struct operation_table *table, int32_t fd, uint64_t token)
{
    const struct descriptor *descriptor = descriptor_find(table, fd);
    uint32_t slot = descriptor != NULL ? descriptor->operations : 0;
    while (slot != 0) {
        struct operation *operation = operation_at(table, slot);
        if (operation->request.token == token)
            return operation;
        slot = operation->next;
    }
    return NULL;
}

struct descriptor *descriptor_find(const struct operation_table *table, int32_t fd)
{
    return descriptor_is_valid(fd) ? paged_array_find(&table->descriptors, (uint32_t)fd) : NULL;
}

void operation_push(struct operation_table *table, struct operation_queue *queue, struct operation *operation)
{
    operation->queued = 0;
    if (queue->tail != 0)
        operation_at(table, queue->tail)->queued = operation->slot;
    else
        queue->head = operation->slot;
    queue->tail = operation->slot;
}

struct operation *operation_pop(struct operation_table *table, struct operation_queue *queue)
{
    if (queue->head == 0)
        return NULL;
    struct operation *operation = operation_at(table, queue->head);
    queue->head = operation->queued;
    if (queue->head == 0)
        queue->tail = 0;
    return operation;
}
