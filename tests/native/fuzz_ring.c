/*
 * fuzz_ring.c: random submissions, by the bytes of an input, against a model of the contract in uringhttp.h. The caller
 * of the ring keeps its side of the contract, and may be as odd as that allows; what the ring does must match the
 * model.
 *
 *   LLVMFuzzerTestOneInput   for libFuzzer; compiled with FUZZ_ALONE there is a main that draws the inputs itself:
 *   fuzz_ring <backend> <seconds> [seed]
 *
 * Checked at every turn: each accepted operation completes by a terminal completion once and never again; results are
 * in the range of their kind; bytes of a stream arrive in order and unharmed; memory is not touched before it is lent
 * and after its operation has ended; the ring's own count of what is in flight is right.
 */
#include "uringhttp.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_SOCKETS = 16, MOST_OPERATIONS = 256, MOST_BYTES = 70000, GUARD = 0xa5 };

/* libFuzzer and the sanitizers report an abort with the input that led to it. */
#define DEMAND(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

struct operation {
    struct uh_submission asked;
    int socket; /* index; -1 where there is none */
    uint8_t *memory;
    uint64_t offset; /* of a send: where in its stream it begins */
    bool is_offered, is_done, is_lent;
};

struct end {
    int fd; /* -1: closed */
    int peer;
    bool is_listener, is_closing;
    bool sends, receives; /* one is in flight */
    uint32_t busy;        /* operations in flight or offered */
    uint64_t sent, received;
};

struct world {
    struct uh_ring *ring;
    const uint8_t *data;
    size_t left;
    struct end ends[MOST_SOCKETS];
    int end_count;
    struct operation operations[MOST_OPERATIONS];
    int operation_count;
    uint64_t accepted, ended;
    struct sockaddr_in address; /* of the listener, which is end 0 */
};

static const uint64_t token_base = 0xbeef000000000000;

static uint8_t byte_at(uint64_t stream, uint64_t offset)
{
    return (uint8_t)((stream + offset) * 131 + (offset >> 8) * 7);
}

static uint8_t draw(struct world *world)
{
    if (world->left == 0)
        return 0;
    world->left--;
    return *world->data++;
}

static uint32_t draw_length(struct world *world)
{
    uint32_t kind = draw(world), length = (uint32_t)draw(world) + 1;
    return kind < 200 ? length : kind < 250 ? length * 64 : MOST_BYTES;
}

static int add_end(struct world *world, int fd)
{
    if (world->end_count == MOST_SOCKETS) {
        DEMAND(uh_socket_close(fd) == 0);
        return -1;
    }
    world->ends[world->end_count] = (struct end){.fd = fd, .peer = -1};
    return world->end_count++;
}

static int pick_end(struct world *world)
{
    int index = draw(world) % world->end_count;
    return world->ends[index].fd >= 0 && !world->ends[index].is_closing ? index : -1;
}

/* ---- what is asked for ---- */

static struct operation *add_operation(struct world *world, int socket, uint8_t kind)
{
    struct operation *operation = &world->operations[world->operation_count];
    *operation = (struct operation){.socket = socket};
    operation->asked = (struct uh_submission){.token = token_base + (uint64_t)world->operation_count,
                                              .kind = kind,
                                              .fd = socket < 0 ? -1 : world->ends[socket].fd};
    world->operation_count++;
    if (socket >= 0)
        world->ends[socket].busy++;
    return operation;
}

static void lend(struct operation *operation, uint32_t length)
{
    operation->memory = malloc(length);
    DEMAND(operation->memory != NULL);
    memset(operation->memory, GUARD, length);
    operation->asked.address = (uint64_t)(uintptr_t)operation->memory;
    operation->asked.length = length;
    operation->is_lent = true;
}

