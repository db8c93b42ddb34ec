/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * incident - findings that belong together, and what is known about them: links, assertions,
 * effects, tasks. One value says how an incident stands; the ledger keeps each that was true.
 */
#ifndef MODEL_INCIDENT_H
#define MODEL_INCIDENT_H

#include "model/action.h"
#include "model/finding_fact.h"

enum incident_state {
    INCIDENT_OPEN,
    INCIDENT_CONTAINED, /* every proposed action is EFFECTIVE */
    INCIDENT_CLOSED,
    INCIDENT_STATE_COUNT
};

/* Traffic Light Protocol 2.0, least restricted first. src: FIRST, TLP 2.0 */
enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED, TLP_COUNT };
struct str tlp_name(enum tlp t); /* "TLP:AMBER+STRICT" */

enum assertion_status {
    ASSERTION_KNOWN,
    ASSERTION_ASSESSED,
    ASSERTION_UNKNOWN, /* asked, and not answered yet: a notice says so */
    ASSERTION_WITHDRAWN,
    ASSERTION_STATUS_COUNT
};

/* What is asserted; model/assertion.def says what `value` and `extra` hold for each. */
enum assertion_kind {
#define ASSERTION(identifier, name, tlp, value, extra) ASSERTION_##identifier,
#include "model/assertion.def"
#undef ASSERTION
    ASSERTION_KIND_COUNT
};
struct str assertion_name(enum assertion_kind k);

struct assertion {
    uint32_t number; /* within the incident, from 1; stays when the text changes */
    enum assertion_kind kind;
    enum assertion_status status;
    enum tlp tlp;
    bool person_at_risk;
    char reliability;    /* Admiralty: 'A' to 'F' */
    uint8_t credibility; /* 1 to 6 */
    struct str value, extra;
    struct walltime as_of;
    const uint64_t *refs; /* positions of the facts and records that it rests on */
    uint32_t ref_count;
};

/* Why two findings are in one incident. */
struct incident_link {
    uint8_t finding[FINDING_ID_BYTES]; /* this one */
    uint8_t to[FINDING_ID_BYTES];      /* to an earlier one */
    enum entity_kind kind;             /* by this entity, which both name */
    struct str value;
    uint32_t seen_in; /* findings of the last day that name it: few is telling */
};

enum effect_kind {
    EFFECT_TOUCHED,
    EFFECT_READ,
    EFFECT_TAKEN,
    EFFECT_ALTERED,
    EFFECT_KIND_COUNT
};
enum effect_status {
    EFFECT_CONFIRMED,
    EFFECT_SUSPECTED,
    EFFECT_NONE_SO_FAR, /* looked for and not found; never "no" */
    EFFECT_UNKNOWN,     /* nothing that could tell was looked at */
    EFFECT_STATUS_COUNT
};
struct str effect_kind_name(enum effect_kind k);
struct str effect_status_name(enum effect_status s);

struct effect {
    struct str asset; /* id in the register */
    struct str name;  /* of the asset, for people */
    bool mandate;     /* it carries the institution's mandate */
    enum effect_kind kind;
    enum effect_status status;
    struct str
        basis; /* why, in a sentence of ours with the items: "3 files below /srv/cases" */
    const uint64_t *refs;
    uint32_t ref_count;
};

struct task {
    uint32_t number;
    struct str what; /* ours */
    struct str owner;
    struct walltime due;
    bool done;
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

/* Canonical JSON, at most FACT_CAP_BYTES: what does not fit is dropped and counted. */
void incident_encode(struct buf *out, const struct incident *i, struct walltime at);
MUST_USE struct rc incident_decode(struct str json, struct arena *a, struct incident *out);

#endif
