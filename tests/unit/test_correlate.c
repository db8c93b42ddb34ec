/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The correlation cases of the Sigma reference, section 6.2, each by its id, and what goes
 * beyond them: twins, trust, quiet, bounds.
 */
#include "correlate_sample.h"

#define COUNT3                                                                                 \
    SAMPLE_CORRELATION("n", "type: event_count, rules: [a], group-by: [u], "                   \
                            "timespan: 60s, condition: {gte: 3}")
#define CORR(section) SAMPLE_CORRELATION("n", section)
#define END           -1 /* closes a list of times */

/* Events one after the other: "a0 u=x; b10 u=x". Findings: when each was complete. */
static const struct correlate_case {
    const char *id, *rules, *events;
    int alerts[4];
} cases[] = {
    {"M01", COUNT3, "a0 u=x; a30 u=x; a60 u=x", {60, END}},
    {"M02", COUNT3, "a0 u=x; a30 u=x; a61 u=x", {END}},
    {"M03", COUNT3, "a0 u=x; a1 u=y; a2 u=x", {END}},
    {"M04", COUNT3, "a0 u=x; a1 u=x; a2 u=x; a3 u=x", {2, END}},
    {"M05",
     COUNT3,
     "a0 u=x; a1 u=x; a2 u=x; a3 u=x; a200 u=x; a201 u=x; a202 u=x",
     {2, 202, END}},
    {"M06",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {gt: 3}"),
     "a0; a1; a2",
     {END}},
    {"M07",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {gt: 2, lte: 4}"),
     "a0; a1; a2; a3; a4",
     {END}},
    {"M07 four",
     CORR("type: event_count, rules: [a], timespan: 60s, "
          "condition: {gt: 2, lte: 4}"),
     "a0; a1; a2; a3",
     {3, END}},
    {"M08",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {lt: 2}"),
     "a0",
     {0, END}},
    {"M09",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {eq: 2}"),
     "a0; a1; a2",
     {END}},
    {"M10", COUNT3, "a0 u=x; a59 u=x; a30 u=x", {59, END}},
    {"M11",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}"),
     "a0 u=x; a1 u=y; a2 u=z",
     {2, END}},
    {"M12", COUNT3, "a0; a1; a2", {END}},
    {"M13", COUNT3, "a0 u=5; a1 u=5; a2 u=5", {2, END}},
    {"M14",
     CORR("type: event_count, rules: [a], group-by: [u, h], timespan: 60s, "
          "condition: {gte: 2}"),
     "a0 u=x h=1; a1 u=x h=2",
     {END}},
    {"M15",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a1 d=p; a2 d=q",
     {END}},
    {"M16",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a1 d=q; a2 d=r",
     {2, END}},
    {"M17",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a1 d=q; a2",
     {END}},
    {"M18",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: [d, e], gte: 2}"),
     "a0 d=p e=1; a1 d=p e=2",
     {1, END}},
    {"M24", CORR("type: temporal, rules: [a, b], timespan: 60s"), "b0; a10", {10, END}},
    {"M25", CORR("type: temporal, rules: [a, b], timespan: 60s"), "a0; a1", {END}},
    {"M26",
     CORR("type: temporal, rules: [a, b, c], timespan: 60s, condition: {gte: 2}"),
     "a0; c5",
     {5, END}},
    {"M27",
     CORR("type: temporal, rules: [a, b], timespan: 60s, condition: a and not b"),
     "a0",
     {0, END}},
    {"M27 b too",
     CORR("type: temporal, rules: [a, b], timespan: 60s, "
          "condition: a and not b"),
     "a0; b5",
     {END}},
    {"M29", CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"), "b0; a10", {END}},
    {"M30", CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"), "a0; b0", {0, END}},
    {"M30 b first",
     CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"),
     "b0; a0",
     {END}},
    {"M31",
     CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"),
     "a0 !same; b0 !same",
     {END}},
    {"M32",
     CORR("type: temporal_ordered, rules: [a, b, c], timespan: 60s"),
     "a0; c5; b9",
     {END}},
    {"M32 whole",
     CORR("type: temporal_ordered, rules: [a, b, c], timespan: 60s"),
     "a0; c1; b5; c9",
     {9, END}},
    {"M33",
     CORR("type: temporal, rules: [a, b], timespan: 60s, group-by: [ip], "
          "aliases: {ip: {a: src, b: dst}}"),
     "a0 src=1; b1 dst=1",
     {1, END}},
    {"M33 other",
     CORR("type: temporal, rules: [a, b], timespan: 60s, group-by: [ip], "
          "aliases: {ip: {a: src, b: dst}}"),
     "a0 src=1; b1 dst=2",
     {END}},
    {"M35",
     SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [u], "
                                 "timespan: 60s, condition: {gte: 2}")
         CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], timespan: 60s"),
     "a0 u=x; a1 u=x; b2 u=x",
     {2, END}},
    {"M35 other",
     SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [u], "
                                 "timespan: 60s, condition: {gte: 2}")
         CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], "
              "timespan: 60s"),
     "a0 u=x; b1 u=x; a1 u=x; b2 u=y",
     {END}},
    {"M36",
     SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [h], "
                                 "timespan: 60s, condition: {gte: 2}")
         CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], timespan: 60s"),
     "a0 u=x h=1; a1 u=x h=1; b2 u=x h=2",
     {2, END}},
    {"M37", COUNT3, "a0 u=x", {END}},
    {"two windows close",
     CORR("type: event_count, rules: [a], timespan: 60s, "
          "condition: {eq: 2}"),
     "a0; a1; a100; a101; a300",
     {1, 101, END}},
    {"neq",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {neq: 1}"),
     "a0; a100; a101",
     {101, END}},
    {"joined by or",
     CORR("type: temporal, rules: [a, b, c], timespan: 60s, "
          "condition: (a or b) and c"),
     "b0; c5",
     {5, END}},
    {"either of two rules counts",
     CORR("type: event_count, rules: [a, b], timespan: 60s, "
          "condition: {gte: 3}"),
     "a0; b1; a2",
     {2, END}},
    {"late step in order",
     CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"),
     "b20; a10",
     {20, END}},
    {"late value",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a50 d=q; a20 d=r",
     {50, END}},
    {"a rule by two names is one",
     CORR("type: temporal, rules: [a, a, b], timespan: 60s"),
     "a0; b1",
     {1, END}},
    {"steps of one rule",
     CORR("type: temporal_ordered, rules: [a, b, a], timespan: 60s"),
     "a0; b1; a2",
     {2, END}},
    {"no time", COUNT3, "a- u=x; a- u=x; a- u=x", {END}},
};

