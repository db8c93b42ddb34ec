/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * modifier - the names of Sigma's modifiers, their order, and what values each takes.
 * src: sigma-specification 2.1.0, sigma-appendix-modifiers
 */
#ifndef DETECT_SIGMA_MODIFIER_H
#define DETECT_SIGMA_MODIFIER_H

#include "detect/sigma/loader.h"

struct str modifier_name(enum modifier m);
/* The name or an alias (wide, ignorecase, multiline, dotall). */
MUST_USE bool modifier_parse(struct str s, enum modifier *out);
/* The name that s was probably meant to be; empty when none is near. */
struct str modifier_nearest(struct str s);

/* Does the item have m? */
bool modifier_is_on(const struct rule_item *item, enum modifier m);

/*
 * modifier_check_order, modifier_check_values - may these modifiers stand together in this
 * order, and may they have these values? (|expand is resolved before.)
 *
 * key    the node of the item's key
 * fails  REJECTED, with a message
 */
MUST_USE struct rc modifier_check_order(struct loader *l, const struct node *key,
                                        const struct rule_item *item);
MUST_USE struct rc modifier_check_values(struct loader *l, const struct node *key,
                                         const struct rule_item *item);

/* Does s, read with Sigma's escapes, hold a wildcard? */
bool modifier_has_wildcard(struct str s);

#endif
