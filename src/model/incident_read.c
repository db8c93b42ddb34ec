/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/incident_read.h"

#include "model/fact_read.h"
#include "model/tactic.h"

#include <jansson.h>

/* A function that reads one of the words of an enum. */
#define WORD(function, type, name_of, count)                                                   \
    static type function(struct fact_read *r, const struct json_t *o, const char *key)         \
    {                                                                                          \
        struct str s = fact_read_text(r, o, key);                                              \
        for (int k = 0; k < (int)(count); k++) {                                               \
            if (str_eq(s, name_of((type)k))) {                                                 \
                return (type)k;                                                                \
            }                                                                                  \
        }                                                                                      \
        fact_read_fail(r, ERR_MALFORMED);                                                      \
        return (type)0;                                                                        \
    }

WORD(take_level, enum level, level_name, LEVEL_COUNT)
WORD(take_trust, enum trust, trust_name, TRUST_COUNT)
WORD(take_entity_kind, enum entity_kind, finding_kind_name, ENTITY_KIND_COUNT)
WORD(take_state, enum incident_state, incident_state_name, INCIDENT_STATE_COUNT)
WORD(take_tlp, enum tlp, tlp_name, TLP_COUNT)
WORD(take_status, enum assertion_status, assertion_status_name, ASSERTION_STATUS_COUNT)
WORD(take_assertion_kind, enum assertion_kind, assertion_name, ASSERTION_KIND_COUNT)
WORD(take_effect_kind, enum effect_kind, effect_kind_name, EFFECT_KIND_COUNT)
WORD(take_effect_status, enum effect_status, effect_status_name, EFFECT_STATUS_COUNT)
WORD(take_action_kind, enum action_kind, action_kind_name, ACTION_KIND_COUNT)
WORD(take_verdict, enum verdict, verdict_name, VERDICT_COUNT)
WORD(take_act, enum act, act_name, ACT_COUNT)
WORD(take_outcome, enum outcome, outcome_name, OUTCOME_COUNT)

static uint32_t take_u32(struct fact_read *r, const struct json_t *o, const char *key)
{
    uint64_t v = fact_read_u64(r, o, key);
    if (v > UINT32_MAX) {
        fact_read_fail(r, ERR_MALFORMED);
        return 0;
    }
    return (uint32_t)v;
}

static const uint64_t *take_refs(struct fact_read *r, const struct json_t *o,
                                 uint32_t *out_count)
{
    const struct json_t *list = fact_read_list(r, o, "refs", INCIDENT_MAX_REFS, out_count);
    uint64_t *refs = fact_read_room(r, *out_count, sizeof(*refs));
    for (uint32_t k = 0; refs != NULL && k < *out_count; k++) {
        const json_t *v = json_array_get(list, k);
        if (!json_is_integer(v) || json_integer_value(v) < 0) {
            fact_read_fail(r, ERR_MALFORMED);
            continue;
        }
        refs[k] = (uint64_t)json_integer_value(v);
    }
    return refs;
}

static void take_findings(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "findings", INCIDENT_MAX_FINDINGS, &i->listed_count);
    struct incident_finding *items = fact_read_room(r, i->listed_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->listed_count; k++) {
        const struct json_t *o = fact_read_item(r, list, k);
        struct incident_finding *f = &items[k];
        fact_read_hex(r, o, "id", f->id, FINDING_ID_BYTES);
        f->position = FINDING_NO_POSITION;
        if (fact_read_has(o, "position")) {
            f->position = fact_read_u64(r, o, "position");
        }
        f->title = fact_read_text(r, o, "title");
        f->host = fact_read_text(r, o, "host");
        f->level = take_level(r, o, "level");
        f->first = fact_read_time(r, o, "first");
        f->last = fact_read_time(r, o, "last");
        f->event_count = fact_read_u64(r, o, "event_count");
    }
    i->findings = items;
}

