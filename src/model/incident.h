/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * incident - findings that belong together, and what is known about them: links, assertions,
 * effects, tasks. One value says how an incident stands; the ledger keeps each that was true.
 */
#ifndef MODEL_INCIDENT_H
#define MODEL_INCIDENT_H

#include "model/action.h"
#include "model/assertion.h"
#include "model/effect.h"
#include "model/finding_fact.h"

enum incident_state {
    INCIDENT_OPEN,
    INCIDENT_CONTAINED, /* every proposed action is EFFECTIVE */
    INCIDENT_CLOSED,
    INCIDENT_STATE_COUNT
};
struct str incident_state_name(enum incident_state s);

/* Why two findings are in one incident. */
struct incident_link {
    uint8_t finding[FINDING_ID_BYTES]; /* this one */
    uint8_t to[FINDING_ID_BYTES];      /* to an earlier one */
    enum entity_kind kind;             /* by this entity, which both name */
    struct str value;
    uint32_t seen_in; /* findings of the last day that name it: few is telling */
};

struct incident_finding {
    uint8_t id[FINDING_ID_BYTES];
    uint64_t position; /* of the fact; FINDING_NO_POSITION in a scan */
    struct str title, host;
    enum level level;
    struct walltime first, last;
    uint64_t event_count;
};

/* "The second of this type since …". */
struct recurrence {
    uint32_t nth;       /* 1: none like it is known */
    struct str earlier; /* name and date of the latest earlier one */
    struct walltime since;
    struct str because;   /* facets that agree, ours */
    struct str base_rate; /* how often unrelated ones agree as much; or that it is not known */
};

struct incident_action {
    struct action action;
    enum verdict verdict;
    enum act act;
    enum outcome outcome;
    struct walltime until;
    struct str detail;
    bool decided, acted; /* whether verdict, act and outcome say anything yet */
};

enum {
    INCIDENT_MAX_FINDINGS = 128, /* listed; event and finding counts go on */
    INCIDENT_MAX_LINKS = 64,
    INCIDENT_MAX_ENTITIES = 64,
    INCIDENT_MAX_ASSERTIONS = 48,
    INCIDENT_MAX_EFFECTS = 32,
    INCIDENT_MAX_TASKS = 32,
    INCIDENT_MAX_ACTIONS = 32,
    /* Of the JSON: less than a fact may have, so that an answer can add to it. */
    INCIDENT_CAP_BYTES = FACT_CAP_BYTES - 4096,
    INCIDENT_MAX_REFS = 16, /* of one assertion or effect: the first of them */
};

struct incident {
    uint8_t id[ACTION_ID_BYTES]; /* of its first finding: the same in scan, live and replay */
    uint32_t version;            /* grows with each change */
    struct str name;             /* "2026-001": year and number within it */
    struct str title; /* ours: "Log-on after guessed passwords, then case files read" */
    struct str type;  /* RSIT, "intrusions/unprivileged-account-compromise" */
    enum incident_state state;
    enum level level;
    struct walltime detected, first, last;
    uint32_t tactics; /* set of enum tactic */
    uint64_t finding_count;
    const struct incident_finding *findings;
    const struct incident_link *links;
    const struct entity *entities;
    const struct assertion *assertions;
    const struct effect *effects;
    const struct task *tasks;
    const struct incident_action *actions;
    uint32_t listed_count, link_count, entity_count, assertion_count, effect_count, task_count,
        action_count;
    struct recurrence recurrence;
};

/* H(id of its first seed finding). */
void incident_id(const uint8_t finding[static FINDING_ID_BYTES],
                 uint8_t out[static ACTION_ID_BYTES]);

/* Of the fact that holds this version. */
void incident_key(const struct incident *i, uint8_t out[static FACT_KEY_BYTES]);

/*
 * incident_encode - the canonical JSON, at most INCIDENT_CAP_BYTES: what does not fit is
 * dropped and counted in "left_out". The key is made from id and version.
 */
void incident_encode(struct buf *out, const struct incident *i, struct walltime at);

/*
 * incident_decode - the reverse.
 * fails  SYNTAX, TOO_LONG, MALFORMED (a key is missing, of the wrong type or out of range),
 *        ARENA_FULL
 */
MUST_USE struct rc incident_decode(struct str json, struct arena *a, struct incident *out);

#endif
