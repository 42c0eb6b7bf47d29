/* ring_tests.c: the ring itself: opening, turns, queues that run full, time, threads. */
#include "harness.h"
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

static void sizes_are_those_of_the_abi(void)
{
    CHECK_EQUAL(uh_abi_version(), UH_ABI_VERSION);
    CHECK_EQUAL(sizeof(struct uh_submission), 32);
    CHECK_EQUAL(sizeof(struct uh_completion), 16);
    CHECK_EQUAL(offsetof(struct uh_submission, length), 16);
    CHECK_EQUAL(offsetof(struct uh_submission, kind), 24);
    CHECK_EQUAL(offsetof(struct uh_submission, extra), 28);
    CHECK_EQUAL(offsetof(struct uh_completion, result), 8);
    CHECK_EQUAL(UH_KIND_COUNT, 9);
}

static void a_nop_completes(void)
{
    struct loop *loop = loop_open();
    CHECK_EQUAL(loop_await(loop, loop_nop(loop)), 0);
    loop_close(loop);
}

static void info_tells_what_was_opened(void)
{
    struct loop *loop = loop_open_sized(100, 1000);
    CHECK_EQUAL(loop->info.submission_entries, 128);
    CHECK_EQUAL(loop->info.completion_entries, 1024);
    CHECK_EQUAL(loop->info.io_uring_error, 0);
    bool is_uring = backend_under_test == UH_BACKEND_IO_URING;
    CHECK_EQUAL(loop->info.stage, is_uring ? UH_STAGE_WORKS : UH_STAGE_NOT_TRIED);
    CHECK_EQUAL(loop->info.setup_flags != 0, is_uring);
    CHECK_EQUAL(loop->info.kernel_features != 0, is_uring);
    loop_close(loop);

    loop = loop_open();
    CHECK_EQUAL(loop->info.submission_entries, 256);
    CHECK_EQUAL(loop->info.completion_entries, 4096);
    loop_close(loop);
}

static void a_bad_config_is_refused(void)
{
    const struct uh_ring_config bad[] = {
        {.backend = 3},
        {.reserved = 1},
        {.submission_entries = 32769},
        {.completion_entries = 32769},
        {.submission_entries = 256, .completion_entries = 128},
    };
    struct uh_ring_info info;
    struct uh_ring *ring;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_EQUAL(uh_ring_open(&bad[i], &info, &ring), -EINVAL);
    CHECK_EQUAL(uh_ring_open(NULL, &info, &ring), -EINVAL);
    CHECK_EQUAL(uh_ring_open(&bad[0], NULL, &ring), -EINVAL);
}

static void bad_arguments_of_enter_are_refused(void)
{
    struct loop *loop = loop_open();
    struct uh_completion out;
    uint32_t accepted;
    CHECK_EQUAL(uh_ring_enter(NULL, NULL, 0, &accepted, &out, 1, 0), -EINVAL);
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 1, &accepted, &out, 1, 0), -EINVAL);
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, NULL, &out, 1, 0), -EINVAL);
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, NULL, 1, 0), -EINVAL);
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, &out, 0, 0), -EINVAL);
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, &out, 1, 0), 0);
    loop_close(loop);
}

static void bad_submissions_complete_with_an_error(void)
{
    struct loop *loop = loop_open();
    char byte;
    uint64_t unknown = loop_submit(loop, (struct uh_submission){.kind = UH_KIND_COUNT, .fd = 0});
    uint64_t far = loop_submit(loop, (struct uh_submission){.kind = 255, .fd = 0});
    uint64_t negative = loop_receive(loop, -1, &byte, 1);
    uint64_t not_open = loop_receive(loop, 12345, &byte, 1);
    uint64_t close_of_none = loop_close_fd(loop, 12345);
    uint64_t shutdown_of_none = loop_shutdown(loop, 12345, SHUT_RDWR);
    uint64_t highest = loop_receive(loop, INT32_MAX, &byte, 1);
    uint64_t nothing = loop_receive(loop, 0, &byte, 0);
    uint64_t too_much = loop_send(loop, 0, &byte, 0x80000000u);
    uint64_t odd_events = loop_poll(loop, 0, 0x10000);
    uint64_t good = loop_nop(loop);
    CHECK_EQUAL(loop_await(loop, good), 0);
    CHECK_EQUAL(loop_await(loop, unknown), -EINVAL);
    CHECK_EQUAL(loop_await(loop, far), -EINVAL);
    CHECK_EQUAL(loop_await(loop, negative), -EBADF);
    CHECK_EQUAL(loop_await(loop, not_open), -EBADF);
    CHECK_EQUAL(loop_await(loop, close_of_none), -EBADF);
    CHECK_EQUAL(loop_await(loop, shutdown_of_none), -EBADF);
    CHECK_EQUAL(loop_await(loop, highest), -EBADF);
    CHECK_EQUAL(loop_await(loop, nothing), -EINVAL);
    CHECK_EQUAL(loop_await(loop, too_much), -EINVAL);
    CHECK_EQUAL(loop_await(loop, odd_events), -EINVAL);
    loop_close(loop);
}

