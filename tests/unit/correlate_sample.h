/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlate_sample - rules, events and what the correlator makes of them, in a few words.
 */
#ifndef TESTS_UNIT_CORRELATE_SAMPLE_H
#define TESTS_UNIT_CORRELATE_SAMPLE_H

#include "rules_sample.h"

#include "base/heap.h"
#include "detect/correlate/correlator.h"

#include <stdlib.h>

/* Rules named a to d and a correlation whose section is given. */
#define SAMPLE_RULE(name)                                                                      \
    "title: Rule " name "\nname: " name "\nlevel: low\nlogsource: {product: x}\n"              \
    "detection: {s: {k: " name "}, condition: s}\n---\n"
#define SAMPLE_RULES SAMPLE_RULE("a") SAMPLE_RULE("b") SAMPLE_RULE("c") SAMPLE_RULE("d")
#define SAMPLE_CORRELATION(name, section)                                                      \
    "title: Corr " name "\nname: " name "\nlevel: high\ncorrelation: {" section "}\n---\n"

enum { SAMPLE_MAX = 4096 };

/* What came out, in order; kept as JSON. */
struct correlated {
    struct sample rules;
    struct correlator *correlator;
    struct arena *arena;
    struct finding_fact facts[SAMPLE_MAX];
    size_t count;
    uint64_t number; /* of the next record */
};

static inline void correlated_take(void *context, const struct finding_fact *f)
{
    struct correlated *c = context;
    AUTO_BUF json = {0};
    struct str kept;
    finding_fact_encode(&json, f);
    assert_true(c->count < SAMPLE_MAX);
    assert_ok(arena_copy(c->arena, buf_str(&json), &kept));
    assert_ok(finding_fact_decode(kept, c->arena, &c->facts[c->count]));
    c->count++;
}

static inline struct correlated *correlated_open(const char *text, bool correlations_only)
{
    struct correlated *c = heap_zalloc(1, sizeof(*c));
    c->rules = sample_of(text);
    if (c->rules.diag.errors != 0) {
        sample_print(&c->rules);
    }
    assert_int_equal(c->rules.diag.errors, 0);
    struct correlator_opts opts = {.rules = c->rules.rules,
                                   .rule_count = c->rules.rule_count,
                                   .sink = {c, correlated_take},
                                   .correlations_only = correlations_only};
    opts.correlations = ruleset_correlations(c->rules.set, &opts.count);
    c->arena = arena_open((size_t)1 << 28);
    c->correlator = correlator_open(&opts);
    return c;
}

static inline void correlated_close(struct correlated *c)
{
    correlator_close(c->correlator);
    arena_close(c->arena);
    sample_close(&c->rules);
    heap_free(c);
}

/* How an event is told from others; all may be left zero. */
struct happening {
    int t; /* seconds */
    const char *rule;
    const char *fields;   /* "u=x d=1" */
    const char *identity; /* NULL: unlike any other */
    uint32_t source;
    enum trust trust;
    int received; /* seconds; 0: unknown */
    bool timeless;
    const char *entity; /* value of an account, whose trust is that of the record */
};

enum { SAMPLE_EPOCH_S = 1790000000 };

static inline uint32_t correlated_rule(const struct correlated *c, const char *name)
{
    for (size_t i = 0; i < c->rules.rule_count; i++) {
        if (str_eq(c->rules.rules[i].name, str_of(name))) {
            return (uint32_t)i;
        }
    }
    fail_msg("no rule %s", name);
    return 0;
}

static inline uint32_t correlated_keys(const char *text, struct matched *out, uint32_t max)
{
    struct str rest = str_of(text == NULL ? "" : text);
    uint32_t n = 0;
    while (rest.n != 0 && n < max) {
        size_t end = str_find_char(rest, ' ');
        struct str one = str_upto(rest, end);
        size_t equals = str_find_char(one, '=');
        out[n++] = (struct matched){str_upto(one, equals), str_from(one, equals + 1)};
        rest = end == SIZE_MAX ? (struct str){"", 0} : str_from(rest, end + 1);
    }
    return n;
}

