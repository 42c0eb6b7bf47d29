#include "client.h"
#include "figures.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const char USAGE[] = "port path body_length connections seconds requests rate idle_port idle discard|buffers";
enum { ARGUMENTS = 10, REQUEST_ROOM = 512, LONGEST_WARMED = 1024 * 1024 };

struct connection *connections;
unsigned connection_count;
static char request_text[REQUEST_ROOM];
const char *request = request_text;
size_t request_length;

static uint16_t port, idle_port;
static uint64_t body_length;
static double seconds;    /* 0: no limit */
static uint64_t requests; /* 0: no limit */
static uint64_t rate;     /* a second; 0: as fast as it goes */
static unsigned idle_count;

static char block[BLOCK_ROOM];               /* where bodies go that nobody wants: the same bytes stay in the cache */
static struct connection **free_connections; /* the last used on top */
static unsigned free_count;
static unsigned round_number;
static uint64_t started, most_requests, begun_at, ends_at, now;

void must(bool holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    exit(1);
}

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int open_socket(uint16_t port_number)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port_number), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int socket_number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(socket_number >= 0, "socket");
    must(connect(socket_number, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    int on = 1;
    setsockopt(socket_number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket_number;
}

struct room client_room(const struct connection *connection)
{
    if (!connection->in_body)
        return (struct room){(char *)connection->head + connection->head_filled, HEAD_ROOM - connection->head_filled};
    if (connection->body)
        return (struct room){connection->body + (body_length - connection->body_left), connection->body_left};
    /* Never more than is left: nothing that follows a body may go where bodies go. */
    return (struct room){block, connection->body_left < BLOCK_ROOM ? connection->body_left : BLOCK_ROOM};
}

/* The value of Content-Length in a head that ends before `end`. */
static uint64_t content_length(const char *head, const char *end)
{
    static const char NAME[] = "\r\nContent-Length:";
    for (const char *line = memchr(head, '\r', (size_t)(end - head)); line && line < end;
         line = memchr(line + 2, '\r', (size_t)(end - line))) {
        if (strncasecmp(line, NAME, sizeof NAME - 1) == 0)
            return strtoull(line + sizeof NAME - 1, NULL, 10);
    }
    fail("an answer without a Content-Length");
    return 0;
}

/* Goes over from the head to the body once the head is there; the bytes behind it are the body's first. */
static void read_head(struct connection *connection)
{
    static const char START[] = "HTTP/1.1 200 ", END[] = "\r\n\r\n";
    char *end = memmem(connection->head, connection->head_filled, END, sizeof END - 1);
    if (!end) {
        if (connection->head_filled == HEAD_ROOM)
            fail("a head that is too long");
        return;
    }
    if (strncmp(connection->head, START, sizeof START - 1) != 0)
        fail("an answer that is not 200");
    if (content_length(connection->head, end) != body_length)
        fail("a body of another length than asked for");
    end += sizeof END - 1;
    size_t body = connection->head_filled - (size_t)(end - connection->head);
    if (body > body_length)
        fail("bytes behind the end of a body");
    if (connection->body)
        memcpy(connection->body, end, body);
    connection->in_body = true;
    connection->body_left = body_length - body;
}

/* True when the answer is complete. */
static bool take(struct connection *connection, size_t count)
{
    if (count == 0)
        fail("the server has closed a connection");
    if (connection->in_body) {
        connection->body_left -= count;
    } else {
        connection->head_filled += (uint32_t)count;
        read_head(connection);
    }
    if (!connection->in_body || connection->body_left > 0)
        return false;
    connection->in_body = false;
    connection->head_filled = 0;
    return true;
}

static void await_answer(int socket_number)
{
    static struct connection spare;
    spare.socket = socket_number;
    ssize_t count;
    do {
        struct room room = client_room(&spare);
        count = recv(socket_number, room.address, room.length, 0);
        must(count >= 0, "recv");
    } while (!take(&spare, (size_t)count));
}

/* An idle connection has had an answer, as one in a pool has; the server gives it when all have asked. */
static void open_idle_connections(void)
{
    uint64_t before = memory_now();
    int *sockets = calloc(idle_count + 1, sizeof *sockets);
    must(sockets, "calloc");
    char text[REQUEST_ROOM];
    int length = snprintf(text, sizeof text, "GET /hold/%u HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", idle_count);
    for (unsigned i = 0; i < idle_count; i++) {
        sockets[i] = open_socket(idle_port);
        must(send(sockets[i], text, (size_t)length, MSG_NOSIGNAL) == length, "send");
    }
    for (unsigned i = 0; i < idle_count; i++)
        await_answer(sockets[i]);
    figures.idle_connections = idle_count;
    figures.idle_bytes = memory_now() - before;
    free(sockets); /* not the sockets themselves: they stay open until the end */
}

void client_open(int argc, char **argv)
{
    if (argc != ARGUMENTS + 1) {
        fprintf(stderr, "usage: %s %s\n", argv[0], USAGE);
        exit(2);
    }
    port = (uint16_t)atoi(argv[1]);
    body_length = strtoull(argv[3], NULL, 10);
    connection_count = (unsigned)atoi(argv[4]);
    seconds = atof(argv[5]);
    requests = strtoull(argv[6], NULL, 10);
    rate = strtoull(argv[7], NULL, 10);
    idle_port = (uint16_t)atoi(argv[8]);
    idle_count = (unsigned)atoi(argv[9]);
    bool keeps_bodies = strcmp(argv[10], "buffers") == 0;
    request_length = (size_t)snprintf(request_text, sizeof request_text,
                                      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", argv[2], port);

    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    connections = calloc(connection_count, sizeof *connections);
    free_connections = calloc(connection_count, sizeof *free_connections);
    must(connections && free_connections, "calloc");
    for (unsigned i = 0; i < connection_count; i++) {
        connections[i].socket = open_socket(port);
        if (keeps_bodies)
            connections[i].body =
                memset(malloc(body_length), 1, body_length); /* its pages are there before the round */
    }
    open_idle_connections();
    for (unsigned i = 0; i < connection_count; i++)
        free_connections[i] = &connections[i];
    free_count = connection_count;
}

bool client_next_round(void)
{
    if (round_number == 0 && body_length > LONGEST_WARMED)
        round_number = 1; /* a window opens soon enough within a long body */
    if (round_number == 2)
        return false;
    bool counts = round_number++ == 1;
    started = 0;
    most_requests = !counts ? connection_count : requests > 0 ? requests : UINT64_MAX;
    figures_begin();
    now = begun_at = clock_now();
    ends_at = counts && seconds > 0 ? begun_at + (uint64_t)(seconds * NANOSECONDS) : UINT64_MAX;
    return true;
}

static uint64_t due_at(void)
{
    return rate == 0 ? now : begun_at + started * NANOSECONDS / rate;
}

static bool has_more_to_start(void)
{
    return started < most_requests && due_at() < ends_at;
}

bool client_is_busy(void)
{
    return free_count < connection_count || has_more_to_start();
}

struct connection *client_next_to_start(void)
{
    if (free_count == 0 || !has_more_to_start())
        return NULL;
    if (rate != 0 && due_at() > (now = clock_now()))
        return NULL;
    struct connection *connection = free_connections[--free_count];
    connection->started_at = due_at();
    started++;
    return connection;
}

int64_t client_wait_time(void)
{
    if (rate == 0 || free_count == 0 || !has_more_to_start())
        return -1;
    now = clock_now();
    return due_at() > now ? (int64_t)(due_at() - now) : 0;
}

bool client_received(struct connection *connection, size_t count)
{
    if (!take(connection, count))
        return false;
    free_connections[free_count++] = connection;
    now = clock_now();
    figures_add(now - connection->started_at, body_length);
    return true;
}

void client_report(void)
{
    figures_end();
    figures_print();
}
