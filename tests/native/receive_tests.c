/* receive_tests.c: what a receive and a poll see: bytes, ends, resets, and each other. */
#include "harness.h"
#include <poll.h>

static void reset(struct loop *loop, int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    CHECK_EQUAL(uh_socket_set_option(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, fd)), 0);
}

static void a_reset_is_not_an_end_of_stream(void)
{
    struct loop *loop = loop_open();
    for (int armed = 0; armed < 2; armed++) {
        int pair[2];
        connect_pair(loop, pair);
        char byte;
        uint64_t receive = 0;
        if (armed != 0) {
            receive = loop_receive_later(loop, pair[1], &byte, 1);
            loop_settle(loop);
        }
        reset(loop, pair[0]);
        if (armed == 0)
            receive = loop_receive(loop, pair[1], &byte, 1);
        CHECK_EQUAL(loop_await(loop, receive), -ECONNRESET);
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[1])), 0);
    }
    loop_close(loop);
}

/* Data and FIN arrive together, before anyone asks: a short receive must not hide the end. */
static void the_end_behind_the_data_is_seen(void)
{
    struct loop *loop = loop_open();
    for (int i = 0; i < 200; i++) {
        int pair[2];
        connect_pair(loop, pair);
        char buffer[64];
        if (i % 2 == 0) { /* the descriptor has been waited on before */
            uint64_t receive = loop_receive_later(loop, pair[1], buffer, sizeof buffer);
            loop_settle(loop);
            CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "x", 1)), 1);
            CHECK_EQUAL(loop_await(loop, receive), 1);
        }
        CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "end", 3)), 3);
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[0])), 0);
        CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], buffer, sizeof buffer)), 3);
        CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], buffer, sizeof buffer)), 0);
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[1])), 0);
    }
    loop_close(loop);
}

/* An urgent byte cuts a receive short although more has arrived: what lies behind it must not wait for a packet. */
static void urgent_data_does_not_hide_what_follows(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char buffer[64];
    uint64_t receive = loop_receive_later(loop, pair[1], buffer, sizeof buffer);
    loop_settle(loop);
    CHECK_EQUAL(send(pair[0], "ab", 2, 0), 2);
    CHECK_EQUAL(loop_await(loop, receive), 2);
    CHECK_EQUAL(send(pair[0], "cd", 2, 0), 2);
    CHECK_EQUAL(send(pair[0], "!", 1, MSG_OOB), 1);
    CHECK_EQUAL(send(pair[0], "efg", 3, 0), 3);
    receive_all(loop, pair[1], (unsigned char *)buffer, 5);
    CHECK(memcmp(buffer, "cdefg", 5) == 0);
    loop_close(loop);
}

/* A datagram shorter than the buffer says nothing about the next one. */
static void short_datagrams_do_not_hide_the_next(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    char buffer[64];
    uint64_t receive = loop_receive_later(loop, pair[1], buffer, sizeof buffer);
    loop_settle(loop);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(write(pair[0], "xy", 2), 2);
    CHECK_EQUAL(loop_await(loop, receive), 2);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], buffer, sizeof buffer)), 2);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], buffer, sizeof buffer)), 2);
    loop_close(loop);
}

static void poll_first_sees_what_is_there(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char buffer[4];
    CHECK_EQUAL(write(pair[0], "12345678", 8), 8);
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(loop_await(loop, loop_receive_later(loop, pair[1], buffer, sizeof buffer)), sizeof buffer);
    loop_close(loop);
}

static void a_poll_tells_the_level(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    CHECK_EQUAL(loop_await(loop, loop_poll(loop, pair[1], POLLOUT)), POLLOUT);
    uint64_t poll = loop_poll(loop, pair[1], POLLIN | POLLRDHUP);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, poll));
    CHECK_EQUAL(write(pair[0], "ab", 2), 2);
    CHECK_EQUAL(loop_await(loop, poll), POLLIN);
    /* Still there, still ready, however often one asks, and also after a part was taken. */
    CHECK_EQUAL(loop_await(loop, loop_poll(loop, pair[1], POLLIN)), POLLIN);
    char byte;
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], &byte, 1)), 1);
    CHECK_EQUAL(loop_await(loop, loop_poll(loop, pair[1], POLLIN)), POLLIN);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], &byte, 1)), 1);
    poll = loop_poll(loop, pair[1], POLLIN | POLLRDHUP);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, poll));
    CHECK_EQUAL(shutdown(pair[0], SHUT_WR), 0);
    CHECK_EQUAL(loop_await(loop, poll) & POLLRDHUP, POLLRDHUP);
    loop_close(loop);
}

static void many_polls_and_a_receive_share_a_socket(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    uint64_t polls[10];
    for (int i = 0; i < 10; i++)
        polls[i] = loop_poll(loop, pair[1], POLLIN);
    uint64_t receive = loop_receive_later(loop, pair[1], &byte, 1);
    loop_settle(loop);
    CHECK_EQUAL(write(pair[0], "x", 1), 1);
    CHECK_EQUAL(loop_await(loop, receive), 1);
    int ended = 0;
    for (int i = 0; i < 10; i++)
        ended += loop_is_done(loop, polls[i]);
    CHECK(ended > 0);
    CHECK_EQUAL(write(pair[0], "x", 1), 1);
    for (int i = 0; i < 10; i++)
        CHECK_EQUAL(loop_await(loop, polls[i]), POLLIN);
    loop_close(loop);
}

static void a_poll_of_a_reset_tells_of_the_error(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    uint64_t poll = loop_poll(loop, pair[1], POLLRDHUP);
    loop_settle(loop);
    reset(loop, pair[0]);
    CHECK((loop_await(loop, poll) & (POLLERR | POLLHUP)) != 0);
    loop_close(loop);
}

const struct test receive_tests[] = {
    TEST(a_reset_is_not_an_end_of_stream),
    TEST(the_end_behind_the_data_is_seen),
    TEST(urgent_data_does_not_hide_what_follows),
    TEST(short_datagrams_do_not_hide_the_next),
    TEST(poll_first_sees_what_is_there),
    TEST(a_poll_tells_the_level),
    TEST(many_polls_and_a_receive_share_a_socket),
    TEST(a_poll_of_a_reset_tells_of_the_error),
    {0},
};
