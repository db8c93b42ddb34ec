/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow - what the role correlate remembers between messages: where in the ledger it is, which
 * facts are not stored yet, what detect may be given credit for. Pure; messages go out through
 * a function.
 */
#ifndef DETECT_CORRELATE_FLOW_H
#define DETECT_CORRELATE_FLOW_H

#include "base/clock.h"
#include "detect/correlate/correlator.h"
#include "model/wire.h"

enum {
    /* After so long without findings the clock says which windows have ended. */
    FLOW_QUIET_S = 5,
    FLOW_MIN_REPLAY_S = 600,            /* so that twins and ordinals are known again */
    FLOW_MAX_REPLAY_S = 30 * 24 * 3600, /* of a rule with a longer timespan the rest is lost */
};

/* Everything is borrowed until flow_close. */
struct flow_opts {
    const struct ruleset *rules;
    void *context;
    /* A message for a peer; dropped when it is away: `flow_attached` sends it again. */
    void (*send)(void *context, enum role peer, const struct wire_message *m);
};

struct flow;

struct flow *flow_open(const struct flow_opts *opts);
void flow_close(struct flow *f);

/* A fresh channel to DETECT or LEDGER; and that it is gone. */
void flow_attached(struct flow *f, enum role peer, struct instant now);
void flow_lost(struct flow *f, enum role peer);

/* Failures mean that the sender is compromised. */
MUST_USE struct rc flow_hits(struct flow *f, const struct wire_hits *m, struct instant now);
MUST_USE struct rc flow_stored(struct flow *f, const struct wire_fact_stored *m);

/* Now and then: windows close by the clock when nothing comes. */
void flow_tick(struct flow *f, struct instant now, struct walltime wall);

struct correlator_counts flow_counts(const struct flow *f);
/* Facts that were sent and are not known to be stored. */
size_t flow_waiting(const struct flow *f);

#endif
