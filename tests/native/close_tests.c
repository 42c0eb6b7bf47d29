/* close_tests.c: closing a connection, a listener, a ring: what must be gone then and what must not be touched. */
#include "harness.h"
#include <poll.h>
#include <sys/mman.h>

/* Ask, join, close: the procedure of the contract. */
static void close_with_a_receive_armed(struct loop *loop, int fd, uint64_t receive)
{
    uint64_t shutdown = loop_shutdown(loop, fd, SHUT_RDWR);
    uint64_t cancel = loop_cancel(loop, fd, receive);
    CHECK_EQUAL(loop_await(loop, shutdown), 0);
    int32_t found = loop_await(loop, cancel);
    CHECK(found == 0 || found == -ENOENT || found == -EALREADY);
    int32_t result = loop_await(loop, receive);
    CHECK(result == 0 || result == -ECANCELED);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, fd)), 0);
}

static void a_close_reaches_the_peer(void)
{
    struct loop *loop = loop_open();
    for (int i = 0; i < 100; i++) {
        int pair[2];
        connect_pair(loop, pair);
        char byte;
        uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
        loop_settle(loop);
        close_with_a_receive_armed(loop, pair[0], receive);
        CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], &byte, 1)), 0);
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[1])), 0);
    }
    loop_close(loop);
}

static void the_port_of_a_closed_listener_is_free(void)
{
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    for (int i = 0; i < 50; i++) {
        uint64_t accept = loop_accept(loop, listener, UH_MULTISHOT);
        loop_settle(loop);
        uint64_t cancel = loop_cancel(loop, listener, accept);
        CHECK_EQUAL(loop_await(loop, cancel), 0);
        CHECK_EQUAL(loop_await(loop, accept), -ECANCELED);
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, listener)), 0);
        listener = socket_of(loop, AF_INET);
        CHECK_EQUAL(uh_socket_bind(listener, &address, length), 0);
        CHECK_EQUAL(uh_socket_listen(listener, 5), 0);
    }
    loop_close(loop);
}

/* The number of a closed descriptor goes to a new socket: the old token is unknown, and the old state is forgotten. */
static void a_reused_number_is_a_new_descriptor(void)
{
    struct loop *loop = loop_open();
    char byte;
    for (int i = 0; i < 50; i++) {
        int pair[2];
        connect_pair(loop, pair);
        uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
        loop_settle(loop);
        CHECK_EQUAL(write(pair[1], "x", 1), 1);
        CHECK_EQUAL(loop_await(loop, receive), 1);
        uint64_t blocked = loop_receive(loop, pair[0], &byte, 1);
        loop_settle(loop);
        int other[2];
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, other));
        close_with_a_receive_armed(loop, pair[0], blocked);

        MUST(dup2(other[0], pair[0])); /* the same number, whatever the kernel would choose */
        CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], receive)), -ENOENT);
        CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], blocked)), -ENOENT);
        uint64_t first = loop_receive(loop, pair[0], &byte, 1);
        loop_settle(loop);
        CHECK(!loop_is_done(loop, first));
        CHECK_EQUAL(write(other[1], "y", 1), 1);
        CHECK_EQUAL(loop_await(loop, first), 1);
        CHECK_EQUAL(byte, 'y');
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[0])), 0);
        CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[1])), 0);
        close(other[0]);
        close(other[1]);
    }
    loop_close(loop);
}

/* Against the contract: the descriptor goes while operations wait on it. They end all the same; the peer sees it. */
static void a_close_too_early_cancels(void)
{
    struct loop *loop = loop_open_sized(4, 64); /* the cancels do not fit at once */
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    uint64_t waiting[9];
    waiting[0] = loop_receive(loop, pair[0], &byte, 1);
    for (int i = 1; i < 9; i++)
        waiting[i] = loop_poll(loop, pair[0], POLLIN);
    loop_settle(loop);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[0])), 0);
    for (int i = 0; i < 9; i++)
        CHECK_EQUAL(loop_await(loop, waiting[i]), -ECANCELED);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], &byte, 1)), 0);
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);
    loop_close(loop);
}

