/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Channels carry whole frames and one descriptor; a sandboxed child can do its work, and what
 * a compromised one would try kills it.
 */
#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include "guard/channel.h"
#include "guard/sandbox.h"
#include "guard/spawn.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_frames_come_whole(void **state)
{
    (void)state;
    int ends[2], fd = -1;
    size_t n = 0;
    uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    uint8_t *big = heap_zalloc(1, CHANNEL_FRAME_BYTES + 1);
    assert_ok(channel_pair(ends));
    assert_ok(channel_send(ends[0], (struct bytes){big, CHANNEL_FRAME_BYTES}, -1));
    assert_ok(channel_send(ends[0], bytes_of(STR("abc")), -1));
    assert_ok(channel_receive(ends[1], room, &n, &fd));
    assert_int_equal(n, CHANNEL_FRAME_BYTES);
    assert_ok(channel_receive(ends[1], room, &n, &fd));
    assert_int_equal(n, 3);
    assert_int_equal(fd, -1);
    assert_fails(channel_send(ends[0], (struct bytes){big, CHANNEL_FRAME_BYTES + 1}, -1),
                 TOO_LONG);
    /* a hostile end sends more than a frame may hold */
    assert_int_equal(send(ends[0], big, CHANNEL_FRAME_BYTES + 1, 0), CHANNEL_FRAME_BYTES + 1);
    assert_fails(channel_receive(ends[1], room, &n, &fd), TOO_LONG);
    close(ends[0]);
    assert_ok(channel_receive(ends[1], room, &n, &fd));
    assert_int_equal(n, 0);
    close(ends[1]);
    heap_free(room);
    heap_free(big);
}

/* An end that never reads makes the other one wait, which can be asked beforehand. */
static void test_deaf_end(void **state)
{
    (void)state;
    int ends[2];
    uint8_t *room = heap_zalloc(1, CHANNEL_FRAME_BYTES);
    const size_t sizes[] = {1, CHANNEL_FRAME_BYTES};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        size_t sent = 0;
        assert_ok(channel_pair(ends));
        while (channel_can_send(ends[0])) {
            assert_ok(channel_send(ends[0], (struct bytes){room, sizes[i]}, -1));
            sent++;
        }
        assert_true(sent > 0 && sent < 100000);
        close(ends[1]);
        assert_true(channel_can_send(ends[0])); /* it would fail at once */
        assert_true(rc_failed(channel_send(ends[0], (struct bytes){room, 1}, -1)));
        close(ends[0]);
    }
    heap_free(room);
}

static void test_descriptor_is_passed(void **state)
{
    (void)state;
    int ends[2], pipe_ends[2], fd = -1;
    size_t n = 0;
    uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    assert_ok(channel_pair(ends));
    assert_int_equal(pipe(pipe_ends), 0);
    assert_ok(channel_send(ends[0], bytes_of(STR("x")), pipe_ends[1]));
    assert_ok(channel_receive(ends[1], room, &n, &fd));
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(write(fd, "hi", 2), 2);
    assert_int_equal(read(pipe_ends[0], room, 8), 2);
    close(fd);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    close(ends[0]);
    close(ends[1]);
    heap_free(room);
}

static void test_two_descriptors_are_malformed(void **state)
{
    (void)state;
    int ends[2], fd = -1;
    size_t n = 0;
    uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    assert_ok(channel_pair(ends));
    for (size_t count = 2; count <= 4; count++) {
        int fds[4] = {ends[0], ends[0], ends[0], ends[0]};
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fds))] = {0};
        struct iovec part = {room, 1};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = CMSG_SPACE(count * sizeof(int))};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, count * sizeof(int));
        assert_int_equal(sendmsg(ends[0], &message, 0), 1);
        int before = dup(ends[0]);
        close(before);
        assert_fails(channel_receive(ends[1], room, &n, &fd), MALFORMED);
        int after = dup(ends[0]); /* nothing was left open */
        close(after);
        assert_int_equal(before, after);
    }
    close(ends[0]);
    close(ends[1]);
    heap_free(room);
}

struct attempt {
    const char *name;
    void (*run)(void);
    int signal; /* that must end the child; 0: it must return */
};

