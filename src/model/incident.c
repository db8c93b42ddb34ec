/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/incident.h"

#include "base/hash.h"
#include "base/unicode.h"
#include "model/incident_read.h"
#include "model/tactic.h"

enum {
    TEXT_MAX_BYTES = 512,
    /*
     * Each try halves the lists; the last ones leave so little that even text which escaping
     * makes six times as long fits.
     */
    TRIES_MAX = 9,
    GENTLE_TRIES = 3, /* that spare what people are told: assertions, effects, tasks, actions */
};

struct writer {
    struct jsonw w;
    const struct incident *i;
    unsigned tried;
    uint64_t left_out;
};

struct str incident_state_name(enum incident_state s)
{
    static const struct str names[INCIDENT_STATE_COUNT] = {
        [INCIDENT_OPEN] = STR_INIT("open"),
        [INCIDENT_CONTAINED] = STR_INIT("contained"),
        [INCIDENT_CLOSED] = STR_INIT("closed"),
    };
    check(s < INCIDENT_STATE_COUNT);
    return names[s];
}

void incident_id(const uint8_t finding[static FINDING_ID_BYTES],
                 uint8_t out[static ACTION_ID_BYTES])
{
    AUTO_BUF b = {0};
    uint8_t full[HASH_SHA256_BYTES];
    buf_puts(&b, "incident\n");
    buf_put(&b, (struct str){(const char *)finding, FINDING_ID_BYTES});
    hash_sha256(bytes_of(buf_str(&b)), full);
    memcpy(out, full, ACTION_ID_BYTES);
}

static void put_text(struct writer *o, const char *key, struct str s)
{
    jsonw_key(&o->w, str_of(key));
    jsonw_str(&o->w, unicode_cut(s, TEXT_MAX_BYTES >> (o->tried / 2)));
}

static void put_number(struct writer *o, const char *key, uint64_t v)
{
    jsonw_key(&o->w, str_of(key));
    jsonw_u64(&o->w, v <= INT64_MAX ? v : INT64_MAX); /* what every reader of JSON can hold */
}

static void put_flag(struct writer *o, const char *key, bool v)
{
    jsonw_key(&o->w, str_of(key));
    jsonw_bool(&o->w, v);
}

static void put_time(struct writer *o, const char *key, struct walltime t)
{
    jsonw_key(&o->w, str_of(key));
    fact_put_time(&o->w, t);
}

static void put_id(struct writer *o, const char *key, const uint8_t *id)
{
    jsonw_key(&o->w, str_of(key));
    fact_put_hex(&o->w, (struct bytes){id, ACTION_ID_BYTES});
}

/* Opens a list; how many of its `count` items are written. */
static uint32_t begin_list(struct writer *o, const char *key, uint32_t count, uint32_t max)
{
    jsonw_key(&o->w, str_of(key));
    jsonw_array(&o->w);
    uint32_t n = count < max ? count : max;
    o->left_out += count - n;
    return n;
}

/* The cap of a list that may shrink at once, and of one that is spared. */
static uint32_t shrunk(const struct writer *o, uint32_t max)
{
    return max >> o->tried;
}

static uint32_t spared(const struct writer *o, uint32_t max)
{
    return o->tried <= GENTLE_TRIES ? max : max >> (o->tried - GENTLE_TRIES);
}

static void put_refs(struct writer *o, const uint64_t *refs, uint32_t count)
{
    uint32_t n = begin_list(o, "refs", count, shrunk(o, INCIDENT_MAX_REFS));
    for (uint32_t k = 0; k < n; k++) {
        jsonw_u64(&o->w, refs[k] <= INT64_MAX ? refs[k] : INT64_MAX);
    }
    jsonw_end_array(&o->w);
}

