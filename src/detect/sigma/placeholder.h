/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placeholder - |expand: %name% in a value becomes each value of the user's list.
 */
#ifndef DETECT_SIGMA_PLACEHOLDER_H
#define DETECT_SIGMA_PLACEHOLDER_H

#include "base/vec.h"
#include "detect/sigma/loader.h"

struct placeholder_values VEC_OF(struct rule_value);

struct placeholder_opts {
    bool regex; /* the value is a regex: what a list gives is escaped */
};

/*
 * Add to out what value means once its placeholders are replaced, all combinations; `\%` is a
 * percent sign. Fails with a message when a list is missing or empty.
 */
MUST_USE struct rc placeholder_expand(struct loader *l, const struct rule_value *value,
                                      const struct placeholder_opts *opts,
                                      struct placeholder_values *out);

/*
 * placeholder_read - a user's lists, a YAML map of name: [value, …], into l->keep.
 * fails  REJECTED, with a message for each fault
 */
MUST_USE struct rc placeholder_read(struct loader *l, struct str text,
                                    struct ruleset_opts *out);

#endif
