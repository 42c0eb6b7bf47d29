/* environment_tests.c: what containers, limits and other processes do to a ring. */
#include "harness.h"
#include <grp.h>
#include <poll.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;

#ifndef __NR_io_uring_setup
#define __NR_io_uring_setup 425
#define __NR_io_uring_enter 426
#define __NR_io_uring_register 427
#endif

/* From here on this process gets `error` for the system call, as in a sandbox. */
static void refuse(unsigned number, unsigned error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof code[0], .filter = code};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
}

/* AUTO gives an epoll ring that works and says why; io_uring by name gives the error. Nothing is left open. */
static void check_fallback(uint32_t stage, int32_t error)
{
    int before = count_descriptors();
    struct uh_ring_info info;
    struct uh_ring *ring;
    struct uh_ring_config config = {.backend = UH_BACKEND_AUTO};
    CHECK_EQUAL(uh_ring_open(&config, &info, &ring), 0);
    CHECK_EQUAL(info.backend, UH_BACKEND_EPOLL);
    CHECK_EQUAL(info.stage, stage);
    CHECK_EQUAL(info.io_uring_error, error);
    CHECK_EQUAL(info.setup_flags, 0);
    CHECK_EQUAL(uh_ring_close(ring), 0);

    CHECK_EQUAL(uh_ring_probe(&info), 0);
    CHECK_EQUAL(info.backend, UH_BACKEND_EPOLL);
    CHECK_EQUAL(info.io_uring_error, error);

    config.backend = UH_BACKEND_IO_URING;
    CHECK_EQUAL(uh_ring_open(&config, &info, &ring), -error);
    CHECK_EQUAL(info.stage, stage);
    CHECK_EQUAL(info.io_uring_error, error);
    CHECK(ring == NULL);
    CHECK_EQUAL(count_descriptors(), before);
}

static void needs_io_uring(void)
{
    struct uh_ring_info info;
    if (uh_ring_probe(&info) < 0 || info.backend != UH_BACKEND_IO_URING)
        skip("this machine has no io_uring to refuse");
}

static void a_sandbox_that_forbids_setup_gets_epoll(void)
{
    refuse(__NR_io_uring_setup, EPERM);
    check_fallback(UH_STAGE_SETUP, EPERM);
}

static void a_kernel_without_io_uring_gets_epoll(void)
{
    refuse(__NR_io_uring_setup, ENOSYS);
    check_fallback(UH_STAGE_SETUP, ENOSYS);
}

static void a_sandbox_that_forbids_the_probe_gets_epoll(void)
{
    needs_io_uring();
    refuse(__NR_io_uring_register, EPERM);
    check_fallback(UH_STAGE_PROBE, EPERM);
}

static void a_sandbox_that_forbids_entering_gets_epoll(void)
{
    needs_io_uring();
    refuse(__NR_io_uring_enter, EPERM);
    check_fallback(UH_STAGE_SELF_TEST, EPERM);
}

static void an_old_kernel_without_pwait2_keeps_time(void)
{
    refuse(441, ENOSYS); /* epoll_pwait2 */
    struct uh_ring_config config = {.backend = UH_BACKEND_EPOLL};
    struct uh_ring_info info;
    struct uh_ring *ring;
    CHECK_EQUAL(uh_ring_open(&config, &info, &ring), 0);
    struct uh_completion out;
    uint32_t accepted;
    int64_t start = now_ns();
    CHECK_EQUAL(uh_ring_enter(ring, NULL, 0, &accepted, &out, 1, 1500000), 0);
    CHECK(now_ns() - start >= 1500000);
    CHECK_EQUAL(uh_ring_close(ring), 0);
}

/* Root may lock any amount. A user of our own: what a user has locked counts together. */
static void become_a_user_with_little_lockable_memory(void)
{
    struct rlimit limit = {.rlim_cur = 64 << 10, .rlim_max = 64 << 10};
    MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
    if (getuid() != 0)
        return;
    uid_t nobody_else = 100000 + (uid_t)getpid();
    MUST(setgroups(0, NULL));
    MUST(setresgid(nobody_else, nobody_else, nobody_else));
    MUST(setresuid(nobody_else, nobody_else, nobody_else));
}

