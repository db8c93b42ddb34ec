/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watch - the groups of all correlations: takes events one by one, finds that a correlation
 * holds, keeps quiet while it goes on, and feeds what it found to the correlations over it.
 * A part of the correlator, which owns it.
 */
#ifndef DETECT_CORRELATE_WATCH_H
#define DETECT_CORRELATE_WATCH_H

#include "detect/correlate/ages.h"
#include "detect/correlate/plan.h"
#include "detect/correlate/tell.h"

/* An event on its way to the correlations that look at it. */
struct watch_news {
    struct correlation_target of;
    struct group_entry entry; /* without target */
    const struct matched *fields;
    uint32_t field_count;
};

/* The first part is the owner's to set, and borrowed; the rest is made by watch_open. */
struct watch {
    const struct plan *plan;
    const struct tell *tell;
    void *context;
    void (*give)(void *context, const struct finding_fact *f);
    uint64_t seed;
    uint64_t arrival; /* of the event at hand; counts up */

    struct groups **groups; /* per correlation */
    int64_t *next_close_us; /* per correlation: when its first window closes */
    struct ages *ids;
    VEC(struct watch_news) pending;
    struct buf key;
    uint64_t lost;
};

void watch_open(struct watch *w);
void watch_close(struct watch *w);

/* What follows from it has been given when this returns. tell->arena is the scratch for it. */
void watch_event(struct watch *w, const struct watch_news *n);
/* Judge windows that end before the watermark, and drop groups that none can concern. */
void watch_advance(struct watch *w, int64_t watermark_us);
uint64_t watch_evicted(const struct watch *w);

#endif
