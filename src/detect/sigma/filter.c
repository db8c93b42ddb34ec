/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/filter.h"

#include "detect/sigma/detection.h"
#include "detect/sigma/rule_read.h"

enum { MAX_PER_RULE = 256 };

/* "title/selection", so that a finding tells whose selection it was. */
static struct rc rename_selections(struct loader *l, const struct detection *d,
                                   struct filter *f)
{
    struct rule_selection *selections = NULL;
    TRY(loader_alloc(l, d->count, sizeof(*selections), (void **)&selections));
    for (uint32_t i = 0; i < d->count; i++) {
        AUTO_BUF name = {0};
        selections[i] = d->selections[i];
        buf_put(&name, f->title);
        buf_putc(&name, '/');
        buf_put(&name, d->selections[i].name);
        TRY(loader_copy(l, buf_str(&name), &selections[i].name));
    }
    f->selections = selections;
    f->selection_count = d->count;
    return RC_OK;
}

/* Does the condition hold a NOT anywhere? The depth is bounded as it was when parsed. */
static bool negates(const struct condition *c, int depth)
{
    check(depth <= CONDITION_MAX_DEPTH);
    bool found = c->kind == CONDITION_NOT;
    for (uint32_t i = 0; i < c->child_count && !found; i++) {
        found = negates(c->children[i], depth + 1);
    }
    return found;
}

static struct rc read_condition(struct loader *l, const struct node *section,
                                const struct detection *d, struct filter *f)
{
    const struct node *n = document_get(section, STR("condition"));
    struct condition_names names;
    struct str rest;
    if (n == NULL || n->kind != NODE_SCALAR) {
        return loader_reject(l, n == NULL ? section : n,
                             "a filter needs one condition, as "
                             "text: `condition: not selection`");
    }
    TRY(detection_names(l, d, &names));
    TRY(condition_parse(l, n, &names, &f->condition, &rest));
    if (rest.n != 0) {
        return loader_reject(l, n, "a filter cannot aggregate");
    }
    detection_warn_unused(l, d, &names);
    if (!negates(f->condition, 0)) {
        loader_warn(l, n,
                    "the condition is ANDed to the rule as it stands, so only events that "
                    "match the filter are left: write `not …` to leave them out");
    }
    return RC_OK;
}

/* `any` and an empty list mean every rule. */
static struct rc read_rules(struct loader *l, const struct node *section, struct filter *f)
{
    const struct node *n = document_get(section, STR("rules"));
    struct str *rules = NULL;
    const struct str *texts;
    uint32_t count;
    if (n == NULL) {
        return loader_reject(l, section,
                             "a filter needs `rules`: a list of ids or names, or "
                             "`any`");
    }
    TRY(loader_get_texts(l, section, STR("rules"), &texts, &count));
    if (n->kind == NODE_SCALAR && count == 0) {
        return loader_reject(l, n, "`rules` is empty: write a list of ids or names, or `any`");
    }
    if (count == 1 && str_eq(texts[0], STR("any"))) {
        return RC_OK;
    }
    TRY(loader_alloc(l, count, sizeof(*rules), (void **)&rules));
    for (uint32_t i = 0; i < count; i++) {
        rules[i] = texts[i];
        if (rule_read_is_uuid(texts[i])) {
            TRY(loader_copy_lower(l, texts[i], &rules[i]));
        }
    }
    f->rules = rules;
    f->rule_count = count;
    return RC_OK;
}

static struct rc read_logsource(struct loader *l, const struct node *root, struct filter *f)
{
    if (document_get(root, STR("logsource")) == NULL) {
        return loader_reject(l, root,
                             "a filter needs a logsource: the kind of rules it is for");
    }
    return rule_read_logsource(l, root, &f->logsource);
}

struct rc filter_read(struct loader *l, const struct node *root, struct filter *out)
{
    const struct node *section = document_get(root, STR("filter"));
    struct filter f = {.path = l->path, .line = root->line, .column = root->column};
    struct detection d = {0};
    struct rc rc = RC_OK;
    if (section->kind != NODE_MAP) {
        return loader_reject(l, section,
                             "`filter` must be a map of rules, selections and a "
                             "condition");
    }
    loader_gather(&rc, rule_read_title(l, root, &f.title));
    loader_gather(&rc, read_logsource(l, root, &f));
    loader_gather(&rc, read_rules(l, section, &f));
    loader_gather(&rc, detection_read(l, section, &d));
    TRY(rc);
    TRY(read_condition(l, section, &d, &f));
    TRY(rename_selections(l, &d, &f));
    *out = f;
    return RC_OK;
}

static bool contains(struct str stated, struct str have)
{
    return stated.n == 0 || str_eq(stated, have);
}

static bool applies(const struct filter *f, const struct rule *rule)
{
    bool named = f->rule_count == 0;
    for (uint32_t i = 0; i < f->rule_count && !named; i++) {
        named = str_eq(f->rules[i], rule->id) ||
                (rule->name.n != 0 && str_eq(f->rules[i], rule->name));
    }
    return named && contains(f->logsource.product, rule->logsource.product) &&
           contains(f->logsource.category, rule->logsource.category) &&
           contains(f->logsource.service, rule->logsource.service);
}

static struct rc attach(struct loader *l, const struct filter *const *found, uint32_t count,
                        struct rule *rule)
{
    struct rule_selection *selections = NULL;
    const struct condition *all[MAX_PER_RULE + 1];
    uint32_t total = rule->selection_count, at = rule->selection_count;
    for (uint32_t i = 0; i < count; i++) {
        total += found[i]->selection_count;
    }
    TRY(loader_spend(l, NULL, total));
    TRY(loader_alloc(l, total, sizeof(*selections), (void **)&selections));
    memcpy(selections, rule->selections, at * sizeof(*selections));
    all[0] = rule->condition;
    for (uint32_t i = 0; i < count; i++) {
        const struct filter *f = found[i];
        memcpy(selections + at, f->selections, f->selection_count * sizeof(*selections));
        TRY(condition_shift(l, f->condition, at, &all[i + 1]));
        at += f->selection_count;
    }
    rule->selections = selections;
    rule->selection_count = total;
    return condition_join(l, CONDITION_AND, all, count + 1, &rule->condition);
}

struct rc filter_apply(struct loader *l, struct filters *filters, struct rule *rule)
{
    const struct filter *found[MAX_PER_RULE];
    uint32_t count = 0;
    for (size_t i = 0; i < filters->n; i++) {
        struct filter *f = &filters->p[i];
        TRY(loader_spend(l, NULL, 1 + f->rule_count / 16));
        if (!applies(f, rule)) {
            continue;
        }
        if (count == MAX_PER_RULE) {
            struct node at = {.line = rule->line, .column = 1};
            return loader_reject(l, &at, "more than %d filters apply to this rule",
                                 MAX_PER_RULE);
        }
        f->applied = true;
        found[count++] = f;
    }
    return count == 0 ? RC_OK : attach(l, found, count, rule);
}
