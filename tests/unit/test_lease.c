/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "contain/lease.h"

#define SECOND_US INT64_C(1000000)

static const int64_t now_us = 1764214810000000;

static struct action_fact fact(enum fact_kind kind, uint8_t incident, const char *target,
                               int64_t event_us)
{
    struct action_fact f = {.kind = kind,
                            .at = {.us = event_us},
                            .action = {.kind = ACTION_BLOCK_ADDRESS, .lease_s = 60},
                            .evidence = {.event_time = {.us = event_us}},
                            .until = {.us = event_us + 60 * SECOND_US}};
    assert_true(ipaddr_parse(str_of(target), &f.action.address));
    f.action.incident[0] = incident;
    action_id(&f.action, f.action.id);
    return f;
}

static struct action_fact outcome(const struct action_fact *of, enum act act, enum outcome o)
{
    struct action_fact f = *of;
    f.kind = FACT_OUTCOME;
    f.act = act;
    f.outcome = o;
    return f;
}

static struct walltime at(int64_t seconds)
{
    return (struct walltime){.us = now_us + seconds * SECOND_US};
}

static void life_of_a_lease(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact f = fact(FACT_INTENT, 1, "203.0.113.66", now_us);
    struct lease *l = lease_begin(&t, &f);
    assert_non_null(l);
    assert_int_equal(l->state, LEASE_LIVE);
    assert_true(lease_outcome(l, ACT_APPLY, OUTCOME_EFFECTIVE));
    assert_false(lease_outcome(l, ACT_APPLY, OUTCOME_EFFECTIVE));
    assert_true(lease_outcome(l, ACT_APPLY, OUTCOME_UNKNOWN));
    assert_null(lease_expire(&t, at(59)));
    assert_ptr_equal(lease_expire(&t, at(60)), l);
    assert_int_equal(l->state, LEASE_LAPSING);
    assert_null(lease_expire(&t, at(60)));
    assert_true(lease_outcome(l, ACT_LAPSE, OUTCOME_UNKNOWN));
    assert_int_equal(l->state, LEASE_LAPSING);
    assert_true(lease_outcome(l, ACT_LAPSE, OUTCOME_EFFECTIVE));
    assert_int_equal(l->state, LEASE_ENDED);
    lease_sweep(&t, at(61));
    assert_ptr_equal(lease_find(&t, f.action.id), l);
    lease_sweep(&t, at(1000));
    assert_null(lease_find(&t, f.action.id));
    lease_table_close(&t);
}

static void what_is_known_is_not_decided_again(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact f = fact(FACT_INTENT, 1, "203.0.113.66", now_us);
    struct evidence newer = {.event_time = {.us = now_us + SECOND_US}};
    assert_false(lease_knows(&t, &f.action, &f.evidence, at(0)));
    lease_fold(&t, &f);
    assert_true(lease_knows(&t, &f.action, &f.evidence, at(0)));
    assert_true(lease_knows(&t, &f.action, &newer, at(0)));
    /* it lapsed: only new evidence makes it a question again */
    struct action_fact lapsed = outcome(&f, ACT_LAPSE, OUTCOME_EFFECTIVE);
    assert_non_null(lease_expire(&t, at(60)));
    lease_fold(&t, &lapsed);
    assert_true(lease_knows(&t, &f.action, &f.evidence, at(61)));
    assert_false(lease_knows(&t, &f.action, &newer, at(61)));
    /* a person may always ask */
    struct evidence person = {.event_time = {.us = now_us}, .person = true};
    assert_false(lease_knows(&t, &f.action, &person, at(0)));
    lease_table_close(&t);
}

static void what_a_person_released_stays_released(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact f = fact(FACT_INTENT, 1, "203.0.113.66", now_us);
    struct action_fact other = fact(FACT_INTENT, 2, "203.0.113.66", now_us + 1);
    struct action_fact elsewhere = fact(FACT_INTENT, 2, "203.0.113.67", now_us + 1);
    lease_fold(&t, &f);
    struct action_fact release = f;
    release.kind = FACT_RELEASE;
    lease_fold(&t, &release);
    assert_int_equal(lease_find(&t, f.action.id)->state, LEASE_UNDOING);
    struct action_fact undone = outcome(&f, ACT_UNDO, OUTCOME_EFFECTIVE);
    lease_fold(&t, &undone);
    assert_int_equal(lease_find(&t, f.action.id)->state, LEASE_ENDED);
    struct evidence newer = {.event_time = {.us = now_us + 9}};
    assert_true(lease_knows(&t, &f.action, &newer, at(1)));
    assert_true(lease_knows(&t, &other.action, &newer, at(1)));
    assert_false(lease_knows(&t, &elsewhere.action, &newer, at(1)));
    assert_false(lease_knows(&t, &f.action, &newer, at(61)));
    lease_table_close(&t);
}

