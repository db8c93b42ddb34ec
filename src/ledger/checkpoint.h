/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint - what a log commits to: its origin, its size and its root, as a signed note.
 * src: c2sp.org/tlog-checkpoint
 */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "ledger/merkle.h"
#include "ledger/note.h"

/* origin: borrowed from the text it was read from, or from the caller. */
struct checkpoint {
    struct str origin;
    uint64_t size;
    struct merkle_hash root;
};

/* The text to sign: "origin\nsize\nroot\n". */
void checkpoint_put(const struct checkpoint *checkpoint, struct buf *out);
/* Extension lines are read over. fails MALFORMED */
MUST_USE struct rc checkpoint_parse(struct str text, struct checkpoint *out);
/*
 * checkpoint_open - a signed checkpoint of the log whose key this is; its origin is the key's
 * name.
 * fails  as note_open; MALFORMED
 */
MUST_USE struct rc checkpoint_open(struct str note, const struct note_key *key,
                                   struct checkpoint *out);

#endif
