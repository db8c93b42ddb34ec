/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * todo - the tasks that follow from effects: who does what until when. A task keeps its number
 * as the incident grows.
 */
#ifndef EFFECT_TODO_H
#define EFFECT_TODO_H

#include "effect/impact.h"

/* Of every incident: preserve, rotate, verify clean. fails ARENA_FULL */
MUST_USE struct rc todo_common(struct arena *a, struct impact *out,
                               const struct impact_view *v);
/* Of an asset that was touched. */
MUST_USE struct rc todo_asset(struct arena *a, struct impact *out, const struct asset *asset,
                              struct walltime detected);

#endif
