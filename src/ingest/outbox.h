/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outbox - the batches of one source on their way to the ledger: numbered, few of them not yet
 * acknowledged. What the ledger had not stored when it went away is read again from the source.
 */
#ifndef INGEST_OUTBOX_H
#define INGEST_OUTBOX_H

#include "model/record.h"
#include "model/wire.h"

enum {
    OUTBOX_BATCHES = 8, /* under way; then the source is not read */
    OUTBOX_RECORDS = 256,
    OUTBOX_BYTES = 48 << 10, /* of a batch of more than one record */
    OUTBOX_CURSOR_BYTES = 512,
};

/* Zero-initialise; buf_free both. */
struct outbox_batch {
    struct buf records, cursor; /* cursor: where the source goes on after them */
    uint32_t count;
};

/* false: it is full, the record was not added. A record of RECORD_CAP_BYTES always fits an
 * empty batch. */
MUST_USE bool outbox_add(struct outbox_batch *b, struct str record);
void outbox_clear(struct outbox_batch *b);

enum outbox_state { OUTBOX_AWAY, OUTBOX_ASKED, OUTBOX_OPEN };

/* Zero-initialise. */
struct outbox {
    enum outbox_state state;
    uint32_t source;       /* its number in the ledger */
    uint64_t sent, stored; /* numbers of batches */
};

/* The ledger is there: what to ask it. */
void outbox_ask(struct outbox *o, const struct wire_source_open *source,
                struct wire_message *out);
void outbox_lost(struct outbox *o);
/* Its answer: the source is to go on at the cursor. fails MALFORMED: nothing was asked */
MUST_USE struct rc outbox_opened(struct outbox *o, const struct wire_source_state *m);
/* fails MALFORMED: no such batch is under way */
MUST_USE struct rc outbox_stored(struct outbox *o, uint64_t seq);
MUST_USE bool outbox_has_room(const struct outbox *o);
/* The next batch as a message, which borrows from it. */
void outbox_send(struct outbox *o, const struct outbox_batch *b, struct wire_message *out);

#endif
