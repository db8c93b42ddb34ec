/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * detection - the search identifiers of a rule or a filter, and what a condition makes of them.
 */
#ifndef DETECT_SIGMA_DETECTION_H
#define DETECT_SIGMA_DETECTION_H

#include "detect/sigma/condition.h"

struct detection {
    const struct rule_selection *selections;
    const struct node *const *keys; /* where each selection begins */
    uint32_t count;
};

/*
 * detection_read - every key of map but `condition`, `timeframe` and `rules` as a selection.
 * fails  REJECTED, with a message for each fault
 */
MUST_USE struct rc detection_read(struct loader *l, const struct node *map,
                                  struct detection *out);

/* What a condition over d may name. */
MUST_USE struct rc detection_names(struct loader *l, const struct detection *d,
                                   struct condition_names *out);
/* A warning for each selection that no condition named. */
void detection_warn_unused(struct loader *l, const struct detection *d,
                           const struct condition_names *names);

#endif
