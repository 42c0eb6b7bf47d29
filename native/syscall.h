/*
 * syscall.h: how the shim reaches the kernel. Every call returns the kernel's own answer: a result, or a negated errno.
 *
 * There is no libc underneath (one library serves glibc and musl alike), so the trap instruction stands here, once per
 * architecture. The headers of libc are used for their constants and structs only: those are the kernel's.
 */
#ifndef UH_SYSCALL_H
#define UH_SYSCALL_H

#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

/* The same number on every architecture, but younger than some of the headers that we are built with. */
#ifndef __NR_io_uring_setup
#define __NR_io_uring_setup 425
#define __NR_io_uring_enter 426
#define __NR_io_uring_register 427
#endif
#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif

/* struct timespec of libc may have a 32-bit time; the kernel's here never has. */
struct kernel_timespec {
    int64_t seconds;
    int64_t nanoseconds;
};

#if defined(__x86_64__)

static inline long kernel_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Tells threads apart without a system call: the ABI of thread-local storage keeps the block's own address at fs:0. */
static inline uintptr_t thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

#elif defined(__aarch64__)

static inline long kernel_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

static inline uintptr_t thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer;
}

#else
#error "The shim knows x86-64 and aarch64. Another architecture needs these two functions."
#endif

/* Time, memory and descriptors */

