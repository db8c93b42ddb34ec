/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule_read - a document into a rule.
 */
#ifndef DETECT_SIGMA_RULE_READ_H
#define DETECT_SIGMA_RULE_READ_H

#include "detect/sigma/loader.h"

/* aggregate: the type of correlation that a legacy condition means; empty for most rules. */
struct rule_reading {
    struct rule rule;
    struct str aggregate;
};

/* REJECTED, with a message for each fault. */
MUST_USE struct rc rule_read(struct loader *l, const struct node *root,
                             struct rule_reading *out);

/* Parts that rules share with correlations and filters. */
MUST_USE struct rc rule_read_title(struct loader *l, const struct node *root, struct str *out);
/* Lower case; empty when there is none. */
MUST_USE struct rc rule_read_id(struct loader *l, const struct node *root, struct str *out);
/* of: the node that holds `logsource`, which is there. */
MUST_USE struct rc rule_read_logsource(struct loader *l, const struct node *of,
                                       struct logsource_want *out);

/* Is s a UUID in its 36 characters? */
bool rule_read_is_uuid(struct str s);

#endif
