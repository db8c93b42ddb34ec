/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * window - what was sent to a peer and is not dealt with yet: a queue of spans of positions, in
 * the order of sending, with an end to its length.
 */
#ifndef LEDGER_WINDOW_H
#define LEDGER_WINDOW_H

#include "base/rc.h"

#include <stddef.h>

/* What wire.def allows: so many facts; of frames of records half as many. */
enum { WINDOW_MOST = 64 };

struct window_span {
    uint64_t first, end; /* end: the position behind it */
};

/* Zero-initialise; set most. */
struct window {
    struct window_span spans[WINDOW_MOST];
    size_t head, count, most;
    uint64_t top; /* the peer was told of nothing at or past this position */
};

MUST_USE bool window_has_room(const struct window *w);
/* There must be room. */
void window_push(struct window *w, struct window_span span);
/* The peer was told that nothing is left below this position. */
void window_told(struct window *w, uint64_t position);
/* i below count, the oldest is 0 */
struct window_span window_at(const struct window *w, size_t i);

/*
 * window_done - the peer has dealt with all below this position. After it was sent a part of
 * the ledger a second time the queue is not in order of position: then the first span that ends
 * just there counts.
 * fails  MALFORMED: it was told of nothing there
 */
MUST_USE struct rc window_done(struct window *w, uint64_t position);

#endif
