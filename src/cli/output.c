/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output.h"

#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

/* A pipe that poll calls writable takes PIPE_BUF bytes without blocking. */
enum { PIECE_BYTES = 4096 };

struct output output_to(int fd)
{
    struct stat st;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    return (struct output){.fd = fd, .interrupt_fd = -1, .slow = !regular};
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
    return (fds[0].revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
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
