/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/correlation.h"

#include "detect/sigma/correlation_condition.h"
#include "detect/sigma/rule_read.h"
#include "detect/sigma/scalar.h"
#include "detect/sigma/suggest.h"

enum { MAX_TIMESPAN_DIGITS = 9 };

static const struct str types[CORRELATION_LEGACY] = {
    [CORRELATION_EVENT_COUNT] = STR_INIT("event_count"),
    [CORRELATION_VALUE_COUNT] = STR_INIT("value_count"),
    [CORRELATION_VALUE_SUM] = STR_INIT("value_sum"),
    [CORRELATION_VALUE_AVG] = STR_INIT("value_avg"),
    [CORRELATION_VALUE_PERCENTILE] = STR_INIT("value_percentile"),
    [CORRELATION_VALUE_MEDIAN] = STR_INIT("value_median"),
    [CORRELATION_TEMPORAL] = STR_INIT("temporal"),
    [CORRELATION_TEMPORAL_ORDERED] = STR_INIT("temporal_ordered"),
};

struct reader {
    struct loader *loader;
    const struct node *section;
    struct correlation *out;
};

static struct rc read_type(struct reader *r)
{
    const struct node *n = document_get(r->section, STR("type"));
    if (n == NULL || n->kind != NODE_SCALAR) {
        return loader_reject(r->loader, n == NULL ? r->section : n,
                             "a correlation needs a "
                             "type: event_count, …");
    }
    struct suggest near = {.word = n->text};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_eq(n->text, types[i])) {
            r->out->kind = (enum correlation_kind)i;
            r->out->type = types[i];
            return RC_OK;
        }
        suggest_offer(&near, types[i]);
    }
    if (near.best.n == 0) {
        near.best = types[0];
    }
    return loader_reject(r->loader, n, "unknown type of correlation '%.*s': did you mean %.*s?",
                         LOADER_SHOW(n->text), LOADER_SHOW(near.best));
}

static struct rc read_rules(struct reader *r)
{
    struct loader *l = r->loader;
    const struct node *n = document_get(r->section, STR("rules"));
    struct str *rules = NULL;
    const struct str *texts;
    uint32_t count;
    TRY(loader_get_texts(l, r->section, STR("rules"), &texts, &count));
    if (count == 0 || count > CORRELATION_MAX_RULES) {
        return loader_reject(l, n == NULL ? r->section : n,
                             "a correlation needs `rules`: a list "
                             "of 1 to %d ids or names",
                             CORRELATION_MAX_RULES);
    }
    TRY(loader_alloc(l, count, sizeof(*rules), (void **)&rules));
    for (uint32_t i = 0; i < count; i++) {
        rules[i] = texts[i];
        if (rule_read_is_uuid(texts[i])) {
            TRY(loader_copy_lower(l, texts[i], &rules[i]));
        }
    }
    r->out->rules = rules;
    r->out->rule_count = count;
    return RC_OK;
}

/*
 * Seconds of a unit. A month and a year are those of pySigma: a twelfth of the Gregorian year,
 * and that year (365.2425 days).
 */
static uint64_t unit_seconds(char unit)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1},      {'m', 60},      {'h', 3600},    {'d', 86400},
                 {'w', 604800}, {'M', 2629746}, {'y', 31556952}};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (units[i].unit == unit) {
            return units[i].seconds;
        }
    }
    return 0;
}

/* A number and a unit: s m h d w M y. */
static struct rc read_timespan(struct reader *r)
{
    const struct node *n = document_get(r->section, STR("timespan"));
    uint64_t number;
    if (n == NULL || n->kind != NODE_SCALAR) {
        return loader_reject(r->loader, n == NULL ? r->section : n,
                             "a correlation needs a "
                             "timespan, as in 10m");
    }
    struct str s = n->text;
    char unit = s.n == 0 ? '\0' : s.p[s.n - 1];
    struct str digits = str_upto(s, s.n == 0 ? 0 : s.n - 1);
    if (unit_seconds(unit) == 0 || digits.n > MAX_TIMESPAN_DIGITS ||
        !str_to_u64(digits, &number) || number == 0) {
        return loader_reject(r->loader, n,
                             "'%.*s' is no timespan: write a number and s, m, h, "
                             "d, w, M or y, as in 10m",
                             LOADER_SHOW(s));
    }
    /* 10^9 years in microseconds do not fit 64 bits: what is longer than recorded time is cut.
     */
    uint64_t seconds = number * unit_seconds(unit);
    const uint64_t most = (uint64_t)INT64_MAX / 4 / 1000000;
    r->out->timespan_us = (int64_t)((seconds < most ? seconds : most) * 1000000);
    return RC_OK;
}

static bool is_listed(const struct reader *r, struct str rule)
{
    for (uint32_t i = 0; i < r->out->rule_count; i++) {
        if (str_eq_nocase(r->out->rules[i], rule)) {
            return true;
        }
    }
    return false;
}

