/* uring_queue.c: the set-up ladder, the mappings, the one call. */
#include "uring_queue.h"
#include "syscall.h"
#include <errno.h>

enum {
    SMALLEST_SUBMISSION_ENTRIES = 64,
    SMALLEST_COMPLETION_ENTRIES = 1024,
};

#define SETUP_ALWAYS (URING_SETUP_CQSIZE | URING_SETUP_CLAMP)
#define SETUP_DEFERRED                                                                                                 \
    (SETUP_ALWAYS | URING_SETUP_SUBMIT_ALL | URING_SETUP_SINGLE_ISSUER | URING_SETUP_DEFER_TASKRUN |                   \
     URING_SETUP_TASKRUN_FLAG)

/* From the best down. A kernel answers EINVAL to a flag that it does not know. */
static const uint32_t setup_ladder[URING_RUNGS] = {
    [URING_RUNG_6_6] = SETUP_DEFERRED | URING_SETUP_NO_SQARRAY,
    [URING_RUNG_6_1] = SETUP_DEFERRED,
    [URING_RUNG_5_19] = SETUP_ALWAYS | URING_SETUP_SUBMIT_ALL | URING_SETUP_COOP_TASKRUN | URING_SETUP_TASKRUN_FLAG,
    [URING_RUNG_5_18] = SETUP_ALWAYS | URING_SETUP_SUBMIT_ALL,
    [URING_RUNG_5_11] = SETUP_ALWAYS,
};

static int32_t climb_down(uint32_t submission_entries, uint32_t completion_entries, struct uring_params *params)
{
    int32_t fd = -EINVAL;
    for (int rung = URING_FIRST_RUNG; rung < URING_RUNGS && fd == -EINVAL; rung++) {
        *params = (struct uring_params){.flags = setup_ladder[rung], .cq_entries = completion_entries};
        fd = sys_io_uring_setup(submission_entries, params);
    }
    return fd;
}

static uint32_t halve(uint32_t entries, uint32_t smallest)
{
    return entries / 2 > smallest ? entries / 2 : smallest;
}

/*
 * ENOMEM is most often RLIMIT_MEMLOCK, which the queues count against before 5.12 and from 6.14 on: 64 KiB, a common
 * limit, is too little for 4096 completions. A smaller ring is much better than none.
 */
static int32_t set_up(const struct uh_ring_config *config, struct uring_params *params)
{
    uint32_t submissions = config->submission_entries;
    uint32_t completions = config->completion_entries;
    uint32_t fewest = submissions < SMALLEST_SUBMISSION_ENTRIES ? submissions : SMALLEST_SUBMISSION_ENTRIES;
    uint32_t fewest_completions = completions < SMALLEST_COMPLETION_ENTRIES ? completions : SMALLEST_COMPLETION_ENTRIES;
    for (;;) {
        int32_t fd = climb_down(submissions, completions, params);
        if (fd != -ENOMEM || (submissions == fewest && completions == fewest_completions))
            return fd;
        submissions = halve(submissions, fewest);
        completions = halve(completions, fewest_completions);
    }
}

/* A child of fork must not see the queues: what it wrote there would be submitted by the parent. */
static int32_t map(const struct uring_queue *queue, uint64_t offset, size_t size, void **address)
{
    void *mapped = sys_mmap(size, MAP_SHARED | MAP_POPULATE, queue->fd, offset);
    int32_t error = mmap_error(mapped);
    if (error < 0)
        return error;
    *address = mapped;
    return sys_madvise(mapped, size, MADV_DONTFORK);
}

static int32_t map_queues(struct uring_queue *queue, const struct uring_params *params)
{
    const struct uring_sq_offsets *sq = &params->sq_off;
    const struct uring_cq_offsets *cq = &params->cq_off;
    bool has_array = (params->flags & URING_SETUP_NO_SQARRAY) == 0;
    queue->sq_map_size = has_array ? sq->array + params->sq_entries * sizeof(uint32_t) : 0;
    queue->cq_map_size = cq->cqes + params->cq_entries * sizeof(struct uring_cqe);
    queue->sqe_map_size = params->sq_entries * sizeof(struct uring_sqe);
    bool single = (params->features & URING_FEAT_SINGLE_MMAP) != 0;
    if (single && queue->sq_map_size < queue->cq_map_size)
        queue->sq_map_size = queue->cq_map_size;

    int32_t error = map(queue, URING_OFF_SQ_RING, queue->sq_map_size, &queue->sq_map);
    if (error == 0 && !single)
        error = map(queue, URING_OFF_CQ_RING, queue->cq_map_size, &queue->cq_map);
    if (error == 0)
        error = map(queue, URING_OFF_SQES, queue->sqe_map_size, &queue->sqe_map);
    if (error < 0)
        return error;

    char *sq_base = queue->sq_map;
    char *cq_base = single ? queue->sq_map : queue->cq_map;
    queue->sqes = queue->sqe_map;
    queue->sq_entries = params->sq_entries;
    queue->kernel_sq_head = (uint32_t *)(sq_base + sq->head);
    queue->kernel_sq_tail = (uint32_t *)(sq_base + sq->tail);
    queue->kernel_sq_flags = (uint32_t *)(sq_base + sq->flags);
    queue->cqes = (struct uring_cqe *)(cq_base + cq->cqes);
    queue->cq_mask = params->cq_entries - 1;
    queue->kernel_cq_head = (uint32_t *)(cq_base + cq->head);
    queue->kernel_cq_tail = (uint32_t *)(cq_base + cq->tail);
    if (has_array) {
        /* The array would allow an order of its own; ours never changes. */
        uint32_t *array = (uint32_t *)(sq_base + sq->array);
        for (uint32_t i = 0; i < params->sq_entries; i++)
            array[i] = i;
    }
    return 0;
}

