/*
 * ping_pong.c: what a crossing and an exchange cost on each backend, in CPU time, which other processes disturb less
 * than the clock. One thread is both ends. Not a test: run it by hand.
 *
 *   ping_pong [io_uring|epoll] [exchanges]
 */
#include "uringhttp.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MESSAGE = 100, ROOM = 4096, MOST_PAIRS = 256 };

static struct uh_ring *ring;
static struct uh_submission pending[4 * MOST_PAIRS];
static uint32_t pending_count;
static struct uh_completion out[4 * MOST_PAIRS];
static int sockets[2 * MOST_PAIRS];
static char received[2 * MOST_PAIRS][ROOM], sent[MESSAGE];

static double cpu_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void must(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

static void make_pair(int pair[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(pair[0], (struct sockaddr *)&address, length) == 0, "connect");
    pair[1] = accept(listener, NULL, NULL);
    int on = 1;
    setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(pair[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Tokens: the index of the socket, and whether it was a send. */
static void add(uint8_t kind, uint8_t flags, int index)
{
    void *buffer = kind == UH_SEND ? sent : received[index];
    pending[pending_count++] = (struct uh_submission){.token = (uint64_t)index * 2 + (kind == UH_SEND),
                                                      .address = (uint64_t)(uintptr_t)buffer,
                                                      .length = kind == UH_SEND ? MESSAGE : ROOM,
                                                      .fd = sockets[index],
                                                      .kind = kind,
                                                      .flags = flags};
}

static int32_t turn(void)
{
    uint32_t accepted;
    int32_t count = uh_ring_enter(ring, pending, pending_count, &accepted, out, 4 * MOST_PAIRS, -1);
    must(count >= 0 && accepted == pending_count, "enter");
    pending_count = 0;
    return count;
}

/* Whoever has received answers, and receives again. Every socket's receive is armed all the time. */
static void exchange(int pairs, long exchanges)
{
    for (int i = 0; i < 2 * pairs; i++)
        add(UH_RECEIVE, UH_POLL_FIRST, i);
    for (int i = 0; i < pairs; i++)
        add(UH_SEND, 0, 2 * i);
    struct uh_ring_stats before, after;
    uh_ring_get_stats(ring, &before);
    double start = cpu_time();
    for (long messages = 0; messages < 2 * exchanges;) {
        int32_t count = turn();
        for (int32_t i = 0; i < count; i++) {
            if (out[i].token % 2 == 1)
                continue;
            int index = (int)(out[i].token / 2);
            must(out[i].result == MESSAGE, "receive");
            messages++;
            add(UH_SEND, 0, index);
            add(UH_RECEIVE, UH_POLL_FIRST, index);
        }
    }
    double nanoseconds = cpu_time() - start;
    uh_ring_get_stats(ring, &after);
    printf("  %3d connections: %6.2f us an exchange, %4.2f enters, %4.2f system calls\n", pairs,
           nanoseconds / 1e3 / (double)exchanges, (double)(after.enters - before.enters) / (double)exchanges,
           (double)(after.syscalls - before.syscalls) / (double)exchanges);
}

static void nops(int batch)
{
    enum { ROUNDS = 200000 };
    double start = cpu_time();
    for (int round = 0; round < ROUNDS / batch; round++) {
        for (int i = 0; i < batch; i++)
            pending[pending_count++] = (struct uh_submission){.kind = UH_NOP, .fd = -1};
        for (int32_t done = 0; done < batch;)
            done += turn();
    }
    printf("  no-ops, %3d a turn: %4.0f ns each\n", batch, (cpu_time() - start) / (double)ROUNDS);
}

static void run(uint32_t backend, long exchanges)
{
    struct uh_ring_config config = {.backend = backend};
    struct uh_ring_info info;
    int32_t error = uh_ring_open(&config, &info, &ring);
    printf("%s\n", backend == UH_BACKEND_EPOLL ? "epoll" : "io_uring");
    if (error < 0) {
        printf("  refused: stage %u, %s\n", info.stage, strerror(-error));
        return;
    }
    nops(1);
    nops(64);
    const int pairs[] = {1, 16, 256};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < pairs[i]; k++)
            make_pair(&sockets[2 * k]);
        exchange(pairs[i], exchanges);
        uh_ring_close(ring);
        uh_ring_open(&config, &info, &ring);
    }
    uh_ring_close(ring);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    long exchanges = argc > 2 ? atol(argv[2]) : 100000;
    if (strcmp(only, "epoll") != 0)
        run(UH_BACKEND_IO_URING, exchanges);
    if (strcmp(only, "io_uring") != 0)
        run(UH_BACKEND_EPOLL, exchanges);
    return 0;
}