static struct rc keep_alias(struct reader *r, struct str name, const struct node_pair *p,
                            struct correlation_alias *out)
{
    struct str rule = p->key->text;
    TRY(loader_copy(r->loader, name, &out->name));
    TRY(loader_copy(r->loader, p->value->text, &out->field));
    return rule_read_is_uuid(rule) ? loader_copy_lower(r->loader, rule, &out->rule)
                                   : loader_copy(r->loader, rule, &out->rule);
}

/* Appends to room, which holds one for every pair of the aliases. */
static struct rc read_alias(struct reader *r, const struct node_pair *alias,
                            struct correlation_alias *room)
{
    const struct node *map = alias->value;
    if (map->kind != NODE_MAP || map->count == 0) {
        return loader_reject(r->loader, alias->key, "an alias is a map of rule: field");
    }
    TRY(loader_spend(r->loader, map, (uint64_t)map->count * (1 + r->out->rule_count / 16)));
    for (uint32_t i = 0; i < map->count; i++) {
        const struct node_pair *p = &map->pairs[i];
        if (p->value->kind != NODE_SCALAR) {
            return loader_reject(r->loader, p->value, "an alias gives each rule one field");
        }
        if (!is_listed(r, p->key->text)) {
            return loader_reject(r->loader, p->key,
                                 "the alias '%.*s' names the rule '%.*s', "
                                 "which is not in `rules`",
                                 LOADER_SHOW(alias->key->text), LOADER_SHOW(p->key->text));
        }
        TRY(keep_alias(r, alias->key->text, p, &room[r->out->alias_count]));
        r->out->alias_count++;
    }
    return RC_OK;
}

static struct rc read_aliases(struct reader *r)
{
    const struct node *n = document_get(r->section, STR("aliases"));
    struct rc rc = RC_OK;
    if (n == NULL) {
        return RC_OK;
    }
    if (n->kind != NODE_MAP) {
        return loader_reject(r->loader, n, "`aliases` must be a map of alias: {rule: field}");
    }
    size_t most = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        most += n->pairs[i].value->kind == NODE_MAP ? n->pairs[i].value->count : 0;
    }
    struct correlation_alias *room;
    TRY(loader_alloc(r->loader, most, sizeof(*room), (void **)&room));
    for (uint32_t i = 0; i < n->count; i++) {
        loader_gather(&rc, read_alias(r, &n->pairs[i], room));
    }
    r->out->aliases = room;
    return rc;
}

/* `generate` stands in the section; older rules have it at the top. */
static struct rc read_generate(struct reader *r, const struct node *root)
{
    const struct node *n = document_get(r->section, STR("generate"));
    struct rule_value v;
    const char *reason;
    n = n == NULL ? document_get(root, STR("generate")) : n;
    if (n == NULL) {
        return RC_OK;
    }
    if (n->kind != NODE_SCALAR || rc_failed(scalar_read(n, &v, &reason)) ||
        v.kind != RULE_VALUE_BOOL) {
        return loader_reject(r->loader, n, "`generate` is true or false");
    }
    r->out->generate = v.b;
    return RC_OK;
}

static struct rc read_groups(struct reader *r)
{
    struct correlation *c = r->out;
    TRY(loader_get_texts(r->loader, r->section, STR("group-by"), &c->groups, &c->group_count));
    if (c->group_count > CORRELATION_MAX_GROUPS) {
        return loader_reject(r->loader, r->section, "group-by takes at most %d fields",
                             CORRELATION_MAX_GROUPS);
    }
    return RC_OK;
}

static struct rc read_level(struct loader *l, const struct node *root, struct correlation *c)
{
    struct str level;
    TRY(loader_get_text(l, root, STR("level"), &level));
    c->level = LEVEL_MEDIUM;
    if (level.n != 0 && !level_parse(level, &c->level)) {
        loader_warn(l, document_get(root, STR("level")),
                    "unknown level '%.*s', taken as medium: write informational, low, medium, "
                    "high or critical",
                    LOADER_SHOW(level));
    }
    return RC_OK;
}

struct rc correlation_read(struct loader *l, const struct node *root,
                           struct correlation_reading *out)
{
    struct correlation *c = &out->correlation;
    struct rc rc = RC_OK;
    *out = (struct correlation_reading){.correlation = {.path = l->path, .line = root->line},
                                        .column = root->column};
    struct reader r = {
        .loader = l, .section = document_get(root, STR("correlation")), .out = c};
    check(r.section != NULL);
    if (r.section->kind != NODE_MAP) {
        return loader_reject(l, r.section,
                             "`correlation` must be a map of type, rules, "
                             "timespan and condition");
    }
    loader_gather(&rc, rule_read_title(l, root, &c->title));
    loader_gather(&rc, rule_read_id(l, root, &c->id));
    loader_gather(&rc, loader_get_text(l, root, STR("name"), &c->name));
    loader_gather(&rc, loader_get_texts(l, root, STR("tags"), &c->tags, &c->tag_count));
    loader_gather(&rc, read_level(l, root, c));
    loader_gather(&rc, read_type(&r));
    loader_gather(&rc, read_rules(&r));
    loader_gather(&rc, read_timespan(&r));
    loader_gather(&rc, read_groups(&r));
    loader_gather(&rc, read_generate(&r, root));
    TRY(rc);
    TRY(read_aliases(&r));
    return correlation_condition_read(l, r.section, c);
}

