/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the correlator says beyond that a correlation holds: ids, records, twins, trust, quiet,
 * bounds.
 */
#include "correlate_sample.h"

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
    assert_str(f->entities[0].value, "clerk");            /* of the last record */
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

/* Forty names were guessed: that of the log-on is not crowded out. */
static void the_last_step_is_not_crowded_out(void **state)
{
    (void)state;
    struct correlated *c =
        correlated_open(SAMPLE_RULES SAMPLE_CORRELATION(
                            "inner", "type: event_count, rules: [a], timespan: 60s, "
                                     "condition: {gte: 40}")
                            CORR("type: temporal_ordered, rules: [inner, b], timespan: 60s"),
                        true);
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof(name), "name%d", i);
        correlated_add(c, &(struct happening){.t = i, .rule = "a", .entity = name});
    }
    correlated_add(c, &(struct happening){.t = 41, .rule = "b", .entity = "clerk"});
    assert_int_equal(c->count, 1);
    assert_int_equal(c->facts[0].entity_count, FINDING_MAX_ENTITIES);
    assert_str(c->facts[0].entities[0].value, "clerk");
    correlated_close(c);
}

/* The last contributor lacks the field that the outer one groups by; the one before has it. */
static void fields_come_from_those_that_have_them(void **state)
{
    (void)state;
    struct correlated *c = run(SAMPLE_CORRELATION("inner", "type: temporal, rules: [a, b], "
                                                           "group-by: [h], timespan: 60s")
                                   CORR("type: temporal_ordered, rules: [inner, c], "
                                        "group-by: [u], timespan: 60s"),
                               "a0 u=x h=1; b1 h=1; c2 u=x");
    assert_int_equal(c->count, 1);
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
        cmocka_unit_test(rules_tell_unless_silent),
        cmocka_unit_test(the_finding_says_all),
        cmocka_unit_test(the_id_is_of_the_records),
        cmocka_unit_test(equal_campaigns_have_ids_of_their_own),
        cmocka_unit_test(a_campaign_is_one_finding),
        cmocka_unit_test(a_campaign_that_goes_on_still_counts),
        cmocka_unit_test(a_chain_lists_the_records_below),
        cmocka_unit_test(the_last_step_is_not_crowded_out),
        cmocka_unit_test(fields_come_from_those_that_have_them),
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
