/* cancel_tests.c: a cancel asks; the operation still ends, and ends once (the harness checks that of all). */
#include "harness.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

static void an_armed_operation_is_cancelled(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    char byte;
    const uint64_t armed[] = {
        loop_receive(loop, pair[0], &byte, 1),
        loop_receive_later(loop, pair[1], &byte, 1),
        loop_accept(loop, listener, UH_MULTISHOT),
        loop_poll(loop, pair[0], POLLIN),
    };
    const int descriptors[] = {pair[0], pair[1], listener, pair[0]};
    loop_settle(loop);
    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(loop_await(loop, loop_cancel(loop, descriptors[i], armed[i])), 0);
        CHECK_EQUAL(loop_await(loop, armed[i]), -ECANCELED);
    }
    /* The sockets are as good as before. */
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "x", 1)), 1);
    CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], &byte, 1)), 1);
    loop_close(loop);
}

static void a_cancel_of_nothing_says_so(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], 12345)), -ENOENT);
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, -1, 12345)), -ENOENT);
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, 12345, 12345)), -ENOENT);
    uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
    loop_settle(loop);
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[1], receive)), -ENOENT); /* another descriptor */
    CHECK(!loop_is_done(loop, receive));
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[1], "x", 1)), 1);
    CHECK_EQUAL(loop_await(loop, receive), 1);
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], receive)), -ENOENT); /* completed */
    loop_close(loop);
}

/* Operation and cancel in one enter, in both orders. */
static void a_cancel_beside_its_operation(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    for (int i = 0; i < 1000; i++) {
        uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
        uint64_t cancel = loop_cancel(loop, pair[0], receive);
        CHECK_EQUAL(loop_await(loop, cancel), 0);
        CHECK_EQUAL(loop_await(loop, receive), -ECANCELED);
    }
    loop->out_capacity = 1;
    for (int i = 0; i < 100; i++) {
        uint64_t receive = loop_receive(loop, pair[0], &byte, 1);
        uint64_t cancel = loop_cancel(loop, pair[0], receive);
        uint64_t twice = loop_cancel(loop, pair[0], receive);
        CHECK_EQUAL(loop_await(loop, cancel), 0);
        CHECK_EQUAL(loop_await(loop, receive), -ECANCELED);
        int32_t second = loop_await(loop, twice);
        CHECK(second == -ENOENT || second == -EALREADY || second == 0);
    }
    loop_close(loop);
}

/* The data arrives in the same moment as the cancel: one of them wins, and no byte is lost or doubled. */
static void a_cancel_races_with_its_operation(void)
{
    enum { ROUNDS = 5000 };
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    int received = 0;
    int cancelled = 0;
    int completed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char byte = 0;
        uint64_t receive = loop_receive_later(loop, pair[1], &byte, 1);
        if (i % 2 == 0)
            loop_turn(loop, 0);
        uint64_t send, cancel;
        if (i % 3 == 0) {
            send = loop_send(loop, pair[0], "x", 1);
            cancel = loop_cancel(loop, pair[1], receive);
        } else {
            cancel = loop_cancel(loop, pair[1], receive);
            send = loop_send(loop, pair[0], "x", 1);
        }
        CHECK_EQUAL(loop_await(loop, send), 1);
        int32_t found = loop_await(loop, cancel);
        CHECK(found == 0 || found == -ENOENT || found == -EALREADY);
        int32_t result = loop_await(loop, receive);
        CHECK(result == 1 || result == -ECANCELED);
        CHECK(result == 1 ? byte == 'x' : byte == 0);
        completed += result == 1;
        cancelled += result == -ECANCELED;
        received += result == 1;
        while (received <= i) { /* what the cancelled receive left */
            CHECK_EQUAL(loop_await(loop, loop_receive(loop, pair[1], &byte, 1)), 1);
            received++;
        }
    }
    CHECK_EQUAL(completed + cancelled, ROUNDS);
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);
    loop_close(loop);
}

struct writer {
    int fd;
    int count;
};

static void *write_bytes(void *argument)
{
    const struct writer *writer = argument;
    for (int i = 0; i < writer->count; i++)
        CHECK_EQUAL(write(writer->fd, "x", 1), 1);
    return NULL;
}

