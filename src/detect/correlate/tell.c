/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/tell.h"

#include "base/cursor.h"

#include <stdlib.h>

enum { CARRIED_MAX = 8 }; /* contributors whose fields are carried on */

struct str tell_rule_id(struct str id, struct str title)
{
    return id.n != 0 ? id : title;
}

static struct walltime known_or(struct walltime t, struct walltime other)
{
    return walltime_known(t) ? t : other;
}

struct rc tell_event(const struct tell *t, const struct evidence_event *e,
                     struct finding_fact *out)
{
    const struct rule *rule = &t->opts->rules[e->rule];
    struct finding f;
    struct record_ref *ref = arena_zalloc(t->arena, 1, sizeof(*ref));
    TRY(evidence_event_finding(e, (uint32_t)t->opts->rule_count, t->arena, &f));
    if (ref == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    *ref =
        (struct record_ref){.position = e->position, .source = e->source, .number = f.record};
    memcpy(ref->digest, f.record_digest, sizeof(ref->digest));
    *out = (struct finding_fact){
        .rule_id = tell_rule_id(rule->id, rule->title),
        .rule_title = rule->title,
        .rule_name = rule->name,
        .level = rule->level,
        .tags = rule->tags,
        .tag_count = rule->tag_count,
        .first = f.time,
        .last = f.time,
        .received = known_or(e->received, f.time),
        .host = f.host,
        .event_count = 1,
        .records = ref,
        .record_count = 1,
        .trust = e->trust,
        .source_count = e->source_count,
        .matched = f.matched,
        .matched_count = f.matched_count,
        .entities = f.entities,
        .entity_count = f.entity_count,
    };
    finding_id(out->rule_id, e->identity, e->ordinal, out->id);
    return RC_OK;
}

/* A finding of a correlation while it is gathered. */
struct gather {
    const struct tell *tell;
    struct finding_fact *fact;
    struct evidence_alert *alert;
    struct record_ref *refs; /* FINDING_FACT_MAX_RECORDS, one for each leaf */
    struct entity *entities; /* FINDING_MAX_ENTITIES */
    bool one_host;
};

static bool is_same_ref(const struct record_ref *a, const struct record_ref *b)
{
    return a->position == b->position && a->number == b->number &&
           memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 && str_eq(a->source, b->source);
}

static void add_entities(struct gather *g, const struct entity *list, uint32_t count)
{
    struct finding_fact *f = g->fact;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < f->entity_count && !(g->entities[at].kind == list[i].kind &&
                                         str_eq(g->entities[at].value, list[i].value) &&
                                         str_eq(g->entities[at].role, list[i].role))) {
            at++;
        }
        if (at < f->entity_count) {
            evidence_raise(&g->entities[at], 1, &list[i], 1);
        } else if (f->entity_count < FINDING_MAX_ENTITIES) {
            g->entities[f->entity_count++] = list[i];
        }
    }
}

static void widen(struct gather *g, struct walltime first, struct walltime last,
                  struct walltime received)
{
    struct finding_fact *f = g->fact;
    if (walltime_known(first) && (!walltime_known(f->first) || first.us < f->first.us)) {
        f->first = first;
    }
    if (walltime_known(last) && (!walltime_known(f->last) || last.us >= f->last.us)) {
        f->last = last;
    }
    if (walltime_known(received) &&
        (!walltime_known(f->received) || received.us > f->received.us)) {
        f->received = received;
    }
}

/* False: the record is listed already, or there is no room to list it. */
static bool add_leaf(struct gather *g, const struct record_ref *ref,
                     const struct evidence_leaf *leaf)
{
    struct finding_fact *f = g->fact;
    for (uint32_t i = 0; i < f->record_count; i++) {
        if (is_same_ref(&g->refs[i], ref)) {
            return false;
        }
    }
    if (f->record_count == FINDING_FACT_MAX_RECORDS) {
        g->alert->rest = leaf->trust < g->alert->rest ? leaf->trust : g->alert->rest;
        return false;
    }
    g->alert->leaves[g->alert->leaf_count++] = *leaf;
    g->refs[f->record_count++] = *ref;
    return true;
}

