/*
 * limit_epoll.c: what a request costs at least through epoll: one send, one receive, a share of a wait. The client that
 * an HTTP library cannot be cheaper than.
 */
#include "client.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_EVENTS = 256 };

static void send_request(const struct connection *connection)
{
    ssize_t sent = send(connection->socket, request, request_length, MSG_NOSIGNAL);
    must(sent == (ssize_t)request_length, "send");
}

/* Level-triggered: what is left is told again, so one receive for each event, and none that finds nothing. */
static void receive(struct connection *connection)
{
    struct room room = client_room(connection);
    ssize_t count = recv(connection->socket, room.address, room.length, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    must(count >= 0, "recv");
    client_received(connection, (size_t)count);
}

static int wait_for_events(int poller, struct epoll_event *events)
{
    int64_t left = client_wait_time();
    struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    int count = epoll_pwait2(poller, events, MOST_EVENTS, left < 0 ? NULL : &timeout, NULL);
    must(count >= 0 || errno == EINTR, "epoll_pwait2");
    return count;
}

static void run_round(int poller)
{
    struct epoll_event events[MOST_EVENTS];
    while (client_is_busy()) {
        struct connection *connection;
        while ((connection = client_next_to_start()))
            send_request(connection);
        int count = wait_for_events(poller, events);
        for (int i = 0; i < count; i++) {
            receive(events[i].data.ptr);
            while ((connection = client_next_to_start()))
                send_request(connection);
        }
    }
}

int main(int argc, char **argv)
{
    int poller = epoll_create1(EPOLL_CLOEXEC);
    must(poller >= 0, "epoll_create1");
    if (argc == 2 && strcmp(argv[1], "check") == 0)
        return 0; /* this system has all that the program needs */
    client_open(argc, argv);
    for (unsigned i = 0; i < connection_count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
        must(epoll_ctl(poller, EPOLL_CTL_ADD, connections[i].socket, &event) == 0, "epoll_ctl");
    }
    while (client_next_round())
        run_round(poller);
    client_report();
    return 0;
}
