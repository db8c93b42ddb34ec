/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tell - puts a finding together from what is remembered: of a rule from its event, of a
 * correlation from the entries of the window over which it held.
 */
#ifndef DETECT_CORRELATE_TELL_H
#define DETECT_CORRELATE_TELL_H

#include "detect/correlate/evidence.h"
#include "detect/correlate/pool.h"
#include "detect/correlate/window.h"

/* Lanes of the pool: what rules fired on, then what correlations found. */
struct tell {
    const struct correlator_opts *opts;
    struct pool *pool;
    const uint32_t *rule_lanes;
    uint32_t first_alert_lane;
    struct arena *arena; /* scratch: what is told lives until it is reset */
};

/* Of a correlation. ordinal: how many equal findings of it came before. */
struct tell_window {
    uint32_t correlation;
    const struct group *group;
    struct window window;
};

/* A finding of a rule. ARENA_FULL. */
MUST_USE struct rc tell_event(const struct tell *t, const struct evidence_event *e,
                              struct finding_fact *out);

/*
 * A finding of a correlation, its id still without ordinal, and all of the alert but `fact` and
 * `told`. Lists live in t->arena.
 *
 * out_digest  what the id is made of: SHA-256 of the listed identities, sorted, since records
 *             of one second come in any order
 * fails       VANISHED: nothing of it is remembered; ARENA_FULL
 */
MUST_USE struct rc tell_window(const struct tell *t, const struct tell_window *w,
                               struct finding_fact *out, struct evidence_alert *out_alert,
                               uint8_t out_digest[static HASH_SHA256_BYTES]);

/* By what ids are made: the id of a rule or correlation, or, without one, its title. */
struct str tell_rule_id(struct str id, struct str title);

/*
 * An event that the alert rests on was raised. Takes over what the leaves now deserve; true
 * when the finding deserves more trust than it was told with: *out is it again.
 */
bool tell_again(const struct tell *t, struct evidence_alert *alert, struct finding_fact *out);

#endif
