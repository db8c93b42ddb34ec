/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * aggregate - the legacy tail of a condition, `| count(field) by group > 5`, which modern
 * Sigma writes as a correlation rule.
 * src: sigma-specification 1.0, aggregation expressions
 */
#ifndef DETECT_SIGMA_AGGREGATE_H
#define DETECT_SIGMA_AGGREGATE_H

#include "detect/sigma/loader.h"

/*
 * aggregate_parse - what follows the `|`.
 *
 * out_type  the type of correlation it means, static text: "event_count" …
 * fails     REJECTED, with what to write instead
 */
MUST_USE struct rc aggregate_parse(struct loader *l, const struct node *at, struct str text,
                                   struct str *out_type);

#endif