static int compare_bytes(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* All that a worker needs: memory small and large, sorting, hashing, clocks, random. */
static void try_work(void)
{
    enum { LARGE = 8 << 20 };
    uint8_t *p = heap_zalloc(LARGE, 1);
    p = heap_resize(p, 2 * (size_t)LARGE, 1);
    uint8_t digest[HASH_SHA256_BYTES];
    hash_sha256((struct bytes){p, LARGE}, digest);
    p[1] = (uint8_t)hash_random_seed();
    qsort(p, LARGE / 64, 1, compare_bytes);
    heap_free(p);
}

static void try_open(void)
{
    (void)!open("/etc/passwd", O_RDONLY);
}

static void try_socket(void)
{
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void try_execve(void)
{
    char *const none[] = {NULL};
    (void)!execve("/bin/true", none, none);
}

static void try_ptrace(void)
{
    (void)!ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void try_exec_mapping(void)
{
    (void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Nothing may be changed through a descriptor, not even one that is open for writing. */
static void try_file_mapping(void)
{
    (void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, STDERR_FILENO, 0);
}

static void try_too_much_memory(void)
{
    void *p = mmap(NULL, SANDBOX_MEMORY_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(p != MAP_FAILED);
}

static void try_exec_protection(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)!mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void try_fork(void)
{
    (void)!fork();
}

static void try_kill_parent(void)
{
    kill(getppid(), SIGTERM);
}

static void try_other_channel(void)
{
    struct msghdr message = {0};
    (void)!sendmsg(4, &message, 0);
}

static void try_io_uring(void)
{
    (void)!syscall(425 /* io_uring_setup */, 1, NULL);
}

static void try_check(void)
{
    check(compare_bytes("a", "a") != 0);
}

static int run_attempt(void *context, int channel)
{
    const struct attempt *attempt = context;
    uint8_t digest[HASH_SHA256_BYTES];
    hash_sha256((struct bytes){0}, digest); /* the library reads its configuration once */
    struct sandbox_report report;
    if (rc_failed(sandbox_enter(channel, &report))) {
        return 3;
    }
    attempt->run();
    return 7;
}

static void try_all(const struct attempt *attempts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct attempt attempt = attempts[i];
        struct spawned child;
        size_t n = 0;
        int fd = -1;
        uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
        assert_ok(spawn_fork(run_attempt, &attempt, &child));
        assert_ok(channel_receive(child.channel, room, &n, &fd)); /* until it has ended */
        heap_free(room);
        assert_int_equal(n, 0);
        int status = spawn_end(&child);
        if (attempt.signal == 0 ? !WIFEXITED(status) || WEXITSTATUS(status) != 7
                                : !WIFSIGNALED(status) || WTERMSIG(status) != attempt.signal) {
            print_error("%s: wait status %#x\n", attempt.name, (unsigned)status);
            fail();
        }
    }
}

static void test_escapes_die(void **state)
{
    (void)state;
    static const struct attempt attempts[] = {
        {"work", try_work, 0},
        {"open", try_open, SIGSYS},
        {"socket", try_socket, SIGSYS},
        {"execve", try_execve, SIGSYS},
        {"ptrace", try_ptrace, SIGSYS},
        {"mmap exec", try_exec_mapping, SIGSYS},
        {"mmap file", try_file_mapping, SIGSYS},
        {"fork", try_fork, SIGSYS},
        {"kill", try_kill_parent, SIGSYS},
        {"sendmsg elsewhere", try_other_channel, SIGSYS},
        {"io_uring", try_io_uring, SIGSYS},
    };
    try_all(attempts, COUNT_OF(attempts));
}

static void test_escapes_that_sanitizers_need_die(void **state)
{
    (void)state;
    static const struct attempt attempts[] = {
        {"mprotect exec", try_exec_protection, SIGSYS},
        {"check", try_check, SIGABRT},
        {"memory", try_too_much_memory, SIGABRT},
    };
    if (SANITIZED) {
        puts("skip  escapes_that_sanitizers_need_die: "
             "the sanitizer's runtime calls mprotect and handles abort itself");
        skip();
    }
    try_all(attempts, COUNT_OF(attempts));
}

static int count_fds(void *context, int channel)
{
    (void)context;
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return channel == 3 ? count : 0;
}

static void test_child_has_four_descriptors(void **state)
{
    (void)state;
    int extra[2];
    assert_int_equal(pipe(extra), 0);
    struct spawned child;
    uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    size_t n = 0;
    int fd = -1;
    assert_ok(spawn_fork(count_fds, NULL, &child));
    assert_ok(channel_receive(child.channel, room, &n, &fd));
    int status = spawn_end(&child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 4);
    heap_free(room);
    close(extra[0]);
    close(extra[1]);
}

static int wait_for_ever(void *context, int channel)
{
    (void)context;
    (void)channel;
    return pause();
}

static void test_describe(void **state)
{
    (void)state;
    struct spawned child;
    AUTO_BUF text = {0};
    assert_ok(spawn_fork(wait_for_ever, NULL, &child));
    spawn_describe(spawn_end(&child), &text);
    assert_str(buf_str(&text), "was killed by SIGKILL (Killed)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_come_whole),
        cmocka_unit_test(test_deaf_end),
        cmocka_unit_test(test_descriptor_is_passed),
        cmocka_unit_test(test_two_descriptors_are_malformed),
        cmocka_unit_test(test_escapes_die),
        cmocka_unit_test(test_escapes_that_sanitizers_need_die),
        cmocka_unit_test(test_child_has_four_descriptors),
        cmocka_unit_test(test_describe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