static void note_host(struct gather *g, struct str host)
{
    g->one_host = g->one_host && (g->fact->host.n == 0 || str_eq(g->fact->host, host));
    g->fact->host = host.n != 0 ? host : g->fact->host;
}

static struct rc add_event(struct gather *g, const struct group_entry *entry,
                           const struct evidence_event *e)
{
    struct finding f;
    g->fact->event_count += entry->count;
    struct evidence_leaf leaf = {.rule = e->rule,
                                 .item = entry->item,
                                 .trust = e->trust,
                                 .source_count = e->source_count};
    memcpy(leaf.identity, e->identity, sizeof(leaf.identity));
    if (g->fact->record_count == FINDING_FACT_MAX_RECORDS) {
        g->alert->rest = e->trust < g->alert->rest ? e->trust : g->alert->rest;
        const struct walltime t = {.us = e->time_us, .digits = 6};
        widen(g, t, t, e->received);
        return RC_OK;
    }
    TRY(evidence_event_finding(e, (uint32_t)g->tell->opts->rule_count, g->tell->arena, &f));
    struct record_ref ref = {.position = e->position, .source = e->source, .number = f.record};
    memcpy(ref.digest, f.record_digest, sizeof(ref.digest));
    if (!add_leaf(g, &ref, &leaf)) {
        g->fact->event_count -= entry->count; /* another rule fired on the same record */
    }
    struct walltime time = known_or(f.time, e->received);
    widen(g, time, time, e->received);
    note_host(g, f.host);
    return RC_OK;
}

/* Twins may have come since the alert was told. */
static void refresh(const struct tell *t, struct evidence_alert *a)
{
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        struct evidence_leaf *leaf = &a->leaves[i];
        const struct evidence_event *e =
            pool_get(t->pool, t->rule_lanes[leaf->rule], leaf->item);
        if (e != NULL) {
            leaf->trust = e->trust;
            leaf->source_count = e->source_count;
        }
    }
}

static void raise_by_leaves(const struct tell *t, const struct evidence_alert *a,
                            struct entity *entities, uint32_t count)
{
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        const struct evidence_event *e =
            pool_get(t->pool, t->rule_lanes[a->leaves[i].rule], a->leaves[i].item);
        struct finding f;
        if (e != NULL && e->source_count > 1 &&
            !rc_failed(
                evidence_event_finding(e, (uint32_t)t->opts->rule_count, t->arena, &f))) {
            evidence_raise(entities, count, f.entities, f.entity_count);
        }
    }
}

static struct rc add_alert(struct gather *g, struct evidence_alert *a)
{
    struct finding_fact inner;
    TRY(finding_fact_decode(a->fact, g->tell->arena, &inner));
    refresh(g->tell, a);
    uint64_t listed = 0;
    for (uint32_t i = 0; i < a->leaf_count && i < inner.record_count; i++) {
        listed += add_leaf(g, &inner.records[i], &a->leaves[i]);
    }
    g->fact->event_count += listed + (a->event_count - a->leaf_count);
    g->alert->rest = a->rest < g->alert->rest ? a->rest : g->alert->rest;
    widen(g, inner.first, inner.last, inner.received);
    note_host(g, inner.host);
    return RC_OK;
}

/* Was this alert taken from an earlier entry? Its echoes stand for it too. */
static bool is_taken(const struct group *group, size_t first, size_t at)
{
    for (size_t i = first; i < at; i++) {
        if (group->entries.p[i].target == group->entries.p[at].target &&
            group->entries.p[i].item == group->entries.p[at].item) {
            return true;
        }
    }
    return false;
}

/* What an entry stands for; both NULL: it is forgotten. */
struct thing {
    struct evidence_event *event;
    struct evidence_alert *alert;
};

static struct thing thing_of(const struct gather *g, const struct tell_window *w, size_t at)
{
    const struct group_entry *entry = &w->group->entries.p[at];
    const struct correlation *c = &g->tell->opts->correlations[w->correlation];
    const struct correlation_target *t = &c->targets[entry->target];
    uint32_t lane = t->is_correlation ? g->tell->first_alert_lane + t->index
                                      : g->tell->rule_lanes[t->index];
    void *item = pool_get(g->tell->pool, lane, entry->item);
    return t->is_correlation ? (struct thing){.alert = item} : (struct thing){.event = item};
}