static inline int64_t sys_now_ns(void)
{
    struct kernel_timespec now = {0, 0};
    kernel_call(__NR_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
    return now.seconds * 1000000000 + now.nanoseconds;
}

static inline void *sys_mmap(size_t length, int32_t flags, int32_t fd, uint64_t offset)
{
    return (void *)kernel_call(__NR_mmap, 0, (long)length, PROT_READ | PROT_WRITE, flags, fd, (long)offset);
}

/* mmap reports an errno as an address of the last page, where nothing can be mapped. */
static inline int32_t mmap_error(const void *address)
{
    return (uintptr_t)address >= (uintptr_t)-4095 ? (int32_t)(intptr_t)address : 0;
}

static inline void sys_munmap(void *address, size_t length)
{
    kernel_call(__NR_munmap, (long)address, (long)length, 0, 0, 0, 0);
}

static inline int32_t sys_madvise(void *address, size_t length, int32_t advice)
{
    return (int32_t)kernel_call(__NR_madvise, (long)address, (long)length, advice, 0, 0, 0);
}

static inline int32_t sys_close(int32_t fd)
{
    return (int32_t)kernel_call(__NR_close, fd, 0, 0, 0, 0, 0);
}

static inline int32_t sys_fcntl(int32_t fd, int32_t command, long argument)
{
    return (int32_t)kernel_call(__NR_fcntl, fd, command, argument, 0, 0, 0);
}

static inline int32_t sys_eventfd(uint32_t count, int32_t flags)
{
    return (int32_t)kernel_call(__NR_eventfd2, count, flags, 0, 0, 0, 0);
}

static inline int64_t sys_write(int32_t fd, const void *bytes, size_t length)
{
    return kernel_call(__NR_write, fd, (long)bytes, (long)length, 0, 0, 0);
}

/* Sockets */

static inline int32_t sys_socket(int32_t domain, int32_t type, int32_t protocol)
{
    return (int32_t)kernel_call(__NR_socket, domain, type, protocol, 0, 0, 0);
}

static inline int32_t sys_socketpair(int32_t domain, int32_t type, int32_t protocol, int32_t pair[2])
{
    return (int32_t)kernel_call(__NR_socketpair, domain, type, protocol, (long)pair, 0, 0);
}

static inline int32_t sys_bind(int32_t fd, const void *address, uint32_t length)
{
    return (int32_t)kernel_call(__NR_bind, fd, (long)address, length, 0, 0, 0);
}

static inline int32_t sys_listen(int32_t fd, int32_t backlog)
{
    return (int32_t)kernel_call(__NR_listen, fd, backlog, 0, 0, 0, 0);
}

static inline int32_t sys_accept(int32_t fd, int32_t flags)
{
    return (int32_t)kernel_call(__NR_accept4, fd, 0, 0, flags, 0, 0);
}

static inline int32_t sys_connect(int32_t fd, const void *address, uint32_t length)
{
    return (int32_t)kernel_call(__NR_connect, fd, (long)address, length, 0, 0, 0);
}

static inline int32_t sys_receive(int32_t fd, void *bytes, size_t length, int32_t flags)
{
    return (int32_t)kernel_call(__NR_recvfrom, fd, (long)bytes, (long)length, flags, 0, 0);
}

static inline int32_t sys_send(int32_t fd, const void *bytes, size_t length, int32_t flags)
{
    return (int32_t)kernel_call(__NR_sendto, fd, (long)bytes, (long)length, flags, 0, 0);
}

static inline int32_t sys_shutdown(int32_t fd, int32_t how)
{
    return (int32_t)kernel_call(__NR_shutdown, fd, how, 0, 0, 0, 0);
}

static inline int32_t sys_setsockopt(int32_t fd, int32_t level, int32_t name, const void *value, uint32_t length)
{
    return (int32_t)kernel_call(__NR_setsockopt, fd, level, name, (long)value, length, 0);
}

static inline int32_t sys_getsockopt(int32_t fd, int32_t level, int32_t name, void *value, uint32_t *length)
{
    return (int32_t)kernel_call(__NR_getsockopt, fd, level, name, (long)value, (long)length, 0);
}

static inline int32_t sys_getsockname(int32_t fd, void *address, uint32_t *length)
{
    return (int32_t)kernel_call(__NR_getsockname, fd, (long)address, (long)length, 0, 0, 0);
}

static inline int32_t sys_getpeername(int32_t fd, void *address, uint32_t *length)
{
    return (int32_t)kernel_call(__NR_getpeername, fd, (long)address, (long)length, 0, 0, 0);
}

/* Readiness. aarch64 has neither poll nor epoll_wait: their p-variants without a signal mask are the same thing. */

static inline int32_t sys_poll_now(struct pollfd *descriptor)
{
    struct kernel_timespec now = {0, 0};
    return (int32_t)kernel_call(__NR_ppoll, (long)descriptor, 1, (long)&now, 0, 0, 0);
}

static inline int32_t sys_epoll_create(void)
{
    return (int32_t)kernel_call(__NR_epoll_create1, EPOLL_CLOEXEC, 0, 0, 0, 0, 0);
}

static inline int32_t sys_epoll_ctl(int32_t epoll_fd, int32_t action, int32_t fd, struct epoll_event *event)
{
    return (int32_t)kernel_call(__NR_epoll_ctl, epoll_fd, action, fd, (long)event, 0, 0);
}

static inline int32_t sys_epoll_pwait(int32_t epoll_fd, struct epoll_event *events, int32_t capacity,
                                      int32_t timeout_ms)
{
    return (int32_t)kernel_call(__NR_epoll_pwait, epoll_fd, (long)events, capacity, timeout_ms, 0, 0);
}

static inline int32_t sys_epoll_pwait2(int32_t epoll_fd, struct epoll_event *events, int32_t capacity,
                                       const struct kernel_timespec *timeout)
{
    return (int32_t)kernel_call(__NR_epoll_pwait2, epoll_fd, (long)events, capacity, (long)timeout, 0, 0);
}

/* io_uring */

struct uring_params;

static inline int32_t sys_io_uring_setup(uint32_t entries, struct uring_params *params)
{
    return (int32_t)kernel_call(__NR_io_uring_setup, entries, (long)params, 0, 0, 0, 0);
}

static inline int32_t sys_io_uring_enter(int32_t fd, uint32_t submit, uint32_t wait, uint32_t flags,
                                         const void *argument, size_t argument_size)
{
    return (int32_t)kernel_call(__NR_io_uring_enter, fd, submit, wait, flags, (long)argument, (long)argument_size);
}

static inline int32_t sys_io_uring_register(int32_t fd, uint32_t opcode, void *argument, uint32_t count)
{
    return (int32_t)kernel_call(__NR_io_uring_register, fd, opcode, (long)argument, count, 0, 0);
}

#endif
