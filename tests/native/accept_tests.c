/* accept_tests.c: accepting one, accepting many, and running out of descriptors. */
#include "harness.h"
#include <sys/resource.h>

/* Blocking clients of the test itself: the kernel completes their connects before anyone accepts. */
static int connect_plainly(const struct sockaddr_storage *address, socklen_t length)
{
    int fd = MUST(socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(connect(fd, (const struct sockaddr *)address, length));
    return fd;
}

static bool has_multishot(const struct loop *loop)
{
    return (loop->info.capabilities & UH_CAP_MULTISHOT_ACCEPT) != 0;
}

static void a_multishot_accept_stays_armed(void)
{
    enum { CLIENTS = 200 };
    struct loop *loop = loop_open();
    if (!has_multishot(loop))
        skip("no multishot accept");
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    uint64_t accept = loop_accept(loop, listener, UH_MULTISHOT);
    int before = count_descriptors();
    for (int i = 0; i < CLIENTS; i++) {
        connect_plainly(&address, length);
        if (i % 50 == 0)
            CHECK(loop_take_accepted(loop) >= 0);
    }
    int64_t deadline = now_ns() + PATIENCE_NS;
    while (loop_outcome(loop, accept)->more < CLIENTS) {
        loop_turn(loop, 1000000000);
        CHECK(now_ns() < deadline);
    }
    CHECK(!loop_is_done(loop, accept));
    CHECK_EQUAL(count_descriptors(), before + 2 * CLIENTS);
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, listener, accept)), 0);
    CHECK_EQUAL(loop_await(loop, accept), -ECANCELED);
    loop_close(loop);
}

static void a_flood_of_connections_fits_through_a_small_array(void)
{
    enum { CLIENTS = 100 };
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    for (int i = 0; i < CLIENTS; i++)
        connect_plainly(&address, length);
    loop->out_capacity = 2;
    uint64_t accept = loop_accept(loop, listener, UH_MULTISHOT);
    if (!has_multishot(loop))
        skip("no multishot accept");
    for (int i = 0; i < CLIENTS; i++)
        CHECK(loop_take_accepted(loop) >= 0);
    CHECK(!loop_is_done(loop, accept));
    loop_close(loop);
}

/* A connection waits to be accepted when the cancel comes: it is either delivered or stays where it is. */
static void a_cancelled_accept_leaks_no_descriptor(void)
{
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    for (int i = 0; i < 300; i++) {
        bool multishot = i % 2 == 0 && has_multishot(loop);
        uint64_t accept = loop_accept(loop, listener, multishot ? UH_MULTISHOT : 0);
        if (i % 3 != 0)
            loop_settle(loop);
        int before = count_descriptors();
        int client = connect_plainly(&address, length);
        loop->accepted_count = 0;
        uint64_t cancel = loop_cancel(loop, listener, accept);
        int32_t found = loop_await(loop, cancel);
        CHECK(found == 0 || found == -ENOENT || found == -EALREADY);
        int32_t last = loop_await(loop, accept);
        int delivered = (int)loop->accepted_count + (last >= 0 ? 1 : 0);
        CHECK(delivered <= 1);
        CHECK(last >= 0 || last == -ECANCELED);
        CHECK_EQUAL(count_descriptors(), before + 1 + delivered);
        if (last >= 0)
            CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, last)), 0);
        for (uint32_t k = 0; k < loop->accepted_count; k++)
            CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, loop->accepted[k])), 0);
        close(client);
        if (delivered == 0) { /* it waits still, for the next accept */
            int32_t late = loop_await(loop, loop_accept(loop, listener, 0));
            CHECK(late >= 0);
            CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, late)), 0);
        }
    }
    loop_close(loop);
}

static void limit_descriptors(int more)
{
    int highest = MUST(dup(0));
    close(highest);
    struct rlimit limit = {.rlim_cur = (rlim_t)(highest + more), .rlim_max = (rlim_t)(highest + more)};
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
}

static void running_out_of_descriptors_ends_an_accept(void)
{
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    int clients[3];
    for (int i = 0; i < 3; i++)
        clients[i] = connect_plainly(&address, length);
    limit_descriptors(1);
    uint64_t accept = loop_accept(loop, listener, UH_MULTISHOT);
    int first = has_multishot(loop) ? loop_take_accepted(loop) : loop_await(loop, accept);
    CHECK(first >= 0);
    if (!has_multishot(loop))
        accept = loop_accept(loop, listener, 0);
    CHECK_EQUAL(loop_await(loop, accept), -EMFILE);

    /* It does not spin: nothing is armed, nothing comes. */
    uint64_t before = loop_stats(loop).syscalls;
    CHECK_EQUAL(loop_turn(loop, 3000000), 0);
    CHECK(loop_stats(loop).syscalls - before <= 2);
    CHECK_EQUAL(loop_await(loop, loop_accept(loop, listener, UH_MULTISHOT)), -EMFILE);

    /* After a descriptor has become free the connection that waits is accepted, though no new one comes. */
    close(clients[0]);
    uint64_t again = loop_accept(loop, listener, 0);
    CHECK(loop_await(loop, again) >= 0);
    loop_close(loop);
}

static void a_listener_that_is_shut_down_ends_its_accept(void)
{
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    uint64_t accept = loop_accept(loop, listener, UH_MULTISHOT);
    loop_settle(loop);
    CHECK_EQUAL(loop_await(loop, loop_shutdown(loop, listener, SHUT_RDWR)), 0);
    CHECK_EQUAL(loop_await(loop, accept), -EINVAL);
    loop_close(loop);
}

const struct test accept_tests[] = {
    TEST(a_multishot_accept_stays_armed),
    TEST(a_flood_of_connections_fits_through_a_small_array),
    TEST(a_cancelled_accept_leaks_no_descriptor),
    TEST(running_out_of_descriptors_ends_an_accept),
    TEST(a_listener_that_is_shut_down_ends_its_accept),
    {0},
};
