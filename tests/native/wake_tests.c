/* wake_tests.c: the one call that other threads may make. */
#include "harness.h"
#include <pthread.h>
#include <stdatomic.h>

static void a_wake_before_the_wait_ends_it(void)
{
    struct loop *loop = loop_open();
    for (int i = 0; i < 1000; i++) {
        if (i % 2 == 0) /* io_uring: the read is in flight already when the wake comes */
            CHECK_EQUAL(loop_turn(loop, 0), 0);
        CHECK_EQUAL(uh_ring_wake(loop->ring), 0);
        CHECK_EQUAL(loop_turn(loop, -1), 0); /* without the wake this would hang */
    }
    CHECK_EQUAL(loop_stats(loop).wakes, 1000);
    loop_close(loop);
}

struct waker {
    struct uh_ring *ring;
    int count;
    _Atomic int posted;
    _Atomic int taken;
};

/* One wake at a time: posts, wakes, waits until the loop has taken it, most often while the loop sleeps already. */
static void *wake_one_by_one(void *argument)
{
    struct waker *waker = argument;
    for (int i = 1; i <= waker->count; i++) {
        atomic_store(&waker->posted, i);
        CHECK_EQUAL(uh_ring_wake(waker->ring), 0);
        while (atomic_load(&waker->taken) < i)
            sched_yield();
    }
    return NULL;
}

static void a_wake_during_the_wait_ends_it(void)
{
    struct loop *loop = loop_open();
    struct waker waker = {.ring = loop->ring, .count = 5000};
    pthread_t thread;
    CHECK_EQUAL(pthread_create(&thread, NULL, wake_one_by_one, &waker), 0);
    while (atomic_load(&waker.taken) < waker.count) {
        int posted = atomic_load(&waker.posted);
        if (posted == atomic_load(&waker.taken))
            CHECK_EQUAL(loop_turn(loop, -1), 0); /* a lost wake would hang here */
        else
            atomic_store(&waker.taken, posted);
    }
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    loop_close(loop);
}

static void *wake_often(void *argument)
{
    struct waker *waker = argument;
    for (int i = 1; i <= waker->count; i++) {
        atomic_fetch_add(&waker->posted, 1);
        CHECK_EQUAL(uh_ring_wake(waker->ring), 0);
    }
    return NULL;
}

static void a_hundred_thousand_wakes_merge(void)
{
    enum { THREADS = 4, EACH = 25000 };
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    struct waker waker = {.ring = loop->ring, .count = EACH};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, wake_often, &waker), 0);
    /* Traffic goes on meanwhile; whoever posted before his wake is seen after the turn that it ended. */
    while (atomic_load(&waker.posted) < THREADS * EACH) {
        char byte;
        uint64_t receive = loop_receive_later(loop, pair[1], &byte, 1);
        uint64_t send = loop_send(loop, pair[0], "x", 1);
        CHECK_EQUAL(loop_await(loop, receive), 1);
        CHECK_EQUAL(loop_await(loop, send), 1);
        if (loop->outcome_count > 1 << 19)
            loop->outcome_count = 0, memset(loop->outcomes, 0, (1 << 20) * sizeof *loop->outcomes);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    loop_turn(loop, 0);
    CHECK(loop_stats(loop).wakes > 0);
    CHECK(loop_stats(loop).wakes <= THREADS * EACH);
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);

    /* All are seen: nothing is left that would end a wait. */
    loop_settle(loop);
    int64_t start = now_ns();
    CHECK_EQUAL(loop_turn(loop, 2000000), 0);
    CHECK(now_ns() - start >= 2000000);
    loop_close(loop);
}

static void wakes_that_nobody_waits_for_cost_nothing_later(void)
{
    struct loop *loop = loop_open();
    loop_turn(loop, 0);
    for (int i = 0; i < 100000; i++)
        CHECK_EQUAL(uh_ring_wake(loop->ring), 0);
    loop_turn(loop, -1);
    CHECK(loop_stats(loop).wakes <= 2);
    loop_close(loop);
}

const struct test wake_tests[] = {
    TEST(a_wake_before_the_wait_ends_it),
    TEST(a_wake_during_the_wait_ends_it),
    TEST(a_hundred_thousand_wakes_merge),
    TEST(wakes_that_nobody_waits_for_cost_nothing_later),
    {0},
};
