/*
 * retry_tests.c: what io_uring answers on other kernels, or once in a blue moon: EAGAIN, EINTR, a short send.
 *
 * The backend is compiled into this file with two of its calls into the queue replaced: one spoils an entry before it
 * is submitted, the other the completion that it gives. All the rest is real, above all what happens next.
 */
#include "harness.h"
#include "uring_queue.h"
#include <poll.h>
#include <sys/mman.h>

static struct {
    uint8_t opcode;  /* of the entry to spoil; 0: none */
    int32_t error;   /* what it results in */
    uint32_t length; /* or: what remains of it to be sent */
    uint64_t user_data;
    int spoiled;
    int32_t enter_error; /* what the next enter results in */
} plan;

static int32_t enter_with_spoiled_entry(struct uring_queue *queue, uint32_t wait, int64_t timeout_ns)
{
    uint32_t unsubmitted = uring_queue_unsubmitted(queue);
    for (uint32_t i = queue->sq_tail - unsubmitted; plan.opcode != 0 && i != queue->sq_tail; i++) {
        struct uring_sqe *entry = &queue->sqes[i & (queue->sq_entries - 1)];
        if (entry->opcode != plan.opcode)
            continue;
        plan.opcode = 0;
        plan.spoiled++;
        plan.user_data = entry->user_data;
        if (plan.length != 0)
            entry->len = plan.length;
        else
            *entry = (struct uring_sqe){.opcode = URING_OP_NOP, .fd = -1, .user_data = entry->user_data};
    }
    int32_t result = uring_queue_enter(queue, wait, timeout_ns);
    if (plan.enter_error == 0)
        return result;
    result = plan.enter_error;
    plan.enter_error = 0;
    return result;
}

static const struct uring_cqe *spoiled_completion(const struct uring_queue *queue, uint32_t position)
{
    static struct uring_cqe copy;
    copy = *uring_queue_at(queue, position);
    if (plan.error != 0 && plan.spoiled != 0 && copy.user_data == plan.user_data) {
        copy.res = plan.error;
        plan.error = 0;
    }
    return &copy;
}

#define uring_queue_enter enter_with_spoiled_entry
#define uring_queue_at spoiled_completion
#include "backend_uring.c"

static void spoil(uint8_t opcode, int32_t error)
{
    memset(&plan, 0, sizeof plan);
    plan.opcode = opcode;
    plan.error = error;
}

static void a_receive_that_would_block_is_tried_when_it_can_go_on(void)
{
    const int32_t errors[] = {-EAGAIN, -EINTR};
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    for (int i = 0; i < 2; i++) {
        char byte = 0;
        spoil(URING_OP_RECV, errors[i]);
        uint64_t receive = loop_receive(loop, pair[1], &byte, 1);
        loop_settle(loop);
        CHECK_EQUAL(plan.spoiled, 1);
        CHECK(!loop_is_done(loop, receive));
        CHECK_EQUAL(write(pair[0], "x", 1), 1);
        CHECK_EQUAL(loop_await(loop, receive), 1);
        CHECK_EQUAL(byte, 'x');
    }
    loop_close(loop);
}

static void an_accept_that_would_block_stays_multishot(void)
{
    struct loop *loop = loop_open();
    if ((loop->info.capabilities & UH_CAP_MULTISHOT_ACCEPT) == 0)
        skip("no multishot accept");
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    spoil(URING_OP_ACCEPT, -EAGAIN);
    uint64_t accept = loop_accept(loop, listener, UH_MULTISHOT);
    loop_settle(loop);
    CHECK_EQUAL(plan.spoiled, 1);
    for (int i = 0; i < 3; i++) {
        int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
        MUST(connect(client, (struct sockaddr *)&address, length));
        CHECK(loop_take_accepted(loop) >= 0);
    }
    CHECK(!loop_is_done(loop, accept));
    loop_close(loop);
}

/* Wherever it stands, a cancel ends it: as a poll in the kernel, or waiting to be submitted again. */
static void what_would_block_can_be_cancelled(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte;
    for (int turns = 0; turns < 4; turns++) {
        spoil(URING_OP_RECV, -EAGAIN);
        uint64_t receive = loop_receive(loop, pair[1], &byte, 1);
        for (int i = 0; i < turns; i++)
            loop_turn(loop, 0);
        /* In the same enter the cancel finds that it has just come back. */
        CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[1], receive)), turns == 0 ? -ENOENT : 0);
        CHECK_EQUAL(loop_await(loop, receive), -ECANCELED);
    }
    CHECK_EQUAL(loop_stats(loop).in_flight, 0);
    loop_close(loop);
}

