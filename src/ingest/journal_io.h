/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal_io - the entries of a journal's folder, in order, as they are written.
 */
#ifndef INGEST_JOURNAL_IO_H
#define INGEST_JOURNAL_IO_H

#include "ingest/journal.h"
#include "ingest/outbox.h"

struct journal_io;

/*
 * folder  of a descriptor, such as that of /var/log/journal; borrowed until the close
 * fails   SYSTEM
 */
MUST_USE struct rc journal_io_open(int folder, struct journal_io **out);
void journal_io_close(struct journal_io *j);

/* Readable when something changed: call journal_io_changed then. */
MUST_USE struct rc journal_io_fd(struct journal_io *j, int *out_fd);
MUST_USE struct rc journal_io_changed(struct journal_io *j);

/*
 * Go on after the entry that the cursor names; empty: from the oldest entry.
 * out_gone  that entry is not there any more: from the oldest that is newer
 */
MUST_USE struct rc journal_io_seek(struct journal_io *j, struct bytes cursor, bool *out_gone);

/*
 * journal_io_fill - the next entries; b is empty before. count 0: there are none now.
 * fails  SYSTEM: the next call tries again, after the entry that could not be read
 */
MUST_USE struct rc journal_io_fill(struct journal_io *j, struct outbox_batch *b);

#endif
