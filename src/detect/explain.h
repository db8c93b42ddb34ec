/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain - why a rule did or did not match an event, item by item, for people.
 */
#ifndef DETECT_EXPLAIN_H
#define DETECT_EXPLAIN_H

#include "base/buf.h"
#include "detect/engine.h"

/*
 * explain_rule - appended to out as lines, indented two blanks a level: each reading of the
 * event, then whether the rule looks at it, the condition, each selection and each item with
 * its truth, the value that was seen, or that the field is absent. Foreign text is escaped.
 *
 * Returns whether the rule matches the event.
 * fails  ARENA_FULL
 */
MUST_USE struct rc explain_rule(const struct engine *e, size_t rule, const struct event *event,
                                struct buf *out, bool *out_matches);

#endif
