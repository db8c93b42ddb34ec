/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * profile - what each role may still do once it is confined: system calls, families of sockets,
 * folders, capabilities. One row of a table per role; sandbox.h's is that of scan workers.
 */
#ifndef GUARD_PROFILE_H
#define GUARD_PROFILE_H

#include "base/buf.h"
#include "base/rc.h"
#include "model/role.h"

/*
 * profile_enter - confine this process as its role: no new privileges, not dumpable, limits,
 * capabilities dropped to the role's, Landlock to the role's folders, seccomp with kill.
 *
 * missing  protections that this kernel or this user cannot have, as a sentence each, for the
 *          operator; what is listed is not applied, all else is
 * fails    SYSTEM: seccomp or no-new-privileges cannot be had; the process must end
 */
MUST_USE struct rc profile_enter(enum role role, struct buf *missing);

/* "ingest: read, pread64, …": the table as text, for the manual and the tests. */
void profile_describe(enum role role, struct buf *out);

#endif
