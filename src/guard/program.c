/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/program.h"

#include "base/file.h"
#include "guard/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHILD_CHANNEL = 3, CANNOT_SETTLE = 125, CANNOT_CHANGE_USER = 126, CANNOT_RUN = 127 };

struct ends {
    int null, errors, channel;
};

/* Descriptors 0 and 1 become /dev/null, 2 the pipe, 3 the channel; the rest is closed. */
static bool settle_fds(struct ends ends)
{
    /* first out of the way of the numbers that are given out below */
    int null = fcntl(ends.null, F_DUPFD, CHILD_CHANNEL + 1);
    int errors = fcntl(ends.errors, F_DUPFD, CHILD_CHANNEL + 1);
    int channel = fcntl(ends.channel, F_DUPFD, CHILD_CHANNEL + 1);
    return null >= 0 && errors >= 0 && channel >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
           dup2(null, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0 &&
           dup2(channel, CHILD_CHANNEL) >= 0 && close_range(CHILD_CHANNEL + 1, ~0U, 0) == 0;
}

/* What is inheritable and ambient survives execve; all else of root's power does not. */
static bool keep_capabilities(uint64_t wanted)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        uint32_t half = (uint32_t)(wanted >> (32 * i));
        sets[i] = (struct __user_cap_data_struct){half, half, half};
    }
    if (syscall(SYS_capset, &head, sets) != 0) {
        return false;
    }
    for (unsigned long c = 0; c <= CAP_LAST_CAP; c++) {
        if ((wanted >> c & 1) != 0 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) != 0) {
            return false;
        }
    }
    return true;
}

static bool change_user(const struct program *p)
{
    if (p->uid == 0) {
        return true;
    }
    for (int c = 0; c <= CAP_LAST_CAP; c++) {
        if ((p->capabilities >> c & 1) == 0) {
            prctl(PR_CAPBSET_DROP, c, 0, 0, 0); /* one that this kernel does not know */
        }
    }
    gid_t group = p->group;
    return prctl(PR_SET_KEEPCAPS, p->capabilities != 0, 0, 0, 0) == 0 &&
           setgroups(group == 0 ? 0 : 1, &group) == 0 &&
           setresgid(p->uid, p->uid, p->uid) == 0 && setresuid(p->uid, p->uid, p->uid) == 0 &&
           (p->capabilities == 0 || keep_capabilities(p->capabilities));
}

NORETURN static void become(const struct program *p, struct ends ends, pid_t parent)
{
    /* a sanitizer's search for leaks at the end would need what a role may not do */
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): only used if SANITIZED */
    char leaks[] = "ASAN_OPTIONS=detect_leaks=0";
    char *const environment[] = {SANITIZED ? leaks : NULL, NULL};
    char name[] = "tocsin";
    char *const arguments[] = {name, NULL};
    /* what a terminal or a service manager sends to the whole group: the parent stops each in
     * its turn */
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    if (sigprocmask(SIG_SETMASK, &blocked, NULL) != 0 || !settle_fds(ends)) {
        _exit(CANNOT_SETTLE);
    }
    /* while it can still be reached: the role's user may not look into root's folders */
    int program = open(p->path, O_PATH | O_CLOEXEC);
    if (program < 0) {
        _exit(CANNOT_RUN);
    }
    if (!change_user(p)) {
        _exit(CANNOT_CHANGE_USER);
    }
    /* after the change of user, which takes it back; a parent that died before is missed */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent) {
        _exit(CANNOT_SETTLE);
    }
    execveat(program, "", arguments, environment, AT_EMPTY_PATH);
    _exit(CANNOT_RUN);
}

static void shut(int fds[static 2])
{
    close(fds[0]);
    close(fds[1]);
}

struct rc program_start(const struct program *p, struct spawned *out, int *out_errors)
{
    int channel[2], errors[2];
    AUTO_FD null = -1;
    TRY(file_open_write("/dev/null", &null));
    TRY(channel_pair(channel));
    if (pipe2(errors, O_CLOEXEC) != 0) {
        struct rc rc = rc_errno();
        shut(channel);
        return rc;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(p, (struct ends){null, errors[1], channel[1]}, parent);
    }
    if (pid < 0 || fcntl(errors[0], F_SETFL, O_NONBLOCK) != 0) {
        struct rc rc = rc_errno();
        shut(channel);
        shut(errors);
        return rc;
    }
    close(channel[1]);
    close(errors[1]);
    *out = (struct spawned){.pid = pid, .channel = channel[0]};
    *out_errors = errors[0];
    return RC_OK;
}
