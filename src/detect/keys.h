/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys - of an event on which a rule fired, the values by which correlations over that rule
 * group and count (rule.keys).
 */
#ifndef DETECT_KEYS_H
#define DETECT_KEYS_H

#include "detect/sigma/rule.h"
#include "model/event.h"
#include "model/finding.h"

/*
 * keys_extract - set f->keys to the fields of rule->keys that the event has, their values as
 * text, in the order of rule->keys. Of a field with several values the first counts; one
 * without a scalar value is absent.
 *
 * view  the reading that the rule fired on; NULL: the record itself
 * a     owns the list; values may lie in the event
 * fails ARENA_FULL
 */
MUST_USE struct rc keys_extract(const struct rule *rule, const struct event *e,
                                const struct view *view, struct arena *a, struct finding *f);

#endif
