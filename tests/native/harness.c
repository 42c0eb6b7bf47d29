/* harness.c: running tests, checks, and the loop that the tests drive a ring with. */
#include "harness.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_SKIPPED = 77 };

uint32_t backend_under_test;
static const char *running;

/* ---- checks ---- */

void fail(const char *file, int line, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const char *name = strrchr(file, '/');
    fprintf(stderr, "%s:%d: %s: %s\n", name != NULL ? name + 1 : file, line, running, message);
    _exit(EXIT_FAILED);
}

void skip(const char *reason)
{
    printf("skipped: %s: %s\n", running, reason);
    fflush(stdout);
    _exit(EXIT_SKIPPED);
}

/* ---- the loop ---- */

struct uh_ring_config config_under_test(void)
{
    return (struct uh_ring_config){.backend = backend_under_test};
}

struct loop *loop_open_sized(uint32_t submission_entries, uint32_t completion_entries)
{
    struct loop *loop = calloc(1, sizeof *loop);
    CHECK(loop != NULL);
    struct uh_ring_config config = config_under_test();
    config.submission_entries = submission_entries;
    config.completion_entries = completion_entries;
    CHECK_EQUAL(uh_ring_open(&config, &loop->info, &loop->ring), 0);
    CHECK_EQUAL(loop->info.backend, backend_under_test);
    loop->pending = calloc(LOOP_BATCH, sizeof *loop->pending);
    loop->out = calloc(LOOP_OUT, sizeof *loop->out);
    loop->out_capacity = LOOP_OUT;
    loop->outcomes = calloc(1 << 20, sizeof *loop->outcomes);
    return loop;
}

struct loop *loop_open(void)
{
    return loop_open_sized(0, 0);
}

void loop_close(struct loop *loop)
{
    CHECK_EQUAL(uh_ring_close(loop->ring), 0);
    free(loop->pending);
    free(loop->out);
    free(loop->outcomes);
    free(loop);
}

/* Tokens are not small numbers, so that a backend that mixes them up with slots or descriptors is found out. */
static const uint64_t token_base = 0xfeed000000000000;

uint64_t loop_submit(struct loop *loop, struct uh_submission submission)
{
    CHECK(loop->pending_count < LOOP_BATCH);
    CHECK(loop->outcome_count < 1 << 20);
    submission.token = token_base + loop->outcome_count++;
    loop->pending[loop->pending_count++] = submission;
    return submission.token;
}

