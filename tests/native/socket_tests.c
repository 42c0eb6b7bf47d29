/* socket_tests.c: connecting and sending, over every kind of socket. */
#include "harness.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>

static void fill(unsigned char *bytes, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(seed + i * 7 + (i >> 8));
}

static void exchange_over(int domain)
{
    enum { LENGTH = 1 << 20 };
    static unsigned char sent[LENGTH], received[LENGTH];
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, domain, &address, &length);
    uint64_t accept = loop_accept(loop, listener, 0);
    loop_settle(loop);
    int client = socket_of(loop, domain);
    CHECK_EQUAL(loop_await(loop, loop_connect(loop, client, &address, length)), 0);
    int server = loop_await(loop, accept);
    CHECK(server >= 0);
    CHECK((fcntl(server, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(client, F_GETFD) & FD_CLOEXEC) != 0);
    struct sockaddr_storage peer;
    uint32_t room = sizeof peer;
    CHECK_EQUAL(uh_socket_peer_name(client, &peer, &room), 0);
    CHECK(memcmp(&peer, &address, length) == 0);

    for (unsigned round = 0; round < 3; round++) {
        fill(sent, LENGTH, round);
        memset(received, 0, LENGTH);
        uint64_t send = loop_send(loop, client, sent, LENGTH);
        receive_all(loop, server, received, LENGTH);
        CHECK_EQUAL(loop_await(loop, send), LENGTH);
        CHECK(memcmp(sent, received, LENGTH) == 0);

        send = loop_send(loop, server, sent, LENGTH);
        receive_all(loop, client, received, LENGTH);
        CHECK_EQUAL(loop_await(loop, send), LENGTH);
    }
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, client)), 0);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, server, received, 1)), 0);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, server)), 0);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, listener)), 0);
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);
    loop_close(loop);
}

static void an_exchange_over_ipv4(void)
{
    exchange_over(AF_INET);
}

static void an_exchange_over_ipv6(void)
{
    exchange_over(AF_INET6);
}

static void an_exchange_over_unix(void)
{
    exchange_over(AF_UNIX);
}

static void a_hundred_sockets_ready_in_one_turn(void)
{
    enum { PAIRS = 100 };
    struct loop *loop = loop_open();
    int pairs[PAIRS][2];
    char received[PAIRS];
    uint64_t receives[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        connect_pair(loop, pairs[i]);
        receives[i] = loop_receive_later(loop, pairs[i][1], &received[i], 1);
    }
    loop_settle(loop);
    for (int i = 0; i < PAIRS; i++) {
        char byte = (char)i;
        CHECK_EQUAL(write(pairs[i][0], &byte, 1), 1);
    }
    CHECK_EQUAL(loop_turn(loop, -1), PAIRS);
    for (int i = 0; i < PAIRS; i++) {
        CHECK(loop_is_done(loop, receives[i]));
        CHECK_EQUAL(received[i], (char)i);
    }
    loop_close(loop);
}

static void a_refused_connect_says_so(void)
{
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, listener)), 0);
    int client = socket_of(loop, AF_INET);
    CHECK_EQUAL(loop_await(loop, loop_connect(loop, client, &address, length)), -ECONNREFUSED);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, client)), 0);
    loop_close(loop);
}

/* A full backlog: the connect waits until somebody accepts, and gives no event when it could go on. */
static void a_unix_connect_waits_for_the_backlog(void)
{
    enum { CLIENTS = 8 };
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_UNIX, &address, &length);
    CHECK_EQUAL(uh_socket_listen(listener, 1), 0);
    uint64_t connects[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        connects[i] = loop_connect(loop, socket_of(loop, AF_UNIX), &address, length);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, connects[CLIENTS - 1]));
    for (int i = 0; i < CLIENTS; i++)
        CHECK(loop_await(loop, loop_accept(loop, listener, 0)) >= 0);
    for (int i = 0; i < CLIENTS; i++)
        CHECK_EQUAL(loop_await(loop, connects[i]), 0);
    loop_close(loop);
}