static void await_count(struct loop *loop, uint64_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        CHECK_EQUAL(loop_await(loop, first + i), 0);
}

static void more_submissions_than_the_queue_holds_are_taken(void)
{
    enum { COUNT = 5000 };
    struct loop *loop = loop_open_sized(8, 8192);
    uint64_t first = loop_nop(loop);
    for (int i = 1; i < COUNT; i++)
        loop_nop(loop);
    loop_turn(loop, 0);
    CHECK_EQUAL(loop->pending_count, 0);
    await_count(loop, first, COUNT);
    loop_close(loop);
}

static void a_full_completion_queue_loses_nothing(void)
{
    enum { COUNT = 2000 };
    struct loop *loop = loop_open_sized(64, 64);
    loop->out_capacity = 16;
    uint64_t first = loop_nop(loop);
    for (int i = 1; i < COUNT; i++)
        loop_nop(loop);
    loop_turn(loop, 0);
    await_count(loop, first, COUNT);
    if (backend_under_test == UH_BACKEND_IO_URING)
        CHECK(loop_stats(loop).overflows > 0);
    loop_close(loop);
}

static void one_completion_at_a_time_will_do(void)
{
    enum { COUNT = 500 };
    struct loop *loop = loop_open_sized(1, 1);
    loop->out_capacity = 1;
    uint64_t first = loop_nop(loop);
    for (int i = 1; i < COUNT; i++)
        loop_submit(loop, (struct uh_submission){.kind = i % 2 == 0 ? UH_NOP : UH_CANCEL, .fd = -1});
    for (int i = 0; i < COUNT; i++)
        CHECK_EQUAL(loop_await(loop, first + (uint64_t)i), i % 2 == 0 ? 0 : -ENOENT);
    loop_close(loop);
}

static void a_timeout_is_never_early(void)
{
    struct loop *loop = loop_open();
    const int64_t timeouts_ns[] = {1, 1000, 300000, 1500000, 20000000};
    for (size_t i = 0; i < sizeof timeouts_ns / sizeof timeouts_ns[0]; i++) {
        int64_t start = now_ns();
        CHECK_EQUAL(loop_turn(loop, timeouts_ns[i]), 0);
        CHECK(now_ns() - start >= timeouts_ns[i]);
    }
    int64_t start = now_ns();
    CHECK_EQUAL(loop_turn(loop, 0), 0);
    CHECK(now_ns() - start < PATIENCE_NS);
    loop_close(loop);
}

/* With something in flight and something submitted: the other path through the kernel. */
static void a_timeout_is_kept_while_operations_wait(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
    loop_settle(loop);
    uint64_t second = loop_poll(loop, pair[1], 0);
    int64_t start = now_ns();
    while (now_ns() - start < 20000000)
        CHECK_EQUAL(loop_turn(loop, start + 20000000 - now_ns() > 0 ? start + 20000000 - now_ns() : 0), 0);
    CHECK(!loop_is_done(loop, receive) && !loop_is_done(loop, second));
    loop_close(loop);
}

static void *enter_elsewhere(void *argument)
{
    struct loop *loop = argument;
    struct uh_completion out;
    uint32_t accepted = 1;
    struct uh_submission nop = {.kind = UH_NOP, .fd = -1};
    CHECK_EQUAL(uh_ring_enter(loop->ring, &nop, 1, &accepted, &out, 1, 0), -EEXIST);
    CHECK_EQUAL(accepted, 0);
    CHECK_EQUAL(uh_ring_close(loop->ring), -EEXIST);
    return NULL;
}

