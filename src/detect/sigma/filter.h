/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * filter - a meta rule whose condition must also hold wherever it applies.
 * src: sigma-specification 2.1.0, sigma-filters-specification
 */
#ifndef DETECT_SIGMA_FILTER_H
#define DETECT_SIGMA_FILTER_H

#include "base/vec.h"
#include "detect/sigma/loader.h"

struct filter {
    struct str title, path;
    uint32_t line, column;
    struct logsource_want logsource;
    const struct str *rules; /* ids (lower case) or names; none: any rule */
    uint32_t rule_count;
    const struct rule_selection *selections; /* "title/selection" */
    uint32_t selection_count;
    const struct condition *condition;
    bool applied; /* to one rule at least */
};

struct filters VEC_OF(struct filter);

/* REJECTED, with a message for each fault. */
MUST_USE struct rc filter_read(struct loader *l, const struct node *root, struct filter *out);

/* AND to the rule each filter that applies to it. Fails at the caps, with a message. */
MUST_USE struct rc filter_apply(struct loader *l, struct filters *filters, struct rule *rule);

#endif
