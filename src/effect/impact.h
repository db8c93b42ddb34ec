/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * impact - what an incident did to what the institution has, as far as its findings tell, and
 * the tasks that follow. Pure. A copy that was taken is never confirmed by a machine.
 */
#ifndef EFFECT_IMPACT_H
#define EFFECT_IMPACT_H

#include "effect/register.h"
#include "model/effect.h"
#include "model/finding_fact.h"

/* What of an incident is looked at. */
struct impact_view {
    const struct finding_fact *const *findings;
    const uint64_t *positions; /* of their facts; FINDING_NO_POSITION in a scan */
    uint32_t finding_count;
    bool success;
    struct walltime detected;
};

/* Lists are owned by the arena, assets by the register. */
struct impact {
    struct effect *effects;
    uint32_t effect_count;
    struct task *tasks;
    uint32_t task_count;
    const struct asset **assets; /* that any effect but an unknown one was found on */
    uint32_t asset_count;
};

/*
 * impact_find - effects and tasks.
 *
 * r      NULL: there is no register, so that no effect can be told
 * fails  ARENA_FULL
 */
MUST_USE struct rc impact_find(const struct assets *r, const struct impact_view *v,
                               struct arena *a, struct impact *out);

#endif