static uint64_t address_of(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

uint64_t loop_nop(struct loop *loop)
{
    return loop_submit(loop, (struct uh_submission){.kind = UH_NOP, .fd = -1});
}

uint64_t loop_connect(struct loop *loop, int fd, const void *address, socklen_t length)
{
    return loop_submit(
        loop, (struct uh_submission){.kind = UH_CONNECT, .fd = fd, .address = address_of(address), .length = length});
}

uint64_t loop_accept(struct loop *loop, int fd, uint8_t flags)
{
    return loop_submit(loop, (struct uh_submission){.kind = UH_ACCEPT, .fd = fd, .flags = flags});
}

static uint64_t submit_buffer(struct loop *loop, uint8_t kind, uint8_t flags, int fd, const void *buffer,
                              uint32_t length)
{
    return loop_submit(loop,
                       (struct uh_submission){
                           .kind = kind, .flags = flags, .fd = fd, .address = address_of(buffer), .length = length});
}

uint64_t loop_receive(struct loop *loop, int fd, void *buffer, uint32_t length)
{
    return submit_buffer(loop, UH_RECEIVE, 0, fd, buffer, length);
}

uint64_t loop_receive_later(struct loop *loop, int fd, void *buffer, uint32_t length)
{
    return submit_buffer(loop, UH_RECEIVE, UH_POLL_FIRST, fd, buffer, length);
}

uint64_t loop_send(struct loop *loop, int fd, const void *buffer, uint32_t length)
{
    return submit_buffer(loop, UH_SEND, 0, fd, buffer, length);
}

uint64_t loop_poll(struct loop *loop, int fd, uint32_t events)
{
    return loop_submit(loop, (struct uh_submission){.kind = UH_POLL, .fd = fd, .extra = events});
}

uint64_t loop_shutdown(struct loop *loop, int fd, uint32_t how)
{
    return loop_submit(loop, (struct uh_submission){.kind = UH_SHUTDOWN, .fd = fd, .extra = how});
}

uint64_t loop_close_fd(struct loop *loop, int fd)
{
    return loop_submit(loop, (struct uh_submission){.kind = UH_CLOSE, .fd = fd});
}

uint64_t loop_cancel(struct loop *loop, int fd, uint64_t token)
{
    return loop_submit(loop, (struct uh_submission){.kind = UH_CANCEL, .fd = fd, .address = token});
}

static struct outcome *outcome_of(const struct loop *loop, uint64_t token)
{
    CHECK(token >= token_base && token - token_base < loop->outcome_count);
    return &loop->outcomes[token - token_base];
}

static void record(struct loop *loop, const struct uh_completion *completion)
{
    struct outcome *outcome = outcome_of(loop, completion->token);
    CHECK(outcome->is_submitted);
    CHECK(!outcome->is_done);
    CHECK(completion->result != -EAGAIN && completion->result != -EINTR);
    outcome->result = completion->result;
    outcome->flags = completion->flags;
    if ((completion->flags & UH_MORE) != 0) {
        outcome->more++;
        CHECK(completion->result >= 0);
        CHECK(loop->accepted_count < sizeof loop->accepted / sizeof loop->accepted[0]);
        loop->accepted[loop->accepted_count++] = completion->result;
    } else {
        outcome->is_done = true;
        loop->in_flight--;
    }
}

uint32_t loop_turn(struct loop *loop, int64_t timeout_ns)
{
    uint32_t accepted = UINT32_MAX;
    int32_t count = uh_ring_enter(loop->ring, loop->pending, loop->pending_count, &accepted, loop->out,
                                  loop->out_capacity, timeout_ns);
    CHECK(count >= 0);
    CHECK(accepted <= loop->pending_count);
    for (uint32_t i = 0; i < accepted; i++)
        outcome_of(loop, loop->pending[i].token)->is_submitted = true;
    memmove(loop->pending, loop->pending + accepted, (loop->pending_count - accepted) * sizeof *loop->pending);
    loop->pending_count -= accepted;
    loop->in_flight += accepted;
    CHECK((uint32_t)count <= loop->out_capacity);
    for (int32_t i = 0; i < count; i++)
        record(loop, &loop->out[i]);
    CHECK_EQUAL(loop_stats(loop).in_flight, loop->in_flight);
    return (uint32_t)count;
}

void loop_settle(struct loop *loop)
{
    for (int quiet = 0; quiet < 3;) {
        uint32_t before = loop->pending_count;
        uint32_t count = loop_turn(loop, 0);
        quiet = count == 0 && before == 0 ? quiet + 1 : 0;
    }
}

bool loop_is_done(const struct loop *loop, uint64_t token)
{
    return outcome_of(loop, token)->is_done;
}

const struct outcome *loop_outcome(const struct loop *loop, uint64_t token)
{
    return outcome_of(loop, token);
}

int32_t loop_await(struct loop *loop, uint64_t token)
{
    int64_t deadline = now_ns() + PATIENCE_NS;
    while (!loop_is_done(loop, token)) {
        loop_turn(loop, 1000000000);
        if (now_ns() > deadline)
            fail(__FILE__, __LINE__, "operation %llx did not end", (unsigned long long)token);
    }
    return outcome_of(loop, token)->result;
}

int loop_take_accepted(struct loop *loop)
{
    int64_t deadline = now_ns() + PATIENCE_NS;
    while (loop->accepted_count == 0) {
        loop_turn(loop, 1000000000);
        CHECK(now_ns() < deadline);
    }
    int fd = loop->accepted[0];
    memmove(loop->accepted, loop->accepted + 1, --loop->accepted_count * sizeof loop->accepted[0]);
    return fd;
}

struct uh_ring_stats loop_stats(const struct loop *loop)
{
    struct uh_ring_stats stats;
    uh_ring_get_stats(loop->ring, &stats);
    return stats;
}

/* ---- descriptors and time ---- */

int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    CHECK(directory != NULL);
    int count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static socklen_t any_address(int domain, struct sockaddr_storage *address)
{
    memset(address, 0, sizeof *address);
    if (domain == AF_INET) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        memcpy(address, &in, sizeof in);
        return sizeof in;
    }
    if (domain == AF_INET6) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        memcpy(address, &in6, sizeof in6);
        return sizeof in6;
    }
    address->ss_family = AF_UNIX; /* binding the family alone gives a free abstract name */
    return sizeof address->ss_family;
}

