/*
 * kernel_uring.h: the part of the kernel's io_uring interface that the shim uses.
 *
 * Our own copy, because the headers of a build machine are often older than the kernel that the library will run on:
 * those of Debian 12 (6.1) lack NO_SQARRAY. kernel_uring_check.c compares it with the machine's header. The number in a
 * comment is the first kernel release that has the thing, where that is after 5.11, the oldest release that we use.
 */
#ifndef UH_KERNEL_URING_H
#define UH_KERNEL_URING_H

#include <stdint.h>

/* A submission queue entry, with the unions named by the one meaning that we use. */
struct uring_sqe {
    uint8_t opcode;
    uint8_t flags;
    uint16_t ioprio; /* accept, send, receive: flags of the operation */
    int32_t fd;
    uint64_t off;  /* connect: the length of the address */
    uint64_t addr; /* cancel: the user_data to look for */
    uint32_t len;
    uint32_t op_flags; /* MSG_*, SOCK_* or the events of a poll */
    uint64_t user_data;
    uint16_t buf_group;
    uint16_t personality;
    int32_t file_index;
    uint64_t pad[2];
};
_Static_assert(sizeof(struct uring_sqe) == 64, "uring_sqe");

struct uring_cqe {
    uint64_t user_data;
    int32_t res;
    uint32_t flags;
};
_Static_assert(sizeof(struct uring_cqe) == 16, "uring_cqe");

struct uring_sq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
    uint64_t user_addr;
};

struct uring_cq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
    uint64_t user_addr;
};

struct uring_params {
    uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
    struct uring_sq_offsets sq_off;
    struct uring_cq_offsets cq_off;
};
_Static_assert(sizeof(struct uring_params) == 120, "uring_params");

struct uring_getevents_arg {
    uint64_t sigmask;
    uint32_t sigmask_sz;
    uint32_t min_wait_usec;
    uint64_t ts;
};
_Static_assert(sizeof(struct uring_getevents_arg) == 24, "uring_getevents_arg");

struct uring_rsrc_update {
    uint32_t offset;
    uint32_t resv;
    uint64_t data;
};
_Static_assert(sizeof(struct uring_rsrc_update) == 16, "uring_rsrc_update");

struct uring_probe_op {
    uint8_t op;
    uint8_t resv;
    uint16_t flags;
    uint32_t resv2;
};

#define URING_PROBE_OPS 256u

struct uring_probe {
    uint8_t last_op;
    uint8_t ops_len;
    uint16_t resv;
    uint32_t resv2[3];
    struct uring_probe_op ops[URING_PROBE_OPS];
};
_Static_assert(sizeof(struct uring_probe) == 16 + 8 * URING_PROBE_OPS, "uring_probe");

#define URING_PROBE_OP_SUPPORTED (1u << 0)

/* io_uring_params.flags */
#define URING_SETUP_CQSIZE (1u << 3)
#define URING_SETUP_CLAMP (1u << 4)
#define URING_SETUP_SUBMIT_ALL (1u << 7)     /* 5.18 */
#define URING_SETUP_COOP_TASKRUN (1u << 8)   /* 5.19 */
#define URING_SETUP_TASKRUN_FLAG (1u << 9)   /* 5.19 */
#define URING_SETUP_SINGLE_ISSUER (1u << 12) /* 6.0 */
#define URING_SETUP_DEFER_TASKRUN (1u << 13) /* 6.1 */
#define URING_SETUP_NO_SQARRAY (1u << 16)    /* 6.6 */

/* io_uring_params.features */
#define URING_FEAT_SINGLE_MMAP (1u << 0)
#define URING_FEAT_NODROP (1u << 1)
#define URING_FEAT_SUBMIT_STABLE (1u << 2)
#define URING_FEAT_FAST_POLL (1u << 5)
#define URING_FEAT_EXT_ARG (1u << 8)

/* What to map, by offset */
#define URING_OFF_SQ_RING 0ull
#define URING_OFF_CQ_RING 0x8000000ull
#define URING_OFF_SQES 0x10000000ull

/* Operations */
#define URING_OP_NOP 0u
#define URING_OP_POLL_ADD 6u
#define URING_OP_ACCEPT 13u
#define URING_OP_ASYNC_CANCEL 14u
#define URING_OP_CONNECT 16u
#define URING_OP_READ 22u
#define URING_OP_SEND 26u
#define URING_OP_RECV 27u
#define URING_OP_SOCKET 45u  /* 5.19 */
#define URING_OP_SEND_ZC 47u /* 6.0 */

/* uring_sqe.ioprio */
#define URING_ACCEPT_MULTISHOT (1u << 0)    /* 5.19 */
#define URING_RECVSEND_POLL_FIRST (1u << 0) /* 5.19 */

/* uring_cqe.flags */
#define URING_CQE_F_MORE (1u << 1)
#define URING_CQE_F_SOCK_NONEMPTY (1u << 2) /* 5.19 */

/* The flags word of the submission queue, written by the kernel */
#define URING_SQ_CQ_OVERFLOW (1u << 1)
#define URING_SQ_TASKRUN (1u << 2) /* 5.19 */

/* io_uring_enter */
#define URING_ENTER_GETEVENTS (1u << 0)
#define URING_ENTER_EXT_ARG (1u << 3)
#define URING_ENTER_REGISTERED_RING (1u << 4) /* 5.18 */

/* io_uring_register */
#define URING_REGISTER_PROBE 8u
#define URING_REGISTER_RING_FDS 20u   /* 5.18 */
#define URING_UNREGISTER_RING_FDS 21u /* 5.18 */

#endif