static char *token(char **rest)
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
static void play_one(struct correlated *c, char *text)
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

static void play(struct correlated *c, const char *events)
{
    AUTO_BUF text = {0};
    buf_puts(&text, events);
    buf_putc(&text, '\0');
    char *rest = text.p;
    while (rest != NULL) {
        play_one(c, token(&rest));
    }
}

static struct correlated *run(const char *correlation, const char *events)
{
    AUTO_BUF text = {0};
    buf_puts(&text, SAMPLE_RULES);
    buf_puts(&text, correlation);
    buf_putc(&text, '\0');
    struct correlated *c = correlated_open(text.p, true);
    play(c, events);
    return c;
}

static void cases_by_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct correlate_case *k = &cases[i];
        struct correlated *c = run(k->rules, k->events);
        correlator_advance(c->correlator, INT64_MAX);
        size_t want = 0, got = 0;
        while (k->alerts[want] != END) {
            want++;
        }
        for (size_t f = 0; f < c->count; f++) {
            bool ours = str_eq(c->facts[f].rule_name, STR("n"));
            bool fits =
                !ours || (got < want && correlated_seconds(c->facts[f].last) == k->alerts[got]);
            if (!fits) {
                fail_msg("%s: a finding at %d", k->id, correlated_seconds(c->facts[f].last));
            }
            got += ours;
        }
        if (got != want) {
            fail_msg("%s: %zu findings, not %zu", k->id, got, want);
        }
        correlated_close(c);
    }
}