/* Saves the look-up of the descriptor in every enter. Refused by older kernels, and to a thread with many rings. */
static bool register_with_thread(struct uring_queue *queue)
{
    struct uring_rsrc_update update = {.offset = UINT32_MAX, .data = (uint64_t)queue->fd};
    if (sys_io_uring_register(queue->fd, URING_REGISTER_RING_FDS, &update, 1) != 1)
        return false;
    queue->enter_fd = (int32_t)update.offset;
    queue->enter_flags = URING_ENTER_REGISTERED_RING;
    return true;
}

static uint32_t setup_capabilities(uint32_t flags)
{
    uint32_t capabilities = 0;
    capabilities |= (flags & URING_SETUP_SUBMIT_ALL) != 0 ? UH_CAP_SUBMIT_ALL : 0;
    capabilities |= (flags & URING_SETUP_COOP_TASKRUN) != 0 ? UH_CAP_COOP_TASKRUN : 0;
    capabilities |= (flags & URING_SETUP_TASKRUN_FLAG) != 0 ? UH_CAP_TASKRUN_FLAG : 0;
    capabilities |= (flags & URING_SETUP_SINGLE_ISSUER) != 0 ? UH_CAP_SINGLE_ISSUER : 0;
    capabilities |= (flags & URING_SETUP_DEFER_TASKRUN) != 0 ? UH_CAP_DEFER_TASKRUN : 0;
    capabilities |= (flags & URING_SETUP_NO_SQARRAY) != 0 ? UH_CAP_NO_SQARRAY : 0;
    return capabilities;
}

/* Each step of opening is a stage; where one fails, the stage says which. */
static int32_t open_stages(struct uring_queue *queue, const struct uh_ring_config *config, struct uh_ring_info *info)
{
    const uint32_t required = URING_FEAT_NODROP | URING_FEAT_SUBMIT_STABLE | URING_FEAT_FAST_POLL | URING_FEAT_EXT_ARG;
    struct uring_params params;

    info->stage = UH_STAGE_SETUP;
    queue->fd = queue->enter_fd = set_up(config, &params);
    if (queue->fd < 0)
        return queue->fd;
    info->setup_flags = params.flags;
    info->kernel_features = params.features;
    info->submission_entries = params.sq_entries;
    info->completion_entries = params.cq_entries;
    info->capabilities = setup_capabilities(params.flags);

    info->stage = UH_STAGE_FEATURES;
    if ((params.features & required) != required)
        return -ENOTSUP;

    info->stage = UH_STAGE_MAP;
    int32_t error = map_queues(queue, &params);
    if (error < 0)
        return error;

    info->stage = UH_STAGE_PROBE;
    error = uring_queue_check_operations(queue, info);
    if (error < 0)
        return error;
    if (uring_may_use(URING_RUNG_5_18) && register_with_thread(queue))
        info->capabilities |= UH_CAP_REGISTERED_RING;

    info->stage = UH_STAGE_SELF_TEST;
    return uring_queue_self_test(queue);
}

int32_t uring_queue_open(struct uring_queue *queue, const struct uh_ring_config *config, struct uh_ring_info *info)
{
    *queue = (struct uring_queue){.fd = -1};
    int32_t error = open_stages(queue, config, info);
    if (error < 0) {
        info->io_uring_error = -error;
        uring_queue_close(queue);
        return error;
    }
    info->stage = UH_STAGE_WORKS;
    return 0;
}

static void unmap(void *address, size_t size)
{
    if (address != NULL)
        sys_munmap(address, size);
}

void uring_queue_close(struct uring_queue *queue)
{
    unmap(queue->sqe_map, queue->sqe_map_size);
    unmap(queue->cq_map, queue->cq_map_size);
    unmap(queue->sq_map, queue->sq_map_size);
    if (queue->enter_flags != 0) {
        /* The registration is a reference of its own: without this the ring would live as long as the thread. */
        struct uring_rsrc_update update = {.offset = (uint32_t)queue->enter_fd};
        sys_io_uring_register(queue->fd, URING_UNREGISTER_RING_FDS, &update, 1);
    }
    if (queue->fd >= 0)
        sys_close(queue->fd);
}

/* GETEVENTS even when nothing is waited for: with DEFER_TASKRUN only that makes the kernel post what is ready. */
int32_t uring_queue_enter(struct uring_queue *queue, uint32_t wait, int64_t timeout_ns)
{
    /* Release: when the kernel sees the new tail it sees the entries before it filled in. */
    __atomic_store_n(queue->kernel_sq_tail, queue->sq_tail, __ATOMIC_RELEASE);
    uint32_t submit = uring_queue_unsubmitted(queue);
    uint32_t flags = queue->enter_flags | URING_ENTER_GETEVENTS;
    if (wait == 0 || timeout_ns < 0)
        return sys_io_uring_enter(queue->enter_fd, submit, wait, flags, NULL, 0);

    struct kernel_timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    struct uring_getevents_arg argument = {.ts = (uint64_t)(uintptr_t)&timeout};
    return sys_io_uring_enter(queue->enter_fd, submit, wait, flags | URING_ENTER_EXT_ARG, &argument, sizeof argument);
}
