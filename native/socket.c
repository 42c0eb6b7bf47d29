/* socket.c: the handful of socket calls that need no waiting. */
#include "backend.h"
#include "syscall.h"

/*
 * With epoll a socket must not block, or the loop would. With io_uring it must: older kernels hand an operation that
 * cannot finish at once to a worker thread, which then sees O_NONBLOCK and answers EAGAIN instead of waiting.
 */
int32_t uh_socket_open(const struct uh_ring *ring, int32_t domain, int32_t type, int32_t protocol)
{
    if (ring == NULL)
        return -EINVAL;
    int32_t non_blocking = ring->identity == UH_BACKEND_EPOLL ? SOCK_NONBLOCK : 0;
    return sys_socket(domain, type | SOCK_CLOEXEC | non_blocking, protocol);
}

int32_t uh_socket_bind(int32_t fd, const void *address, uint32_t length)
{
    return sys_bind(fd, address, length);
}

int32_t uh_socket_listen(int32_t fd, int32_t backlog)
{
    return sys_listen(fd, backlog);
}

int32_t uh_socket_set_option(int32_t fd, int32_t level, int32_t name, const void *value, uint32_t length)
{
    return sys_setsockopt(fd, level, name, value, length);
}

int32_t uh_socket_get_option(int32_t fd, int32_t level, int32_t name, void *value, uint32_t *length)
{
    return sys_getsockopt(fd, level, name, value, length);
}

int32_t uh_socket_local_name(int32_t fd, void *address, uint32_t *length)
{
    return sys_getsockname(fd, address, length);
}

int32_t uh_socket_peer_name(int32_t fd, void *address, uint32_t *length)
{
    return sys_getpeername(fd, address, length);
}

int32_t uh_socket_receive(int32_t fd, void *memory, uint32_t length)
{
    int32_t result;
    do
        result = sys_receive(fd, memory, length, MSG_DONTWAIT);
    while (result == -EINTR);
    return result;
}

int32_t uh_socket_close(int32_t fd)
{
    int32_t result = sys_close(fd);
    return result == -EINTR ? 0 : result; /* Linux has closed it all the same */
}

/*
 * What a router says of a SYN (ICMP) goes to the socket's error queue, which is an event like an error; but the error
 * itself the kernel notes as "soft", to be used when it gives up. io_uring (seen in 6.18) takes the event, finds no
 * hard error, and calls the socket connected. Asking for the error gives the soft one too.
 */
int32_t socket_confirm_connected(int32_t fd)
{
    unsigned char address[128];
    uint32_t length = sizeof address;
    if (sys_getpeername(fd, address, &length) != -ENOTCONN)
        return 0;
    int32_t error = 0;
    uint32_t size = sizeof error;
    int32_t result = sys_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return result == 0 && error != 0 ? -error : -EHOSTUNREACH;
}
