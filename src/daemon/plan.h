/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan - what the supervisor does with processes, without doing it: who talks to whom, who is
 * started before whom, when one that ended is started again.
 */
#ifndef DAEMON_PLAN_H
#define DAEMON_PLAN_H

#include "base/clock.h"
#include "model/role.h"

enum { PLAN_ROLES = ROLE_CONSOLE - ROLE_INGEST };

/* Do these two have a channel? When wire.def has a message from one to the other. */
bool plan_edge(enum role a, enum role b);
/* The i-th to start, of PLAN_ROLES: whoever receives facts before those who send them. Stopping
 * goes backwards. */
enum role plan_start(size_t i);

/* Is a nearer to what attackers write than b? What it says of b is then worth less. */
bool plan_more_exposed(enum role a, enum role b);

enum {
    PLAN_BURST = 5,            /* ends … */
    PLAN_BURST_S = 10,         /* … within so many seconds are a failing role */
    PLAN_LONGEST_PAUSE_S = 60, /* it is tried again at least so often, for ever */
    PLAN_STEADY_S = 60,        /* a role that ran for so long is new again */
};

/* Zero-initialise. */
struct plan_restart {
    struct instant ends[PLAN_BURST]; /* a ring: the last ones */
    size_t count;                    /* of all ends */
    uint32_t pause_s;                /* the last one; 0: none */
};

/*
 * plan_again - a process that was started at `started` ended at `now`: when to start it again.
 * At once, but for one that keeps ending: after 1, 2, 4 … seconds, and *out_failing is set.
 */
struct instant plan_again(struct plan_restart *p, struct instant started, struct instant now,
                          bool *out_failing);

#endif
