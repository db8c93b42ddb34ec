/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct rc file_open_read(const char *path, int *out_fd)
{
    return file_open_read_at(AT_FDCWD, path, out_fd);
}

struct rc file_open_read_at(int folder, const char *name, int *out_fd)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return rc_errno();
    }
    *out_fd = fd;
    return RC_OK;
}

struct rc file_open_write(const char *path, int *out_fd)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0) {
        return rc_errno();
    }
    *out_fd = fd;
    return RC_OK;
}

struct rc file_read(int fd, void *out, size_t n, size_t *out_n)
{
    ssize_t got;
    do {
        got = read(fd, out, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return rc_errno();
    }
    *out_n = (size_t)got;
    return RC_OK;
}

struct rc file_read_at(int fd, void *out, size_t n, uint64_t offset, size_t *out_n)
{
    ssize_t got;
    do {
        got = pread(fd, out, n, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return rc_errno();
    }
    *out_n = (size_t)got;
    return RC_OK;
}

struct rc file_write_all(int fd, struct bytes in)
{
    while (in.n > 0) {
        ssize_t put = write(fd, in.p, in.n);
        if (put < 0 && errno != EINTR) {
            return rc_errno();
        }
        if (put > 0) {
            in.p += put;
            in.n -= (size_t)put;
        }
    }
    return RC_OK;
}

struct rc file_load(const char *path, size_t cap_bytes, struct arena *a, struct str *out)
{
    AUTO_FD fd = -1;
    TRY(file_open_read(path, &fd));
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return rc_errno();
    }
    if (S_ISDIR(st.st_mode)) {
        return (struct rc){.code = ERR_SYSTEM, .sys = EISDIR};
    }
    if ((uint64_t)st.st_size > cap_bytes) {
        return rc_at(ERR_TOO_LONG, cap_bytes);
    }
    size_t room = (size_t)st.st_size, n = 0, got = 0;
    char *p = arena_text(a, room);
    if (p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    do { /* a file that shrinks is read to its new end, one that grows to its old one */
        TRY(file_read(fd, p + n, room - n, &got));
        n += got;
    } while (got > 0 && n < room);
    arena_shrink_text(a, p, room, n);
    *out = (struct str){p, n};
    return RC_OK;
}

void file_hold_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) {
            continue;
        }
        /* the lowest free number is this one; opened for what nobody does with it */
        int got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        check(got == fd);
    }
}

void file_auto_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}
