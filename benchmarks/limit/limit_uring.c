/*
 * limit_uring.c: what a request costs at least through io_uring: a send and a receive in one submission, whatever is
 * ready in one crossing. No library: the ring is mapped here. Linux 6.1 or later.
 */
#include "client.h"
#include <errno.h>
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 2048 };

static int ring;
static struct io_uring_sqe *entries;
static struct io_uring_cqe *completions;
static _Atomic(unsigned) *submission_tail, *completion_head, *completion_tail;
static unsigned submission_mask, completion_mask, tail, submitted;

static void open_ring(void)
{
    struct io_uring_params parameters = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                                  IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
                                         .cq_entries = 2 * ENTRIES};
    ring = (int)syscall(SYS_io_uring_setup, ENTRIES, &parameters);
    must(ring >= 0, "io_uring_setup");
    size_t length = parameters.cq_off.cqes + parameters.cq_entries * sizeof *completions;
    size_t array_end = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
    length = length > array_end ? length : array_end;
    char *shared = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    entries = mmap(NULL, parameters.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                   ring, IORING_OFF_SQES);
    must(shared != MAP_FAILED && entries != MAP_FAILED, "mmap");
    submission_tail = (void *)(shared + parameters.sq_off.tail);
    submission_mask = parameters.sq_entries - 1;
    completion_head = (void *)(shared + parameters.cq_off.head);
    completion_tail = (void *)(shared + parameters.cq_off.tail);
    completion_mask = parameters.cq_entries - 1;
    completions = (void *)(shared + parameters.cq_off.cqes);
    unsigned *order = (void *)(shared + parameters.sq_off.array);
    for (unsigned i = 0; i < parameters.sq_entries; i++)
        order[i] = i;
}

/* The kernel then looks a socket up by its index, and need not count who uses it. */
static void register_sockets(void)
{
    int *sockets = malloc(connection_count * sizeof *sockets);
    must(sockets, "malloc");
    for (unsigned i = 0; i < connection_count; i++)
        sockets[i] = connections[i].socket;
    must(syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, sockets, connection_count) == 0,
         "io_uring_register");
    free(sockets);
}

/* Submits, waits for a completion where that is asked for, and brings those that are ready. */
static void enter(unsigned least, int64_t timeout)
{
    struct __kernel_timespec time = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    struct io_uring_getevents_arg argument = {.ts = timeout < 0 ? 0 : (uint64_t)(uintptr_t)&time};
    atomic_store_explicit(submission_tail, tail, memory_order_release); /* the kernel sees the entries before it */
    long count = syscall(SYS_io_uring_enter, ring, tail - submitted, least,
                         IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof argument);
    must(count >= 0 || errno == ETIME || errno == EINTR, "io_uring_enter");
    submitted = tail; /* all are taken: the queue is as long as the kernel says it is */
}

static struct io_uring_sqe *next_entry(const struct connection *connection)
{
    if (tail - submitted > submission_mask)
        enter(0, -1);
    struct io_uring_sqe *entry = &entries[tail++ & submission_mask];
    memset(entry, 0, sizeof *entry);
    entry->fd = (int)(connection - connections);
    entry->flags = IOSQE_FIXED_FILE;
    entry->user_data = (uint64_t)(uintptr_t)connection;
    return entry;
}

/* Nothing can have arrived yet for a request that was only just sent: then the receive polls first. */
static void receive(const struct connection *connection, bool polls_first)
{
    struct room room = client_room(connection);
    struct io_uring_sqe *entry = next_entry(connection);
    entry->opcode = IORING_OP_RECV;
    entry->addr = (uint64_t)(uintptr_t)room.address;
    entry->len = room.length < UINT32_MAX ? (uint32_t)room.length : UINT32_MAX;
    entry->ioprio = polls_first ? IORING_RECVSEND_POLL_FIRST : 0;
}

/* A send that succeeds says nothing; one that fails comes with no connection. */
static void send_request(const struct connection *connection)
{
    struct io_uring_sqe *entry = next_entry(connection);
    entry->opcode = IORING_OP_SEND;
    entry->addr = (uint64_t)(uintptr_t)request;
    entry->len = (uint32_t)request_length;
    entry->msg_flags = MSG_NOSIGNAL | MSG_WAITALL;
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    entry->user_data = 0;
    receive(connection, true);
}

static void on_completion(const struct io_uring_cqe *completion)
{
    errno = completion->res < 0 ? -completion->res : 0;
    must(completion->user_data != 0, "send");
    must(completion->res >= 0, "recv");
    struct connection *connection = (void *)(uintptr_t)completion->user_data;
    if (!client_received(connection, (size_t)completion->res))
        receive(connection, false);
}

static void run_round(void)
{
    while (client_is_busy()) {
        struct connection *connection;
        while ((connection = client_next_to_start()))
            send_request(connection);
        enter(1, client_wait_time());
        unsigned head = atomic_load_explicit(completion_head, memory_order_relaxed);
        /* The completions are seen once the tail that counts them is. */
        unsigned end = atomic_load_explicit(completion_tail, memory_order_acquire);
        for (; head != end; head++)
            on_completion(&completions[head & completion_mask]);
        atomic_store_explicit(completion_head, head,
                              memory_order_release); /* they were read: the kernel may reuse them */
    }
}

int main(int argc, char **argv)
{
    open_ring();
    if (argc == 2 && strcmp(argv[1], "check") == 0)
        return 0; /* this system has all that the program needs */
    client_open(argc, argv);
    register_sockets();
    while (client_next_round())
        run_round();
    client_report();
    return 0;
}
