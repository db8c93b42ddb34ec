/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/finding_fact.h"

#include "base/unicode.h"
#include "model/fact_read.h"

/*
 * Where each list ends at the latest, in bytes of the fact: escaping can lengthen a text six
 * times, and no list may crowd out those after it. What comes before the lists is bounded by
 * the cuts of its texts.
 */
enum {
    TEXT_MAX_BYTES = 256, /* of an id, a title, a name, a tag */
    TAGS_END = 18000,
    KEYS_END = 28000,
    ENTITIES_END = 40000,
    MATCHED_END = 48000,
    RECORDS_END = FACT_CAP_BYTES - 300, /* the rest is for left_out */
};

/* An element that is taken back when it ends past the limit. */
struct element {
    struct jsonw *w;
    size_t start; /* of the fact */
    size_t limit;
    size_t before;
    bool comma;
};

static struct element element_begin(struct jsonw *w, size_t start, size_t limit)
{
    return (struct element){w, start, limit, w->out->n, w->comma};
}

static bool element_end(const struct element *e)
{
    if (!e->w->out->full && e->w->out->n - e->start <= e->limit) {
        return true;
    }
    e->w->out->n = e->before;
    e->w->comma = e->comma;
    return false;
}

static void put_cut(struct jsonw *w, struct str key, struct str s, size_t max)
{
    jsonw_key(w, key);
    jsonw_str(w, unicode_cut(s, max));
}

struct lists {
    const struct finding_fact *f;
    struct jsonw *w;
    size_t start;
};

static uint32_t put_tags(const struct lists *l)
{
    uint32_t written = 0;
    jsonw_key(l->w, STR("tags"));
    jsonw_array(l->w);
    for (uint32_t i = 0; i < l->f->tag_count && written < FINDING_FACT_MAX_TAGS; i++) {
        struct element e = element_begin(l->w, l->start, TAGS_END);
        jsonw_str(l->w, unicode_cut(l->f->tags[i], TEXT_MAX_BYTES));
        written += element_end(&e);
    }
    jsonw_end_array(l->w);
    return l->f->tag_count - written;
}

struct pairs {
    struct str key;
    const struct matched *list;
    uint32_t count, max;
    size_t limit;
};

static uint32_t put_pairs(const struct lists *l, const struct pairs *p)
{
    uint32_t written = 0;
    jsonw_key(l->w, p->key);
    jsonw_array(l->w);
    for (uint32_t i = 0; i < p->count && written < p->max; i++) {
        struct element e = element_begin(l->w, l->start, p->limit);
        jsonw_object(l->w);
        put_cut(l->w, STR("field"), p->list[i].field, FINDING_MAX_NAME_BYTES);
        put_cut(l->w, STR("value"), p->list[i].value, FINDING_MAX_VALUE_BYTES);
        jsonw_end_object(l->w);
        written += element_end(&e);
    }
    jsonw_end_array(l->w);
    return p->count - written;
}

static uint32_t put_entities(const struct lists *l)
{
    uint32_t written = 0;
    jsonw_key(l->w, STR("entities"));
    jsonw_array(l->w);
    for (uint32_t i = 0; i < l->f->entity_count && written < FINDING_MAX_ENTITIES; i++) {
        const struct entity *entity = &l->f->entities[i];
        struct element e = element_begin(l->w, l->start, ENTITIES_END);
        jsonw_object(l->w);
        jsonw_key_str(l->w, "kind", finding_kind_name(entity->kind));
        put_cut(l->w, STR("value"), entity->value, FINDING_MAX_VALUE_BYTES);
        put_cut(l->w, STR("role"), entity->role, FINDING_MAX_ROLE_BYTES);
        jsonw_key_str(l->w, "trust", trust_name(entity->trust));
        jsonw_end_object(l->w);
        written += element_end(&e);
    }
    jsonw_end_array(l->w);
    return l->f->entity_count - written;
}

static void put_number(struct jsonw *w, struct str key, uint64_t v)
{
    jsonw_key(w, key);
    jsonw_u64(w, v <= INT64_MAX ? v : INT64_MAX); /* what every reader of JSON can hold */
}

