/*
 * client.h: what the two limit programs share: the connections, the fixed request, the least framing that knows where a
 * body ends, and the figures. How bytes move is the programs' own, and all that differs between them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAD_ROOM = 16 * 1024, BLOCK_ROOM = 64 * 1024 };

struct connection {
    int socket;
    bool in_body;
    uint32_t head_filled;
    uint64_t body_left;
    uint64_t started_at; /* or was to be started at, with a fixed rate; in nanoseconds */
    char *body;          /* the caller's buffer; NULL when bodies are discarded */
    char head[HEAD_ROOM];
};

/* Where the next bytes of a connection go. */
struct room {
    char *address;
    size_t length;
};

extern struct connection *connections;
extern unsigned connection_count;
extern const char *request;
extern size_t request_length;

/* Reads the arguments, opens the connections and the idle ones. Ends the process when it cannot. */
void client_open(int argc, char **argv);

/* Begins a round of one request on each connection that is not counted, then, called again, the round that is. */
bool client_next_round(void);

/* True until the last answer of the round has come. */
bool client_is_busy(void);

/* A connection to send the request on now; NULL when none is free, or none is due. */
struct connection *client_next_to_start(void);

/* Nanoseconds until a request is due; below 0 when only an answer can bring the next. */
int64_t client_wait_time(void);

struct room client_room(const struct connection *connection);

/* Takes what was received there. True when the answer is complete: the connection is free again. */
bool client_received(struct connection *connection, size_t count);

/* Writes the figures of the round, as one line of JSON, to standard output. */
void client_report(void);

/* Ends the process with what errno says, unless it holds. */
void must(bool holds, const char *what);
