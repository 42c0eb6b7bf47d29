/*
 * harness.h: a test is a function that runs in a process of its own, so that it starts with clean descriptors, limits
 * and signals and may ruin them. It fails by CHECK, or by not ending in time.
 */
#ifndef UH_HARNESS_H
#define UH_HARNESS_H

#include "uringhttp.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(function)                                                                                                 \
    {                                                                                                                  \
#function, function                                                                                            \
    }

/* A list is ended by a zeroed entry. The program that is linked with the harness defines its groups. */
struct test_group {
    const char *name;
    const struct test *tests;
};
extern const struct test_group test_groups[];

/* The backend under test: UH_BACKEND_IO_URING or UH_BACKEND_EPOLL. */
extern uint32_t backend_under_test;

/* ---- checks ---- */

_Noreturn void fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void skip(const char *reason);

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail(__FILE__, __LINE__, "%s", #condition);                                                                \
    } while (0)

#define CHECK_EQUAL(actual, expected)                                                                                  \
    do {                                                                                                               \
        long long actual_ = (long long)(actual), expected_ = (long long)(expected);                                    \
        if (actual_ != expected_)                                                                                      \
            fail(__FILE__, __LINE__, "%s is %lld, not %s (%lld)", #actual, actual_, #expected, expected_);             \
    } while (0)

/* A libc call that must succeed. */
#define MUST(call)                                                                                                     \
    __extension__({                                                                                                    \
        long long result_ = (long long)(call);                                                                         \
        if (result_ < 0)                                                                                               \
            fail(__FILE__, __LINE__, "%s: %s", #call, strerror(errno));                                                \
        (int)result_;                                                                                                  \
    })

/* ---- a loop: a ring, what is to be submitted, and what became of every operation ---- */

enum { LOOP_BATCH = 1 << 16, LOOP_OUT = 4096 };

struct outcome {
    bool is_submitted;
    bool is_done;
    uint32_t more; /* completions with UH_MORE */
    int32_t result;
    uint32_t flags;
};

struct loop {
    struct uh_ring *ring;
    struct uh_ring_info info;
    struct uh_submission *pending;
    uint32_t pending_count;
    struct uh_completion *out;
    uint32_t out_capacity; /* may be lowered by a test */
    struct outcome *outcomes;
    uint32_t outcome_count;
    uint64_t in_flight;     /* by our own count */
    int32_t accepted[4096]; /* results of accepts, in order; a test takes them by loop_take_accepted */
    uint32_t accepted_count;
};

struct uh_ring_config config_under_test(void);
struct loop *loop_open(void);
struct loop *loop_open_sized(uint32_t submission_entries, uint32_t completion_entries);
void loop_close(struct loop *loop);

/* Each returns the token of the submission, which the next turn offers to the ring. */
uint64_t loop_submit(struct loop *loop, struct uh_submission submission);
uint64_t loop_nop(struct loop *loop);
uint64_t loop_connect(struct loop *loop, int fd, const void *address, socklen_t length);
uint64_t loop_accept(struct loop *loop, int fd, uint8_t flags);
uint64_t loop_receive(struct loop *loop, int fd, void *buffer, uint32_t length);
uint64_t loop_receive_later(struct loop *loop, int fd, void *buffer, uint32_t length); /* UH_POLL_FIRST */
uint64_t loop_send(struct loop *loop, int fd, const void *buffer, uint32_t length);
uint64_t loop_poll(struct loop *loop, int fd, uint32_t events);
uint64_t loop_shutdown(struct loop *loop, int fd, uint32_t how);
uint64_t loop_close_fd(struct loop *loop, int fd);
uint64_t loop_cancel(struct loop *loop, int fd, uint64_t token);

/* One enter. Checks what the contract promises of every turn. Returns how many completions came. */
uint32_t loop_turn(struct loop *loop, int64_t timeout_ns);

/* Turns until nothing that was asked for can still complete at once: used before a check that something is not done. */
void loop_settle(struct loop *loop);

/* Turns until the operation has ended. Its result. */
int32_t loop_await(struct loop *loop, uint64_t token);
bool loop_is_done(const struct loop *loop, uint64_t token);
const struct outcome *loop_outcome(const struct loop *loop, uint64_t token);

/* Turns until one more accept has a result; its descriptor. */
int loop_take_accepted(struct loop *loop);
struct uh_ring_stats loop_stats(const struct loop *loop);

/* ---- descriptors and time ---- */

int count_descriptors(void);
int64_t now_ns(void);

/* A deadline for what should take microseconds, on a machine that is busy with other things. */
#define PATIENCE_NS (20 * 1000000000ll)

/* Listens on a free loopback port (or a free unix name); the address to connect to. */
int listen_on(struct loop *loop, int domain, struct sockaddr_storage *address, socklen_t *length);

/* A connected pair, both ends made for the ring, over TCP (the one that connected, the one that was accepted). */
void connect_pair(struct loop *loop, int pair[2]);
int socket_of(struct loop *loop, int domain);
void set_send_buffer(int fd, int bytes);

/* Receives exactly so many bytes. */
void receive_all(struct loop *loop, int fd, unsigned char *bytes, size_t length);

#endif
