/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/correlation_condition.h"

#include "detect/sigma/condition.h"
#include "detect/sigma/scalar.h"

struct reader {
    struct loader *loader;
    struct correlation *out;
};

/* Does this type look at which rules fired, and not at a number? */
static bool is_temporal(const struct reader *r)
{
    return r->out->kind == CORRELATION_TEMPORAL || r->out->kind == CORRELATION_TEMPORAL_ORDERED;
}

/* `a and not b`: every rule is named, and nothing else. */
static struct rc read_text(struct reader *r, const struct node *n)
{
    struct loader *l = r->loader;
    struct correlation *c = r->out;
    struct condition_names names = {c->rules, c->rule_count, NULL, "rule"};
    struct str rest;
    if (!is_temporal(r)) {
        return loader_reject(l, n, "%.*s needs a condition with a number, as in `gte: 10`",
                             LOADER_SHOW(c->type));
    }
    TRY(loader_alloc(l, names.count, sizeof(*names.used), (void **)&names.used));
    TRY(condition_parse(l, n, &names, &c->condition, &rest));
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

static bool find_compare(struct str s, enum correlation_compare *out)
{
    static const char *const names[CORRELATION_COMPARE_COUNT] = {
        [CORRELATION_GT] = "gt",   [CORRELATION_GTE] = "gte", [CORRELATION_LT] = "lt",
        [CORRELATION_LTE] = "lte", [CORRELATION_EQ] = "eq",   [CORRELATION_NEQ] = "neq"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(s, str_of(names[i]))) {
            *out = (enum correlation_compare)i;
            return true;
        }
    }
    return false;
}

static struct rc read_key(struct reader *r, const struct node_pair *p)
{
    struct correlation *c = r->out;
    double number = 0;
    enum correlation_compare compare;
    if (find_compare(p->key->text, &compare)) {
        TRY(read_number(r, p, &number));
        /* a map has each key once, so there is room */
        c->tests[c->test_count++] = (struct correlation_test){compare, number};
        return RC_OK;
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

static struct rc read_fields(struct reader *r, const struct node *condition)
{
    struct correlation *c = r->out;
    bool one = c->kind >= CORRELATION_VALUE_SUM && c->kind <= CORRELATION_VALUE_MEDIAN;
    bool wanted = one || c->kind == CORRELATION_VALUE_COUNT;
    TRY(loader_get_texts(r->loader, condition, STR("field"), &c->fields, &c->field_count));
    if (wanted && c->field_count == 0) {
        return loader_reject(r->loader, condition,
                             "%.*s needs a field: `field: name` in its "
                             "condition",
                             LOADER_SHOW(c->type));
    }
    if (!wanted && c->field_count != 0) {
        return loader_reject(r->loader, condition, "%.*s takes no field", LOADER_SHOW(c->type));
    }
    if (one && c->field_count > 1) {
        return loader_reject(r->loader, condition, "%.*s takes one field",
                             LOADER_SHOW(c->type));
    }
    if (c->field_count > CORRELATION_MAX_FIELDS) {
        return loader_reject(r->loader, condition, "%.*s takes at most %d fields",
                             LOADER_SHOW(c->type), CORRELATION_MAX_FIELDS);
    }
    return RC_OK;
}

/* `gte: 3` of a temporal_ordered over three rules says what holds anyway. */
static bool asks_for_all(const struct correlation *c)
{
    const struct correlation_test *t = &c->tests[0];
    return c->test_count == 0 ||
           (c->test_count == 1 && t->number == c->rule_count &&
            (t->compare == CORRELATION_GTE || t->compare == CORRELATION_EQ));
}

/* The number from which on it holds, as far as gt and gte say; 0 when they do not. */
static double least(const struct correlation *c)
{
    double most = 0;
    for (uint32_t i = 0; i < c->test_count; i++) {
        bool floor =
            c->tests[i].compare == CORRELATION_GT || c->tests[i].compare == CORRELATION_GTE;
        most = floor && c->tests[i].number > most ? c->tests[i].number : most;
    }
    return most;
}

static const char *unevaluated(const struct correlation *c)
{
    switch (c->kind) {
    case CORRELATION_EVENT_COUNT:
    case CORRELATION_VALUE_COUNT:
        return least(c) < CORRELATION_MAX_COUNT ? NULL : "it counts to more than 10,000";
    case CORRELATION_TEMPORAL:
        return NULL;
    case CORRELATION_TEMPORAL_ORDERED:
        return c->condition == NULL && asks_for_all(c)
                   ? NULL
                   : "temporal_ordered is evaluated without a condition only";
    case CORRELATION_VALUE_SUM:
    case CORRELATION_VALUE_AVG:
    case CORRELATION_VALUE_PERCENTILE:
    case CORRELATION_VALUE_MEDIAN:
    case CORRELATION_LEGACY:
    case CORRELATION_KIND_COUNT:
        break;
    }
    return "its type is not evaluated yet";
}

static struct rc read_map(struct reader *r, const struct node *n)
{
    struct rc rc = RC_OK;
    for (uint32_t i = 0; i < n->count; i++) {
        loader_gather(&rc, read_key(r, &n->pairs[i]));
    }
    TRY(rc);
    if (r->out->test_count == 0) {
        return loader_reject(r->loader, n, "the condition needs gt, gte, lt, lte, eq or neq");
    }
    if (r->out->test_count > 1) {
        TRY(loader_forbid(r->loader, n, "converters take one comparison only"));
    }
    return read_fields(r, n);
}

struct rc correlation_condition_read(struct loader *l, const struct node *section,
                                     struct correlation *c)
{
    const struct node *n = document_get(section, STR("condition"));
    struct reader r = {l, c};
    if (n == NULL && !is_temporal(&r)) {
        return loader_reject(l, section, "%.*s needs a condition, as in `gte: 10`",
                             LOADER_SHOW(c->type));
    }
    if (n != NULL && n->kind == NODE_LIST) {
        return loader_reject(l, n, "%.*s needs a condition, as in `gte: 10`",
                             LOADER_SHOW(c->type));
    }
    if (n != NULL) {
        TRY(n->kind == NODE_SCALAR ? read_text(&r, n) : read_map(&r, n));
    }
    c->unevaluated = unevaluated(c);
    return RC_OK;
}