static void a_ring_closes_while_something_is_to_be_tried_again(void)
{
    for (int turns = 1; turns < 4; turns++) {
        struct loop *loop = loop_open();
        int pair[2];
        connect_pair(loop, pair);
        char byte;
        spoil(URING_OP_RECV, -EAGAIN);
        loop_receive(loop, pair[1], &byte, 1);
        for (int i = 0; i < turns; i++)
            loop_turn(loop, 0);
        loop_close(loop);
    }
}

static void a_short_send_goes_on(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    spoil(URING_OP_SEND, 0);
    plan.length = 3;
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "0123456789", 10)), 10);
    CHECK_EQUAL(plan.spoiled, 1);
    char buffer[10];
    CHECK_EQUAL(recv(pair[1], buffer, sizeof buffer, MSG_WAITALL), 10);
    CHECK(memcmp(buffer, "0123456789", 10) == 0);
    loop_close(loop);
}

static void a_short_send_that_fails_says_how_far_it_came(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    spoil(URING_OP_SEND, 0);
    plan.length = 3;
    uint64_t send = loop_send(loop, pair[0], "0123456789", 10);
    loop_turn(loop, 0);
    CHECK(!loop_is_done(loop, send));
    CHECK_EQUAL(shutdown(pair[0], SHUT_WR), 0);
    CHECK_EQUAL(loop_await(loop, send), 3);
    CHECK_EQUAL(loop_await(loop, loop_send(loop, pair[0], "3456789", 7)), -EPIPE);
    loop_close(loop);
}

static void a_wake_that_cannot_be_read_ends_the_ring(void)
{
    struct loop *loop = loop_open();
    spoil(URING_OP_READ, -EOPNOTSUPP);
    uint32_t accepted;
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, loop->out, 1, -1), -EOPNOTSUPP);
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, loop->out, 1, -1), -EOPNOTSUPP);
    CHECK_EQUAL(uh_ring_close(loop->ring), 0); /* it is no use any more, but nothing is in flight */
}

static bool is_mapped(const void *address)
{
    unsigned char is_present;
    return mincore((void *)((uintptr_t)address & ~(uintptr_t)4095), 1, &is_present) == 0;
}

/* Whatever ended it: the kernel lets go of the memory, and says so. */
static void a_ring_that_failed_closes(void)
{
    int before = count_descriptors();
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    char byte = 0;
    uint64_t receive = loop_receive(loop, pair[1], &byte, 1);
    loop_settle(loop);
    CHECK(!loop_is_done(loop, receive));
    plan.enter_error = -EFAULT;
    uint32_t accepted;
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, loop->out, 1, 1), -EFAULT);
    struct uh_ring *ring = loop->ring;
    CHECK_EQUAL(uh_ring_close(ring), 0);
    CHECK(!is_mapped(ring));
    CHECK_EQUAL(count_descriptors(), before + 2);
    CHECK_EQUAL(write(pair[0], "x", 1), 1);
    CHECK_EQUAL(read(pair[1], &byte, 1), 1); /* nobody else has taken it */
}

/* Nobody knows what is in flight: that includes the ring's own read of its wakes. */
static void a_ring_that_lost_a_completion_does_not_close_and_its_memory_stays(void)
{
    int before = count_descriptors();
    struct loop *loop = loop_open();
    loop_settle(loop);
    plan.enter_error = -EBADR;
    uint32_t accepted;
    CHECK_EQUAL(uh_ring_enter(loop->ring, NULL, 0, &accepted, loop->out, 1, 1), -EBADR);
    struct uh_ring *ring = loop->ring;
    CHECK_EQUAL(uh_ring_close(ring), -EBADR);
    CHECK(is_mapped(ring));
    CHECK_EQUAL(count_descriptors(), before);
}

static const struct test retry_tests[] = {
    TEST(a_receive_that_would_block_is_tried_when_it_can_go_on),
    TEST(an_accept_that_would_block_stays_multishot),
    TEST(what_would_block_can_be_cancelled),
    TEST(a_ring_closes_while_something_is_to_be_tried_again),
    TEST(a_short_send_goes_on),
    TEST(a_short_send_that_fails_says_how_far_it_came),
    TEST(a_wake_that_cannot_be_read_ends_the_ring),
    TEST(a_ring_that_failed_closes),
    TEST(a_ring_that_lost_a_completion_does_not_close_and_its_memory_stays),
    {0},
};

const struct test_group test_groups[] = {
    {"retry", retry_tests},
    {0},
};