/* The queues of a default ring do not fit. io_uring's are halved until they do; if none fits there is epoll. */
static void little_lockable_memory_gets_a_ring_of_some_kind(void)
{
    become_a_user_with_little_lockable_memory();
    struct uh_ring_config smallest = {
        .backend = UH_BACKEND_IO_URING, .submission_entries = 64, .completion_entries = 1024};
    struct uh_ring_config config = {.backend = UH_BACKEND_AUTO};
    struct uh_ring_info info;
    struct uh_ring *ring;
    bool fits = uh_ring_open(&smallest, &info, &ring) == 0;
    if (fits)
        CHECK_EQUAL(uh_ring_close(ring), 0);

    int64_t deadline = now_ns() + PATIENCE_NS;
    CHECK_EQUAL(uh_ring_open(&config, &info, &ring), 0);
    while (fits && info.backend == UH_BACKEND_EPOLL) { /* the kernel gives back what a ring had a moment later */
        CHECK_EQUAL(info.io_uring_error, ENOMEM);
        CHECK_EQUAL(uh_ring_close(ring), 0);
        CHECK(now_ns() < deadline);
        CHECK_EQUAL(uh_ring_open(&config, &info, &ring), 0);
    }
    CHECK(info.completion_entries >= 1024);
    CHECK_EQUAL(info.io_uring_error != 0, !fits);
    struct uh_submission nop = {.token = 7, .kind = UH_NOP, .fd = -1};
    struct uh_completion out;
    uint32_t accepted;
    CHECK_EQUAL(uh_ring_enter(ring, &nop, 1, &accepted, &out, 1, -1), 1);
    CHECK_EQUAL(out.token, 7);
    CHECK_EQUAL(uh_ring_close(ring), 0);
}

static void no_descriptor_left_is_an_error_that_says_so(void)
{
    struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};
    int highest = MUST(dup(0));
    close(highest);
    limit.rlim_cur = limit.rlim_max = (rlim_t)highest;
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    struct uh_ring_config config = config_under_test();
    struct uh_ring_info info;
    struct uh_ring *ring;
    CHECK_EQUAL(uh_ring_open(&config, &info, &ring), -EMFILE);
    CHECK(ring == NULL);
}

/* Runs a script in an exec'd child that must exit with 0. */
static void run_script(const char *script)
{
    char shell[] = "sh";
    char option[] = "-c";
    char *command = strdup(script);
    char *arguments[] = {shell, option, command, NULL};
    pid_t child;
    CHECK_EQUAL(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ), 0);
    int status;
    MUST(waitpid(child, &status, 0));
    CHECK_EQUAL(status, 0);
    free(command);
}

/* Children come and go while operations are in flight: they share the files until they exec, and must do no harm. */
static void children_do_no_harm(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t received = ~i;
        uint64_t receive = loop_receive_later(loop, pair[1], &received, sizeof received);
        uint64_t idle = loop_poll(loop, pair[0], POLLIN);
        loop_turn(loop, 0);
        if (i % 10 == 0) {
            run_script("exit 0");
        } else {
            pid_t child = MUST(fork());
            if (child == 0)
                _exit(0);
            int status;
            MUST(waitpid(child, &status, 0));
            CHECK_EQUAL(status, 0);
        }
        uint64_t send = loop_send(loop, pair[0], &i, sizeof i);
        CHECK_EQUAL(loop_await(loop, send), sizeof i);
        CHECK_EQUAL(loop_await(loop, receive), sizeof i);
        CHECK_EQUAL(received, i);
        CHECK_EQUAL(loop_await(loop, loop_cancel(loop, pair[0], idle)), 0);
        CHECK_EQUAL(loop_await(loop, idle), -ECANCELED);
    }
    loop_close(loop);
}

/* What a child wrote into the queues would be submitted by us. */
static void a_child_does_not_have_the_queues(void)
{
    struct loop *loop = loop_open();
    pid_t child = MUST(fork());
    if (child == 0) {
        FILE *maps = fopen("/proc/self/maps", "r");
        char line[512];
        while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
            CHECK(strstr(line, "io_uring") == NULL);
        _exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    CHECK_EQUAL(status, 0);
    loop_close(loop);
}

static void descriptors_are_close_on_exec(void)
{
    struct loop *loop = loop_open();
    int pair[2];
    connect_pair(loop, pair);
    run_script("for f in /proc/self/fd/*; do"
               "  case \"$(readlink $f)\" in *uring*|*eventfd*|*eventpoll*|socket*) exit 1;; esac;"
               "done");
    loop_close(loop);
}

const struct test environment_tests[] = {
    TEST(a_sandbox_that_forbids_setup_gets_epoll),
    TEST(a_kernel_without_io_uring_gets_epoll),
    TEST(a_sandbox_that_forbids_the_probe_gets_epoll),
    TEST(a_sandbox_that_forbids_entering_gets_epoll),
    TEST(an_old_kernel_without_pwait2_keeps_time),
    TEST(little_lockable_memory_gets_a_ring_of_some_kind),
    TEST(no_descriptor_left_is_an_error_that_says_so),
    TEST(children_do_no_harm),
    TEST(a_child_does_not_have_the_queues),
    TEST(descriptors_are_close_on_exec),
    {0},
};
