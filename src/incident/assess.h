/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assess - an incident as it stands: what is known, assessed and unknown, put together from the
 * group of findings, effects, actions, recurrence and raids. Pure; the same in, the same out.
 * src: model/assertion.def
 */
#ifndef INCIDENT_ASSESS_H
#define INCIDENT_ASSESS_H

#include "incident/playbook.h"

/* What an asset with effects is to the public. */
struct assess_holding {
    struct str asset; /* id, as in struct effect */
    struct str class;
    struct str service; /* may be empty */
};

struct assess_input {
    const struct group *group;
    const struct playbook *book; /* NULL: none is about this group */
    uint32_t version;
    const struct incident_action *actions;
    uint32_t action_count;
    struct walltime acted_at; /* of the newest outcome */
    const struct effect *effects;
    uint32_t effect_count;
    const struct task *tasks;
    uint32_t task_count;
    const struct assess_holding *holdings;
    uint32_t holding_count;
    uint64_t raid_attempts; /* in the day before raids_at */
    struct walltime raids_at;
};

/*
 * assess_incident - everything but the recurrence, which needs the facets of this.
 *
 * a      owns what is new in *out; the rest borrows from the input
 * fails  ARENA_FULL
 */
MUST_USE struct rc assess_incident(const struct assess_input *in, struct arena *a,
                                   struct incident *out);
/* Adds what the comparison with earlier incidents gave, as an assertion too. */
MUST_USE struct rc assess_recurrence(struct incident *i, const struct recurrence *r,
                                     struct arena *a);

#endif
