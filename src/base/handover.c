/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/handover.h"

#include "base/buf.h"
#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void give(int *from, int *to)
{
    *to = *from;
    *from = -1;
}

struct rc handover_open_log(const char *path, int *out_fd)
{
    /* NONBLOCK: a fifo does not hang the opening */
    AUTO_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return rc_errno();
    }
    if (!S_ISREG(st.st_mode)) {
        return rc_make(ERR_NOT_LOG);
    }
    give(&fd, out_fd);
    return RC_OK;
}

struct rc handover_seal(const char *name, struct bytes content, int *out_fd)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    AUTO_FD fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return rc_errno();
    }
    TRY(file_write_all(fd, content));
    if (lseek(fd, 0, SEEK_SET) != 0 || fcntl(fd, F_ADD_SEALS, seals) != 0) {
        return rc_errno();
    }
    give(&fd, out_fd);
    return RC_OK;
}

struct rc handover_lock(int folder, const char *name, int *out_fd)
{
    AUTO_FD fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || ftruncate(fd, 0) != 0) {
        return rc_errno();
    }
    AUTO_BUF text = BUF_WITH_CAP(64);
    buf_printf(&text, "%d\n", (int)getpid());
    TRY(file_write_all(fd, bytes_of(buf_str(&text))));
    give(&fd, out_fd);
    return RC_OK;
}