static struct rc add_entry(struct gather *g, const struct tell_window *w, size_t at)
{
    struct thing thing = thing_of(g, w, at);
    if (thing.event != NULL) {
        return add_event(g, &w->group->entries.p[at], thing.event);
    }
    if (thing.alert != NULL && !is_taken(w->group, w->window.first, at)) {
        return add_alert(g, thing.alert);
    }
    return RC_OK;
}

static struct rc add_entities_of(struct gather *g, const struct tell_window *w, size_t at)
{
    struct thing thing = thing_of(g, w, at);
    struct finding f;
    struct finding_fact inner;
    if (thing.event != NULL) {
        TRY(evidence_event_finding(thing.event, (uint32_t)g->tell->opts->rule_count,
                                   g->tell->arena, &f));
        add_entities(g, f.entities, f.entity_count);
    } else if (thing.alert != NULL && !is_taken(w->group, w->window.first, at)) {
        TRY(finding_fact_decode(thing.alert->fact, g->tell->arena, &inner));
        add_entities(g, inner.entities, inner.entity_count);
        raise_by_leaves(g->tell, thing.alert, g->entities, g->fact->entity_count);
    }
    return RC_OK;
}

/*
 * From the last step back: whom the log-on was for matters more than all the names that were
 * guessed before, which could be chosen so as to fill the list.
 */
static struct rc add_all_entities(struct gather *g, const struct tell_window *w)
{
    size_t looked = 0;
    for (size_t i = w->window.end; i > w->window.first; i--) {
        if (looked++ == FINDING_FACT_MAX_RECORDS) {
            break;
        }
        TRY(add_entities_of(g, w, i - 1));
    }
    return RC_OK;
}

/* The values that stand in the key of a group. */
static struct rc put_keys(struct gather *g, const struct correlation *c, struct str key)
{
    struct matched *keys = arena_zalloc(g->tell->arena, c->group_count, sizeof(*keys));
    struct cursor in = cursor_of(bytes_of(key));
    if (keys == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < c->group_count; i++) {
        keys[i].field = c->groups[i];
        keys[i].value = cursor_lstr(&in);
    }
    g->fact->keys = keys;
    g->fact->key_count = c->group_count;
    return cursor_done(&in);
}

/* Fields whose names are not carried yet. */
static void carry(struct evidence_alert *a, const struct matched *fields, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool known = a->field_count == EVIDENCE_MAX_FIELDS;
        for (uint32_t j = 0; j < a->field_count && !known; j++) {
            known = str_eq(a->fields[j].field, fields[i].field);
        }
        if (!known) {
            a->fields[a->field_count++] = fields[i];
        }
    }
}

static struct rc carry_entry(struct gather *g, const struct tell_window *w, size_t at)
{
    struct thing thing = thing_of(g, w, at);
    struct finding f;
    if (thing.alert != NULL) {
        carry(g->alert, thing.alert->fields, thing.alert->field_count);
    } else if (thing.event != NULL) {
        TRY(evidence_event_finding(thing.event, (uint32_t)g->tell->opts->rule_count,
                                   g->tell->arena, &f));
        carry(g->alert, f.keys, f.key_count);
    }
    return RC_OK;
}

/*
 * What correlations over this one group by: its groups; then the fields of its last
 * contributor, and what that lacks of those before it (an EXECVE record of auditd has no AUID,
 * the SYSCALL record of the same event does).
 */
static struct rc carry_all(struct gather *g, const struct tell_window *w)
{
    size_t looked = 0;
    carry(g->alert, g->fact->keys, g->fact->key_count);
    for (size_t i = w->window.end; i > w->window.first && looked < CARRIED_MAX; i--) {
        TRY(carry_entry(g, w, i - 1));
        looked++;
    }
    g->alert->record = w->group->entries.p[w->window.end - 1].record;
    return RC_OK;
}