static void ask_to_send(struct world *world, int index)
{
    struct end *end = &world->ends[index];
    if (end->sends || end->is_listener || end->peer < 0)
        return;
    struct operation *operation = add_operation(world, index, UH_SEND);
    lend(operation, draw_length(world));
    operation->offset = end->sent;
    for (uint32_t i = 0; i < operation->asked.length; i++)
        operation->memory[i] = byte_at((uint64_t)index, end->sent + i);
    end->sends = true;
}

static void ask_to_receive(struct world *world, int index)
{
    struct end *end = &world->ends[index];
    if (end->receives || end->is_listener || end->peer < 0)
        return;
    struct operation *operation = add_operation(world, index, UH_RECEIVE);
    lend(operation, draw_length(world));
    operation->asked.flags = draw(world) % 3 == 0 ? UH_POLL_FIRST : 0;
    end->receives = true;
}

static void ask_to_accept(struct world *world)
{
    struct end *listener = &world->ends[0];
    if (listener->receives || listener->is_closing || listener->fd < 0)
        return;
    add_operation(world, 0, UH_ACCEPT)->asked.flags = draw(world) % 2 == 0 ? UH_MULTISHOT : 0;
    listener->receives = true;
}

static void ask_to_connect(struct world *world)
{
    int fd = uh_socket_open(world->ring, AF_INET, SOCK_STREAM, 0);
    DEMAND(fd >= 0);
    int index = add_end(world, fd);
    if (index < 0)
        return;
    struct operation *operation = add_operation(world, index, UH_CONNECT);
    lend(operation, sizeof world->address);
    memcpy(operation->memory, &world->address, sizeof world->address);
    if (draw(world) % 4 == 0)
        ((struct sockaddr_in *)(void *)operation->memory)->sin_port = 0; /* where nobody listens */
    world->ends[index].sends = true;
}

static void ask_to_cancel(struct world *world)
{
    if (world->operation_count == 0)
        return;
    const struct operation *victim = &world->operations[draw(world) % world->operation_count];
    int32_t fd = victim->asked.fd;
    uint64_t token = victim->asked.token + (draw(world) == 255 ? 1000 : 0); /* or one that never was */
    struct operation *operation = add_operation(world, -1, UH_CANCEL);
    operation->asked.fd = fd;
    operation->asked.address = token;
}

static void ask_to_close(struct world *world, int index)
{
    struct end *end = &world->ends[index];
    if (end->busy > 0)
        return;
    add_operation(world, index, UH_CLOSE);
    end->is_closing = true;
}

