/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lower - from a rule as written (rule.h) to an expression over atoms: modifiers are applied,
 * values compiled, wrong combinations rejected with the place and the reason.
 * src: sigma-specification 2.1.0, sigma-appendix-modifiers; pySigma where it is silent
 */
#ifndef DETECT_SIGMA_LOWER_H
#define DETECT_SIGMA_LOWER_H

#include "base/diag.h"
#include "detect/sigma/expr.h"
#include "detect/sigma/rule.h"
#include "model/fields.h"

/* All borrowed. arena owns the result. */
struct lower {
    struct arena *arena;
    struct fields *fields;
    struct atoms *atoms;
    struct regexes *regexes;
    struct diag *diag;
    const struct rule *rule;
};

/*
 * lower_rule - the rule's condition, and the items of all its selections in order.
 * fails  REJECTED (said in diag), ARENA_FULL
 */
MUST_USE struct rc lower_rule(const struct lower *l, const struct expr **out,
                              const struct expr *const **out_items);

/* The patterns of an item's values, appended in order (values.c). */
struct pattern_list {
    struct pattern *p; /* in the arena */
    uint32_t n, room;
};

/* What the modifiers of an item ask for, checked. */
struct item_shape {
    bool all, negated, cased;
    bool exists, fieldref, cidr, regex, compares, timed;
    bool text; /* some modifier that rewrites text */
    uint32_t regex_flags;
    enum comparison comparison;
    enum time_part part;
    enum anchor anchor; /* FIELDREF */
};

/* values.c: the patterns that one value of the item stands for, one of which must match. */
MUST_USE struct rc values_lower(const struct lower *l, const struct rule_item *item,
                                const struct item_shape *shape, const struct rule_value *value,
                                struct pattern_list *out);

/* Say why the rule is rejected; returns REJECTED. */
MUST_USE PRINTF_LIKE(4, 5) struct rc
    lower_reject(const struct lower *l, uint32_t line, uint32_t column, const char *fmt, ...);

#endif