/* Somebody else keeps the file open, so its events go on: they must not be taken for the new owner's. */
static void events_of_a_closed_file_are_ignored(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    char byte;
    uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
    loop_settle(loop);
    int held = MUST(dup(pair[0]));
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], receive)), 0);
    CHECK_EQUAL(loop_await(loop, receive), -ECANCELED);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[0])), 0);
    int other[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, other));
    CHECK_EQUAL(other[0], pair[0]);
    uint64_t poll = loop_poll(loop, other[0], POLLIN);
    loop_settle(loop);
    CHECK_EQUAL(write(pair[1], "x", 1), 1);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, poll));
    CHECK_EQUAL(read(held, &byte, 1), 1);
    loop_close(loop);
}

static void closing_a_ring_with_requests_in_flight_leaves_nothing(void)
{
    enum { PAIRS = 50, PAGE = 4096 };
    int pairs[PAIRS][2];
    for (int i = 0; i < PAIRS; i++)
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
    unsigned char *lent = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(lent != MAP_FAILED);
    int before = count_descriptors();
    for (int round = 0; round < 20; round++) {
        struct loop *loop = loop_open_sized(8, 16);
        static char much[1 << 20];
        for (int i = 0; i < PAIRS; i++) {
            loop_receive(loop, pairs[i][0], lent + i, 1);
            loop_poll(loop, pairs[i][0], POLLRDHUP);
        }
        uint64_t stuck = loop_send(loop, pairs[0][0], much, sizeof much);
        loop_settle(loop);
        CHECK(!loop_is_done(loop, stuck));
        uint64_t late = loop_receive(loop, pairs[1][1], lent, 1); /* never entered */
        CHECK(!loop_is_done(loop, late));
        loop_close(loop);
        CHECK_EQUAL(count_descriptors(), before);

        memset(lent, 0xee, PAGE);
        for (int i = 0; i < PAIRS; i++)
            CHECK_EQUAL(write(pairs[i][1], "x", 1), 1);
        for (int i = 0; i < PAIRS; i++) {
            char byte = 0;
            CHECK_EQUAL(read(pairs[i][0], &byte, 1), 1); /* nobody else has taken it */
            CHECK_EQUAL(byte, 'x');
            CHECK_EQUAL(lent[i], 0xee);
        }
        while (recv(pairs[0][1], much, sizeof much, MSG_DONTWAIT) > 0)
            ;
    }
}

/* Connections that were accepted already, and that nobody was told of for want of room. */
static void closing_a_ring_closes_what_it_accepted(void)
{
    enum { CLIENTS = 20 };
    int before = count_descriptors();
    for (int round = 0; round < 50; round++) {
        struct loop *loop = loop_open_sized(8, round % 4 < 2 ? 8 : 64);
        struct sockaddr_storage address;
        socklen_t length;
        int listener = listen_on(loop, AF_INET, &address, &length);
        uint64_t accept = loop_accept(loop, listener, round % 2 == 0 ? UH_MULTISHOT : 0);
        if (round % 3 == 0)
            loop_settle(loop);
        int clients[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = MUST(socket(AF_INET, SOCK_STREAM, 0));
            MUST(connect(clients[i], (struct sockaddr *)&address, length));
        }
        loop->out_capacity = 1;
        if (round % 5 != 0)
            loop_turn(loop, 0);
        for (uint32_t i = 0; i < loop->accepted_count; i++)
            close(loop->accepted[i]);
        if (loop_is_done(loop, accept))
            close(loop_outcome(loop, accept)->result);
        loop_close(loop);
        for (int i = 0; i < CLIENTS; i++)
            close(clients[i]);
        close(listener);
        CHECK_EQUAL(count_descriptors(), before);
    }
}

static void a_shutdown_works_without_a_turn_between(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    uint64_t receive = loop_receive_later(loop, pair[0], &byte, 1);
    loop_settle(loop);
    uint64_t shutdown = loop_shutdown(loop, pair[0], SHUT_RD);
    CHECK_EQUAL(loop_await(loop, receive), 0);
    CHECK_EQUAL(loop_await(loop, shutdown), 0);
    CHECK_EQUAL(loop_await(loop, loop_shutdown(loop, pair[0], 17)), -EINVAL);
    loop_close(loop);
}

const struct test close_tests[] = {
    TEST(a_close_reaches_the_peer),
    TEST(the_port_of_a_closed_listener_is_free),
    TEST(a_reused_number_is_a_new_descriptor),
    TEST(a_close_too_early_cancels),
    TEST(events_of_a_closed_file_are_ignored),
    TEST(closing_a_ring_with_requests_in_flight_leaves_nothing),
    TEST(closing_a_ring_closes_what_it_accepted),
    TEST(a_shutdown_works_without_a_turn_between),
    {0},
};