static uint32_t put_records(const struct lists *l)
{
    uint32_t written = 0;
    jsonw_key(l->w, STR("records"));
    jsonw_array(l->w);
    for (uint32_t i = 0; i < l->f->record_count && written < FINDING_FACT_MAX_RECORDS; i++) {
        const struct record_ref *ref = &l->f->records[i];
        struct element e = element_begin(l->w, l->start, RECORDS_END);
        jsonw_object(l->w);
        if (ref->position != FINDING_NO_POSITION) {
            put_number(l->w, STR("position"), ref->position);
        }
        put_cut(l->w, STR("source"), ref->source, FINDING_MAX_VALUE_BYTES);
        put_number(l->w, STR("number"), ref->number);
        jsonw_key(l->w, STR("sha256"));
        fact_put_hex(l->w, (struct bytes){ref->digest, HASH_SHA256_BYTES});
        jsonw_end_object(l->w);
        written += element_end(&e);
    }
    jsonw_end_array(l->w);
    return l->f->record_count - written;
}

static void put_left_out(struct jsonw *w, const struct str *names, const uint32_t *counts,
                         size_t n)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        all += counts[i];
    }
    if (all == 0) {
        return;
    }
    jsonw_key(w, STR("left_out"));
    jsonw_object(w);
    for (size_t i = 0; i < n; i++) {
        if (counts[i] != 0) {
            put_number(w, names[i], counts[i]);
        }
    }
    jsonw_end_object(w);
}

static void put_lists(const struct lists *l)
{
    const struct finding_fact *f = l->f;
    const struct pairs keys = {STR("keys"), f->keys, f->key_count, FINDING_MAX_KEYS, KEYS_END};
    const struct pairs matched = {STR("matched"), f->matched, f->matched_count,
                                  FINDING_MAX_MATCHED, MATCHED_END};
    const struct str names[] = {STR("tags"), STR("keys"), STR("entities"), STR("matched"),
                                STR("records")};
    uint32_t left[COUNT_OF(names)];
    left[0] = put_tags(l);
    left[1] = put_pairs(l, &keys);
    left[2] = put_entities(l);
    left[3] = put_pairs(l, &matched);
    left[4] = put_records(l);
    put_left_out(l->w, names, left, COUNT_OF(names));
}

void finding_fact_key(const struct finding_fact *f, uint8_t out[static FACT_KEY_BYTES])
{
    const struct str parts[] = {{(const char *)f->id, FINDING_ID_BYTES}, trust_name(f->trust)};
    fact_key(FACT_FINDING, parts, COUNT_OF(parts), out);
}

void finding_fact_encode(struct buf *out, const struct finding_fact *f)
{
    struct jsonw w = jsonw_to(out);
    size_t start = out->n;
    uint8_t key[FACT_KEY_BYTES];
    finding_fact_key(f, key);
    /* When it came in, and not when this process runs: a replay makes the same bytes. */
    fact_begin(&w, FACT_FINDING, key, f->received);
    jsonw_key(&w, STR("id"));
    fact_put_hex(&w, (struct bytes){f->id, FINDING_ID_BYTES});
    put_cut(&w, STR("rule_id"), f->rule_id, TEXT_MAX_BYTES);
    put_cut(&w, STR("rule_title"), f->rule_title, TEXT_MAX_BYTES);
    put_cut(&w, STR("rule_name"), f->rule_name, TEXT_MAX_BYTES);
    jsonw_key_str(&w, "level", level_name(f->level));
    put_cut(&w, STR("type"), f->type, TEXT_MAX_BYTES);
    jsonw_key(&w, STR("first"));
    fact_put_time(&w, f->first);
    jsonw_key(&w, STR("last"));
    fact_put_time(&w, f->last);
    put_cut(&w, STR("host"), f->host, FINDING_MAX_VALUE_BYTES);
    put_number(&w, STR("event_count"), f->event_count);
    put_number(&w, STR("source_count"), f->source_count);
    jsonw_key_str(&w, "trust", trust_name(f->trust));
    put_lists(&(struct lists){f, &w, start});
    fact_end(&w);
    check(out->full || out->n - start <= FACT_CAP_BYTES);
}

static void take_tags(struct fact_read *r, struct finding_fact *f)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "tags", FINDING_FACT_MAX_TAGS, &f->tag_count);
    struct str *tags = fact_read_room(r, f->tag_count, sizeof(*tags));
    for (uint32_t i = 0; tags != NULL && i < f->tag_count; i++) {
        tags[i] = fact_read_item_text(r, list, i);
    }
    f->tags = tags;
}

