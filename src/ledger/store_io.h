/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_io - the one writer of a ledger's folder, which it holds locked. What it acknowledges
 * after a sync is there after a crash; what it signed is never cut.
 *
 * Positions count entries from 0, records and facts together.
 */
#ifndef LEDGER_STORE_IO_H
#define LEDGER_STORE_IO_H

#include "ledger/damage.h"
#include "ledger/index.h"
#include "ledger/note.h"

enum {
    STORE_MAX_FACTS = 256, /* in one call: they are compared with each other */
    STORE_KEY_FILE_BYTES = 512,
};

struct store;

/* What opening found. damage.kind is set when it failed for what lies in the folder. */
struct store_report {
    struct damage damage;
    uint64_t cut_bytes; /* of an append that was never acknowledged, gone now */
    uint64_t cut_segment, cut_offset;
    bool fresh; /* the ledger was made */
};

struct store_records {
    uint32_t source;
    struct str name; /* of the source, [a-z0-9.-]{1,64} */
    uint64_t seq;    /* of this batch in its source, from 1 */
    struct bytes cursor;
    const struct payload_entry *entries; /* bytes only */
    size_t count;
};

struct store_receipt {
    uint64_t first; /* position of the first entry; undefined for a duplicate */
    bool duplicate; /* nothing was appended: this seq was there */
};

/*
 * store_io_open - open or make the ledger in a folder, and read all of it.
 *
 * folder  a descriptor of it, borrowed until the close
 * origin  its name for ever, such as "tocsin.example.org/ledger" (note_name_valid)
 * report  set in either case
 * fails   REJECTED: damaged, see report; SYSTEM (EWOULDBLOCK: another writer has it)
 */
MUST_USE struct rc store_io_open(int folder, struct str origin, struct store_report *report,
                                 struct store **out);
/* What was not synced may be lost, as in a crash. No checkpoint is written. */
void store_io_close(struct store *store);

/*
 * Append; durable after the next store_io_sync. Order is that of the calls.
 * fails  MALFORMED (a gap in seq, a name, no entries), TOO_LONG, TOO_MANY: nothing happened.
 *        SYSTEM: the disk is full or broken; every later call fails too: close, and open when
 *        it is well again
 */
MUST_USE struct rc store_io_append_records(struct store *store,
                                           const struct store_records *records,
                                           struct walltime now, struct store_receipt *out);
/* out_positions: one for each fact; of a key that is known, where the first with it is. */
MUST_USE struct rc store_io_append_facts(struct store *store, const struct payload_entry *facts,
                                         size_t count, struct walltime now,
                                         uint64_t *out_positions);
/* Everything appended is on the disk. fails SYSTEM, as above */
MUST_USE struct rc store_io_sync(struct store *store);
/* Sync, then sign what is there and put it in the file `checkpoint`. fails SYSTEM */
MUST_USE struct rc store_io_checkpoint(struct store *store);

/* The position that the next entry gets; the first that is not on the disk yet. */
uint64_t store_io_next(const struct store *store);
uint64_t store_io_synced(const struct store *store);
/* Where in the last segment the next frame goes. */
uint64_t store_io_offset(const struct store *store);
const struct note_key *store_io_key(const struct store *store);
const struct index *store_io_index(const struct store *store);

#endif
