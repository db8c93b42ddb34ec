/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any list of findings, as a compromised detect may send it: the correlator keeps its bounds,
 * and what it tells can be read back.
 *
 * Input: for each finding a byte each of rule, seconds since the last, group, identity, source
 * and trust.
 */
#include "detect/correlate/correlator.h"

#include "base/cursor.h"

enum { STEP_BYTES = 6, STEPS_MAX = 4096 };

static const char rules[] =
    "title: A\nname: a\nlogsource: {product: x}\ndetection: {s: {k: a}, condition: s}\n---\n"
    "title: B\nname: b\nlogsource: {product: x}\ndetection: {s: {k: b}, condition: s}\n---\n"
    "title: C\nname: c\nlogsource: {product: x}\ndetection: {s: {k: c}, condition: s}\n---\n"
    "title: N\nname: n\ncorrelation: {type: event_count, rules: [a], group-by: [u], timespan: "
    "60s, condition: {gte: 3}, generate: true}\n---\n"
    "title: V\nname: v\ncorrelation: {type: value_count, rules: [a, b], timespan: 60s, "
    "condition: {gt: 2, lt: 5, field: u}}\n---\n"
    "title: T\nname: t\ncorrelation: {type: temporal, rules: [n, b], group-by: [u], timespan: "
    "90s, condition: n and not b}\n---\n"
    "title: O\nname: o\ncorrelation: {type: temporal_ordered, rules: [n, b, c], group-by: [u], "
    "timespan: 2m, generate: true}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(void *context, const struct finding_fact *f)
{
    struct arena *a = context;
    struct finding_fact again;
    AUTO_BUF json = {0};
    finding_fact_encode(&json, f);
    check(json.n <= FACT_CAP_BYTES);
    arena_reset(a);
    check(!rc_failed(finding_fact_decode(buf_str(&json), a, &again)));
    check(f->record_count > 0 && f->event_count >= f->record_count && f->source_count > 0);
}

static bool step(struct cursor *c, struct correlator *correlator, int64_t *now_us)
{
    static const struct str groups[] = {STR_INIT("x"), STR_INIT("y"), STR_INIT("")};
    uint8_t rule = cursor_u8(c);
    int8_t later = (int8_t)cursor_u8(c);
    uint8_t group = cursor_u8(c);
    uint8_t identity = cursor_u8(c);
    uint8_t source = cursor_u8(c);
    uint8_t trust = cursor_u8(c);
    if (c->fault) {
        return false;
    }
    *now_us += (int64_t)later * 1000000;
    const struct matched key = {STR("u"), groups[group % COUNT_OF(groups)]};
    struct finding f = {.rule = rule % 3,
                        .time = {.us = *now_us},
                        .record = identity,
                        .trust = (enum trust)(trust % TRUST_COUNT),
                        .keys = &key,
                        .key_count = group < 250};
    f.identity[0] = identity % 16;
    f.record_digest[0] = identity;
    const struct correlator_input in = {.finding = &f,
                                        .source = STR("s"),
                                        .source_id = source % 3,
                                        .position = cursor_offset(c),
                                        .received = {.us = WALLTIME_NONE}};
    correlator_add(correlator, &in);
    if (trust > 200) {
        correlator_advance(correlator, *now_us);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct diag diag = diag_open();
    struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(set, STR("r.yml"), str_of(rules), &diag);
    ruleset_finish(set, &diag);
    check(diag.errors == 0);
    struct correlator_opts opts = {.sink = {a, read_back}, .memory_bytes = (size_t)1 << 20};
    opts.rules = ruleset_rules(set, &opts.rule_count);
    opts.correlations = ruleset_correlations(set, &opts.count);
    struct correlator *correlator = correlator_open(&opts);
    struct cursor c = cursor_of((struct bytes){data, size});
    int64_t now_us = INT64_C(1790000000000000);
    for (int i = 0; i < STEPS_MAX && step(&c, correlator, &now_us); i++) {
    }
    correlator_advance(correlator, INT64_MAX);
    correlator_close(correlator);
    ruleset_close(set);
    diag_close(&diag);
    return 0;
}