static void another_thread_is_refused(void)
{
    struct loop *loop = loop_open();
    pthread_t thread;
    CHECK_EQUAL(pthread_create(&thread, NULL, enter_elsewhere, loop), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(loop_await(loop, loop_nop(loop)), 0);
    loop_close(loop);
}

static volatile sig_atomic_t signals_seen;

static void on_signal(int number)
{
    (void)number;
    signals_seen++;
}

static void start_signal_storm(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
    MUST(sigaction(SIGUSR1, &action, NULL));
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec often = {.it_interval.tv_nsec = 50000, .it_value.tv_nsec = 50000};
    MUST(timer_settime(timer, 0, &often, NULL));
}

static void wait_for_an_interrupt(struct loop *loop)
{
    uint64_t before = loop_stats(loop).interrupts;
    int64_t deadline = now_ns() + PATIENCE_NS;
    while (loop_stats(loop).interrupts == before) {
        loop_turn(loop, 1000000000);
        CHECK(now_ns() < deadline);
    }
}

static void signals_lose_and_double_nothing(void)
{
    enum { ROUNDS = 2000 };
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    start_signal_storm();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t sent = i;
        uint32_t received = ~i;
        uint64_t receive = loop_receive_later(loop, pair[1], &received, sizeof received);
        if (i % 100 == 0) /* a wait for which nothing comes but a signal */
            wait_for_an_interrupt(loop);
        uint64_t send = loop_send(loop, pair[0], &sent, sizeof sent);
        CHECK_EQUAL(loop_await(loop, send), sizeof sent);
        CHECK_EQUAL(loop_await(loop, receive), sizeof received);
        CHECK_EQUAL(received, sent);
    }
    CHECK(signals_seen > 0);
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);
    char bytes[2];
    loop_receive(loop, pair[0], &bytes[0], 1);
    loop_receive(loop, pair[1], &bytes[1], 1);
    loop_turn(loop, 0);
    loop_close(loop);
}

static void a_thousand_rings_leave_nothing(void)
{
    int before = count_descriptors();
    uint32_t capabilities = 0;
    for (int i = 0; i < 1000; i++) {
        struct uh_ring_config config = config_under_test();
        struct uh_ring_info info;
        struct uh_ring *ring;
        int64_t deadline = now_ns() + PATIENCE_NS;
        /* The kernel gives the memory of a closed ring back a moment later. */
        int32_t error;
        while ((error = uh_ring_open(&config, &info, &ring)) == -ENOMEM)
            CHECK(now_ns() < deadline);
        CHECK_EQUAL(error, 0);
        CHECK_EQUAL(uh_ring_close(ring), 0);
        /* The last is as good as the first: the thread has room to register it. */
        capabilities = i == 0 ? info.capabilities : capabilities;
        CHECK_EQUAL(info.capabilities, capabilities);
    }
    CHECK_EQUAL(count_descriptors(), before);
}

static void a_probe_leaves_nothing(void)
{
    int before = count_descriptors();
    struct uh_ring_info info;
    CHECK_EQUAL(uh_ring_probe(&info), 0);
    CHECK(info.backend == UH_BACKEND_IO_URING || info.backend == UH_BACKEND_EPOLL);
    CHECK_EQUAL(count_descriptors(), before);
}

static void many_rings_live_on_one_thread(void)
{
    enum { RINGS = 40 }; /* more than a thread can register */
    struct loop *loops[RINGS];
    for (int i = 0; i < RINGS; i++)
        loops[i] = loop_open();
    for (int i = 0; i < RINGS; i++)
        CHECK_EQUAL(loop_await(loops[i], loop_nop(loops[i])), 0);
    for (int i = 0; i < RINGS; i++)
        loop_close(loops[i]);
}

static void an_idle_turn_does_not_spin(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    loop_receive(loop, pair[0], &byte, 1);
    loop_settle(loop);
    uint64_t before = loop_stats(loop).syscalls;
    loop_turn(loop, 5000000);
    CHECK(loop_stats(loop).syscalls - before <= 2);
    loop_close(loop);
}

const struct test ring_tests[] = {
    TEST(sizes_are_those_of_the_abi),
    TEST(a_nop_completes),
    TEST(info_tells_what_was_opened),
    TEST(a_bad_config_is_refused),
    TEST(bad_arguments_of_enter_are_refused),
    TEST(bad_submissions_complete_with_an_error),
    TEST(more_submissions_than_the_queue_holds_are_taken),
    TEST(a_full_completion_queue_loses_nothing),
    TEST(one_completion_at_a_time_will_do),
    TEST(a_timeout_is_never_early),
    TEST(a_timeout_is_kept_while_operations_wait),
    TEST(another_thread_is_refused),
    TEST(signals_lose_and_double_nothing),
    TEST(a_thousand_rings_leave_nothing),
    TEST(a_probe_leaves_nothing),
    TEST(many_rings_live_on_one_thread),
    TEST(an_idle_turn_does_not_spin),
    {0},
};
