/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/correlation.h"

#include "detect/sigma/condition.h"
#include "detect/sigma/rule_read.h"
#include "detect/sigma/scalar.h"
#include "detect/sigma/suggest.h"

enum { MAX_RULES = 1000, MAX_TIMESPAN_DIGITS = 9 };

/* What a type of correlation takes. */
enum needs { NEEDS_COUNT, NEEDS_FIELD, NEEDS_FIELDS, NEEDS_RULES };

static const struct type {
    struct str name;
    enum needs needs;
} types[] = {
    {STR_INIT("event_count"), NEEDS_COUNT},      {STR_INIT("value_count"), NEEDS_FIELDS},
    {STR_INIT("value_sum"), NEEDS_FIELD},        {STR_INIT("value_avg"), NEEDS_FIELD},
    {STR_INIT("value_percentile"), NEEDS_FIELD}, {STR_INIT("value_median"), NEEDS_FIELD},
    {STR_INIT("temporal"), NEEDS_RULES},         {STR_INIT("temporal_ordered"), NEEDS_RULES},
};

struct reader {
    struct loader *loader;
    const struct node *section;
    const struct type *type;
    struct correlation_reading *out;
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
        if (str_eq(n->text, types[i].name)) {
            r->type = &types[i];
            r->out->correlation.type = types[i].name;
            return RC_OK;
        }
        suggest_offer(&near, types[i].name);
    }
    if (near.best.n == 0) {
        near.best = types[0].name;
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
    if (count == 0 || count > MAX_RULES) {
        return loader_reject(l, n == NULL ? r->section : n,
                             "a correlation needs `rules`: a list "
                             "of 1 to %d ids or names",
                             MAX_RULES);
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
    bool known = unit != '\0' && strchr("smhdwMy", unit) != NULL;
    if (!known || digits.n > MAX_TIMESPAN_DIGITS || !str_to_u64(digits, &number) ||
        number == 0) {
        return loader_reject(r->loader, n,
                             "'%.*s' is no timespan: write a number and s, m, h, "
                             "d, w, M or y, as in 10m",
                             LOADER_SHOW(s));
    }
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

static struct rc read_alias(struct reader *r, const struct node_pair *alias)
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
    for (uint32_t i = 0; i < n->count; i++) {
        loader_gather(&rc, read_alias(r, &n->pairs[i]));
    }
    return rc;
}

/* `a and not b`: every rule is named, and nothing else. */
static struct rc read_text_condition(struct reader *r, const struct node *n)
{
    struct loader *l = r->loader;
    const struct condition *condition;
    struct condition_names names = {r->out->rules, r->out->rule_count, NULL, "rule"};
    struct str rest;
    if (r->type->needs != NEEDS_RULES) {
        return loader_reject(l, n, "%.*s needs a condition with a number, as in `gte: 10`",
                             LOADER_SHOW(r->type->name));
    }
    TRY(loader_alloc(l, names.count, sizeof(*names.used), (void **)&names.used));
    TRY(condition_parse(l, n, &names, &condition, &rest));
    if (rest.n != 0) {
        return loader_reject(l, n, "a `|` has no meaning in the condition of a correlation");
    }
    for (uint32_t i = 0; i < names.count; i++) {
        if (!names.used[i]) {
            return loader_reject(l, n,
                                 "the condition never uses the rule '%.*s': use it, or "
                                 "take it out of `rules`",
                                 LOADER_SHOW(names.names[i]));
        }
    }
    return RC_OK;
}

static struct rc read_number(struct reader *r, const struct node_pair *p, double *out)
{
    struct rule_value v = {.kind = RULE_VALUE_NULL};
    const char *reason;
    if (p->value->kind == NODE_SCALAR && rc_failed(scalar_read(p->value, &v, &reason))) {
        v.kind = RULE_VALUE_NULL;
    }
    switch (v.kind) {
    case RULE_VALUE_SIGNED:
        *out = (double)v.i;
        return RC_OK;
    case RULE_VALUE_UNSIGNED:
        *out = (double)v.u;
        return RC_OK;
    case RULE_VALUE_FLOAT:
        *out = v.f;
        return RC_OK;
    case RULE_VALUE_TEXT:
    case RULE_VALUE_BOOL:
    case RULE_VALUE_NULL:
        break;
    }
    return loader_reject(r->loader, p->value, "`%.*s` takes a number",
                         LOADER_SHOW(p->key->text));
}

static bool is_operator(struct str s)
{
    static const char *const operators[] = {"gt", "gte", "lt", "lte", "eq", "neq"};
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (str_eq(s, str_of(operators[i]))) {
            return true;
        }
    }
    return false;
}

static struct rc read_condition_key(struct reader *r, const struct node_pair *p,
                                    unsigned *operators)
{
    double number = 0;
    if (is_operator(p->key->text)) {
        ++*operators;
        return read_number(r, p, &number);
    }
    if (str_eq(p->key->text, STR("percentile"))) {
        TRY(read_number(r, p, &number));
        return number >= 0 && number <= 100
                   ? RC_OK
                   : loader_reject(r->loader, p->value, "a percentile is 0 to 100");
    }
    if (str_eq(p->key->text, STR("field"))) {
        return RC_OK;
    }
    return loader_reject(r->loader, p->key,
                         "'%.*s' is no part of a condition: write gt, gte, "
                         "lt, lte, eq or neq, and field",
                         LOADER_SHOW(p->key->text));
}