static void renewal_overtakes_a_late_answer(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact f = fact(FACT_INTENT, 0, "203.0.113.66", now_us);
    struct lease *l = lease_begin(&t, &f);
    lease_release(l);
    struct action_fact again = fact(FACT_INTENT, 0, "203.0.113.66", now_us + 5);
    assert_ptr_equal(lease_begin(&t, &again), l);
    assert_int_equal(l->state, LEASE_LIVE);
    (void)lease_outcome(l, ACT_UNDO, OUTCOME_EFFECTIVE);
    assert_int_equal(l->state, LEASE_LIVE);
    lease_table_close(&t);
}

static void holding_is_the_longest_live_one(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact a = fact(FACT_INTENT, 1, "203.0.113.66", now_us);
    struct action_fact b = fact(FACT_INTENT, 2, "203.0.113.66", now_us + 7);
    struct action_fact c = fact(FACT_INTENT, 3, "203.0.113.65", now_us + 9);
    lease_fold(&t, &a);
    lease_fold(&t, &b);
    lease_fold(&t, &c);
    assert_ptr_equal(lease_holding(&t, &a.action), lease_find(&t, b.action.id));
    lease_release(lease_find(&t, b.action.id));
    assert_ptr_equal(lease_holding(&t, &a.action), lease_find(&t, a.action.id));
    lease_release(lease_find(&t, a.action.id));
    assert_null(lease_holding(&t, &a.action));
    lease_table_close(&t);
}

static void shadow_lapses_without_a_word(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact f = fact(FACT_DECISION, 1, "203.0.113.66", now_us);
    f.verdict = VERDICT_EVIDENCE;
    lease_fold(&t, &f);
    assert_null(lease_find(&t, f.action.id));
    f.verdict = VERDICT_SHADOW;
    lease_fold(&t, &f);
    struct lease *l = lease_find(&t, f.action.id);
    assert_int_equal(l->state, LEASE_SHADOW);
    assert_null(lease_holding(&t, &f.action));
    assert_ptr_equal(lease_expire(&t, at(60)), l);
    assert_int_equal(l->state, LEASE_ENDED);
    lease_table_close(&t);
}

/* Folding a history twice, as after a lost position, gives the same state as once. */
static void folding_twice_is_folding_once(void **state)
{
    (void)state;
    struct lease_table t = lease_table_open();
    struct action_fact facts[3];
    facts[0] = fact(FACT_INTENT, 1, "203.0.113.66", now_us);
    facts[1] = outcome(&facts[0], ACT_APPLY, OUTCOME_EFFECTIVE);
    facts[2] = fact(FACT_INTENT, 1, "203.0.113.67", now_us);
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(facts); i++) {
            lease_fold(&t, &facts[i]);
        }
    }
    assert_int_equal(t.all.n, 2);
    assert_true(lease_find(&t, facts[0].action.id)->said[ACT_APPLY]);
    assert_false(lease_find(&t, facts[2].action.id)->said[ACT_APPLY]);
    lease_table_close(&t);
}

/* Random intents, releases, outcomes and times: counts and the map agree, all ends. */
static void random_life_keeps_its_invariants(void **state)
{
    (void)state;
    static const char *const targets[] = {"203.0.113.1", "203.0.113.2", "203.0.113.3"};
    struct lease_table t = lease_table_open();
    uint64_t x = 88172645463325252u;
    int64_t now = now_us;
    for (unsigned i = 0; i < 20000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        struct action_fact f =
            fact((x & 7) == 0 ? FACT_RELEASE : FACT_INTENT, (uint8_t)(x >> 8 & 3),
                 targets[(x >> 16) % COUNT_OF(targets)], now);
        if ((x & 6) == 6) {
            f = outcome(&f, (enum act)((x >> 24) % ACT_COUNT),
                        (enum outcome)((x >> 32) % OUTCOME_COUNT));
        }
        lease_fold(&t, &f);
        now += (int64_t)(x >> 40 & 0xff) * 100000;
        while (lease_expire(&t, (struct walltime){.us = now}) != NULL) {
        }
        if ((x & 0xff00000000) == 0) {
            lease_sweep(&t, (struct walltime){.us = now});
        }
        for (size_t j = 0; j < t.all.n; j++) {
            assert_ptr_equal(lease_find(&t, t.all.p[j]->id), t.all.p[j]);
            assert_true(t.all.p[j]->state != LEASE_LIVE || t.all.p[j]->until.us > now);
        }
    }
    assert_true(t.all.n <= 12);
    lease_table_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life_of_a_lease),
        cmocka_unit_test(what_is_known_is_not_decided_again),
        cmocka_unit_test(what_a_person_released_stays_released),
        cmocka_unit_test(renewal_overtakes_a_late_answer),
        cmocka_unit_test(holding_is_the_longest_live_one),
        cmocka_unit_test(shadow_lapses_without_a_word),
        cmocka_unit_test(folding_twice_is_folding_once),
        cmocka_unit_test(random_life_keeps_its_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