void receive_all(struct loop *loop, int fd, unsigned char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        int32_t result = loop_await(loop, loop_receive(loop, fd, bytes + done, (uint32_t)(length - done)));
        CHECK(result > 0);
        done += (size_t)result;
    }
}

int socket_of(struct loop *loop, int domain)
{
    return MUST(uh_socket_open(loop->ring, domain, SOCK_STREAM, 0));
}

int listen_on(struct loop *loop, int domain, struct sockaddr_storage *address, socklen_t *length)
{
    int fd = uh_socket_open(loop->ring, domain, SOCK_STREAM, 0);
    if (fd == -EAFNOSUPPORT)
        skip("no such address family");
    CHECK(fd >= 0);
    int32_t error = uh_socket_bind(fd, address, any_address(domain, address));
    if (error == -EADDRNOTAVAIL)
        skip("no such address family");
    CHECK_EQUAL(error, 0);
    CHECK_EQUAL(uh_socket_listen(fd, 1024), 0);
    uint32_t room = sizeof *address;
    CHECK_EQUAL(uh_socket_local_name(fd, address, &room), 0);
    *length = room;
    return fd;
}

void connect_pair(struct loop *loop, int pair[2])
{
    struct sockaddr_storage address;
    socklen_t length;
    int listener = listen_on(loop, AF_INET, &address, &length);
    pair[0] = socket_of(loop, AF_INET);
    uint64_t accept = loop_accept(loop, listener, 0);
    uint64_t connect = loop_connect(loop, pair[0], &address, length);
    CHECK_EQUAL(loop_await(loop, connect), 0);
    pair[1] = loop_await(loop, accept);
    CHECK(pair[1] >= 0);
    CHECK_EQUAL(loop_await(loop, loop_close_fd(loop, listener)), 0);
}

void set_send_buffer(int fd, int bytes)
{
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes));
}

/* ---- running ---- */

enum { TEST_SECONDS = 60 };

static int run(const struct test *test)
{
    fflush(NULL);
    pid_t child = MUST(fork());
    if (child == 0) {
        running = test->name;
        alarm(TEST_SECONDS); /* whoever hangs is killed by SIGALRM */
        test->run();
        fflush(NULL);
        _exit(EXIT_PASSED);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "%s: killed by signal %d (%s)\n", test->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
        return EXIT_FAILED;
    }
    return WEXITSTATUS(status);
}

static int run_group(const struct test *tests, const char *only)
{
    int failures = 0;
    for (const struct test *test = tests; test->run != NULL; test++) {
        if (only != NULL && strcmp(only, test->name) != 0)
            continue;
        int64_t start = now_ns();
        int status = run(test);
        failures += status != EXIT_PASSED && status != EXIT_SKIPPED;
        if (status != EXIT_SKIPPED)
            printf("%s %6lld ms  %s\n", status == EXIT_PASSED ? "ok  " : "FAIL",
                   (long long)(now_ns() - start) / 1000000, test->name);
    }
    return failures;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s io_uring|epoll [group|test]\n", argv[0]);
        return 2;
    }
    backend_under_test = strcmp(argv[1], "epoll") == 0 ? UH_BACKEND_EPOLL : UH_BACKEND_IO_URING;
    const char *wanted = argc > 2 ? argv[2] : NULL;

    struct uh_ring_info info;
    uh_ring_probe(&info);
    if (backend_under_test == UH_BACKEND_IO_URING && info.backend != UH_BACKEND_IO_URING) {
        printf("SKIP: this machine refuses io_uring: stage %u, %s\n", info.stage, strerror(info.io_uring_error));
        return EXIT_SKIPPED;
    }
    int failures = 0;
    for (const struct test_group *group = test_groups; group->name != NULL; group++) {
        bool is_group = wanted == NULL || strcmp(wanted, group->name) == 0;
        failures += run_group(group->tests, is_group ? NULL : wanted);
    }
    return failures == 0 ? EXIT_PASSED : EXIT_FAILED;
}