static void rules_tell_unless_silent(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, false);
    play(c, "a0 u=x; b0 u=x; a1 u=x; a2 u=x");
    assert_int_equal(c->count, 2);
    assert_str(c->facts[0].rule_name, "b");
    assert_str(c->facts[0].type, "");
    assert_str(c->facts[0].rule_id, "Rule b"); /* it has no id */
    assert_int_equal(c->facts[0].event_count, 1);
    assert_true(c->facts[0].records[0].position == 2);
    assert_str(c->facts[0].records[0].source, "file");
    assert_str(c->facts[1].rule_name, "n");
    correlated_close(c);
    c = correlated_open(
        SAMPLE_RULES CORR("type: event_count, rules: [a], timespan: 60s, generate: true, "
                          "condition: {gte: 2}"),
        false);
    play(c, "a0; a1");
    assert_int_equal(c->count, 3); /* M38 */
    correlated_close(c);
}

static void the_finding_says_all(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
    static const struct happening list[] = {
        {.t = 0, .rule = "a", .fields = "u=x", .entity = "clerk", .trust = TRUST_JOURNAL},
        {.t = 5, .rule = "a", .fields = "u=x", .entity = "admin", .trust = TRUST_DAEMON},
        {.t = 9, .rule = "a", .fields = "u=x", .entity = "clerk", .trust = TRUST_KERNEL},
    };
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        correlated_add(c, &list[i]);
    }
    assert_int_equal(c->count, 1);
    const struct finding_fact *f = &c->facts[0];
    assert_str(f->type, "event_count");
    assert_str(f->rule_title, "Corr n");
    assert_int_equal(f->level, LEVEL_HIGH);
    assert_int_equal(correlated_seconds(f->first), 0);
    assert_int_equal(correlated_seconds(f->last), 9);
    assert_int_equal(f->event_count, 3);
    assert_int_equal(f->record_count, 3);
    assert_true(f->records[2].number == 3);
    assert_int_equal(f->trust, TRUST_DAEMON); /* the least */
    assert_int_equal(f->source_count, 1);
    assert_int_equal(f->key_count, 1);
    assert_str(f->keys[0].field, "u");
    assert_str(f->keys[0].value, "x");
    assert_int_equal(f->entity_count, 2);
    assert_str(f->entities[0].value, "clerk");
    assert_int_equal(f->entities[0].trust, TRUST_KERNEL); /* the best that names it */
    assert_str(f->host, "h1");
    correlated_close(c);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SHA256_BYTES);
}

/* SHA-256 of the sorted identities, with the rule's id and ordinal 0. */
static void the_id_is_of_the_records(void **state)
{
    (void)state;
    struct correlated *c = run(COUNT3, "a0 u=x; a1 u=x; a2 u=x");
    struct correlated *d = run(COUNT3, "a0 u=x; a1 u=x; a2 u=x; a3 u=x");
    struct correlated *e = run(COUNT3, "a0 u=x; a2 u=x; a1 u=x");
    struct correlated *other = run(COUNT3, "b0 u=x; a0 u=x; a1 u=x; a2 u=x");
    assert_memory_equal(c->facts[0].id, d->facts[0].id, FINDING_ID_BYTES);
    assert_memory_equal(c->facts[0].id, e->facts[0].id, FINDING_ID_BYTES);
    assert_memory_not_equal(c->facts[0].id, other->facts[0].id, FINDING_ID_BYTES);
    uint8_t all[3][HASH_SHA256_BYTES], digest[HASH_SHA256_BYTES], id[FINDING_ID_BYTES];
    hash_sha256(bytes_of(STR("#1")), all[0]);
    hash_sha256(bytes_of(STR("#2")), all[1]);
    hash_sha256(bytes_of(STR("#3")), all[2]);
    qsort(all, 3, sizeof(all[0]), by_bytes);
    hash_sha256((struct bytes){all[0], sizeof(all)}, digest);
    finding_id(STR("Corr n"), digest, 0, id);
    assert_memory_equal(c->facts[0].id, id, sizeof(id));
    correlated_close(c);
    correlated_close(d);
    correlated_close(e);
    correlated_close(other);
}

/* The same records again, an hour later: another finding, with an id of its own. */
static void equal_campaigns_have_ids_of_their_own(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
    for (int t = 0; t < 8000; t += 4000) {
        for (int i = 0; i < 3; i++) {
            correlated_add(c, &(struct happening){
                                  .t = t + i, .rule = "a", .fields = "u=x", .identity = "k"});
        }
    }
    assert_int_equal(c->count, 2);
    assert_memory_not_equal(c->facts[0].id, c->facts[1].id, FINDING_ID_BYTES);
    correlated_close(c);
}

