/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * condition - `selection and not 1 of filter_*` as a tree over selections.
 * src: sigma-specification 2.1.0, sigma-rules-specification, condition
 */
#ifndef DETECT_SIGMA_CONDITION_H
#define DETECT_SIGMA_CONDITION_H

#include "detect/sigma/loader.h"

/* What a condition may name: selections of a rule, or rules of a correlation. */
struct condition_names {
    const struct str *names;
    uint32_t count;
    bool *used;       /* count of them; set for each that the condition names */
    const char *what; /* "selection" */
};

/*
 * condition_parse - read the condition in a scalar node.
 *
 * out_rest  what follows a `|`, trimmed: a legacy aggregation; empty when there is none
 * fails     REJECTED, with a message at the line and column of the fault
 */
MUST_USE struct rc condition_parse(struct loader *l, const struct node *at,
                                   const struct condition_names *names,
                                   const struct condition **out, struct str *out_rest);

/* A node over children[0] to children[count - 1], which are copied. */
MUST_USE struct rc condition_join(struct loader *l, enum condition_kind kind,
                                  const struct condition *const *children, uint32_t count,
                                  const struct condition **out);

/* A copy whose selections are counted from `offset` on. */
MUST_USE struct rc condition_shift(struct loader *l, const struct condition *c, uint32_t offset,
                                   const struct condition **out);

#endif
