/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * account_io - suspends local accounts and ends their sessions, and gives back exactly what it
 * took: the lock that useradd, passwd and PAM take too, a before-image on disk first, a rename,
 * a look afterwards; an undo that leaves alone what somebody else has changed since.
 */
#ifndef CONTAIN_ACCOUNT_IO_H
#define CONTAIN_ACCOUNT_IO_H

#include "contain/account_journal.h"

enum {
    ACCOUNT_IO_LOCK_MS = 3000, /* that long another program may hold the lock */
    ACCOUNT_IO_KILL_MS = 3000, /* that long processes may take to be gone */
};

/* Folders that are open; all borrowed. */
struct account_io {
    int etc;     /* of passwd and shadow */
    int journal; /* ours alone */
    int proc;
    uint32_t own_uid; /* never touched: it would be our own supervisor; 0: none */
};

/* What came of it, for a receipt; detail is our own text, cleared first. */
struct account_result {
    enum outcome outcome;
    struct buf detail;
};

/*
 * account_io_suspend - expire and lock the account until then, or move the end of a suspension.
 *
 * Refusals and conflicts are INEFFECTIVE; what could not be found out is UNKNOWN. Nothing of
 * the account is changed before its journal is on the disk.
 */
void account_io_suspend(const struct account_io *io, const struct action *a,
                        struct walltime since, struct walltime until,
                        struct account_result *out);

/*
 * account_io_restore - undo what is still as we left it, each field for itself. INEFFECTIVE
 * when a field was changed by somebody else, which then stays as it is. Never suspended:
 * EFFECTIVE.
 */
void account_io_restore(const struct account_io *io, struct str account,
                        struct account_result *out);

/* The same by root while nothing else runs; a grant that comes later for what is left of the
 * lease finds that it was given back. */
void account_io_release(const struct account_io *io, struct str account,
                        struct account_result *out);

/* SIGKILL to all processes of the account, until there are none. */
void account_io_end_sessions(const struct account_io *io, struct str account,
                             struct account_result *out);

/*
 * account_io_each - call for each suspension in the journal. A file that cannot be read is
 * reported with its name as account and `why`; it is not touched.
 */
MUST_USE struct rc account_io_each(const struct account_io *io,
                                   void (*each)(void *context, const struct account_journal *j,
                                                struct rc why),
                                   void *context);

#endif