static void take_links(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "links", INCIDENT_MAX_LINKS, &i->link_count);
    struct incident_link *items = fact_read_room(r, i->link_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->link_count; k++) {
        const struct json_t *o = fact_read_item(r, list, k);
        fact_read_hex(r, o, "finding", items[k].finding, FINDING_ID_BYTES);
        fact_read_hex(r, o, "to", items[k].to, FINDING_ID_BYTES);
        items[k].kind = take_entity_kind(r, o, "kind");
        items[k].value = fact_read_text(r, o, "value");
        items[k].seen_in = take_u32(r, o, "seen_in");
    }
    i->links = items;
}

static void take_entities(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "entities", INCIDENT_MAX_ENTITIES, &i->entity_count);
    struct entity *items = fact_read_room(r, i->entity_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->entity_count; k++) {
        const struct json_t *o = fact_read_item(r, list, k);
        items[k].kind = take_entity_kind(r, o, "kind");
        items[k].value = fact_read_text(r, o, "value");
        items[k].role = fact_read_text(r, o, "role");
        items[k].trust = take_trust(r, o, "trust");
    }
    i->entities = items;
}

static void take_grade(struct fact_read *r, const struct json_t *o, struct assertion *a)
{
    struct str reliability = fact_read_text(r, o, "reliability");
    uint64_t credibility = fact_read_u64(r, o, "credibility");
    bool good = reliability.n == 1 && reliability.p[0] >= 'A' && reliability.p[0] <= 'F' &&
                credibility >= 1 && credibility <= 6;
    if (!good) {
        fact_read_fail(r, ERR_MALFORMED);
        return;
    }
    a->reliability = reliability.p[0];
    a->credibility = (uint8_t)credibility;
}

static void take_assertions(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "assertions", INCIDENT_MAX_ASSERTIONS, &i->assertion_count);
    struct assertion *items = fact_read_room(r, i->assertion_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->assertion_count; k++) {
        const struct json_t *o = fact_read_item(r, list, k);
        struct assertion *a = &items[k];
        a->number = take_u32(r, o, "number");
        a->kind = take_assertion_kind(r, o, "kind");
        a->status = take_status(r, o, "status");
        a->tlp = take_tlp(r, o, "tlp");
        a->person_at_risk = fact_read_bool(r, o, "person_at_risk");
        take_grade(r, o, a);
        a->value = fact_read_text(r, o, "value");
        a->extra = fact_read_text(r, o, "extra");
        a->as_of = fact_read_time(r, o, "as_of");
        a->refs = take_refs(r, o, &a->ref_count);
    }
    i->assertions = items;
}

static void take_effects(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "effects", INCIDENT_MAX_EFFECTS, &i->effect_count);
    struct effect *items = fact_read_room(r, i->effect_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->effect_count; k++) {
        const struct json_t *o = fact_read_item(r, list, k);
        struct effect *e = &items[k];
        e->asset = fact_read_text(r, o, "asset");
        e->name = fact_read_text(r, o, "name");
        e->mandate = fact_read_bool(r, o, "mandate");
        e->kind = take_effect_kind(r, o, "kind");
        e->status = take_effect_status(r, o, "status");
        e->basis = fact_read_text(r, o, "basis");
        e->refs = take_refs(r, o, &e->ref_count);
    }
    i->effects = items;
}

static void take_tasks(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "tasks", INCIDENT_MAX_TASKS, &i->task_count);
    struct task *items = fact_read_room(r, i->task_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->task_count; k++) {
        const struct json_t *o = fact_read_item(r, list, k);
        items[k].number = take_u32(r, o, "number");
        items[k].what = fact_read_text(r, o, "what");
        items[k].owner = fact_read_text(r, o, "owner");
        items[k].due = fact_read_time(r, o, "due");
        items[k].done = fact_read_bool(r, o, "done");
    }
    i->tasks = items;
}

static void take_target(struct fact_read *r, const struct json_t *o, struct action *a)
{
    if (a->kind != ACTION_BLOCK_ADDRESS) {
        a->account = fact_read_text(r, o, "account");
    } else if (!ipaddr_parse(fact_read_text(r, o, "address"), &a->address)) {
        fact_read_fail(r, ERR_MALFORMED);
    }
}

