/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * window - does a correlation hold over what one group has seen? Windows slide and include
 * both ends: events at 0 s and 60 s lie in one window of 60 s.
 * src: doc/correlate.md
 */
#ifndef DETECT_CORRELATE_WINDOW_H
#define DETECT_CORRELATE_WINDOW_H

#include "detect/correlate/groups.h"
#include "detect/sigma/correlation_rule.h"

/* same: per reference, the first one that names the same rule. */
struct window_rule {
    const struct correlation *correlation;
    const uint32_t *same;
    /* It can turn false again as more comes (lt, eq, not …): judged when the window closes. */
    bool closing;
};

/* Entries first to end - 1 of the group. */
struct window {
    size_t first, end;
};

bool window_is_closing(const struct correlation *c);

/*
 * window_find - of one that is not closing: the first window with entry `at` over which it
 * holds. False: there is none.
 */
bool window_find(const struct window_rule *r, const struct group *g, size_t at,
                 struct window *out);

/* Does it hold over just these entries? */
bool window_holds(const struct window_rule *r, const struct group *g, struct window w);

#endif
