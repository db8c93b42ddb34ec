/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_differential - the engine against the oracle on generated rules and events.
 * usage: test_differential [pairs [seed]]
 */
#include "generate.h"
#include "oracle.h"

#include "base/heap.h"
#include "detect/engine.h"
#include "detect/sigma/ruleset.h"
#include "support/event_json.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    RULES_PER_ROUND = 1000,
    EVENTS_PER_ROUND = 200,
    MAX_SHOWN = 5,
    EVENT_CAP_BYTES = 1 << 20,
};

struct round {
    struct buf yaml;
    size_t starts[RULES_PER_ROUND + 1]; /* of each rule in yaml */
    struct ruleset *set;
    const struct rule *rules;
    size_t count;
    struct fields *fields;
    struct engine *engine;
    struct detector *detector;
    struct oracle *oracle;
    struct arena *batch;
};

struct totals {
    uint64_t pairs, matches, differences;
};

static void print_diag(const struct diag *d)
{
    AUTO_BUF b = {0};
    for (size_t i = 0; i < d->count; i++) {
        diag_print(&b, &d->messages[i]);
    }
    (void)fwrite(b.p, 1, b.n, stderr);
}

static void open_round(struct round *r, struct generator *g)
{
    for (uint32_t i = 0; i < RULES_PER_ROUND; i++) {
        buf_puts(&r->yaml, i == 0 ? "" : "---\n");
        r->starts[i] = r->yaml.n;
        generate_rule(g, i, &r->yaml);
    }
    r->starts[RULES_PER_ROUND] = r->yaml.n;
    struct diag diag = diag_open();
    const struct ruleset_opts opts = {0};
    r->set = ruleset_open(&opts);
    ruleset_add(r->set, STR("generated.yml"), buf_str(&r->yaml), &diag);
    ruleset_finish(r->set, &diag);
    r->rules = ruleset_rules(r->set, &r->count);
    r->fields = fields_open();
    const struct engine_opts engine_opts = {.fields = r->fields, .no_routing = true};
    struct rc rc = engine_compile(r->rules, r->count, &engine_opts, &diag, &r->engine);
    check(!rc_failed(rc));
    if (r->count != RULES_PER_ROUND || engine_active_count(r->engine) != r->count) {
        print_diag(&diag);
        fprintf(stderr, "only %zu of %d generated rules compiled\n",
                engine_active_count(r->engine), RULES_PER_ROUND);
        exit(1);
    }
    diag_close(&diag);
    r->detector = detector_open(r->engine);
    r->oracle = oracle_open(r->rules, r->count, r->fields);
    r->batch = arena_open(EVENT_CAP_BYTES);
}

static void close_round(struct round *r)
{
    arena_close(r->batch);
    oracle_close(r->oracle);
    detector_close(r->detector);
    engine_close(r->engine);
    fields_close(r->fields);
    ruleset_close(r->set);
    buf_free(&r->yaml);
}

static void show(const struct round *r, size_t rule, struct str json, bool engine_says)
{
    fprintf(stderr, "engine %s, oracle %s\n%.*s%.*s\n\n", engine_says ? "matches" : "does not",
            engine_says ? "does not" : "matches", (int)(r->starts[rule + 1] - r->starts[rule]),
            r->yaml.p + r->starts[rule], (int)json.n, json.p);
}

static void compare(struct round *r, struct str json, struct totals *t)
{
    struct event e;
    struct rc rc = event_json_parse(json, r->fields, r->batch, &e);
    check(!rc_failed(rc));
    const struct hit *hits;
    size_t n, at = 0;
    rc = detector_run(r->detector, &e, &hits, &n);
    check(!rc_failed(rc));
    for (size_t rule = 0; rule < r->count; rule++) {
        bool engine_says = at < n && hits[at].rule == rule;
        at += engine_says;
        t->matches += engine_says;
        if (oracle_matches(r->oracle, rule, &e, NULL) != engine_says) {
            if (t->differences++ < MAX_SHOWN) {
                show(r, rule, json, engine_says);
            }
        }
    }
    check(at == n);
    t->pairs += r->count;
    arena_reset(r->batch);
}

int main(int argc, char **argv)
{
    uint64_t pairs = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct generator g = generate_from(seed);
    struct totals t = {0};
    while (t.pairs < pairs && t.differences == 0) {
        struct round *r = heap_zalloc(1, sizeof(*r));
        open_round(r, &g);
        for (size_t i = 0; i < EVENTS_PER_ROUND; i++) {
            AUTO_BUF json = {0};
            generate_event(&g, &json);
            compare(r, buf_str(&json), &t);
        }
        close_round(r);
        heap_free(r);
    }
    printf("differential: seed %llu, %llu pairs, %llu matches, %llu differences\n",
           (unsigned long long)seed, (unsigned long long)t.pairs, (unsigned long long)t.matches,
           (unsigned long long)t.differences);
    /* a generator whose rules never match, or always do, would compare nothing */
    bool telling = t.matches > t.pairs / 100 && t.matches < t.pairs - t.pairs / 100;
    return t.differences == 0 && telling ? 0 : 1;
}