/* Much more than the socket's buffers hold, so that it leaves in many pieces; the peer reads in small ones. */
static void a_send_sends_all_of_it(void)
{
    enum { LENGTH = 512 << 10 };
    static unsigned char sent[LENGTH], received[LENGTH];
    fill(sent, LENGTH, 1);
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    set_send_buffer(pair[0], 8192);
    uint64_t send = loop_send(loop, pair[0], sent, LENGTH);
    for (size_t done = 0; done < LENGTH;) {
        size_t piece = LENGTH - done < 50000 ? LENGTH - done : 50000;
        int32_t result = loop_await(loop, loop_receive(loop, pair[1], received + done, (uint32_t)piece));
        CHECK(result > 0);
        done += (size_t)result;
    }
    CHECK_EQUAL(loop_await(loop, send), LENGTH);
    CHECK(memcmp(sent, received, LENGTH) == 0);
    loop_close(loop);
}

/* The peer goes away in the middle: some bytes left, then it stopped; the next send tells why. */
static void a_send_that_breaks_off_says_how_far_it_came(void)
{
    enum { LENGTH = 4 << 20 };
    static unsigned char bytes[LENGTH];
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    set_send_buffer(pair[0], 8192);
    uint64_t send = loop_send(loop, pair[0], bytes, LENGTH);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, send));
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[1])), 0);
    int32_t result = loop_await(loop, send);
    CHECK(result > 0 && result < LENGTH);
    result = loop_await(loop, loop_send(loop, pair[0], bytes, 1));
    CHECK(result == -EPIPE || result == -ECONNRESET);
    loop_close(loop);
}

static void half_a_close_leaves_the_other_half(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char buffer[16];
    uint64_t receive = loop_receive_later(loop, pair[1], buffer, sizeof buffer);
    loop_settle(loop);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "bye", 3)), 3);
    CHECK_EQUAL(loop_await(loop, loop_shutdown(loop, pair[0], SHUT_WR)), 0);
    CHECK_EQUAL(loop_await(loop, receive), 3);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], buffer, sizeof buffer)), 0);
    CHECK_EQUAL(loop_await(loop, loop_receive_later(loop, pair[1], buffer, sizeof buffer)), 0);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[1], "later", 5)), 5);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[0], buffer, sizeof buffer)), 5);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "no", 2)), -EPIPE);
    loop_close(loop);
}

/* Descriptors that the ring did not make: blocking ones with epoll, non-blocking ones with io_uring. */
static void foreign_descriptors_do_not_matter(void)
{
    struct loop *loop = loop_open();
    for (int non_blocking = 0; non_blocking < 2; non_blocking++) {
        int flags = non_blocking != 0 ? SOCK_NONBLOCK : 0;
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof address;
        int listener = MUST(socket(AF_INET, SOCK_STREAM | flags, 0));
        MUST(bind(listener, (struct sockaddr *)&address, length));
        MUST(listen(listener, 5));
        MUST(getsockname(listener, (struct sockaddr *)&address, &length));
        uint64_t accept = loop_accept(loop, listener, 0);
        loop_settle(loop);
        CHECK(!loop_is_done(loop, accept));
        int client = MUST(socket(AF_INET, SOCK_STREAM | flags, 0));
        CHECK_EQUAL(loop_await(loop, loop_connect(loop, client, &address, length)), 0);
        CHECK(loop_await(loop, accept) >= 0);

        int pair[2];
        MUST(socketpair(AF_UNIX, SOCK_STREAM | flags, 0, pair));
        static char much[4 << 20];
        uint64_t send = loop_send(loop, pair[0], much, sizeof much);
        loop_settle(loop);
        CHECK(!loop_is_done(loop, send));
        receive_all(loop, pair[1], (unsigned char *)much, sizeof much);
        CHECK_EQUAL(loop_await(loop, send), sizeof much);
        char byte;
        uint64_t receive = loop_receive(loop, pair[1], &byte, 1);
        loop_settle(loop);
        CHECK(!loop_is_done(loop, receive));
        CHECK_EQUAL(write(pair[0], "x", 1), 1);
        CHECK_EQUAL(loop_await(loop, receive), 1);
    }
    loop_close(loop);
}

static void what_is_no_socket_fails_clearly(void)
{
    struct loop *loop = loop_open();
    int file = MUST(memfd_create("file", 0));
    char byte = 0;
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, file, &byte, 1)), -ENOTSOCK);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, file, &byte, 1)), -ENOTSOCK);
    CHECK_EQUAL(loop_await(loop, loop_accept(loop, file, 0)), -ENOTSOCK);
    CHECK((loop_await(loop, loop_poll(loop, file, POLLIN)) & POLLIN) != 0);
    int fds[2];
    MUST(pipe(fds));
    uint64_t poll = loop_poll(loop, fds[0], POLLIN);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, poll));
    CHECK_EQUAL(write(fds[1], "x", 1), 1);
    CHECK_EQUAL(loop_await(loop, poll), POLLIN);
    loop_close(loop);
}

