/*
 * uringhttp.h: the whole ABI of the native shim.
 *
 * One object, the ring. Managed code hands it an array of submissions and takes an array of completions, in one call a
 * turn (uh_ring_enter). Behind it stands io_uring or epoll; the caller cannot tell which but by uh_ring_info.backend.
 *
 * Rules that hold for every function
 *   - Results below zero are a negated errno. Nothing sets a global errno.
 *   - A ring belongs to the thread that opened it: open, enter and close are called on that thread only.
 *     uh_ring_wake is the one call allowed from any thread. uh_ring_probe and the socket helpers may run on any thread.
 *   - Only uh_ring_enter may block. uh_ring_close may wait for the kernel to give up what is in flight (milliseconds).
 *   - The library keeps no global state, allocates with mmap only, and needs no libc: glibc and musl alike load it.
 *
 * The contract of an operation
 *   - Each accepted submission is answered by completions that carry its token: any number with UH_MORE set, then
 *     exactly one without. That last one is its terminal completion. (Only a multishot operation gives more than one.)
 *   - The memory at `address` belongs to the kernel from uh_ring_enter until the terminal completion. This is also true
 *     of the sockaddr of a connect.
 *   - Completions are delivered by uh_ring_enter only, never from inside another call, in no promised order across
 *     descriptors.
 *   - On one descriptor at most one send (or connect) and at most one receive (or accept) may be in flight; any number
 *     of polls.
 *   - A descriptor named in a submission is closed by an UH_CLOSE submission, sent after the terminal completion of
 *     every other operation on it, and by nothing else. Close(2) behind the ring's back would leave it watching a
 *     stranger.
 *   - -EAGAIN and -EINTR are never the result of an operation.
 */
#ifndef URINGHTTP_H
#define URINGHTTP_H

#include <stdint.h>

#define UH_ABI_VERSION 1u
#define UH_EXPORT __attribute__((visibility("default")))

/* What a submission asks for. */
enum uh_kind {
    /* Completes with 0. */
    UH_NOP = 0,
    /* address, length: a sockaddr. 0, or -ECONNREFUSED, ... */
    UH_CONNECT = 1,
    /* Result: a new descriptor, close-on-exec. With UH_MULTISHOT it stays armed. -EMFILE and -ENFILE end it. */
    UH_ACCEPT = 2,
    /* Result: bytes received (1..length), 0 at the end of the stream, or -ECONNRESET, ... */
    UH_RECEIVE = 3,
    /* Sends all of it, without SIGPIPE. A result short of length only after an error or a cancel: some bytes left, then
     * it stopped; send the rest to learn the error. */
    UH_SEND = 4,
    /* extra: POLLIN | POLLOUT | POLLRDHUP. Result: the events that are ready (POLLERR and POLLHUP always may be). */
    UH_POLL = 5,
    /* extra: SHUT_RD, SHUT_WR or SHUT_RDWR. Takes effect at once: it may overtake others of the same enter. */
    UH_SHUTDOWN = 6,
    /* Closes fd, which may be reused as soon as this has completed. */
    UH_CLOSE = 7,
    /* address: the token of the operation to cancel; fd: the descriptor it was submitted with.
     * 0: it was found and will complete, with -ECANCELED unless it finished first. -ENOENT: not in flight (any more).
     * -EALREADY: under way, cannot be stopped; it will complete by itself. */
    UH_CANCEL = 8,
    UH_KIND_COUNT = 9
};

/* uh_submission.flags */
enum {
    UH_MULTISHOT = 1u << 0,  /* accept: go on accepting. Ignored by the other kinds. */
    UH_POLL_FIRST = 1u << 1, /* receive: nothing is expected to be there yet, so wait before trying. A hint. */
};

/* uh_completion.flags */
enum {
    UH_MORE = 1u << 0,     /* this operation will complete again */
    UH_NONEMPTY = 1u << 1, /* receive: the socket holds more than was asked for. A hint. */
};

