/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/correlation_keys.h"

#include "base/heap.h"
#include "model/finding.h"

/* 64: each round but the last makes a correlation unevaluated; honest sets need one or two. */
enum { ROUNDS_MAX = 64 };

/* Names that are asked of a rule, or of what a correlation's findings carry on. */
struct wanted {
    struct str names[FINDING_MAX_KEYS];
    uint32_t count;
};

struct settle {
    const struct correlation_keys *all;
    struct wanted *of_rules, *of_correlations;
};

struct str correlation_keys_field(const struct correlation *c, uint32_t at, struct str name)
{
    for (uint32_t i = 0; i < c->alias_count; i++) {
        const struct correlation_alias *a = &c->aliases[i];
        if (str_eq(a->name, name) && str_eq(a->rule, c->rules[at])) {
            return a->field;
        }
    }
    return name;
}

static bool add(struct wanted *w, struct str name)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (str_eq(w->names[i], name)) {
            return true;
        }
    }
    if (w->count == FINDING_MAX_KEYS) {
        return false;
    }
    w->names[w->count++] = name;
    return true;
}

static bool groups_by(const struct correlation *c, struct str name)
{
    for (uint32_t i = 0; i < c->group_count; i++) {
        if (str_eq(c->groups[i], name)) {
            return true;
        }
    }
    return false;
}

/* Ask for `name`, as c calls it, of everything that c refers to. False: it does not fit. */
static bool ask(struct settle *s, const struct correlation *c, struct str name)
{
    bool fits = true;
    for (uint32_t i = 0; i < c->rule_count; i++) {
        struct str field = correlation_keys_field(c, i, name);
        const struct correlation_target *t = &c->targets[i];
        if (!t->is_correlation) {
            fits = add(&s->of_rules[t->index], field) && fits;
        } else if (!groups_by(&s->all->correlations[t->index], field)) {
            fits = add(&s->of_correlations[t->index], field) && fits;
        }
    }
    return fits;
}

static bool ask_all(struct settle *s, uint32_t at)
{
    const struct correlation *c = &s->all->correlations[at];
    const struct wanted *carried = &s->of_correlations[at];
    bool fits = true;
    for (uint32_t i = 0; i < c->group_count; i++) {
        fits = ask(s, c, c->groups[i]) && fits;
    }
    for (uint32_t i = 0; i < c->field_count; i++) {
        fits = ask(s, c, c->fields[i]) && fits;
    }
    for (uint32_t i = 0; i < carried->count; i++) {
        fits = ask(s, c, carried->names[i]) && fits;
    }
    return fits;
}

/* What refers to one that is not evaluated can never hold. Inner ones come first in order. */
static void spread_unevaluated(const struct correlation_keys *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct correlation *c = &all->correlations[all->order[i]];
        for (uint32_t j = 0; j < c->rule_count && c->unevaluated == NULL; j++) {
            const struct correlation_target *t = &c->targets[j];
            if (t->is_correlation && all->correlations[t->index].unevaluated != NULL) {
                c->unevaluated = "it refers to a correlation that is not evaluated";
            }
        }
    }
}

/* One round; false when a correlation had to be given up, so that another is needed. */
static bool settle_fields(struct settle *s)
{
    const struct correlation_keys *all = s->all;
    bool settled = true;
    memset(s->of_rules, 0, all->rule_count * sizeof(*s->of_rules));
    memset(s->of_correlations, 0, all->count * sizeof(*s->of_correlations));
    spread_unevaluated(all);
    for (size_t i = all->count; i > 0; i--) { /* outer ones first */
        uint32_t at = all->order[i - 1];
        if (all->correlations[at].unevaluated == NULL && !ask_all(s, at)) {
            all->correlations[at].unevaluated =
                "it needs more fields of a rule than a finding holds";
            settled = false;
        }
    }
    return settled;
}

static void give_up(const struct correlation_keys *all)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->correlations[i].unevaluated == NULL) {
            all->correlations[i].unevaluated = "too many correlations need too many fields";
        }
    }
}

static void settle_silence(const struct correlation_keys *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct correlation *c = &all->correlations[i];
        for (uint32_t j = 0; j < c->rule_count && c->unevaluated == NULL; j++) {
            const struct correlation_target *t = &c->targets[j];
            if (t->is_correlation) {
                all->correlations[t->index].silent = true;
            } else {
                all->rules[t->index].silent = true;
                all->rules[t->index].correlated = true;
            }
        }
    }
    for (size_t i = 0; i < all->count; i++) { /* one that generates is enough */
        const struct correlation *c = &all->correlations[i];
        for (uint32_t j = 0; j < c->rule_count && c->unevaluated == NULL && c->generate; j++) {
            const struct correlation_target *t = &c->targets[j];
            if (t->is_correlation) {
                all->correlations[t->index].silent = false;
            } else {
                all->rules[t->index].silent = false;
            }
        }
    }
}

static void keep_keys(struct loader *l, struct settle *s)
{
    for (size_t i = 0; i < s->all->rule_count; i++) {
        const struct wanted *w = &s->of_rules[i];
        struct str *keys = NULL;
        if (w->count != 0 &&
            !rc_failed(loader_alloc(l, w->count, sizeof(*keys), (void **)&keys))) {
            memcpy(keys, w->names, w->count * sizeof(*keys));
            s->all->rules[i].keys = keys;
            s->all->rules[i].key_count = w->count;
        }
    }
}

/* Nothing is silently dead. */
static void say_unevaluated(struct loader *l, const struct correlation_keys *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct correlation *c = &all->correlations[i];
        struct node at = {.line = c->line, .column = 1};
        if (c->unevaluated != NULL) {
            l->path = c->path;
            loader_begin(l);
            loader_warn(l, &at, "this correlation is valid, but makes no findings: %s",
                        c->unevaluated);
        }
    }
}

void correlation_keys_settle(struct loader *l, const struct correlation_keys *all)
{
    if (all->count == 0) {
        return;
    }
    struct settle s = {
        .all = all,
        .of_rules = heap_zalloc(all->rule_count + 1, sizeof(*s.of_rules)),
        .of_correlations = heap_zalloc(all->count, sizeof(*s.of_correlations)),
    };
    bool settled = false;
    for (int round = 0; round < ROUNDS_MAX && !settled; round++) {
        settled = settle_fields(&s);
    }
    if (!settled) {
        give_up(all);
    }
    keep_keys(l, &s);
    settle_silence(all);
    say_unevaluated(l, all);
    heap_free(s.of_rules);
    heap_free(s.of_correlations);
}
