/*
 * kernel_uring_check.c: compares kernel_uring.h with the header of the build machine, as far as that one goes. No code.
 */
#include "kernel_uring.h"
#include "uringhttp.h"
#include <stddef.h>

_Static_assert(sizeof(struct uh_submission) == 32, "uh_submission");
_Static_assert(sizeof(struct uh_completion) == 16, "uh_completion");
_Static_assert(sizeof(struct uh_ring_config) == 16, "uh_ring_config");
_Static_assert(sizeof(struct uh_ring_info) == 32, "uh_ring_info");
_Static_assert(sizeof(struct uh_ring_stats) == 64, "uh_ring_stats");

#if defined(__has_include)
#if __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#endif
#endif

#define SAME(ours, theirs) _Static_assert((ours) == (theirs), #ours " is not " #theirs)
#define SAME_OFFSET(our_type, our_field, their_type, their_field)                                                      \
    SAME(offsetof(struct our_type, our_field), offsetof(struct their_type, their_field))

/* Enumerators cannot be tested for one by one; a header that knows this macro (6.1) has all of those below. */
#ifdef IORING_SETUP_DEFER_TASKRUN

SAME(sizeof(struct uring_sqe), sizeof(struct io_uring_sqe));
SAME_OFFSET(uring_sqe, opcode, io_uring_sqe, opcode);
SAME_OFFSET(uring_sqe, ioprio, io_uring_sqe, ioprio);
SAME_OFFSET(uring_sqe, fd, io_uring_sqe, fd);
SAME_OFFSET(uring_sqe, off, io_uring_sqe, off);
SAME_OFFSET(uring_sqe, addr, io_uring_sqe, addr);
SAME_OFFSET(uring_sqe, len, io_uring_sqe, len);
SAME_OFFSET(uring_sqe, op_flags, io_uring_sqe, msg_flags);
SAME_OFFSET(uring_sqe, op_flags, io_uring_sqe, accept_flags);
SAME_OFFSET(uring_sqe, op_flags, io_uring_sqe, poll32_events);
SAME_OFFSET(uring_sqe, user_data, io_uring_sqe, user_data);

SAME(sizeof(struct uring_cqe), sizeof(struct io_uring_cqe));
SAME_OFFSET(uring_cqe, user_data, io_uring_cqe, user_data);
SAME_OFFSET(uring_cqe, res, io_uring_cqe, res);
SAME_OFFSET(uring_cqe, flags, io_uring_cqe, flags);

SAME(sizeof(struct uring_params), sizeof(struct io_uring_params));
SAME_OFFSET(uring_params, sq_entries, io_uring_params, sq_entries);
SAME_OFFSET(uring_params, cq_entries, io_uring_params, cq_entries);
SAME_OFFSET(uring_params, flags, io_uring_params, flags);
SAME_OFFSET(uring_params, features, io_uring_params, features);
SAME_OFFSET(uring_params, sq_off.head, io_uring_params, sq_off.head);
SAME_OFFSET(uring_params, sq_off.tail, io_uring_params, sq_off.tail);
SAME_OFFSET(uring_params, sq_off.ring_mask, io_uring_params, sq_off.ring_mask);
SAME_OFFSET(uring_params, sq_off.flags, io_uring_params, sq_off.flags);
SAME_OFFSET(uring_params, sq_off.array, io_uring_params, sq_off.array);
SAME_OFFSET(uring_params, cq_off.head, io_uring_params, cq_off.head);
SAME_OFFSET(uring_params, cq_off.tail, io_uring_params, cq_off.tail);
SAME_OFFSET(uring_params, cq_off.ring_mask, io_uring_params, cq_off.ring_mask);
SAME_OFFSET(uring_params, cq_off.cqes, io_uring_params, cq_off.cqes);