struct uh_submission {
    uint64_t token; /* opaque; comes back in the completions. UINT64_MAX is taken. */
    uint64_t address;
    uint32_t length; /* bytes; at most INT32_MAX */
    int32_t fd;      /* -1 where the kind needs none */
    uint8_t kind;
    uint8_t flags;
    uint16_t group; /* reserved, 0 */
    uint32_t extra;
};

struct uh_completion {
    uint64_t token;
    int32_t result; /* >= 0, or a negated errno */
    uint32_t flags;
};

enum uh_backend { UH_BACKEND_AUTO = 0, UH_BACKEND_IO_URING = 1, UH_BACKEND_EPOLL = 2 };

struct uh_ring_config {
    uint32_t backend;            /* uh_backend. AUTO: io_uring where it works, else epoll. */
    uint32_t submission_entries; /* 1..32768, rounded up to a power of two; 0: 256 */
    uint32_t completion_entries; /* likewise, at least submission_entries; 0: 4096. On ENOMEM both are halved. */
    uint32_t reserved;
};

/* How far opening an io_uring got before it was refused: where io_uring_error comes from. */
enum uh_stage {
    UH_STAGE_NOT_TRIED = 0,
    UH_STAGE_SETUP = 1,     /* io_uring_setup(2) said no: EPERM, ENOSYS, ENOMEM, EMFILE, ... */
    UH_STAGE_FEATURES = 2,  /* the kernel is too old: a feature of 5.11 is missing (ENOTSUP) */
    UH_STAGE_MAP = 3,       /* mmap of the queues */
    UH_STAGE_PROBE = 4,     /* an operation that we need is missing (EOPNOTSUPP), or the probe itself was refused */
    UH_STAGE_SELF_TEST = 5, /* set-up succeeded, but a no-op or an exchange over a socketpair did not come back right */
    UH_STAGE_WORKS = 6
};

/* uh_ring_info.capabilities: what this ring uses or could use */
enum {
    UH_CAP_MULTISHOT_ACCEPT = 1u << 0,
    UH_CAP_POLL_FIRST = 1u << 1,
    UH_CAP_CANCEL_ANY = 1u << 2,
    UH_CAP_SUBMIT_ALL = 1u << 3,
    UH_CAP_COOP_TASKRUN = 1u << 4,
    UH_CAP_TASKRUN_FLAG = 1u << 5,
    UH_CAP_SINGLE_ISSUER = 1u << 6,
    UH_CAP_DEFER_TASKRUN = 1u << 7,
    UH_CAP_NO_SQARRAY = 1u << 8,
    UH_CAP_REGISTERED_RING = 1u << 9,
    UH_CAP_SEND_ZERO_COPY = 1u << 10, /* the kernel has it; the shim does not use it */
};

struct uh_ring_info {
    uint32_t backend;            /* UH_BACKEND_IO_URING or UH_BACKEND_EPOLL: what was opened (probe: what would be) */
    uint32_t stage;              /* uh_stage that io_uring reached */
    int32_t io_uring_error;      /* errno (positive) that ended io_uring at that stage; 0: it works, or was not tried */
    uint32_t capabilities;       /* UH_CAP_* */
    uint32_t setup_flags;        /* IORING_SETUP_* as the kernel accepted them */
    uint32_t kernel_features;    /* IORING_FEAT_* */
    uint32_t submission_entries; /* as opened; epoll has no queues and repeats the config */
    uint32_t completion_entries;
};

/* Running totals of one ring, for diagnosis and tests. */
struct uh_ring_stats {
    uint64_t enters;      /* calls of uh_ring_enter */
    uint64_t syscalls;    /* io_uring_enter(2), or epoll_wait(2) and the operations' own calls */
    uint64_t submissions; /* accepted */
    uint64_t completions; /* delivered */
    uint64_t in_flight;   /* accepted, terminal completion not delivered yet */
    uint64_t wakes;       /* wakes seen */
    uint64_t interrupts;  /* waits ended by a signal */
    uint64_t overflows;   /* times the completion queue overflowed and was flushed */
};

struct uh_ring;

/* UH_ABI_VERSION of the library; the managed side refuses another. */
UH_EXPORT uint32_t uh_abi_version(void);