static void open_pair(struct world *world)
{
    int pair[2];
    if (world->end_count + 2 > MOST_SOCKETS)
        return;
    DEMAND(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    int first = add_end(world, pair[0]), second = add_end(world, pair[1]);
    world->ends[first].peer = second;
    world->ends[second].peer = first;
}

static void ask(struct world *world)
{
    if (world->operation_count == MOST_OPERATIONS)
        return;
    uint8_t kind = draw(world) % 16;
    int index = pick_end(world);
    if (kind == 0)
        open_pair(world);
    else if (kind == 1)
        ask_to_connect(world);
    else if (kind == 2)
        ask_to_accept(world);
    else if (kind == 3)
        add_operation(world, -1, UH_NOP);
    else if (kind <= 5)
        ask_to_cancel(world);
    else if (index < 0)
        return;
    else if (kind <= 8)
        ask_to_send(world, index);
    else if (kind <= 11)
        ask_to_receive(world, index);
    else if (kind == 12)
        add_operation(world, index, UH_POLL)->asked.extra = draw(world) % 2 == 0   ? POLLIN
                                                            : draw(world) % 2 == 0 ? POLLOUT
                                                                                   : POLLIN | POLLRDHUP;
    else if (kind == 13)
        add_operation(world, index, UH_SHUTDOWN)->asked.extra = draw(world) % 3u;
    else
        ask_to_close(world, index);
}

/* ---- what is answered ---- */

static void check_received(struct world *world, struct operation *operation, int32_t result)
{
    struct end *end = &world->ends[operation->socket];
    for (int32_t i = 0; i < result; i++)
        DEMAND(operation->memory[i] == byte_at((uint64_t)end->peer, end->received + (uint64_t)i));
    for (uint32_t i = result < 0 ? 0 : (uint32_t)result; i < operation->asked.length; i++)
        DEMAND(operation->memory[i] == GUARD);
    end->received += result < 0 ? 0 : (uint64_t)result;
    DEMAND(end->peer < 0 || end->received <= world->ends[end->peer].sent + MOST_BYTES);
}

static void check_result(struct world *world, struct operation *operation, int32_t result)
{
    struct end *end = operation->socket < 0 ? NULL : &world->ends[operation->socket];
    DEMAND(result != -EAGAIN && result != -EINTR && result > -4096);
    switch (operation->asked.kind) {
    case UH_NOP:
    case UH_CLOSE:
        DEMAND(result == 0);
        break;
    case UH_CONNECT:
        DEMAND(result <= 0);
        break;
    case UH_CANCEL:
        DEMAND(result == 0 || result == -ENOENT || result == -EALREADY);
        break;
    case UH_SEND:
        DEMAND(result <= (int32_t)operation->asked.length);
        end->sent += result < 0 ? 0 : (uint64_t)result;
        break;
    case UH_RECEIVE:
        DEMAND(result <= (int32_t)operation->asked.length);
        check_received(world, operation, result);
        break;
    case UH_POLL:
        DEMAND(result != 0 && result < 0x10000);
        break;
    case UH_ACCEPT:
        if (result >= 0)
            (void)add_end(world, result);
        break;
    default:
        DEMAND(result <= 0);
    }
}

static void end_operation(struct world *world, struct operation *operation)
{
    operation->is_done = true;
    world->ended++;
    if (operation->is_lent)
        memset(operation->memory, GUARD, operation->asked.length); /* and so it stays */
    if (operation->socket < 0)
        return;
    struct end *end = &world->ends[operation->socket];
    end->busy--;
    if (operation->asked.kind == UH_SEND || operation->asked.kind == UH_CONNECT)
        end->sends = false;
    if (operation->asked.kind == UH_RECEIVE || operation->asked.kind == UH_ACCEPT)
        end->receives = false;
    if (operation->asked.kind == UH_CLOSE)
        end->fd = -1;
}

static void on_completion(struct world *world, const struct uh_completion *completion)
{
    uint64_t index = completion->token - token_base;
    DEMAND(index < (uint64_t)world->operation_count);
    struct operation *operation = &world->operations[index];
    DEMAND(operation->is_offered && !operation->is_done);
    bool has_more = (completion->flags & UH_MORE) != 0;
    DEMAND(!has_more || (operation->asked.kind == UH_ACCEPT && operation->asked.flags == UH_MULTISHOT));
    check_result(world, operation, completion->result);
    if (!has_more)
        end_operation(world, operation);
}

/* Offers what is asked for and not taken yet, in order. */
static int32_t turn(struct world *world, int64_t timeout_ns)
{
    struct uh_submission in[MOST_OPERATIONS];
    struct uh_completion out[32];
    uint32_t count = 0, accepted;
    int first = (int)world->accepted;
    for (int i = first; i < world->operation_count; i++) {
        world->operations[i].is_offered = true;
        in[count++] = world->operations[i].asked;
    }
    int32_t delivered = uh_ring_enter(world->ring, in, count, &accepted, out, 1 + draw(world) % 32u, timeout_ns);
    DEMAND(delivered >= 0 && accepted <= count);
    world->accepted += accepted;
    for (int32_t i = 0; i < delivered; i++)
        on_completion(world, &out[i]);
    struct uh_ring_stats stats;
    uh_ring_get_stats(world->ring, &stats);
    DEMAND(stats.in_flight == world->accepted - world->ended);
    return delivered;
}

/* ---- one input ---- */

static void begin(struct world *world)
{
    static const uint32_t entries[] = {1, 4, 16, 256};
    uint8_t first = draw(world);
    struct uh_ring_config config = {.backend = first % 2 == 0 ? UH_BACKEND_IO_URING : UH_BACKEND_EPOLL,
                                    .submission_entries = entries[first / 2 % 4],
                                    .completion_entries = entries[first / 2 % 4] * (1 + first / 8 % 2)};
    struct uh_ring_info info;
    int32_t error = uh_ring_open(&config, &info, &world->ring);
    if (error != 0 && config.backend == UH_BACKEND_IO_URING) {
        config.backend = UH_BACKEND_EPOLL; /* not allowed here */
        error = uh_ring_open(&config, &info, &world->ring);
    }
    DEMAND(error == 0);
    int listener = uh_socket_open(world->ring, AF_INET, SOCK_STREAM, 0);
    world->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint32_t length = sizeof world->address;
    DEMAND(listener >= 0 && uh_socket_bind(listener, &world->address, length) == 0 &&
           uh_socket_listen(listener, 8) == 0);
    DEMAND(uh_socket_local_name(listener, &world->address, &length) == 0);
    world->ends[add_end(world, listener)].is_listener = true;
    open_pair(world);
}

static bool is_closing_one(const struct world *world)
{
    for (int i = 0; i < world->end_count; i++)
        if (world->ends[i].is_closing && world->ends[i].fd >= 0)
            return true;
    return false;
}

/* With operations in flight, which the ring gives up: nothing that was lent is touched after that. Only those that
 * close are waited for: who closes the ring before cannot know which descriptors are still open. */
static void finish(struct world *world)
{
    for (int turns = 0; is_closing_one(world); turns++) {
        DEMAND(turns < 100000);
        turn(world, 1000000);
    }
    DEMAND(uh_ring_close(world->ring) == 0);
    for (int i = 0; i < world->end_count; i++)
        if (world->ends[i].fd >= 0)
            DEMAND(uh_socket_close(world->ends[i].fd) == 0);
    for (int i = 0; i < world->operation_count; i++) {
        struct operation *operation = &world->operations[i];
        for (uint32_t at = 0; operation->is_done && operation->is_lent && at < operation->asked.length; at++)
            DEMAND(operation->memory[at] == GUARD);
        free(operation->memory);
    }
}

/* Equal before and after an input when it leaves no descriptor open. */
static int lowest_free_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    DEMAND(fd >= 0);
    close(fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    int descriptor = lowest_free_descriptor();
    world = (struct world){.data = data, .left = size};
    begin(&world);
    while (world.left > 0) {
        for (int asks = draw(&world) % 8; asks >= 0; asks--)
            ask(&world);
        if (draw(&world) % 16 == 0)
            DEMAND(uh_ring_wake(world.ring) == 0);
        turn(&world, draw(&world) % 8 == 0 ? 50000 : 0);
    }
    finish(&world);
    DEMAND(lowest_free_descriptor() == descriptor);
    return 0;
}

#ifdef FUZZ_ALONE
/* Draws inputs for so many seconds. */
int main(int count, char **arguments)
{
    DEMAND(count >= 3);
    uint64_t seed = count > 3 ? strtoull(arguments[3], NULL, 0) : (uint64_t)time(NULL), inputs = 0;
    time_t end = time(NULL) + atoi(arguments[2]);
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
    while (time(NULL) < end) {
        uint8_t input[600];
        for (size_t i = 0; i < sizeof input; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            input[i] = (uint8_t)(state >> 24);
        }
        input[0] = (uint8_t)((input[0] & ~1u) | (strcmp(arguments[1], "epoll") == 0));
        (void)LLVMFuzzerTestOneInput(input, 20 + (size_t)(state % (sizeof input - 20)));
        inputs++;
    }
    printf("%llu inputs\n", (unsigned long long)inputs);
    return 0;
}
#endif
