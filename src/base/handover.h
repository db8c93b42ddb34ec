/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * handover - descriptors that a service opens for processes that can open nothing, and the lock
 * on what it keeps.
 */
#ifndef BASE_HANDOVER_H
#define BASE_HANDOVER_H

#include "base/rc.h"
#include "base/str.h"

/*
 * handover_open_log - a regular file for reading, not through a link in the last place:
 * whoever may write to a folder of logs shall not choose what else is read.
 * fails  SYSTEM: ELOOP for a link; NOT_LOG for what is no regular file
 */
MUST_USE struct rc handover_open_log(const char *path, int *out_fd);
/* A descriptor at offset 0 whose content nobody can change any more: a sealed memfd. */
MUST_USE struct rc handover_seal(const char *name, struct bytes content, int *out_fd);
/* Take the lock on a file of an open folder, made if need be, and write our number into it.
 * fails  SYSTEM with EWOULDBLOCK: another process has it. Given back by closing. */
MUST_USE struct rc handover_lock(int folder, const char *name, int *out_fd);

#endif
