/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * folder - files of a folder that is open, by their names in it: no path is followed, and a
 * link in the place of a file is refused.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include "base/buf.h"
#include "base/rc.h"

#include <sys/types.h>

MUST_USE struct rc folder_open(const char *path, int *out_fd);
/* Made with this mode if it is not there; the folder above it must be. */
MUST_USE struct rc folder_make(const char *path, mode_t mode, int *out_fd);
/* A file of it to read; ENOENT when it is not there. */
MUST_USE struct rc folder_read(int folder, const char *name, int *out_fd);
/* A file of it to read and write, which must be there. */
MUST_USE struct rc folder_update(int folder, const char *name, int *out_fd);
/* A new file to read and write; EEXIST when it is there already. */
MUST_USE struct rc folder_create(int folder, const char *name, mode_t mode, int *out_fd);
/* The whole file, added to out; above cap_bytes TOO_LONG. */
MUST_USE struct rc folder_load(int folder, const char *name, size_t cap_bytes, struct buf *out);
/*
 * folder_replace - the file now holds `in`, on the disk, and never half of it: written aside
 * as NAME.new, flushed, renamed.
 */
MUST_USE struct rc folder_replace(int folder, const char *name, mode_t mode, struct bytes in);
/* Names in no order, "." and ".." left out; foreign text, borrowed for the call. */
MUST_USE struct rc folder_each(int folder, void (*each)(void *context, struct str name),
                               void *context);
/* Names made and removed are on the disk. */
MUST_USE struct rc folder_sync(int folder);

#endif
