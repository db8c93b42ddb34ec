/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file - the system calls on files, with EINTR and short counts handled.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"

#include <sys/types.h>

/* O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, so that a fifo does not hang the opening. */
MUST_USE struct rc file_open_read(const char *path, int *out_fd);
/* The same for a name in the folder that `folder` is open on. */
MUST_USE struct rc file_open_read_at(int folder, const char *name, int *out_fd);
/* For output: created if need be, O_CLOEXEC, mode 0640 (findings are not for everyone); what
 * it holds stays. */
MUST_USE struct rc file_open_write(const char *path, int *out_fd);
/* Up to n bytes; *out_n is 0 only at the end. */
MUST_USE struct rc file_read(int fd, void *out, size_t n, size_t *out_n);
MUST_USE struct rc file_read_at(int fd, void *out, size_t n, uint64_t offset, size_t *out_n);
MUST_USE struct rc file_write_all(int fd, struct bytes in);
/* The whole file, at most cap bytes (else ERR_TOO_LONG), owned by the arena. */
MUST_USE struct rc file_load(const char *path, size_t cap_bytes, struct arena *a,
                             struct str *out);

/*
 * file_hold_standard - what is closed of descriptors 0 to 2 becomes one that fails on use, so
 * that no file opened later takes its number and is read or written as it.
 */
void file_hold_standard(void);

void file_auto_close(int *fd);
/* AUTO_FD fd = -1; */
#define AUTO_FD __attribute__((cleanup(file_auto_close))) int

#endif