/* Opens a ring owned by the calling thread. `info` (may not be null) is filled on failure too, so that the caller can
 * say why. -EINVAL: a bad config. With UH_BACKEND_IO_URING: the error that refused it. With AUTO: only if epoll fails
 * as well. */
UH_EXPORT int32_t uh_ring_open(const struct uh_ring_config *config, struct uh_ring_info *info, struct uh_ring **ring);

/* Tells what uh_ring_open(AUTO) would give, on any thread, leaving nothing behind. 0 or a negated errno. */
UH_EXPORT int32_t uh_ring_probe(struct uh_ring_info *info);

/* One turn's crossing: submits, waits for at least one completion, the timeout, a wake or a signal, and delivers
 * completions.
 *   in, in_count      submissions, copied before it returns
 *   accepted          out: how many of them, from the first, were taken. Fewer than in_count when a queue is full or
 *                     the kernel is short of memory: offer the rest again in the next enter (it does not wait when it
 *                     left some).
 *   out, out_capacity where completions go; at least 1
 *   timeout_ns        0: do not wait. Below 0: no limit. Else nanoseconds, CLOCK_MONOTONIC.
 * Does not wait when completions are there already. Returns how many were delivered. 0 after a timeout, a wake or a
 * signal, and now and then for nothing: what the kernel woke us for came to no completion yet. Below zero only for
 * what cannot be gone on from: -EINVAL (bad arguments), -EEXIST (wrong thread), -EBADR (the kernel lost a completion
 * for lack of memory). May block: never call it from where a garbage collector waits. */
UH_EXPORT int32_t uh_ring_enter(struct uh_ring *ring, const struct uh_submission *in, uint32_t in_count,
                                uint32_t *accepted, struct uh_completion *out, uint32_t out_capacity,
                                int64_t timeout_ns);

/* Makes the present or the next uh_ring_enter return without waiting (any longer): what was posted before the wake is
 * seen by who looks after every enter. Any thread, any number of times (they merge); costs one write(2), so call it
 * only when the loop sleeps. The caller keeps the ring open meanwhile. */
UH_EXPORT int32_t uh_ring_wake(struct uh_ring *ring);

UH_EXPORT void uh_ring_get_stats(const struct uh_ring *ring, struct uh_ring_stats *stats);

/* Cancels what is in flight, waits for it, gives everything back. No lent memory is touched after it returns 0.
 * Descriptors that cancelled accepts still produced are closed. Descriptors of the caller are left open.
 * -EEXIST: wrong thread, nothing was done. Any other error: the ring is gone, but the kernel would not let go of an
 * operation, so the memory lent to those in flight must never be used again. */
UH_EXPORT int32_t uh_ring_close(struct uh_ring *ring);

/* Sockets. All descriptors are close-on-exec; whether they block is the ring's affair, hence the ring argument. */
UH_EXPORT int32_t uh_socket_open(const struct uh_ring *ring, int32_t domain, int32_t type, int32_t protocol);
UH_EXPORT int32_t uh_socket_bind(int32_t fd, const void *address, uint32_t length);
UH_EXPORT int32_t uh_socket_listen(int32_t fd, int32_t backlog);
UH_EXPORT int32_t uh_socket_set_option(int32_t fd, int32_t level, int32_t name, const void *value, uint32_t length);
/* length: in, the room at value; out, the bytes written */
UH_EXPORT int32_t uh_socket_get_option(int32_t fd, int32_t level, int32_t name, void *value, uint32_t *length);
UH_EXPORT int32_t uh_socket_local_name(int32_t fd, void *address, uint32_t *length);
UH_EXPORT int32_t uh_socket_peer_name(int32_t fd, void *address, uint32_t *length);
/* Receives what a connected socket holds already, with one system call; never waits: -EAGAIN when there is nothing, 0
 * at the end of the stream. For a moment when something is there for certain (UH_NONEMPTY). Loop thread; no receive may
 * be in flight on the descriptor. The memory is not kept. */
UH_EXPORT int32_t uh_socket_receive(int32_t fd, void *memory, uint32_t length);
/* For a descriptor that no submission has named (a connect that was never tried, a listener that failed to bind). */
UH_EXPORT int32_t uh_socket_close(int32_t fd);

#endif
