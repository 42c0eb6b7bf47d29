#include "figures.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Log-linear, as LatencyHistogram of UringHttp.Compare: 64 buckets to each doubling, so at most 1.6 % too high. */
enum { BUCKET_BITS = 6, PER_DOUBLING = 1 << BUCKET_BITS, BUCKETS = (64 - BUCKET_BITS + 1) * PER_DOUBLING };

struct idle_figures figures;
static uint64_t counts[BUCKETS], longest, finished, bytes;
static uint64_t begun_at, ended_at;
static struct rusage before, after;

uint64_t clock_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

/* A field of /proc/self/status that is given in KiB. */
static uint64_t status_field(const char *name)
{
    char line[256];
    uint64_t kibibytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), "%" SCNu64, &kibibytes);
    }
    if (status)
        fclose(status);
    return kibibytes * 1024;
}

uint64_t memory_now(void)
{
    return status_field("VmRSS:");
}

void figures_begin(void)
{
    memset(counts, 0, sizeof counts);
    longest = finished = bytes = 0;
    begun_at = clock_now();
    getrusage(RUSAGE_SELF, &before);
}

void figures_add(uint64_t latency_nanoseconds, uint64_t body_bytes)
{
    int log = 63 - __builtin_clzll(latency_nanoseconds | 1);
    int shift = log > BUCKET_BITS ? log - BUCKET_BITS : 0;
    counts[shift * PER_DOUBLING + (int)(latency_nanoseconds >> shift)]++;
    longest = latency_nanoseconds > longest ? latency_nanoseconds : longest;
    finished++;
    bytes += body_bytes;
}

void figures_end(void)
{
    getrusage(RUSAGE_SELF, &after);
    ended_at = clock_now();
}

static uint64_t highest_of(int bucket)
{
    int shift = (bucket >> BUCKET_BITS) > 1 ? (bucket >> BUCKET_BITS) - 1 : 0;
    return ((uint64_t)(bucket - shift * PER_DOUBLING + 1) << shift) - 1;
}

/* In microseconds. */
static double percentile(double part)
{
    uint64_t seen = 0, wanted = (uint64_t)(part * (double)finished + 0.999999);
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        seen += counts[bucket];
        if (seen >= wanted && seen > 0)
            return (double)(highest_of(bucket) < longest ? highest_of(bucket) : longest) / 1000;
    }
    return 0;
}

static double elapsed(struct timeval from, struct timeval to)
{
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_usec - from.tv_usec) / 1e6;
}

void figures_print(void)
{
    printf("{\"requests\":%" PRIu64 ",\"bodyBytes\":%" PRIu64 ",\"comparedBytes\":0,\"wallSeconds\":%.9f,", finished,
           bytes, (double)(ended_at - begun_at) / 1e9);
    printf("\"userCpuSeconds\":%.6f,\"systemCpuSeconds\":%.6f,", elapsed(before.ru_utime, after.ru_utime),
           elapsed(before.ru_stime, after.ru_stime));
    printf("\"allocatedBytes\":0,\"collections\":[],\"compilationSeconds\":0,\"peakMemoryBytes\":%" PRIu64 ",",
           status_field("VmHWM:"));
    printf("\"latency\":{\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f},", percentile(0.5),
           percentile(0.95), percentile(0.99), percentile(0.999), (double)longest / 1000);
    if (figures.idle_connections > 0)
        printf("\"idle\":{\"connections\":%" PRIu64 ",\"residentBytes\":%.1f,\"managedBytes\":0,\"descriptors\":1},",
               figures.idle_connections, (double)figures.idle_bytes / (double)figures.idle_connections);
    printf("\"errors\":0,\"firstError\":null}\n");
}
