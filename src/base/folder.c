/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/folder.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMON_FLAGS = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW };

static struct rc open_at(int folder, const char *name, int flags, mode_t mode, int *out_fd)
{
    int fd = openat(folder, name, flags | COMMON_FLAGS, mode);
    if (fd < 0) {
        return rc_errno();
    }
    *out_fd = fd;
    return RC_OK;
}

struct rc folder_open(const char *path, int *out_fd)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return rc_errno();
    }
    *out_fd = fd;
    return RC_OK;
}

struct rc folder_make(const char *path, mode_t mode, int *out_fd)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return rc_errno();
    }
    return folder_open(path, out_fd);
}

struct rc folder_read(int folder, const char *name, int *out_fd)
{
    return open_at(folder, name, O_RDONLY, 0, out_fd);
}

struct rc folder_update(int folder, const char *name, int *out_fd)
{
    return open_at(folder, name, O_RDWR, 0, out_fd);
}

struct rc folder_create(int folder, const char *name, mode_t mode, int *out_fd)
{
    return open_at(folder, name, O_RDWR | O_CREAT | O_EXCL, mode, out_fd);
}

struct rc folder_load(int folder, const char *name, size_t cap_bytes, struct buf *out)
{
    AUTO_FD fd = -1;
    TRY(folder_read(folder, name, &fd));
    size_t total = 0, got;
    do {
        char piece[4096];
        TRY(file_read(fd, piece, sizeof(piece), &got));
        total += got;
        if (total > cap_bytes) {
            return rc_at(ERR_TOO_LONG, cap_bytes);
        }
        buf_put(out, (struct str){piece, got});
    } while (got > 0);
    return RC_OK;
}

static struct rc write_aside(int folder, const char *name, mode_t mode, struct bytes in)
{
    AUTO_FD fd = -1;
    /* what a run before us left half done; its absence is the rule */
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT) {
        return rc_errno();
    }
    TRY(folder_create(folder, name, mode, &fd));
    TRY(file_write_all(fd, in));
    return fsync(fd) == 0 ? RC_OK : rc_errno();
}

struct rc folder_replace(int folder, const char *name, mode_t mode, struct bytes in)
{
    char aside[NAME_MAX + 1];
    int n = snprintf(aside, sizeof(aside), "%s.new", name);
    check(n > 0 && (size_t)n < sizeof(aside));
    TRY(write_aside(folder, aside, mode, in));
    if (renameat(folder, aside, folder, name) != 0) {
        return rc_errno();
    }
    return folder_sync(folder);
}

struct rc folder_each(int folder, void (*each)(void *context, struct str name), void *context)
{
    int fd = -1;
    TRY(open_at(folder, ".", O_RDONLY | O_DIRECTORY, 0, &fd));
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        struct rc rc = rc_errno();
        close(fd);
        return rc;
    }
    struct rc rc;
    for (;;) {
        errno = 0;
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            rc = errno != 0 ? rc_errno() : RC_OK;
            break;
        }
        struct str name = str_of(entry->d_name);
        if (!str_eq(name, STR(".")) && !str_eq(name, STR(".."))) {
            each(context, name);
        }
    }
    (void)closedir(stream);
    return rc;
}

struct rc folder_sync(int folder)
{
    return fsync(folder) == 0 ? RC_OK : rc_errno();
}
