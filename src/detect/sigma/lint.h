/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint - what is valid but probably not what was meant. Warnings, except for what the
 * specification forbids, which --strict rejects.
 */
#ifndef DETECT_SIGMA_LINT_H
#define DETECT_SIGMA_LINT_H

#include "detect/sigma/loader.h"

/* Before |expand is resolved; is_list: the values were written as a list. */
MUST_USE struct rc lint_item(struct loader *l, const struct node *key,
                             const struct rule_item *item, bool is_list);

/* Level, status, dates and id as they stand in the document. */
void lint_metadata(struct loader *l, const struct node *root, const struct rule *rule);

/* Windows fields whose name differs from the known one only by case. */
void lint_field_case(struct loader *l, const struct rule *rule);

#endif