static void put_findings(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n = begin_list(o, "findings", i->listed_count, shrunk(o, INCIDENT_MAX_FINDINGS));
    for (uint32_t k = 0; k < n; k++) {
        const struct incident_finding *f = &i->findings[k];
        jsonw_object(&o->w);
        put_id(o, "id", f->id);
        if (f->position != FINDING_NO_POSITION) {
            put_number(o, "position", f->position);
        }
        put_text(o, "title", f->title);
        put_text(o, "host", f->host);
        jsonw_key_str(&o->w, "level", level_name(f->level));
        put_time(o, "first", f->first);
        put_time(o, "last", f->last);
        put_number(o, "event_count", f->event_count);
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_links(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n = begin_list(o, "links", i->link_count, shrunk(o, INCIDENT_MAX_LINKS));
    for (uint32_t k = 0; k < n; k++) {
        const struct incident_link *l = &i->links[k];
        jsonw_object(&o->w);
        put_id(o, "finding", l->finding);
        put_id(o, "to", l->to);
        jsonw_key_str(&o->w, "kind", finding_kind_name(l->kind));
        put_text(o, "value", l->value);
        put_number(o, "seen_in", l->seen_in);
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_entities(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n = begin_list(o, "entities", i->entity_count, shrunk(o, INCIDENT_MAX_ENTITIES));
    for (uint32_t k = 0; k < n; k++) {
        const struct entity *e = &i->entities[k];
        jsonw_object(&o->w);
        jsonw_key_str(&o->w, "kind", finding_kind_name(e->kind));
        put_text(o, "value", e->value);
        put_text(o, "role", e->role);
        jsonw_key_str(&o->w, "trust", trust_name(e->trust));
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_assertions(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n =
        begin_list(o, "assertions", i->assertion_count, spared(o, INCIDENT_MAX_ASSERTIONS));
    for (uint32_t k = 0; k < n; k++) {
        const struct assertion *a = &i->assertions[k];
        jsonw_object(&o->w);
        put_number(o, "number", a->number);
        jsonw_key_str(&o->w, "kind", assertion_name(a->kind));
        jsonw_key_str(&o->w, "status", assertion_status_name(a->status));
        jsonw_key_str(&o->w, "tlp", tlp_name(a->tlp));
        put_flag(o, "person_at_risk", a->person_at_risk);
        jsonw_key(&o->w, STR("reliability"));
        jsonw_str(&o->w, (struct str){&a->reliability, 1});
        put_number(o, "credibility", a->credibility);
        put_text(o, "value", a->value);
        put_text(o, "extra", a->extra);
        put_time(o, "as_of", a->as_of);
        put_refs(o, a->refs, a->ref_count);
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_effects(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n = begin_list(o, "effects", i->effect_count, spared(o, INCIDENT_MAX_EFFECTS));
    for (uint32_t k = 0; k < n; k++) {
        const struct effect *e = &i->effects[k];
        jsonw_object(&o->w);
        put_text(o, "asset", e->asset);
        put_text(o, "name", e->name);
        put_flag(o, "mandate", e->mandate);
        jsonw_key_str(&o->w, "kind", effect_kind_name(e->kind));
        jsonw_key_str(&o->w, "status", effect_status_name(e->status));
        put_text(o, "basis", e->basis);
        put_refs(o, e->refs, e->ref_count);
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_tasks(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n = begin_list(o, "tasks", i->task_count, spared(o, INCIDENT_MAX_TASKS));
    for (uint32_t k = 0; k < n; k++) {
        const struct task *t = &i->tasks[k];
        jsonw_object(&o->w);
        put_number(o, "number", t->number);
        put_text(o, "what", t->what);
        put_text(o, "owner", t->owner);
        put_time(o, "due", t->due);
        put_flag(o, "done", t->done);
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_target(struct writer *o, const struct action *a)
{
    if (a->kind == ACTION_BLOCK_ADDRESS) {
        AUTO_BUF address = {0};
        ipaddr_format(&address, &a->address);
        jsonw_key_str(&o->w, "address", buf_str(&address));
    } else {
        put_text(o, "account", a->account);
    }
}

static void put_actions(struct writer *o)
{
    const struct incident *i = o->i;
    uint32_t n = begin_list(o, "actions", i->action_count, spared(o, INCIDENT_MAX_ACTIONS));
    for (uint32_t k = 0; k < n; k++) {
        const struct incident_action *a = &i->actions[k];
        jsonw_object(&o->w);
        put_id(o, "id", a->action.id);
        jsonw_key_str(&o->w, "kind", action_kind_name(a->action.kind));
        put_target(o, &a->action);
        put_number(o, "lease_s", a->action.lease_s);
        put_flag(o, "decided", a->decided);
        if (a->decided) {
            jsonw_key_str(&o->w, "verdict", verdict_name(a->verdict));
        }
        put_flag(o, "acted", a->acted);
        if (a->acted) {
            jsonw_key_str(&o->w, "act", act_name(a->act));
            jsonw_key_str(&o->w, "outcome", outcome_name(a->outcome));
        }
        put_time(o, "until", a->until);
        put_text(o, "detail", a->detail);
        jsonw_end_object(&o->w);
    }
    jsonw_end_array(&o->w);
}

static void put_recurrence(struct writer *o)
{
    const struct recurrence *r = &o->i->recurrence;
    jsonw_key(&o->w, STR("recurrence"));
    jsonw_object(&o->w);
    put_number(o, "nth", r->nth);
    put_text(o, "earlier", r->earlier);
    put_time(o, "since", r->since);
    put_text(o, "because", r->because);
    put_text(o, "base_rate", r->base_rate);
    jsonw_end_object(&o->w);
}

static void put_tactics(struct writer *o)
{
    jsonw_key(&o->w, STR("tactics"));
    jsonw_array(&o->w);
    for (unsigned t = 0; t < TACTIC_COUNT; t++) {
        if ((o->i->tactics >> t & 1) != 0) {
            jsonw_str(&o->w, tactic_slug((enum tactic)t));
        }
    }
    jsonw_end_array(&o->w);
}

static void put_head(struct writer *o)
{
    const struct incident *i = o->i;
    put_id(o, "id", i->id);
    put_number(o, "version", i->version);
    put_text(o, "name", i->name);
    put_text(o, "title", i->title);
    put_text(o, "type", i->type);
    jsonw_key_str(&o->w, "state", incident_state_name(i->state));
    jsonw_key_str(&o->w, "level", level_name(i->level));
    put_time(o, "detected", i->detected);
    put_time(o, "first", i->first);
    put_time(o, "last", i->last);
    put_tactics(o);
    put_number(o, "finding_count", i->finding_count);
}

void incident_key(const struct incident *i, uint8_t out[static FACT_KEY_BYTES])
{
    AUTO_BUF version = {0};
    buf_u64(&version, i->version);
    const struct str parts[] = {{(const char *)i->id, ACTION_ID_BYTES}, buf_str(&version)};
    fact_key(FACT_INCIDENT, parts, COUNT_OF(parts), out);
}

static void encode(struct buf *out, const struct incident *i, struct walltime at,
                   unsigned tried)
{
    struct writer o = {.w = jsonw_to(out), .i = i, .tried = tried};
    uint8_t key[FACT_KEY_BYTES];
    incident_key(i, key);
    fact_begin(&o.w, FACT_INCIDENT, key, at);
    put_head(&o);
    put_recurrence(&o);
    put_actions(&o);
    put_effects(&o);
    put_tasks(&o);
    put_assertions(&o);
    put_entities(&o);
    put_links(&o);
    put_findings(&o);
    if (o.left_out != 0) {
        put_number(&o, "left_out", o.left_out);
    }
    fact_end(&o.w);
}

void incident_encode(struct buf *out, const struct incident *i, struct walltime at)
{
    AUTO_BUF one = {0};
    for (unsigned tried = 0; tried < TRIES_MAX; tried++) {
        buf_clear(&one);
        encode(&one, i, at, tried);
        if (one.n <= INCIDENT_CAP_BYTES) {
            buf_put(out, buf_str(&one));
            return;
        }
    }
    check(false);
}

struct rc incident_decode(struct str json, struct arena *a, struct incident *out)
{
    struct incident i = {0};
    struct fact_head head;
    uint8_t key[FACT_KEY_BYTES];
    TRY(incident_read_all(json, a, &head, &i));
    /* the ledger stores by the key: one that is not this version's could hide another */
    incident_key(&i, key);
    if (memcmp(key, head.key, sizeof(key)) != 0) {
        return rc_make(ERR_MALFORMED);
    }
    *out = i;
    return RC_OK;
}