/* Trust and sources of the whole: the least of its leaves, and of what is not listed. */
static void weigh(const struct evidence_alert *a, struct finding_fact *f)
{
    f->trust = a->rest;
    f->source_count = a->leaf_count == 0 ? 0 : UINT32_MAX;
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        const struct evidence_leaf *leaf = &a->leaves[i];
        f->trust = leaf->trust < f->trust ? leaf->trust : f->trust;
        f->source_count =
            leaf->source_count < f->source_count ? leaf->source_count : f->source_count;
    }
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SHA256_BYTES);
}

static void digest_leaves(const struct evidence_alert *a, uint8_t out[static HASH_SHA256_BYTES])
{
    uint8_t all[FINDING_FACT_MAX_RECORDS][HASH_SHA256_BYTES];
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        memcpy(all[i], a->leaves[i].identity, HASH_SHA256_BYTES);
    }
    qsort(all, a->leaf_count, sizeof(all[0]), by_bytes);
    hash_sha256((struct bytes){all[0], a->leaf_count * sizeof(all[0])}, out);
}

static struct rc open_gather(struct gather *g, const struct correlation *c)
{
    struct arena *a = g->tell->arena;
    g->refs = arena_zalloc(a, FINDING_FACT_MAX_RECORDS, sizeof(*g->refs));
    g->entities = arena_zalloc(a, FINDING_MAX_ENTITIES, sizeof(*g->entities));
    *g->alert = (struct evidence_alert){
        .rest = TRUST_COUNT - 1,
        .leaves = arena_zalloc(a, FINDING_FACT_MAX_RECORDS, sizeof(*g->alert->leaves)),
        .fields = arena_zalloc(a, EVIDENCE_MAX_FIELDS, sizeof(*g->alert->fields)),
    };
    *g->fact = (struct finding_fact){
        .rule_id = tell_rule_id(c->id, c->title),
        .rule_title = c->title,
        .rule_name = c->name,
        .level = c->level,
        .tags = c->tags,
        .tag_count = c->tag_count,
        .type = c->type,
        .first = {.us = WALLTIME_NONE},
        .last = {.us = WALLTIME_NONE},
        .received = {.us = WALLTIME_NONE},
    };
    bool full = g->refs == NULL || g->entities == NULL || g->alert->leaves == NULL ||
                g->alert->fields == NULL;
    return full ? rc_make(ERR_ARENA_FULL) : RC_OK;
}

struct rc tell_window(const struct tell *t, const struct tell_window *w,
                      struct finding_fact *out, struct evidence_alert *out_alert,
                      uint8_t out_digest[static HASH_SHA256_BYTES])
{
    const struct correlation *c = &t->opts->correlations[w->correlation];
    struct gather g = {.tell = t, .fact = out, .alert = out_alert, .one_host = true};
    TRY(open_gather(&g, c));
    for (size_t i = w->window.first; i < w->window.end; i++) {
        TRY(add_entry(&g, w, i));
    }
    if (out->record_count == 0) {
        return rc_make(ERR_VANISHED);
    }
    TRY(add_all_entities(&g, w));
    TRY(put_keys(&g, c, w->group->key));
    TRY(carry_all(&g, w));
    weigh(out_alert, out);
    digest_leaves(out_alert, out_digest);
    out->host = g.one_host ? out->host : STR("");
    out->received = known_or(out->received, out->last);
    out->records = g.refs;
    out->entities = g.entities;
    out_alert->event_count = out->event_count;
    out_alert->first_us = w->group->entries.p[w->window.first].time_us;
    out_alert->last_us = w->group->entries.p[w->window.end - 1].time_us;
    return RC_OK;
}

bool tell_again(const struct tell *t, struct evidence_alert *alert, struct finding_fact *out)
{
    refresh(t, alert);
    if (rc_failed(finding_fact_decode(alert->fact, t->arena, out))) {
        return false;
    }
    weigh(alert, out);
    struct entity *entities = arena_alloc(t->arena, out->entity_count * sizeof(*entities));
    if (out->trust <= alert->told || entities == NULL) {
        return false;
    }
    if (out->entity_count != 0) {
        memcpy(entities, out->entities, out->entity_count * sizeof(*entities));
    }
    raise_by_leaves(t, alert, entities, out->entity_count);
    out->entities = entities;
    return true;
}