static void a_campaign_is_one_finding(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
    for (int t = 0; t < 100000; t += 10) {
        correlated_add(c, &(struct happening){.t = t, .rule = "a", .fields = "u=x"});
        correlator_advance(c->correlator, ((int64_t)SAMPLE_EPOCH_S + t) * 1000000);
    }
    assert_int_equal(c->count, 1);
    correlated_close(c);
}

#define CHAIN                                                                                  \
    SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [u], "               \
                                "timespan: 60s, condition: {gte: 3}")                          \
    CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], timespan: 100s")

/* Guessing that goes on for hours is still what came before the log-on. */
static void a_campaign_that_goes_on_still_counts(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES CHAIN, true);
    for (int t = 0; t < 20000; t += 50) {
        correlated_add(c, &(struct happening){.t = t, .rule = "a", .fields = "u=x"});
        correlator_advance(c->correlator, ((int64_t)SAMPLE_EPOCH_S + t) * 1000000);
    }
    for (int t = 20000; t < 20003; t++) {
        correlated_add(c, &(struct happening){.t = t, .rule = "a", .fields = "u=x"});
    }
    for (int t = 20010; t < 40000; t += 50) {
        correlated_add(c, &(struct happening){.t = t, .rule = "a", .fields = "u=x"});
        correlator_advance(c->correlator, ((int64_t)SAMPLE_EPOCH_S + t) * 1000000);
    }
    correlated_add(c, &(struct happening){.t = 39999, .rule = "b", .fields = "u=x"});
    assert_int_equal(c->count, 1); /* the inner one is silent */
    assert_str(c->facts[0].rule_name, "n");
    assert_int_equal(c->facts[0].event_count, 4);
    /* and when it is over, it is over */
    correlated_add(c, &(struct happening){.t = 41000, .rule = "b", .fields = "u=x"});
    assert_int_equal(c->count, 1);
    correlated_close(c);
}

static void a_chain_lists_the_records_below(void **state)
{
    (void)state;
    struct correlated *c = run(CHAIN, "a0 u=x; a1 u=x; a2 u=x; a3 u=x; b4 u=x");
    assert_int_equal(c->count, 1);
    const struct finding_fact *f = &c->facts[0];
    assert_int_equal(f->record_count, 4);
    assert_int_equal(f->event_count, 4);
    assert_int_equal(correlated_seconds(f->first), 0);
    assert_int_equal(correlated_seconds(f->last), 4);
    correlated_close(c);
}

static void values_list_one_record_each(void **state)
{
    (void)state;
    struct correlated *c = run(CORR("type: value_count, rules: [a], group-by: [u], timespan: "
                                    "60s, condition: {field: d, gte: 3}"),
                               "a0 u=x d=p; a1 u=x d=p; a2 u=x d=p; a3 u=x d=p; a4 u=x d=q; "
                               "a5 u=x d=r");
    assert_int_equal(c->count, 1);
    assert_int_equal(c->facts[0].event_count, 6);
    assert_int_equal(c->facts[0].record_count, 4); /* of p the first and the last */
    correlated_close(c);
}

/* File and journal say the same: one event. */
static void twins_count_once(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
    static const struct happening list[] = {
        {.t = 0, .rule = "a", .fields = "u=x", .identity = "1", .source = 0},
        {.t = 0, .rule = "a", .fields = "u=x", .identity = "1", .source = 1},
        {.t = 5, .rule = "a", .fields = "u=x", .identity = "2", .source = 1},
        {.t = 6, .rule = "a", .fields = "u=x", .identity = "2", .source = 0},
    };
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        correlated_add(c, &list[i]);
    }
    assert_int_equal(c->count, 0);
    assert_int_equal(correlator_counts(c->correlator).twins, 2);
    /* the same again from the same source is another event */
    correlated_add(c, &list[0]);
    assert_int_equal(c->count, 1);
    assert_int_equal(c->facts[0].event_count, 3);
    assert_int_equal(c->facts[0].source_count, 1); /* the third has no twin yet */
    correlated_close(c);
}