static inline void correlated_add(struct correlated *c, const struct happening *h)
{
    struct matched keys[FINDING_MAX_KEYS];
    struct entity entity = {ENTITY_ACCOUNT, h->trust,
                            str_of(h->entity == NULL ? "" : h->entity), STR("target")};
    struct finding f = {.rule = correlated_rule(c, h->rule),
                        .time = {.us = ((int64_t)SAMPLE_EPOCH_S + h->t) * 1000000},
                        .host = STR("h1"),
                        .record = ++c->number,
                        .trust = h->trust,
                        .entities = &entity,
                        .entity_count = h->entity != NULL,
                        .keys = keys,
                        .key_count = correlated_keys(h->fields, keys, FINDING_MAX_KEYS)};
    f.time.us = h->timeless ? WALLTIME_NONE : f.time.us;
    AUTO_BUF own = {0};
    buf_printf(&own, "%s%llu", h->identity == NULL ? "#" : h->identity,
               h->identity == NULL ? (unsigned long long)c->number : 0ULL);
    hash_sha256(bytes_of(buf_str(&own)), f.identity);
    buf_u64(&own, c->number);
    hash_sha256(bytes_of(buf_str(&own)), f.record_digest);
    struct correlator_input in = {.finding = &f,
                                  .source = h->source == 0 ? STR("file") : STR("journal"),
                                  .source_id = h->source,
                                  .position = c->number,
                                  .received = {.us = WALLTIME_NONE}};
    if (h->received != 0) {
        in.received.us = ((int64_t)SAMPLE_EPOCH_S + h->received) * 1000000;
    }
    correlator_add(c->correlator, &in);
}

static inline int correlated_seconds(struct walltime t)
{
    return (int)(t.us / 1000000 - SAMPLE_EPOCH_S);
}

#define COUNT3                                                                                 \
    SAMPLE_CORRELATION("n", "type: event_count, rules: [a], group-by: [u], "                   \
                            "timespan: 60s, condition: {gte: 3}")
#define CORR(section) SAMPLE_CORRELATION("n", section)

/* Events in few words: "a0 u=x; b10 u=x" are rule a at 0 s and b at 10 s; "a- u=x" has no
 * time; "!same": of the same record as others so marked. */
static inline char *correlated_token(char **rest)
{
    char *at = *rest;
    char *end = strchr(at, ';');
    *rest = end == NULL ? NULL : end + 1;
    if (end != NULL) {
        *end = '\0';
    }
    while (*at == ' ') {
        at++;
    }
    return at;
}

/* "a30 u=x !same" */
static inline void correlated_play_one(struct correlated *c, char *text)
{
    char rule[2] = {text[0], '\0'};
    char *rest = text + 1;
    struct happening h = {.rule = rule};
    h.timeless = *rest == '-';
    h.t = h.timeless ? 0 : (int)strtol(rest, &rest, 10);
    rest += h.timeless;
    char *same = strchr(rest, '!');
    if (same != NULL) {
        h.identity = "same";
        same[same > rest ? -1 : 0] = '\0';
    }
    h.fields = *rest == ' ' ? rest + 1 : NULL;
    correlated_add(c, &h);
}

static inline void play(struct correlated *c, const char *events)
{
    AUTO_BUF text = {0};
    buf_puts(&text, events);
    buf_putc(&text, '\0');
    char *rest = text.p;
    while (rest != NULL) {
        correlated_play_one(c, correlated_token(&rest));
    }
}

static inline struct correlated *run(const char *correlation, const char *events)
{
    AUTO_BUF text = {0};
    buf_puts(&text, SAMPLE_RULES);
    buf_puts(&text, correlation);
    buf_putc(&text, '\0');
    struct correlated *c = correlated_open(text.p, true);
    play(c, events);
    return c;
}

#endif
