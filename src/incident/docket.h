/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * docket - all incidents with what was proposed and done about them: the fold over facts that
 * the role, a scan and a replay share. Pure; it holds nothing that the ledger does not.
 */
#ifndef INCIDENT_DOCKET_H
#define INCIDENT_DOCKET_H

#include "incident/assess.h"
#include "incident/raid.h"
#include "incident/recurrence.h"

enum { DOCKET_MAX_DETAIL_BYTES = 240 };

struct docket;

/* An action of a case, from proposal to end. */
struct docket_action {
    struct incident_action state; /* texts borrow from the two below */
    struct evidence evidence;     /* of the newest proposal */
    char reason[ACTION_MAX_REASON_BYTES];
    size_t reason_n;
    char account[ACTION_MAX_ACCOUNT_BYTES];
    char detail[DOCKET_MAX_DETAIL_BYTES];
    struct walltime acted_at, sent_event;
    bool to_send; /* the proposal has to go out */
};

struct docket_case {
    uint8_t id[ACTION_ID_BYTES];
    const struct group *group;
    struct docket_action actions[INCIDENT_MAX_ACTIONS];
    uint32_t action_count;
    struct walltime acted_at;
    uint64_t raid_attempts;
    struct walltime raids_at;
    uint64_t changes; /* grows with each change: is there a new version to write? */
    struct recurrence_facets facets; /* as it was last assessed; texts of playbook and group */
    uint64_t proposed_changes;       /* of the group, up to which actions were proposed */
    /* For whoever writes versions down. */
    uint64_t written_changes;
    uint32_t version;
    uint64_t due_ns; /* on the clock of durations */
};

/* Both are borrowed and loaded before; neither may be NULL. */
struct docket *docket_open(const struct playbooks *playbooks, const struct history *history);
void docket_close(struct docket *d);

/* The case that this finding began, joined or changed; NULL: it waits, or is noise. */
struct docket_case *docket_finding(struct docket *d, const struct finding_fact *f,
                                   uint64_t position);
/* What contain decided or an executor achieved; NULL: about none of ours. */
struct docket_case *docket_action_fact(struct docket *d, const struct action_fact *f);
/* All that is not decided, or came to nothing, has to be sent again: contain has a new channel.
 */
void docket_send_again(struct docket *d);

size_t docket_count(const struct docket *d);
struct docket_case *docket_at(const struct docket *d, size_t i);
struct docket_case *docket_find(const struct docket *d,
                                const uint8_t id[static ACTION_ID_BYTES]);
const struct raids *docket_raids(const struct docket *d);

/* What the stage of effects found; assets are told by the holdings. */
struct docket_effects {
    const struct effect *effects;
    uint32_t effect_count;
    const struct task *tasks;
    uint32_t task_count;
    const struct assess_holding *holdings;
    uint32_t holding_count;
};

/*
 * docket_incident - the case as it stands.
 *
 * a      owns what is new in *out; the rest borrows from the docket and from `e`
 * fails  ARENA_FULL
 */
MUST_USE struct rc docket_incident(struct docket *d, struct docket_case *c,
                                   const struct docket_effects *e, struct arena *a,
                                   struct incident *out);

#endif
