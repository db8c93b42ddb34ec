/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/spawn.h"

#include "base/file.h"
#include "guard/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_CHANNEL = 3, CHILD_FAILED = 125 };

/* Descriptors 0 to 2 become /dev/null, 3 the channel; the rest is closed. */
static bool settle_fds(int channel, int null)
{
    /* first out of the way of the numbers that are given out below */
    int high = fcntl(channel, F_DUPFD, CHILD_CHANNEL + 1);
    int high_null = fcntl(null, F_DUPFD, CHILD_CHANNEL + 1);
    if (high < 0 || high_null < 0) {
        return false;
    }
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (dup2(high_null, fd) < 0) {
            return false;
        }
    }
    return dup2(high, CHILD_CHANNEL) == CHILD_CHANNEL &&
           close_range(CHILD_CHANNEL + 1, ~0U, 0) == 0;
}

NORETURN static void become_child(int (*run)(void *context, int channel), void *context,
                                  const int fds[static 2], pid_t parent)
{
    /* a parent that died before prctl is seen by its absence */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent ||
        !settle_fds(fds[1], fds[0])) {
        _exit(CHILD_FAILED);
    }
    _exit(run(context, CHILD_CHANNEL));
}

struct rc spawn_fork(int (*run)(void *context, int channel), void *context, struct spawned *out)
{
    int ends[2];
    AUTO_FD null = -1;
    TRY(file_open_write("/dev/null", &null));
    TRY(channel_pair(ends));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        struct rc rc = rc_errno();
        close(ends[0]);
        close(ends[1]);
        return rc;
    }
    if (pid == 0) {
        become_child(run, context, (const int[]){null, ends[1]}, parent);
    }
    close(ends[1]);
    *out = (struct spawned){.pid = pid, .channel = ends[0]};
    return RC_OK;
}

int spawn_end(struct spawned *s)
{
    check(s->pid > 0);
    /* a child that is dying already keeps the status that it died with */
    kill(s->pid, SIGKILL);
    if (s->channel >= 0) {
        close(s->channel);
    }
    int status = 0;
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR) {
    }
    *s = (struct spawned){.channel = -1};
    return status;
}

void spawn_describe(int wait_status, struct buf *out)
{
    if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        const char *name = sigabbrev_np(number);
        const char *text = sigdescr_np(number);
        buf_printf(out, "was killed by SIG%s (%s)", name == NULL ? "?" : name,
                   text == NULL ? "unknown" : text);
    } else {
        buf_printf(out, "ended with status %d", WEXITSTATUS(wait_status));
    }
}
