/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * profile - what each role may still do once it is confined: system calls, folders,
 * capabilities, limits. One row of a table per role; sandbox.h's is that of scan workers.
 */
#ifndef GUARD_PROFILE_H
#define GUARD_PROFILE_H

#include "base/buf.h"
#include "base/rc.h"
#include "model/role.h"

/* Folders that the role may go on opening files below, for Landlock; borrowed for the call. */
struct profile_folders {
    const int *fds;
    size_t count;
};

/*
 * profile_enter - confine this process as its role: no new privileges, not dumpable, limits,
 * capabilities dropped to the role's, Landlock to the role's folders, seccomp with kill. There
 * is no way back.
 *
 * missing  protections that this kernel or this user cannot have, as a sentence each, for the
 *          operator; what is listed is not applied, all else is
 * fails    SYSTEM: seccomp or no-new-privileges cannot be had; the process must end
 */
MUST_USE struct rc profile_enter(enum role role, struct profile_folders folders,
                                 struct buf *missing);

/* The capabilities that the role keeps, one bit each as in linux/capability.h. */
uint64_t profile_capabilities(enum role role);

/* "ingest: read, pread64, …": the table as text, for the manual and the tests. */
void profile_describe(enum role role, struct buf *out);

#endif
