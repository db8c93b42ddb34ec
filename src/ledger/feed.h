/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * feed - the records' way to detect: which come next, how many frames may be under way, and
 * what is not sent again because detect died of it. Pure; who sends is serve_io.
 *
 * Records that were under way when detect died are in doubt: they are sent again one by one,
 * each alone. The one that is alone under way when detect dies again is skipped from then on.
 */
#ifndef LEDGER_FEED_H
#define LEDGER_FEED_H

#include "ledger/window.h"

enum {
    FEED_FRAMES = 32,                /* under way */
    FEED_FRAME_BYTES = 48 << 10,     /* of records in a frame, unless one alone is longer */
    FEED_RECORD_BYTES = 65536 - 128, /* with the head of RECORDS it fits a frame */
    FEED_SKIPS = 64,                 /* the oldest is tried again when there are more */
};

/* Zero-initialise. */
struct feed {
    bool on, live;
    uint64_t next;  /* all records below it were sent */
    uint64_t done;  /* those below it were dealt with since the first feed_start */
    uint64_t asked; /* records below it are a replay */
    struct window window;
    uint64_t doubt_from, doubt_to; /* positions; equal: no doubt */
    uint64_t skips[FEED_SKIPS];
    size_t skip_count; /* that there ever were */
};

/* READ_RECORDS: from this position on; those below the edge are a replay. */
void feed_start(struct feed *f, uint64_t from, uint64_t edge);
/* Detect is gone. True: the record at *out_skipped was its end for the second time. */
MUST_USE bool feed_lost(struct feed *f, uint64_t *out_skipped);

/* So many records from this position on may go in the next frame; 0: not now. */
MUST_USE uint64_t feed_room(const struct feed *f, uint64_t position);
MUST_USE bool feed_skips(const struct feed *f, uint64_t position);
/* A frame goes out. */
void feed_sent(struct feed *f, uint64_t first, uint32_t count);
/* RECORDS_DONE. fails MALFORMED */
MUST_USE struct rc feed_done(struct feed *f, uint64_t next);

#endif
