/* uringhttp.c: the calls of the ABI that concern a ring: checks the arguments, picks the backend. */
#include "backend.h"
#include "syscall.h"

enum {
    DEFAULT_SUBMISSION_ENTRIES = 256,
    DEFAULT_COMPLETION_ENTRIES = 4096,
    MAXIMUM_ENTRIES = 32768,
};

uint32_t uh_abi_version(void)
{
    return UH_ABI_VERSION;
}

static uint32_t round_up_to_power_of_two(uint32_t value)
{
    uint32_t power = 1;
    while (power < value)
        power *= 2;
    return power;
}

/* Fills in the defaults. -EINVAL for what no ring can be. */
static int32_t complete_config(const struct uh_ring_config *given, struct uh_ring_config *config)
{
    if (given->backend > UH_BACKEND_EPOLL || given->reserved != 0 || given->submission_entries > MAXIMUM_ENTRIES ||
        given->completion_entries > MAXIMUM_ENTRIES)
        return -EINVAL;
    uint32_t submissions = given->submission_entries != 0 ? given->submission_entries : DEFAULT_SUBMISSION_ENTRIES;
    uint32_t completions = given->completion_entries;
    if (completions == 0)
        completions = submissions > DEFAULT_COMPLETION_ENTRIES ? submissions : DEFAULT_COMPLETION_ENTRIES;
    if (completions < submissions)
        return -EINVAL;
    config->backend = given->backend;
    config->submission_entries = round_up_to_power_of_two(submissions);
    config->completion_entries = round_up_to_power_of_two(completions);
    config->reserved = 0;
    return 0;
}

int32_t uh_ring_open(const struct uh_ring_config *given, struct uh_ring_info *info, struct uh_ring **ring)
{
    if (info == NULL)
        return -EINVAL;
    *info = (struct uh_ring_info){0};
    if (given == NULL || ring == NULL)
        return -EINVAL;
    *ring = NULL;
    struct uh_ring_config config;
    int32_t error = complete_config(given, &config);
    if (error < 0)
        return error;
    if (config.backend != UH_BACKEND_EPOLL) {
        error = uring_open(&config, info, ring);
        if (error == 0 || config.backend == UH_BACKEND_IO_URING)
            return error;
    }
    return epoll_open(&config, info, ring);
}

int32_t uh_ring_probe(struct uh_ring_info *info)
{
    const struct uh_ring_config anything = {0};
    struct uh_ring *ring;
    int32_t error = uh_ring_open(&anything, info, &ring);
    return error < 0 ? error : uh_ring_close(ring);
}

/* Costs one register: the kernel would tell only with SINGLE_ISSUER, and epoll would not at all. */
static bool is_owner(const struct uh_ring *ring)
{
    return ring->owner == thread_pointer();
}

int32_t uh_ring_enter(struct uh_ring *ring, const struct uh_submission *in, uint32_t in_count, uint32_t *accepted,
                      struct uh_completion *out, uint32_t out_capacity, int64_t timeout_ns)
{
    if (accepted == NULL)
        return -EINVAL;
    *accepted = 0;
    if (ring == NULL || (in == NULL && in_count > 0) || out == NULL || out_capacity == 0 || out_capacity > INT32_MAX)
        return -EINVAL;
    if (!is_owner(ring))
        return -EEXIST;
    struct turn turn = {.in = in, .in_count = in_count, .out = out, .capacity = out_capacity, .timeout_ns = timeout_ns};
    ring->stats.enters++;
    int32_t error = ring->backend->enter(ring, &turn);
    *accepted = turn.taken;
    return turn.delivered > 0 ? (int32_t)turn.delivered : error;
}

int32_t uh_ring_wake(struct uh_ring *ring)
{
    if (ring == NULL)
        return -EINVAL;
    const uint64_t one = 1;
    int64_t written;
    do {
        written = sys_write(ring->wake_fd, &one, sizeof one);
    } while (written == -EINTR);
    return written < 0 ? (int32_t)written : 0;
}

void uh_ring_get_stats(const struct uh_ring *ring, struct uh_ring_stats *stats)
{
    *stats = ring->stats;
}

int32_t uh_ring_close(struct uh_ring *ring)
{
    if (ring == NULL)
        return -EINVAL;
    if (!is_owner(ring))
        return -EEXIST;
    int32_t error = ring->backend->close(ring);
    ring_close(ring, error == 0);
    return error;
}
