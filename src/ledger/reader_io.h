/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reader_io - reads the entries of a ledger from a position on, in bounded memory: what an
 * open store has synced, or all that lies in a folder.
 */
#ifndef LEDGER_READER_IO_H
#define LEDGER_READER_IO_H

#include "ledger/store_io.h"

/* The header has kind, time and source. All borrowed until the next call. */
struct reader_entry {
    uint64_t position;
    const struct batch_header *header;
    struct payload_entry entry;
};

struct reader;

/* The store must outlive it. position: at most store_io_next. fails SYSTEM, VANISHED, REJECTED
 */
MUST_USE struct rc reader_io_open(const struct store *store, uint64_t position,
                                  struct reader **out);
/* Without a store: from the first batch; the folder is borrowed. */
struct reader *reader_io_open_folder(int folder, uint64_t position);
void reader_io_close(struct reader *reader);
/*
 * reader_io_next - *more is false when nothing more is synced (in a folder: there) yet; a later
 * call may find it.
 * fails  SYSTEM; REJECTED: damage, reader_io_damage
 */
MUST_USE struct rc reader_io_next(struct reader *reader, struct reader_entry *out, bool *more);
enum reader_step {
    READER_ENTRY,
    READER_END,   /* nothing more is synced yet */
    READER_PAUSE, /* so many batches were read; call again */
};

/*
 * reader_io_next_of - the next entry of a batch of this kind. Batches of the other kind are
 * passed over unread.
 *
 * batches  how many may be read at most; what is left of it
 */
MUST_USE struct rc reader_io_next_of(struct reader *reader, enum batch_kind kind,
                                     size_t *batches, struct reader_entry *out,
                                     enum reader_step *step);
struct damage reader_io_damage(const struct reader *reader);
/* The batch that the last entry came from. Borrowed until the next call. */
const struct walk_batch *reader_io_batch(const struct reader *reader);

/* The first position at or after a time; store_io_synced when there is none yet. */
MUST_USE struct rc reader_io_find_time(const struct store *store, struct walltime t,
                                       uint64_t *out_position);

#endif
