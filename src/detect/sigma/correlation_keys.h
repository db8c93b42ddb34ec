/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlation_keys - what correlations, once resolved, mean for what they refer to: the fields
 * that findings must bring along, and who makes no findings of their own.
 */
#ifndef DETECT_SIGMA_CORRELATION_KEYS_H
#define DETECT_SIGMA_CORRELATION_KEYS_H

#include "detect/sigma/loader.h"

/* All that a rule set holds; order: correlations, each after all that it refers to. */
struct correlation_keys {
    struct rule *rules;
    size_t rule_count;
    struct correlation *correlations;
    size_t count;
    const uint32_t *order;
};

/*
 * correlation_keys_settle - set keys, correlated and silent of rules, silent of correlations.
 * A correlation that asks for more fields than a finding holds, or refers to one that is not
 * evaluated, becomes `unevaluated`.
 */
void correlation_keys_settle(struct loader *l, const struct correlation_keys *all);

/* The field that `name` (of group-by or field) is in events of c's reference `at`. */
struct str correlation_keys_field(const struct correlation *c, uint32_t at, struct str name);

#endif