/* The same against another thread, where the moment is nobody's choice. */
static void a_cancel_races_with_another_thread(void)
{
    enum { BYTES = 20000 };
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    struct writer writer = {pair[0], BYTES};
    pthread_t thread;
    CHECK_EQUAL(pthread_create(&thread, NULL, write_bytes, &writer), 0);
    int64_t deadline = now_ns() + PATIENCE_NS;
    for (int received = 0; received < BYTES;) {
        char bytes[4];
        uint64_t receive = loop_receive(loop, pair[1], bytes, sizeof bytes);
        if (received % 2 == 0)
            loop_turn(loop, 0);
        if (!loop_is_done(loop, receive)) {
            int32_t found = loop_await(loop, loop_cancel(loop, pair[1], receive));
            CHECK(found == 0 || found == -ENOENT || found == -EALREADY);
        }
        int32_t result = loop_await(loop, receive);
        CHECK((result > 0 && result <= 4) || result == -ECANCELED);
        received += result > 0 ? result : 0;
        CHECK(received <= BYTES);
        CHECK(now_ns() < deadline);
        if (loop->outcome_count > (1 << 20) - 10)
            loop->outcome_count = 0, memset(loop->outcomes, 0, (1 << 20) * sizeof *loop->outcomes);
    }
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    char byte;
    uint64_t nothing = loop_receive(loop, pair[1], &byte, 1);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, nothing));
    loop_close(loop);
}

static void a_cancelled_send_says_how_far_it_came(void)
{
    enum { LENGTH = 1 << 20 };
    static unsigned char sent[LENGTH], received[LENGTH];
    for (size_t i = 0; i < LENGTH; i++)
        sent[i] = (unsigned char)(i * 31 >> 5);
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    set_send_buffer(pair[0], 16384);
    uint64_t send = loop_send(loop, pair[0], sent, LENGTH);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, send));
    CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], send)), 0);
    int32_t first = loop_await(loop, send);
    CHECK(first > 0 && first < LENGTH);

    /* A second send that finds no room at all has got nowhere. */
    uint64_t nowhere = loop_send(loop, pair[0], sent + first, 1000);
    loop_turn(loop, 0);
    if (!loop_is_done(loop, nowhere)) {
        CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], nowhere)), 0);
        int32_t second = loop_await(loop, nowhere);
        first += second > 0 ? second : 0;
        CHECK(second > 0 || second == -ECANCELED);
    } else {
        first += loop_await(loop, nowhere);
    }

    /* Sending the rest from there gives the peer every byte once. */
    uint64_t rest = loop_send(loop, pair[0], sent + first, (uint32_t)(LENGTH - first));
    for (size_t done = 0; done < LENGTH;) {
        int32_t result = loop_await(loop, loop_receive(loop, pair[1], received + done, (uint32_t)(LENGTH - done)));
        CHECK(result > 0);
        done += (size_t)result;
    }
    CHECK_EQUAL(loop_await(loop, rest), LENGTH - first);
    CHECK(memcmp(sent, received, LENGTH) == 0);
    loop_close(loop);
}

static void a_waiting_connect_is_cancelled(void)
{
    struct loop *loop = loop_open();
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_UNIX, &address, &length);
    CHECK_EQUAL(uh_socket_listen(listener, 0), 0);
    int fds[6];
    uint64_t connects[6];
    for (int i = 0; i < 6; i++) {
        fds[i] = socket_of(loop, AF_UNIX);
        connects[i] = loop_connect(loop, fds[i], &address, length);
    }
    loop_settle(loop);
    CHECK(!loop_is_done(loop, connects[5]));
    int32_t found = loop_await(loop, loop_cancel(loop, fds[5], connects[5]));
    CHECK(found == 0 || found == -EALREADY);
    CHECK_EQUAL(loop_await(loop, connects[5]), -ECANCELED);
    loop_close(loop);
}

/* A thousand operations on as many sockets are cancelled at once, with little room for the answers. */
static void a_mass_of_cancels_ends_each_once(void)
{
    enum { PAIRS = 300 };
    struct loop *loop = loop_open_sized(16, 32);
    loop->out_capacity = 7;
    int pairs[PAIRS][2];
    char bytes[PAIRS];
    uint64_t receives[PAIRS], cancels[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
        receives[i] = loop_receive(loop, pairs[i][0], &bytes[i], 1);
    }
    loop_settle(loop);
    for (int i = 0; i < PAIRS; i++) {
        if (i % 3 == 0)
            CHECK_EQUAL(write(pairs[i][1], "x", 1), 1);
        cancels[i] = loop_cancel(loop, pairs[i][0], receives[i]);
    }
    for (int i = 0; i < PAIRS; i++) {
        int32_t found = loop_await(loop, cancels[i]);
        int32_t result = loop_await(loop, receives[i]);
        CHECK(found == 0 || found == -ENOENT || found == -EALREADY);
        CHECK(result == -ECANCELED || (result == 1 && i % 3 == 0));
    }
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);
    loop_close(loop);
}

const struct test cancel_tests[] = {
    TEST(an_armed_operation_is_cancelled),
    TEST(a_cancel_of_nothing_says_so),
    TEST(a_cancel_beside_its_operation),
    TEST(a_cancel_races_with_its_operation),
    TEST(a_cancel_races_with_another_thread),
    TEST(a_cancelled_send_says_how_far_it_came),
    TEST(a_waiting_connect_is_cancelled),
    TEST(a_mass_of_cancels_ends_each_once),
    {0},
};
