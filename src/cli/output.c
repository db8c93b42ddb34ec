/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output.h"

#include "base/escape.h"
#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe that poll calls writable takes PIPE_BUF bytes without blocking. */
enum { PIECE_BYTES = 4096 };

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Both exist. */
static bool is_below(const char *path, const char *folder)
{
    char a[PATH_MAX], b[PATH_MAX];
    if (realpath(path, a) == NULL || realpath(folder, b) == NULL) {
        return false;
    }
    struct str file = str_of(a), above = str_of(b);
    bool root = str_eq(above, STR("/"));
    return root || (str_starts(file, above) && file.n > above.n && file.p[above.n] == '/');
}

/* Why st, open as path, must not be emptied; NULL: it may be. */
static const char *why_not(const char *path, const struct stat *st, const char *input)
{
    struct stat other;
    if (!S_ISREG(st->st_mode) || stat(input, &other) != 0) {
        return NULL;
    }
    if (is_same(st, &other)) {
        return " is one of the inputs, and would be overwritten: name another file";
    }
    if (S_ISDIR(other.st_mode) && st->st_size > 0 && is_below(path, input)) {
        return " holds something already and lies in a folder that is to be read: name another "
               "file, or remove it first";
    }
    return NULL;
}

static bool refuse(struct buf *error, const char *path, const char *reason)
{
    escape_text(error, str_of(path));
    buf_puts(error, reason);
    return false;
}

bool output_open(const char *path, const char *const *inputs, size_t count, int *out_fd,
                 struct buf *error)
{
    AUTO_FD fd = -1;
    struct stat st;
    struct rc rc = file_open_write(path, &fd);
    if (!rc_failed(rc) && fstat(fd, &st) != 0) {
        rc = rc_errno();
    }
    for (size_t i = 0; !rc_failed(rc) && i < count; i++) {
        const char *reason = why_not(path, &st, inputs[i]);
        if (reason != NULL) {
            return refuse(error, path, reason);
        }
    }
    if (!rc_failed(rc) && S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0) {
        rc = rc_errno();
    }
    if (rc_failed(rc)) {
        buf_puts(error, "cannot write to ");
        escape_text(error, str_of(path));
        buf_printf(error, ": %s", rc_text(rc));
        return false;
    }
    *out_fd = fd;
    fd = -1;
    return true;
}

struct output output_to(int fd)
{
    struct stat st = {0};
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    return (struct output){.fd = fd,
                           .device = st.st_dev,
                           .inode = st.st_ino,
                           .interrupt_fd = -1,
                           .slow = !regular};
}

bool output_is(const struct output *o, int fd)
{
    struct stat st;
    return !o->slow && fstat(fd, &st) == 0 && st.st_dev == o->device && st.st_ino == o->inode;
}

void output_free(struct output *o)
{
    buf_free(&o->pending);
}

static bool wait_writable(const struct output *o)
{
    struct pollfd fds[] = {{.fd = o->fd, .events = POLLOUT},
                           {.fd = o->interrupt_fd, .events = POLLIN}};
    while (poll(fds, COUNT_OF(fds), -1) < 0 && errno == EINTR) {
    }
    return (fds[0].revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL)) != 0;
}

void output_flush(struct output *o)
{
    struct str left = buf_str(&o->pending);
    while (!o->gone && left.n > 0) {
        struct str piece = o->slow ? str_upto(left, PIECE_BYTES) : left;
        if (o->slow && !wait_writable(o)) {
            o->gone = o->interrupted = true;
            break;
        }
        struct rc rc = file_write_all(o->fd, bytes_of(piece));
        if (rc_failed(rc)) {
            o->gone = true;
            o->rc = rc.sys == EPIPE ? RC_OK : rc;
        }
        left = str_from(left, piece.n);
    }
    buf_clear(&o->pending);
}