SAME(sizeof(struct uring_getevents_arg), sizeof(struct io_uring_getevents_arg));
SAME_OFFSET(uring_getevents_arg, ts, io_uring_getevents_arg, ts);
SAME(sizeof(struct uring_rsrc_update), sizeof(struct io_uring_rsrc_update));
SAME_OFFSET(uring_rsrc_update, data, io_uring_rsrc_update, data);
SAME(sizeof(struct uring_probe_op), sizeof(struct io_uring_probe_op));
SAME_OFFSET(uring_probe_op, flags, io_uring_probe_op, flags);
SAME_OFFSET(uring_probe, ops, io_uring_probe, ops);
SAME(URING_PROBE_OP_SUPPORTED, IO_URING_OP_SUPPORTED);

SAME(URING_SETUP_CQSIZE, IORING_SETUP_CQSIZE);
SAME(URING_SETUP_CLAMP, IORING_SETUP_CLAMP);
SAME(URING_SETUP_SUBMIT_ALL, IORING_SETUP_SUBMIT_ALL);
SAME(URING_SETUP_COOP_TASKRUN, IORING_SETUP_COOP_TASKRUN);
SAME(URING_SETUP_TASKRUN_FLAG, IORING_SETUP_TASKRUN_FLAG);
SAME(URING_SETUP_SINGLE_ISSUER, IORING_SETUP_SINGLE_ISSUER);
SAME(URING_SETUP_DEFER_TASKRUN, IORING_SETUP_DEFER_TASKRUN);
#ifdef IORING_SETUP_NO_SQARRAY
SAME(URING_SETUP_NO_SQARRAY, IORING_SETUP_NO_SQARRAY);
#endif

SAME(URING_FEAT_SINGLE_MMAP, IORING_FEAT_SINGLE_MMAP);
SAME(URING_FEAT_NODROP, IORING_FEAT_NODROP);
SAME(URING_FEAT_SUBMIT_STABLE, IORING_FEAT_SUBMIT_STABLE);
SAME(URING_FEAT_FAST_POLL, IORING_FEAT_FAST_POLL);
SAME(URING_FEAT_EXT_ARG, IORING_FEAT_EXT_ARG);

SAME(URING_OFF_SQ_RING, IORING_OFF_SQ_RING);
SAME(URING_OFF_CQ_RING, IORING_OFF_CQ_RING);
SAME(URING_OFF_SQES, IORING_OFF_SQES);

SAME(URING_OP_NOP, IORING_OP_NOP);
SAME(URING_OP_POLL_ADD, IORING_OP_POLL_ADD);
SAME(URING_OP_ACCEPT, IORING_OP_ACCEPT);
SAME(URING_OP_ASYNC_CANCEL, IORING_OP_ASYNC_CANCEL);
SAME(URING_OP_CONNECT, IORING_OP_CONNECT);
SAME(URING_OP_READ, IORING_OP_READ);
SAME(URING_OP_SEND, IORING_OP_SEND);
SAME(URING_OP_RECV, IORING_OP_RECV);
SAME(URING_OP_SOCKET, IORING_OP_SOCKET);
SAME(URING_OP_SEND_ZC, IORING_OP_SEND_ZC);

SAME(URING_ACCEPT_MULTISHOT, IORING_ACCEPT_MULTISHOT);
SAME(URING_RECVSEND_POLL_FIRST, IORING_RECVSEND_POLL_FIRST);
SAME(URING_CQE_F_MORE, IORING_CQE_F_MORE);
SAME(URING_CQE_F_SOCK_NONEMPTY, IORING_CQE_F_SOCK_NONEMPTY);
SAME(URING_SQ_CQ_OVERFLOW, IORING_SQ_CQ_OVERFLOW);
SAME(URING_SQ_TASKRUN, IORING_SQ_TASKRUN);
SAME(URING_ENTER_GETEVENTS, IORING_ENTER_GETEVENTS);
SAME(URING_ENTER_EXT_ARG, IORING_ENTER_EXT_ARG);
SAME(URING_ENTER_REGISTERED_RING, IORING_ENTER_REGISTERED_RING);
SAME(URING_REGISTER_PROBE, IORING_REGISTER_PROBE);
SAME(URING_REGISTER_RING_FDS, IORING_REGISTER_RING_FDS);
SAME(URING_UNREGISTER_RING_FDS, IORING_UNREGISTER_RING_FDS);

#endif
