/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan - what correlations mean for whoever evaluates them, worked out once: who looks at the
 * events of which rule, and how long events have to be remembered.
 */
#ifndef DETECT_CORRELATE_PLAN_H
#define DETECT_CORRELATE_PLAN_H

#include "detect/correlate/correlator.h"
#include "detect/correlate/window.h"

/* Reference `at` of a correlation. */
struct plan_use {
    uint32_t correlation, at;
};

struct plan {
    const struct correlator_opts *opts;
    struct window_rule *rules; /* per correlation */
    uint32_t *same;            /* of all correlations, one after the other */
    uint32_t *rule_lanes;      /* per rule: lane 0 is of those that nothing refers to */
    uint32_t first_alert_lane, lanes;
    int64_t *keep_us;   /* per lane: how long an item can matter */
    size_t *use_starts; /* per rule, then per correlation; one more at the end */
    struct plan_use *uses;
    int64_t longest_us;
};

/* opts is borrowed. */
struct plan plan_open(const struct correlator_opts *opts);
void plan_close(struct plan *p);

/* Who looks at the events of a rule, or at the findings of a correlation: *out_count of them.
 */
const struct plan_use *plan_uses(const struct plan *p, struct correlation_target of,
                                 size_t *out_count);

static inline uint32_t plan_alert_lane(const struct plan *p, uint32_t correlation)
{
    return p->first_alert_lane + correlation;
}

#endif