/* Three attempts on one connection read alike: each pairs with one of the other source. */
static void equal_records_pair_in_order(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t source = order == 0 ? i / 2 : i % 2;
            correlated_add(c, &(struct happening){.t = (int)i,
                                                  .rule = "a",
                                                  .fields = "u=x",
                                                  .identity = "k",
                                                  .source = source});
        }
        assert_int_equal(c->count, 0);
        assert_int_equal(correlator_counts(c->correlator).twins, 2);
        correlated_close(c);
    }
}

/* An hour later the same words are another event, also from the other source. */
static void twins_are_near_in_time(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
    static const struct happening list[] = {
        {.t = 0, .rule = "a", .fields = "u=x", .identity = "k", .source = 0},
        {.t = 30, .rule = "a", .fields = "u=x", .identity = "k", .source = 1},
        {.t = 3600, .rule = "a", .fields = "u=x", .identity = "k", .source = 1},
    };
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        correlated_add(c, &list[i]);
    }
    assert_int_equal(correlator_counts(c->correlator).twins, 1);
    correlated_close(c);
}

static void a_better_twin_raises_what_was_told(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, false);
    struct happening h = {.rule = "b",
                          .identity = "b1",
                          .trust = TRUST_DAEMON,
                          .entity = "clerk",
                          .fields = "u=x"};
    correlated_add(c, &h);
    h.source = 1;
    h.trust = TRUST_JOURNAL;
    correlated_add(c, &h);
    assert_int_equal(c->count, 2);
    assert_memory_equal(c->facts[0].id, c->facts[1].id, FINDING_ID_BYTES);
    assert_int_equal(c->facts[0].trust, TRUST_DAEMON);
    assert_int_equal(c->facts[1].trust, TRUST_JOURNAL);
    assert_int_equal(c->facts[1].source_count, 2);
    assert_int_equal(c->facts[1].entities[0].trust, TRUST_JOURNAL);
    /* a third that is no better says nothing new */
    h.source = 2;
    correlated_add(c, &h);
    assert_int_equal(c->count, 2);
    correlated_close(c);
}

static void late_twins_raise_a_correlation(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES CHAIN, false);
    static const char *const identities[] = {"1", "2", "3", "4"};
    for (int twin = 0; twin < 2; twin++) {
        for (int i = 0; i < 4; i++) {
            correlated_add(
                c, &(struct happening){.t = i,
                                       .rule = i < 3 ? "a" : "b",
                                       .fields = "u=x",
                                       .identity = identities[i],
                                       .source = (uint32_t)twin,
                                       .entity = identities[i],
                                       .trust = twin == 0 ? TRUST_DAEMON : TRUST_JOURNAL});
        }
        assert_int_equal(c->count, twin + 1); /* only when the last of them is better */
    }
    assert_memory_equal(c->facts[0].id, c->facts[1].id, FINDING_ID_BYTES);
    assert_int_equal(c->facts[0].trust, TRUST_DAEMON);
    assert_int_equal(c->facts[1].trust, TRUST_JOURNAL);
    assert_int_equal(c->facts[1].source_count, 2);
    assert_int_equal(c->facts[1].entity_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(c->facts[1].entities[i].trust, TRUST_JOURNAL);
    }
    correlated_close(c);
}

/* A line that claims to be from next year neither opens old windows nor closes new ones. */
static void a_line_does_not_move_the_clock(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES COUNT3, true);
    static const struct happening list[] = {
        {.t = 1, .received = 1, .rule = "a", .fields = "u=x"},
        {.t = 30000000, .received = 2, .rule = "a", .fields = "u=x"},
        {.timeless = true, .received = 3, .rule = "a", .fields = "u=x"},
    };
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        correlated_add(c, &list[i]);
    }
    assert_int_equal(c->count, 1);
    correlated_close(c);
}

static void a_reset_forgets(void **state)
{
    (void)state;
    struct correlated *c = run(COUNT3, "a0 u=x; a1 u=x");
    correlator_reset(c->correlator);
    play(c, "a2 u=x");
    assert_int_equal(c->count, 0);
    assert_true(correlator_longest_us(c->correlator) == 60000000);
    correlated_close(c);
}

