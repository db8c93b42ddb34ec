/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/window.h"

#include <stdlib.h>

enum {
    /* Windows looked at for one event; more than one only when it comes late. */
    WINDOWS_MAX = 64,
};

static bool has_not(const struct condition *c, unsigned depth)
{
    if (c->kind == CONDITION_NOT) {
        return true;
    }
    for (uint32_t i = 0; depth < CONDITION_MAX_DEPTH && i < c->child_count; i++) {
        if (has_not(c->children[i], depth + 1)) {
            return true;
        }
    }
    return false;
}

bool window_is_closing(const struct correlation *c)
{
    for (uint32_t i = 0; i < c->test_count; i++) {
        if (c->tests[i].compare != CORRELATION_GT && c->tests[i].compare != CORRELATION_GTE) {
            return true;
        }
    }
    return c->condition != NULL && has_not(c->condition, 0);
}

static bool passes(const struct correlation_test *t, double n)
{
    switch (t->compare) {
    case CORRELATION_GT:
        return n > t->number;
    case CORRELATION_GTE:
        return n >= t->number;
    case CORRELATION_LT:
        return n < t->number;
    case CORRELATION_LTE:
        return n <= t->number;
    case CORRELATION_EQ:
        return !(n < t->number || n > t->number);
    case CORRELATION_NEQ:
        return n < t->number || n > t->number;
    case CORRELATION_COMPARE_COUNT:
        break;
    }
    return false;
}

static bool pass_all(const struct correlation *c, uint64_t n)
{
    for (uint32_t i = 0; i < c->test_count; i++) {
        if (!passes(&c->tests[i], (double)n)) {
            return false;
        }
    }
    return true;
}

static uint64_t count_events(const struct group *g, struct window w)
{
    uint64_t n = 0;
    for (size_t i = w.first; i < w.end; i++) {
        n += g->entries.p[i].echo ? 0 : g->entries.p[i].count;
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t count_values(const struct group *g, struct window w)
{
    AUTO_HEAP uint64_t *values = heap_alloc((w.end - w.first + 1) * sizeof(*values));
    size_t n = 0;
    uint64_t distinct = 0;
    for (size_t i = w.first; i < w.end; i++) {
        values[n] = g->entries.p[i].value;
        n += !g->entries.p[i].echo;
    }
    qsort(values, n, sizeof(*values), by_value);
    for (size_t i = 0; i < n; i++) {
        distinct += i == 0 || values[i] != values[i - 1];
    }
    return distinct;
}

/* Which references fired; a reference of the same rule under another name fired as well. */
static bool joined(const struct window_rule *r, const struct condition *c, const bool *fired,
                   unsigned depth)
{
    uint32_t held = 0;
    if (depth > CONDITION_MAX_DEPTH) {
        return false;
    }
    if (c->kind == CONDITION_SELECTION) {
        return fired[r->same[c->selection]];
    }
    for (uint32_t i = 0; i < c->child_count; i++) {
        held += joined(r, c->children[i], fired, depth + 1);
    }
    switch (c->kind) {
    case CONDITION_NOT:
        return held == 0;
    case CONDITION_AND:
        return held == c->child_count;
    case CONDITION_OR:
        return held > 0;
    case CONDITION_AT_LEAST:
        return held >= c->count;
    case CONDITION_SELECTION:
        break;
    }
    return false;
}

static bool holds_temporal(const struct window_rule *r, const struct group *g, struct window w)
{
    const struct correlation *c = r->correlation;
    bool fired[CORRELATION_MAX_RULES] = {false};
    uint32_t named = 0, seen = 0;
    for (size_t i = w.first; i < w.end; i++) {
        fired[g->entries.p[i].target] = true;
    }
    for (uint32_t i = 0; i < c->rule_count; i++) {
        named += r->same[i] == i;
        seen += r->same[i] == i && fired[i];
    }
    if (c->condition != NULL) {
        return joined(r, c->condition, fired, 0);
    }
    return c->test_count == 0 ? seen == named : pass_all(c, seen);
}

/* Each step by an event of its own: one record on which two rules fired is not an order. */
static bool holds_ordered(const struct window_rule *r, const struct group *g, struct window w)
{
    const struct correlation *c = r->correlation;
    uint32_t step = 0;
    uint64_t before = 0;
    for (size_t i = w.first; i < w.end && step < c->rule_count; i++) {
        const struct group_entry *e = &g->entries.p[i];
        if (e->target == r->same[step] && (step == 0 || e->record != before)) {
            before = e->record;
            step++;
        }
    }
    return step == c->rule_count;
}

bool window_holds(const struct window_rule *r, const struct group *g, struct window w)
{
    switch (r->correlation->kind) {
    case CORRELATION_EVENT_COUNT:
        return pass_all(r->correlation, count_events(g, w));
    case CORRELATION_VALUE_COUNT:
        return pass_all(r->correlation, count_values(g, w));
    case CORRELATION_TEMPORAL:
        return holds_temporal(r, g, w);
    case CORRELATION_TEMPORAL_ORDERED:
        return holds_ordered(r, g, w);
    case CORRELATION_VALUE_SUM:
    case CORRELATION_VALUE_AVG:
    case CORRELATION_VALUE_PERCENTILE:
    case CORRELATION_VALUE_MEDIAN:
    case CORRELATION_LEGACY:
    case CORRELATION_KIND_COUNT:
        break;
    }
    return false;
}

bool window_find(const struct window_rule *r, const struct group *g, size_t at,
                 struct window *out)
{
    const struct group_entry *e = g->entries.p;
    const int64_t span = r->correlation->timespan_us;
    struct window w = {at, at + 1};
    while (w.first > 0 && e[at].time_us - e[w.first - 1].time_us <= span) {
        w.first--;
    }
    for (int looked = 0; w.first <= at && looked < WINDOWS_MAX; w.first++) {
        size_t end = w.end;
        while (w.end < g->entries.n && e[w.end].time_us - e[w.first].time_us <= span) {
            w.end++;
        }
        /* a window that ends where the last one did is a part of it: it cannot hold */
        if (looked != 0 && w.end == end) {
            continue;
        }
        looked++;
        if (window_holds(r, g, w)) {
            *out = w;
            return true;
        }
    }
    return false;
}
