/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule_item - one `field|modifiers: values` of a selection.
 */
#ifndef DETECT_SIGMA_RULE_ITEM_H
#define DETECT_SIGMA_RULE_ITEM_H

#include "detect/sigma/loader.h"

/* Read and validate; |expand is resolved from the loader's lists. REJECTED with messages. */
MUST_USE struct rc rule_item_read(struct loader *l, const struct node *key,
                                  const struct node *value, struct rule_item *out);

/* The scalars items[0] to items[count - 1] as one keyword item without modifiers. */
MUST_USE struct rc rule_item_read_keywords(struct loader *l, const struct node *const *items,
                                           uint32_t count, struct rule_item *out);

#endif