/* Depth first over the references; a correlation met again on the way down is a cycle. */
enum state { UNSEEN, OPEN, GOOD, BAD };

struct visit {
    uint32_t at;   /* correlation */
    uint32_t next; /* of its references */
};

struct resolver {
    struct loader *loader;
    struct correlation_readings *all;
    const struct correlation_targets *targets;
    enum state *states;
    struct correlation_target **out; /* per correlation: as many as it has rules, and one */
    VEC(struct visit) stack;
    VEC(uint32_t) done; /* good ones, each after all that it refers to */
};

static void reject(struct resolver *r, uint32_t at, const char *what, struct str name)
{
    const struct correlation_reading *c = &r->all->p[at];
    struct node where = {.line = c->correlation.line, .column = c->column};
    r->loader->path = c->correlation.path;
    loader_begin(r->loader);
    rc_ignore(loader_reject(r->loader, &where, "the correlation refers to '%.*s', %s",
                            LOADER_SHOW(name), what),
              "the state says so");
    r->states[at] = BAD;
}

/* Look at one reference of the correlation on top, or close it. */
static void step(struct resolver *r)
{
    struct visit *top = &r->stack.p[r->stack.n - 1];
    const struct correlation *c = &r->all->p[top->at].correlation;
    struct correlation_target *to = &r->out[top->at][top->next];
    if (r->states[top->at] == BAD) {
        r->stack.n--;
        return;
    }
    if (top->next == c->rule_count) {
        r->states[top->at] = GOOD;
        vec_push(&r->done, top->at);
        r->stack.n--;
        return;
    }
    struct str name = c->rules[top->next];
    uint32_t target = map_get(&r->targets->correlations, name);
    uint32_t rule = map_get(&r->targets->rules, name);
    if (rule != MAP_NONE) {
        *to = (struct correlation_target){.index = rule};
        top->next++;
        return;
    }
    if (target == MAP_NONE) {
        reject(r, top->at, "which is no rule that was loaded", name);
        return;
    }
    switch (r->states[target]) {
    case UNSEEN:
        r->states[target] = OPEN;
        vec_push(&r->stack, ((struct visit){.at = target}));
        return;
    case OPEN:
        reject(r, top->at, "which in turn refers to it: a cycle", name);
        return;
    case BAD:
        reject(r, top->at, "which was rejected", name);
        return;
    case GOOD:
        *to = (struct correlation_target){.is_correlation = true, .index = target};
        top->next++;
        return;
    }
}

/* Drop the bad ones; indexes of correlations become those of what is left. */
static size_t compact(struct correlation_readings *all, struct resolver *r)
{
    AUTO_HEAP uint32_t *now = heap_zalloc(all->n + 1, sizeof(*now));
    size_t kept = 0, before = all->n;
    for (size_t i = 0; i < before; i++) {
        now[i] = (uint32_t)kept;
        kept += r->states[i] == GOOD;
    }
    for (size_t i = 0; i < before; i++) {
        const struct correlation *c = &all->p[i].correlation;
        for (uint32_t j = 0; r->states[i] == GOOD && j < c->rule_count; j++) {
            struct correlation_target *t = &r->out[i][j];
            t->index = t->is_correlation ? now[t->index] : t->index;
        }
        if (r->states[i] == GOOD) {
            all->p[now[i]] = all->p[i];
        }
    }
    for (size_t i = 0; i < r->done.n; i++) {
        r->done.p[i] = now[r->done.p[i]];
    }
    all->n = kept;
    return before - kept;
}

size_t correlation_resolve(struct loader *l, struct correlation_readings *all,
                           const struct correlation_targets *targets, uint32_t *out_order)
{
    struct resolver r = {.loader = l, .all = all, .targets = targets};
    r.states = heap_zalloc(all->n + 1, sizeof(*r.states));
    r.out = heap_zalloc(all->n + 1, sizeof(*r.out));
    for (uint32_t i = 0; i < all->n; i++) {
        size_t count = (size_t)all->p[i].correlation.rule_count + 1;
        /* At the arena's cap the correlation goes, with the message that loader_alloc left. */
        if (rc_failed(loader_alloc(l, count, sizeof(**r.out), (void **)&r.out[i]))) {
            r.states[i] = BAD;
        }
        all->p[i].correlation.targets = r.out[i];
    }
    for (uint32_t i = 0; i < all->n; i++) {
        if (r.states[i] == UNSEEN) {
            r.states[i] = OPEN;
            vec_push(&r.stack, ((struct visit){.at = i}));
        }
        while (r.stack.n != 0) {
            step(&r);
        }
    }
    size_t dropped = compact(all, &r);
    if (r.done.n != 0) {
        memcpy(out_order, r.done.p, r.done.n * sizeof(*out_order));
    }
    vec_free(&r.stack);
    vec_free(&r.done);
    heap_free(r.states);
    heap_free(r.out);
    return dropped;
}