/* A hundred thousand addresses, and one that fails now and then: bounded, and said. */
static void a_flood_is_bounded_and_said(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(SAMPLE_RULES CHAIN, true);
    for (int i = 0; i < 100000; i++) {
        char fields[32];
        snprintf(fields, sizeof(fields), "u=%d", i);
        correlated_add(c, &(struct happening){.t = i / 5000, .rule = "a", .fields = fields});
    }
    struct correlator_counts counts = correlator_counts(c->correlator);
    assert_true(counts.evicted_groups >= 100000 - 16384);
    assert_true(counts.evicted_events >= 100000 - 16384);
    assert_int_equal(c->count, 0);
    /* another rule's lane has lost nothing */
    play(c, "a30 u=x; a31 u=x; a32 u=x; b33 u=x");
    assert_int_equal(c->count, 1);
    correlated_close(c);
}

static void more_records_than_are_listed(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(
        SAMPLE_RULES CORR("type: event_count, rules: [a], timespan: 1h, condition: {gte: 500}"),
        true);
    for (int i = 0; i < 500; i++) {
        correlated_add(c, &(struct happening){.t = i,
                                              .rule = "a",
                                              .trust = i == 400 ? TRUST_NONE : TRUST_DAEMON});
    }
    assert_int_equal(c->count, 1);
    assert_int_equal(c->facts[0].record_count, FINDING_FACT_MAX_RECORDS);
    assert_int_equal(c->facts[0].event_count, 500);
    assert_int_equal(c->facts[0].trust, TRUST_NONE); /* the least, also of those not listed */
    assert_int_equal(correlated_seconds(c->facts[0].last), 499);
    correlated_close(c);
}

/* Many of the first step: bounded, the oldest and the newest kept, each counted. */
static void many_of_one_step_fold(void **state)
{
    (void)state;
    struct correlated *c = correlated_open(
        SAMPLE_RULES CORR("type: temporal_ordered, rules: [a, b], timespan: 1h"), true);
    for (int i = 0; i < 1000; i++) {
        correlated_add(c, &(struct happening){.t = i, .rule = "a"});
    }
    correlated_add(c, &(struct happening){.t = 1000, .rule = "b"});
    assert_int_equal(c->count, 1);
    assert_int_equal(c->facts[0].event_count, 1001);
    assert_int_equal(c->facts[0].record_count, 17);
    assert_int_equal(correlated_seconds(c->facts[0].first), 0);
    correlated_close(c);
}

/* In whatever order a second's worth of events comes, what is found is the same. */
static void disorder_changes_nothing(void **state)
{
    (void)state;
    unsigned dice = 7;
    for (int round = 0; round < 20; round++) {
        int order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
        for (int i = 7; i > 0; i--) {
            dice = dice * 1103515245 + 12345;
            int j = (int)(dice >> 16) % (i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        struct correlated *c = correlated_open(SAMPLE_RULES CHAIN, true);
        for (int i = 0; i < 8; i++) {
            char name[2] = {(char)('0' + order[i]), '\0'};
            correlated_add(c, &(struct happening){.t = order[i],
                                                  .rule = order[i] == 7 ? "b" : "a",
                                                  .fields = "u=x",
                                                  .identity = name});
        }
        assert_int_equal(c->count, 1);
        correlated_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_by_id),
        cmocka_unit_test(rules_tell_unless_silent),
        cmocka_unit_test(the_finding_says_all),
        cmocka_unit_test(the_id_is_of_the_records),
        cmocka_unit_test(equal_campaigns_have_ids_of_their_own),
        cmocka_unit_test(a_campaign_is_one_finding),
        cmocka_unit_test(a_campaign_that_goes_on_still_counts),
        cmocka_unit_test(a_chain_lists_the_records_below),
        cmocka_unit_test(values_list_one_record_each),
        cmocka_unit_test(twins_count_once),
        cmocka_unit_test(equal_records_pair_in_order),
        cmocka_unit_test(twins_are_near_in_time),
        cmocka_unit_test(a_better_twin_raises_what_was_told),
        cmocka_unit_test(late_twins_raise_a_correlation),
        cmocka_unit_test(a_line_does_not_move_the_clock),
        cmocka_unit_test(a_reset_forgets),
        cmocka_unit_test(a_flood_is_bounded_and_said),
        cmocka_unit_test(more_records_than_are_listed),
        cmocka_unit_test(many_of_one_step_fold),
        cmocka_unit_test(disorder_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
