/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/plan.h"

static const int64_t us_per_s = 1000000;
/* A quarter of what a time can be: sums of two stay in range. */
#define REACH_MAX_US (INT64_MAX / 4)

static bool is_same(const struct correlation_target *a, const struct correlation_target *b)
{
    return a->is_correlation == b->is_correlation && a->index == b->index;
}

/* A rule may stand in the list by its id and by its name. */
static void fill_same(const struct correlation *c, uint32_t *same)
{
    for (uint32_t i = 0; i < c->rule_count; i++) {
        same[i] = 0;
        while (!is_same(&c->targets[same[i]], &c->targets[i])) {
            same[i]++;
        }
    }
}

static size_t node_of(const struct plan *p, struct correlation_target t)
{
    return t.is_correlation ? p->opts->rule_count + t.index : t.index;
}

static bool is_use(const struct plan *p, size_t correlation, uint32_t at)
{
    return p->opts->correlations[correlation].unevaluated == NULL &&
           p->rules[correlation].same[at] == at;
}

/* Count, then place: the uses of each rule and correlation lie together. */
static void fill_uses(struct plan *p)
{
    const struct correlator_opts *o = p->opts;
    size_t nodes = o->rule_count + o->count;
    p->use_starts = heap_zalloc(nodes + 2, sizeof(*p->use_starts));
    size_t total = 0;
    for (size_t i = 0; i < o->count; i++) {
        for (uint32_t j = 0; j < o->correlations[i].rule_count; j++) {
            if (is_use(p, i, j)) {
                p->use_starts[node_of(p, o->correlations[i].targets[j]) + 2]++;
                total++;
            }
        }
    }
    for (size_t n = 2; n < nodes + 2; n++) {
        p->use_starts[n] += p->use_starts[n - 1];
    }
    p->uses = heap_zalloc(total + 1, sizeof(*p->uses));
    for (size_t i = 0; i < o->count; i++) {
        for (uint32_t j = 0; j < o->correlations[i].rule_count; j++) {
            if (is_use(p, i, j)) {
                size_t node = node_of(p, o->correlations[i].targets[j]);
                p->uses[p->use_starts[node + 1]++] = (struct plan_use){(uint32_t)i, j};
            }
        }
    }
}

const struct plan_use *plan_uses(const struct plan *p, struct correlation_target of,
                                 size_t *out_count)
{
    size_t node = node_of(p, of);
    *out_count = p->use_starts[node + 1] - p->use_starts[node];
    return p->uses + p->use_starts[node];
}

static void fill_lanes(struct plan *p)
{
    const struct correlator_opts *o = p->opts;
    p->rule_lanes = heap_zalloc(o->rule_count + 1, sizeof(*p->rule_lanes));
    p->first_alert_lane = 1;
    for (size_t i = 0; i < o->rule_count; i++) {
        size_t count;
        plan_uses(p, (struct correlation_target){.index = (uint32_t)i}, &count);
        p->rule_lanes[i] = count == 0 ? 0 : p->first_alert_lane++;
    }
    p->lanes = p->first_alert_lane + (uint32_t)o->count;
}

static void keep_at_least(struct plan *p, uint32_t lane, int64_t us)
{
    p->keep_us[lane] = us > p->keep_us[lane] ? us : p->keep_us[lane];
}

static void fill_keep(struct plan *p)
{
    const struct correlator_opts *o = p->opts;
    const int64_t twins_us = (int64_t)2 * CORRELATOR_SLACK_S * us_per_s;
    p->keep_us = heap_zalloc(p->lanes, sizeof(*p->keep_us));
    for (uint32_t i = 0; i < p->lanes; i++) {
        p->keep_us[i] = twins_us;
    }
    for (size_t i = 0; i < o->count; i++) {
        const struct correlation *c = &o->correlations[i];
        int64_t keep = c->timespan_us + twins_us;
        /* what it found stays as long as its group may be quiet about it */
        keep_at_least(p, plan_alert_lane(p, (uint32_t)i), keep);
        for (uint32_t j = 0; j < c->rule_count && c->unevaluated == NULL; j++) {
            const struct correlation_target *t = &c->targets[j];
            keep_at_least(
                p, t->is_correlation ? plan_alert_lane(p, t->index) : p->rule_lanes[t->index],
                keep);
        }
    }
}

/* How far back events of a correlation, and of those below it, may lie. */
static void fill_longest(struct plan *p)
{
    const struct correlator_opts *o = p->opts;
    AUTO_HEAP int64_t *reach = heap_zalloc(o->count + 1, sizeof(*reach));
    bool changed = true;
    while (changed) { /* once for each level of the deepest chain: there are no cycles */
        changed = false;
        for (size_t i = 0; i < o->count; i++) {
            const struct correlation *c = &o->correlations[i];
            int64_t below = 0;
            for (uint32_t j = 0; j < c->rule_count && c->unevaluated == NULL; j++) {
                int64_t inner = c->targets[j].is_correlation ? reach[c->targets[j].index] : 0;
                below = inner > below ? inner : below;
            }
            int64_t all = c->unevaluated != NULL ? 0 : c->timespan_us + below;
            all = all < REACH_MAX_US ? all : REACH_MAX_US;
            changed = changed || all != reach[i];
            reach[i] = all;
            p->longest_us = all > p->longest_us ? all : p->longest_us;
        }
    }
}

struct plan plan_open(const struct correlator_opts *opts)
{
    struct plan p = {.opts = opts};
    size_t references = 0;
    for (size_t i = 0; i < opts->count; i++) {
        references += opts->correlations[i].rule_count;
    }
    p.rules = heap_zalloc(opts->count + 1, sizeof(*p.rules));
    p.same = heap_zalloc(references + 1, sizeof(*p.same));
    uint32_t *same = p.same;
    for (size_t i = 0; i < opts->count; i++) {
        const struct correlation *c = &opts->correlations[i];
        p.rules[i] = (struct window_rule){c, same, false};
        if (c->unevaluated == NULL) {
            fill_same(c, same);
            p.rules[i].closing = window_is_closing(c);
        }
        same += c->rule_count;
    }
    fill_uses(&p);
    fill_lanes(&p);
    fill_keep(&p);
    fill_longest(&p);
    return p;
}

void plan_close(struct plan *p)
{
    heap_free(p->rules);
    heap_free(p->same);
    heap_free(p->rule_lanes);
    heap_free(p->keep_us);
    heap_free(p->use_starts);
    heap_free(p->uses);
}
