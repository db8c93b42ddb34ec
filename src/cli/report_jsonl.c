/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_jsonl.h"

#include "base/jsonw.h"

static void text_or_null(struct jsonw *w, struct str s)
{
    if (s.n == 0) {
        jsonw_null(w);
    } else {
        jsonw_str(w, s);
    }
}

static void put_time(struct jsonw *w, struct walltime t)
{
    if (!walltime_known(t)) {
        jsonw_null(w);
        return;
    }
    char text[48];
    struct buf b = {.p = text, .room = sizeof(text), .cap = sizeof(text)};
    walltime_format(&b, t);
    jsonw_str(w, buf_str(&b));
}

static void put_rule(struct jsonw *w, const struct rule *rule)
{
    jsonw_object(w);
    jsonw_key(w, STR("id"));
    text_or_null(w, rule->id);
    jsonw_key_str(w, "title", rule->title);
    jsonw_key(w, STR("tags"));
    jsonw_array(w);
    for (uint32_t i = 0; i < rule->tag_count; i++) {
        jsonw_str(w, rule->tags[i]);
    }
    jsonw_end_array(w);
    jsonw_key_str(w, "path", rule->path);
    jsonw_end_object(w);
}

/* The name that a keyword, which has no field, goes by. */
static struct str name_of(const struct matched *m)
{
    return m->field.n == 0 ? STR("keywords") : m->field;
}

/* A key stands once in an object: its first pair writes the values of all that follow. */
static void put_matched(struct jsonw *w, const struct finding *f)
{
    jsonw_object(w);
    for (uint32_t i = 0; i < f->matched_count; i++) {
        struct str name = name_of(&f->matched[i]);
        bool seen = false, again = false;
        for (uint32_t j = 0; j < f->matched_count; j++) {
            bool same = j != i && str_eq(name_of(&f->matched[j]), name);
            seen |= same && j < i;
            again |= same && j > i;
        }
        if (seen) {
            continue;
        }
        jsonw_key(w, name);
        if (!again) {
            jsonw_str(w, f->matched[i].value);
            continue;
        }
        jsonw_array(w);
        for (uint32_t j = i; j < f->matched_count; j++) {
            if (str_eq(name_of(&f->matched[j]), name)) {
                jsonw_str(w, f->matched[j].value);
            }
        }
        jsonw_end_array(w);
    }
    jsonw_end_object(w);
}

static void put_entities(struct jsonw *w, const struct finding *f)
{
    jsonw_array(w);
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        jsonw_object(w);
        jsonw_key_str(w, "kind", finding_kind_name(e->kind));
        jsonw_key_str(w, "value", e->value);
        jsonw_key_str(w, "role", e->role);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_attack(struct jsonw *w, const struct report_item *item)
{
    jsonw_key(w, STR("tactics"));
    jsonw_array(w);
    for (unsigned t = 0; t < TACTIC_COUNT; t++) {
        if ((item->tactics >> t & 1) != 0) {
            jsonw_str(w, tactic_slug((enum tactic)t));
        }
    }
    jsonw_end_array(w);
    jsonw_key(w, STR("techniques"));
    jsonw_array(w);
    for (uint32_t i = 0; i < item->rule->tag_count; i++) {
        char text[TACTIC_TECHNIQUE_BYTES];
        size_t n;
        if (tactic_technique(item->rule->tags[i], text, &n)) {
            jsonw_str(w, (struct str){text, n});
        }
    }
    jsonw_end_array(w);
}

/* What it rests on: the first of its records, in time order. */
static void put_correlation(struct jsonw *w, const struct finding_fact *f)
{
    jsonw_object(w);
    jsonw_key_str(w, "type", f->type);
    jsonw_key_u64(w, "count", f->event_count);
    jsonw_key(w, STR("first"));
    put_time(w, f->first);
    jsonw_key(w, STR("group"));
    jsonw_object(w);
    for (uint32_t i = 0; i < f->key_count; i++) {
        jsonw_key(w, f->keys[i].field);
        jsonw_str(w, f->keys[i].value);
    }
    jsonw_end_object(w);
    jsonw_key(w, STR("records"));
    jsonw_array(w);
    for (uint32_t i = 0; i < f->record_count; i++) {
        jsonw_object(w);
        jsonw_key_str(w, "path", f->records[i].source);
        jsonw_key_u64(w, "record", f->records[i].number);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

void report_jsonl_write(struct buf *out, const struct report_item *item)
{
    const struct finding *f = item->finding;
    struct jsonw w = jsonw_to(out);
    char id[2 * FINDING_ID_BYTES];
    struct buf hex = {.p = id, .room = sizeof(id), .cap = sizeof(id)};
    buf_hex(&hex, (struct bytes){item->id, FINDING_ID_BYTES});
    jsonw_object(&w);
    jsonw_key_str(&w, "id", buf_str(&hex));
    jsonw_key(&w, STR("time"));
    put_time(&w, f->time);
    jsonw_key_str(&w, "level", level_name(item->rule->level));
    jsonw_key(&w, STR("rule"));
    put_rule(&w, item->rule);
    jsonw_key(&w, STR("host"));
    text_or_null(&w, f->host);
    jsonw_key(&w, STR("source"));
    jsonw_object(&w);
    jsonw_key_str(&w, "path", item->path);
    jsonw_key_u64(&w, "record", f->record);
    jsonw_end_object(&w);
    jsonw_key(&w, STR("matched"));
    put_matched(&w, f);
    jsonw_key(&w, STR("entities"));
    put_entities(&w, f);
    put_attack(&w, item);
    if (item->fact != NULL) {
        jsonw_key(&w, STR("correlation"));
        put_correlation(&w, item->fact);
    }
    jsonw_end_object(&w);
    buf_putc(out, '\n');
}