static void take_action(struct fact_read *r, const struct json_t *o, struct incident_action *a)
{
    fact_read_hex(r, o, "id", a->action.id, ACTION_ID_BYTES);
    a->action.kind = take_action_kind(r, o, "kind");
    take_target(r, o, &a->action);
    a->action.lease_s = take_u32(r, o, "lease_s");
    a->decided = fact_read_bool(r, o, "decided");
    if (a->decided) {
        a->verdict = take_verdict(r, o, "verdict");
    }
    a->acted = fact_read_bool(r, o, "acted");
    if (a->acted) {
        a->act = take_act(r, o, "act");
        a->outcome = take_outcome(r, o, "outcome");
    }
    a->until = fact_read_time(r, o, "until");
    a->detail = fact_read_text(r, o, "detail");
}

static void take_actions(struct fact_read *r, struct incident *i)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "actions", INCIDENT_MAX_ACTIONS, &i->action_count);
    struct incident_action *items = fact_read_room(r, i->action_count, sizeof(*items));
    for (uint32_t k = 0; items != NULL && k < i->action_count; k++) {
        take_action(r, fact_read_item(r, list, k), &items[k]);
        memcpy(items[k].action.incident, i->id, ACTION_ID_BYTES);
    }
    i->actions = items;
}

static uint32_t take_tactics(struct fact_read *r)
{
    uint32_t count, set = 0;
    const struct json_t *list = fact_read_list(r, r->root, "tactics", TACTIC_COUNT, &count);
    for (uint32_t k = 0; k < count; k++) {
        struct str slug = fact_read_item_text(r, list, k);
        unsigned t = 0;
        while (t < TACTIC_COUNT && !str_eq(slug, tactic_slug((enum tactic)t))) {
            t++;
        }
        if (t == TACTIC_COUNT) {
            fact_read_fail(r, ERR_MALFORMED);
        } else {
            set |= UINT32_C(1) << t;
        }
    }
    return set;
}

static void take_recurrence(struct fact_read *r, struct recurrence *out)
{
    const struct json_t *o = fact_read_object(r, r->root, "recurrence");
    out->nth = take_u32(r, o, "nth");
    out->earlier = fact_read_text(r, o, "earlier");
    out->since = fact_read_time(r, o, "since");
    out->because = fact_read_text(r, o, "because");
    out->base_rate = fact_read_text(r, o, "base_rate");
}

static void take_head(struct fact_read *r, struct incident *i)
{
    const struct json_t *o = r->root;
    fact_read_hex(r, o, "id", i->id, ACTION_ID_BYTES);
    i->version = take_u32(r, o, "version");
    i->name = fact_read_text(r, o, "name");
    i->title = fact_read_text(r, o, "title");
    i->type = fact_read_text(r, o, "type");
    i->state = take_state(r, o, "state");
    i->level = take_level(r, o, "level");
    i->detected = fact_read_time(r, o, "detected");
    i->first = fact_read_time(r, o, "first");
    i->last = fact_read_time(r, o, "last");
    i->tactics = take_tactics(r);
    i->finding_count = fact_read_u64(r, o, "finding_count");
}

struct rc incident_read_all(struct str json, struct arena *a, struct fact_head *out,
                            struct incident *out_incident)
{
    AUTO_FACT_READ r = {0};
    TRY(fact_read_open(&r, json, a, FACT_INCIDENT, out));
    struct incident i = {0};
    take_head(&r, &i);
    take_recurrence(&r, &i.recurrence);
    take_actions(&r, &i);
    take_effects(&r, &i);
    take_tasks(&r, &i);
    take_assertions(&r, &i);
    take_entities(&r, &i);
    take_links(&r, &i);
    take_findings(&r, &i);
    TRY(fact_read_done(&r));
    *out_incident = i;
    return RC_OK;
}