static struct rc check_fields(struct reader *r, const struct node *condition)
{
    const struct str *fields;
    uint32_t count;
    TRY(loader_get_texts(r->loader, condition, STR("field"), &fields, &count));
    bool wanted = r->type->needs == NEEDS_FIELD || r->type->needs == NEEDS_FIELDS;
    if (wanted && count == 0) {
        return loader_reject(r->loader, condition,
                             "%.*s needs a field: `field: name` in its "
                             "condition",
                             LOADER_SHOW(r->type->name));
    }
    if (!wanted && count != 0) {
        return loader_reject(r->loader, condition, "%.*s takes no field",
                             LOADER_SHOW(r->type->name));
    }
    if (r->type->needs == NEEDS_FIELD && count > 1) {
        return loader_reject(r->loader, condition, "%.*s takes one field",
                             LOADER_SHOW(r->type->name));
    }
    return RC_OK;
}

static struct rc read_condition(struct reader *r)
{
    const struct node *n = document_get(r->section, STR("condition"));
    unsigned operators = 0;
    struct rc rc = RC_OK;
    if (n == NULL && r->type->needs == NEEDS_RULES) {
        return RC_OK;
    }
    if (n == NULL || n->kind == NODE_LIST) {
        return loader_reject(r->loader, n == NULL ? r->section : n,
                             "%.*s needs a condition, as in `gte: 10`",
                             LOADER_SHOW(r->type->name));
    }
    if (n->kind == NODE_SCALAR) {
        return read_text_condition(r, n);
    }
    for (uint32_t i = 0; i < n->count; i++) {
        loader_gather(&rc, read_condition_key(r, &n->pairs[i], &operators));
    }
    TRY(rc);
    if (operators == 0) {
        return loader_reject(r->loader, n, "the condition needs gt, gte, lt, lte, eq or neq");
    }
    if (operators > 1) {
        TRY(loader_forbid(r->loader, n, "converters take one comparison only"));
    }
    return check_fields(r, n);
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
    const struct str *fields;
    uint32_t count;
    return loader_get_texts(r->loader, r->section, STR("group-by"), &fields, &count);
}

struct rc correlation_read(struct loader *l, const struct node *root,
                           struct correlation_reading *out)
{
    struct correlation *c = &out->correlation;
    struct rc rc = RC_OK;
    *out = (struct correlation_reading){.correlation = {.path = l->path, .line = root->line},
                                        .column = root->column};
    struct reader r = {
        .loader = l, .section = document_get(root, STR("correlation")), .out = out};
    check(r.section != NULL);
    if (r.section->kind != NODE_MAP) {
        return loader_reject(l, r.section,
                             "`correlation` must be a map of type, rules, "
                             "timespan and condition");
    }
    loader_gather(&rc, rule_read_title(l, root, &c->title));
    loader_gather(&rc, rule_read_id(l, root, &c->id));
    loader_gather(&rc, loader_get_text(l, root, STR("name"), &c->name));
    loader_gather(&rc, read_type(&r));
    loader_gather(&rc, read_rules(&r));
    loader_gather(&rc, read_timespan(&r));
    loader_gather(&rc, read_groups(&r));
    loader_gather(&rc, read_generate(&r, root));
    TRY(rc);
    check(r.type != NULL);
    TRY(read_aliases(&r));
    return read_condition(&r);
}

/* Depth first over the references; a correlation met again on the way down is a cycle. */
enum state { UNSEEN, OPEN, GOOD, BAD };

struct visit {
    uint32_t at;   /* correlation */
    uint32_t next; /* of its references */
};

struct resolver {
    struct loader *loader;
    const struct correlation_readings *all;
    const struct correlation_targets *targets;
    enum state *states;
    VEC(struct visit) stack;
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
    const struct correlation_reading *c = &r->all->p[top->at];
    if (top->next == c->rule_count || r->states[top->at] == BAD) {
        r->states[top->at] = r->states[top->at] == BAD ? BAD : GOOD;
        r->stack.n--;
        return;
    }
    struct str name = c->rules[top->next];
    uint32_t target = map_get(&r->targets->correlations, name);
    if (map_get(&r->targets->rules, name) != MAP_NONE) {
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
        top->next++;
        return;
    }
}

void correlation_resolve(struct loader *l, const struct correlation_readings *all,
                         const struct correlation_targets *targets, bool *out_bad)
{
    struct resolver r = {.loader = l, .all = all, .targets = targets};
    r.states = heap_zalloc(all->n + 1, sizeof(*r.states));
    for (uint32_t i = 0; i < all->n; i++) {
        if (r.states[i] == UNSEEN) {
            r.states[i] = OPEN;
            vec_push(&r.stack, ((struct visit){.at = i}));
        }
        while (r.stack.n != 0) {
            step(&r);
        }
        out_bad[i] = r.states[i] == BAD;
    }
    vec_free(&r.stack);
    heap_free(r.states);
}