static void options_are_set_and_read(void)
{
    struct loop *loop = loop_open();
    int fd = socket_of(loop, AF_INET);
    int on = 1;
    int value = 0;
    uint32_t length = sizeof value;
    CHECK_EQUAL(uh_socket_set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    CHECK_EQUAL(uh_socket_get_option(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
    CHECK(value != 0 && length == sizeof value);
    CHECK_EQUAL(uh_socket_get_option(-1, IPPROTO_TCP, TCP_NODELAY, &value, &length), -EBADF);
    CHECK_EQUAL(uh_socket_peer_name(fd, &value, &length), -ENOTCONN);
    CHECK_EQUAL(uh_socket_open(loop->ring, 9999, SOCK_STREAM, 0), -EAFNOSUPPORT);
    CHECK_EQUAL(uh_socket_close(fd), 0);
    CHECK_EQUAL(uh_socket_close(fd), -EBADF);
    loop_close(loop);
}

/* A socket that always has data does not keep the others from theirs, not even with room for one completion. */
static void a_busy_socket_starves_nobody(void)
{
    enum { IDLE = 20 };
    struct loop *loop = loop_open();
    int busy[2], idle[IDLE][2];
    connect_pair(loop, busy);
    char byte, bytes[IDLE];
    uint64_t receives[IDLE];
    for (int i = 0; i < IDLE; i++) {
        connect_pair(loop, idle[i]);
        receives[i] = loop_receive_later(loop, idle[i][1], &bytes[i], 1);
    }
    loop_settle(loop);
    static char much[100000];
    CHECK(write(busy[0], much, sizeof much) > 10000);
    for (int i = 0; i < IDLE; i++)
        CHECK_EQUAL(write(idle[i][0], "x", 1), 1);
    loop->out_capacity = 1;
    int rounds = 0;
    for (int ended = 0; ended < IDLE; rounds++) {
        CHECK(rounds < 1000);
        CHECK_EQUAL(loop_await(loop, loop_receive(loop, busy[1], &byte, 1)), 1);
        ended = 0;
        for (int i = 0; i < IDLE; i++)
            ended += loop_is_done(loop, receives[i]);
    }
    loop_close(loop);
}

static void what_is_there_is_received_without_a_ring(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char bytes[8] = {0};
    CHECK_EQUAL(uh_socket_receive(pair[0], bytes, sizeof bytes), -EAGAIN);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[1], "abc", 3)), 3);
    CHECK_EQUAL(uh_socket_receive(pair[0], bytes, 2), 2);
    CHECK_EQUAL(uh_socket_receive(pair[0], bytes + 2, sizeof bytes - 2), 1);
    CHECK(memcmp(bytes, "abc", 4) == 0);
    CHECK_EQUAL(uh_socket_receive(pair[0], bytes, sizeof bytes), -EAGAIN);
    /* What it took behind the ring's back does not confuse the ring. */
    uint64_t receive = loop_receive(loop, pair[0], bytes, sizeof bytes);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[1], "defg", 4)), 4);
    CHECK_EQUAL(loop_await(loop, receive), 4);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[1])), 0);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[0], bytes, sizeof bytes)), 0);
    CHECK_EQUAL(uh_socket_receive(pair[0], bytes, sizeof bytes), 0);
    CHECK_EQUAL(uh_socket_receive(-1, bytes, sizeof bytes), -EBADF);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, pair[0])), 0);
    loop_close(loop);
}

const struct test socket_tests[] = {
    TEST(an_exchange_over_ipv4),
    TEST(an_exchange_over_ipv6),
    TEST(an_exchange_over_unix),
    TEST(a_hundred_sockets_ready_in_one_turn),
    TEST(a_refused_connect_says_so),
    TEST(a_unix_connect_waits_for_the_backlog),
    TEST(a_send_sends_all_of_it),
    TEST(a_send_that_breaks_off_says_how_far_it_came),
    TEST(half_a_close_leaves_the_other_half),
    TEST(foreign_descriptors_do_not_matter),
    TEST(what_is_no_socket_fails_clearly),
    TEST(options_are_set_and_read),
    TEST(a_busy_socket_starves_nobody),
    TEST(what_is_there_is_received_without_a_ring),
    {0},
};
