/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * subscribe - one role's subscription to facts: what it gets next, and whether it may get it
 * now. Pure; who sends is serve_io.
 *
 * Live, it is offered each fact as it is appended. When it has too many under way it falls
 * behind, and is served from the store until it has all that is there.
 */
#ifndef LEDGER_SUBSCRIBE_H
#define LEDGER_SUBSCRIBE_H

#include "ledger/window.h"

enum { SUBSCRIBE_CREDIT = WINDOW_MOST }; /* facts under way, of at most FACT_CAP_BYTES */

/* Zero-initialise. */
struct subscribe {
    bool on, live;
    bool told;      /* CAUGHT_UP was said */
    uint32_t kinds; /* FACT_BIT */
    uint64_t next;  /* all wanted facts below it were sent */
    struct window window;
};

enum subscribe_step {
    SUBSCRIBE_SEND, /* it counts as sent */
    SUBSCRIBE_SKIP, /* not for this one */
    SUBSCRIBE_FULL, /* wanted, but too much is under way: it is not live any more */
};

/* From this position on; what is under way of a subscription before it still counts. */
void subscribe_start(struct subscribe *s, uint32_t kinds, uint64_t from);
/* A fact at a position that is not below `next`. */
enum subscribe_step subscribe_take(struct subscribe *s, uint64_t position, uint8_t kind);
/* It has all below the edge. True: now say CAUGHT_UP. */
MUST_USE bool subscribe_caught_up(struct subscribe *s, uint64_t edge);
/* FACT_CREDIT. fails MALFORMED */
MUST_USE struct rc subscribe_credit(struct subscribe *s, uint64_t position);

#endif