static const struct matched *take_pairs(struct fact_read *r, const char *key, uint32_t max,
                                        uint32_t *out_count)
{
    const struct json_t *list = fact_read_list(r, r->root, key, max, out_count);
    struct matched *pairs = fact_read_room(r, *out_count, sizeof(*pairs));
    for (uint32_t i = 0; pairs != NULL && i < *out_count; i++) {
        const struct json_t *o = fact_read_item(r, list, i);
        pairs[i].field = fact_read_text(r, o, "field");
        pairs[i].value = fact_read_text(r, o, "value");
    }
    return pairs;
}

static enum trust take_trust(struct fact_read *r, const struct json_t *o)
{
    enum trust trust = TRUST_NONE;
    if (!trust_parse(fact_read_text(r, o, "trust"), &trust)) {
        fact_read_fail(r, ERR_MALFORMED);
    }
    return trust;
}

static enum entity_kind take_kind(struct fact_read *r, const struct json_t *o)
{
    struct str name = fact_read_text(r, o, "kind");
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        if (str_eq(name, finding_kind_name((enum entity_kind)kind))) {
            return (enum entity_kind)kind;
        }
    }
    fact_read_fail(r, ERR_MALFORMED);
    return ENTITY_HOST;
}

static void take_entities(struct fact_read *r, struct finding_fact *f)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "entities", FINDING_MAX_ENTITIES, &f->entity_count);
    struct entity *entities = fact_read_room(r, f->entity_count, sizeof(*entities));
    for (uint32_t i = 0; entities != NULL && i < f->entity_count; i++) {
        const struct json_t *o = fact_read_item(r, list, i);
        entities[i].kind = take_kind(r, o);
        entities[i].value = fact_read_text(r, o, "value");
        entities[i].role = fact_read_text(r, o, "role");
        entities[i].trust = take_trust(r, o);
    }
    f->entities = entities;
}

static void take_records(struct fact_read *r, struct finding_fact *f)
{
    const struct json_t *list =
        fact_read_list(r, r->root, "records", FINDING_FACT_MAX_RECORDS, &f->record_count);
    struct record_ref *records = fact_read_room(r, f->record_count, sizeof(*records));
    for (uint32_t i = 0; records != NULL && i < f->record_count; i++) {
        const struct json_t *o = fact_read_item(r, list, i);
        records[i].position = FINDING_NO_POSITION;
        if (fact_read_has(o, "position")) {
            records[i].position = fact_read_u64(r, o, "position");
        }
        records[i].source = fact_read_text(r, o, "source");
        records[i].number = fact_read_u64(r, o, "number");
        fact_read_hex(r, o, "sha256", records[i].digest, HASH_SHA256_BYTES);
    }
    f->records = records;
}

static void take_head(struct fact_read *r, struct finding_fact *f)
{
    const struct json_t *o = r->root;
    fact_read_hex(r, o, "id", f->id, FINDING_ID_BYTES);
    f->rule_id = fact_read_text(r, o, "rule_id");
    f->rule_title = fact_read_text(r, o, "rule_title");
    f->rule_name = fact_read_text(r, o, "rule_name");
    f->type = fact_read_text(r, o, "type");
    f->first = fact_read_time(r, o, "first");
    f->last = fact_read_time(r, o, "last");
    f->host = fact_read_text(r, o, "host");
    f->event_count = fact_read_u64(r, o, "event_count");
    uint64_t sources = fact_read_u64(r, o, "source_count");
    f->source_count = (uint32_t)sources;
    f->trust = take_trust(r, o);
    if (sources > UINT32_MAX || !level_parse(fact_read_text(r, o, "level"), &f->level)) {
        fact_read_fail(r, ERR_MALFORMED);
    }
}

struct rc finding_fact_decode(struct str json, struct arena *a, struct finding_fact *out)
{
    AUTO_FACT_READ r = {0};
    struct fact_head head;
    struct finding_fact f = {0};
    TRY(fact_read_open(&r, json, a, FACT_FINDING, &head));
    f.received = head.at;
    take_head(&r, &f);
    take_tags(&r, &f);
    f.keys = take_pairs(&r, "keys", FINDING_MAX_KEYS, &f.key_count);
    take_entities(&r, &f);
    f.matched = take_pairs(&r, "matched", FINDING_MAX_MATCHED, &f.matched_count);
    take_records(&r, &f);
    TRY(fact_read_done(&r));
    /* The ledger stores by the key: one that is not this finding's could hide another. */
    uint8_t key[FACT_KEY_BYTES];
    finding_fact_key(&f, key);
    if (memcmp(key, head.key, sizeof(key)) != 0) {
        return rc_make(ERR_MALFORMED);
    }
    *out = f;
    return RC_OK;
}
