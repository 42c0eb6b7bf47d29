/* figures.h: what a round has used, and how long its requests took. */
#pragma once

#include <stdint.h>

#define NANOSECONDS 1000000000ULL

/* Set once, before the rounds. */
struct idle_figures {
    uint64_t idle_connections;
    uint64_t idle_bytes; /* resident memory of this process that they cost, all of them */
};
extern struct idle_figures figures;

/* The monotonic clock, in nanoseconds. */
uint64_t clock_now(void);

/* Resident memory of this process, in bytes. */
uint64_t memory_now(void);

/* Forgets what was added, and begins to count. */
void figures_begin(void);

void figures_add(uint64_t latency_nanoseconds, uint64_t body_bytes);

/* Ends the counting. */
void figures_end(void);

/* One line of JSON, as the round of any arm of UringHttp.Compare: see Measurement/RoundResult.cs. */
void figures_print(void);
