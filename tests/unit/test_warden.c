/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole of contain on a fake clock: this test is the ledger, the executors, incident and
 * the people.
 */
#include "warden_sample.h"

static void stored(struct world *w, const struct sent *s)
{
    struct wire_message m = {.type = WIRE_FACT_STORED,
                             .fact_stored = {.kind = s->m.store_fact.kind, .fresh = 1}};
    memcpy(m.fact_stored.key, s->m.store_fact.key, FACT_KEY_BYTES);
    tell(w, ROLE_LEDGER, m);
}

static void receipt(struct world *w, const struct sent *grant, enum outcome outcome)
{
    struct wire_message m = {.type = WIRE_RECEIPT,
                             .receipt = {.act = grant->m.grant.act,
                                         .outcome = (uint8_t)outcome,
                                         .detail = STR("seen in the kernel")}};
    memcpy(m.receipt.action, grant->m.grant.action, ACTION_ID_BYTES);
    tell(w, grant->to, m);
}

/* Proposed, durable, granted, done. */
static struct sent *done(struct world *w, enum action_kind kind, const char *target)
{
    tell(w, ROLE_INCIDENT, proposal(w, kind, target));
    stored(w, expect_fact(w, FACT_INTENT, target));
    struct sent *g = expect(w, WIRE_GRANT);
    receipt(w, g, OUTCOME_EFFECTIVE);
    return g;
}

static void from_proposal_to_the_end_of_the_lease(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_fact(&w, FACT_DECISION, "\"verdict\":\"allowed\"");
    struct sent *intent = expect_fact(&w, FACT_INTENT, "203.0.113.66");
    assert_int_equal(intent->m.store_fact.sync, 1);
    /* nothing happens before the intent is durable */
    size_t before = w.seen;
    expect_nothing(&w, WIRE_GRANT);
    w.seen = before;
    stored(&w, intent);
    struct sent *g = expect(&w, WIRE_GRANT);
    assert_int_equal(g->to, ROLE_CONTAIN_NET);
    assert_int_equal(g->m.grant.act, ACT_APPLY);
    assert_true(g->m.grant.until_us == w.t.wall.us + 60 * SECOND_US);
    receipt(&w, g, OUTCOME_EFFECTIVE);
    expect_fact(&w, FACT_OUTCOME, "\"act\":\"apply\",\"outcome\":\"effective\"");
    pass(&w, 59);
    expect_nothing(&w, WIRE_GRANT);
    pass(&w, 1);
    g = expect(&w, WIRE_GRANT);
    assert_int_equal(g->m.grant.act, ACT_LAPSE);
    receipt(&w, g, OUTCOME_EFFECTIVE);
    expect_fact(&w, FACT_OUTCOME, "\"act\":\"lapse\",\"outcome\":\"effective\"");
    pass(&w, 600);
    expect_nothing(&w, WIRE_GRANT);
    tear_down(&w);
}

static void proposals_again_change_nothing(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    (void)done(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    w.seen = w.count;
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    assert_int_equal(w.count, w.seen);
    tear_down(&w);
}

static void refusals_are_facts_too(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "192.0.2.9"));
    expect_fact(&w, FACT_DECISION, "\"verdict\":\"never\"");
    struct wire_message m = proposal(&w, ACTION_SUSPEND_ACCOUNT, "clerk");
    m.propose.success = 0;
    tell(&w, ROLE_INCIDENT, m);
    expect_fact(&w, FACT_DECISION, "\"verdict\":\"evidence\"");
    tell(&w, ROLE_INCIDENT,
         proposal(&w, ACTION_SUSPEND_ACCOUNT,
                  "a name that is far too long for an account, from 198.51.100.7"));
    expect_fact(&w, FACT_DECISION, "\"verdict\":\"target\"");
    w.seen = 0;
    expect_nothing(&w, WIRE_GRANT);
    tear_down(&w);
}

static void shadow_does_nothing(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, false);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    stored(&w, expect_fact(&w, FACT_DECISION, "\"verdict\":\"shadow\""));
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    pass(&w, 600);
    for (size_t i = 0; i < w.count; i++) {
        assert_int_not_equal(w.sent[i].type, WIRE_GRANT);
        assert_int_not_equal(w.sent[i].m.store_fact.kind * (w.sent[i].type == WIRE_STORE_FACT),
                             FACT_INTENT);
    }
    tear_down(&w);
}

static void defence_goes_on_without_a_ledger(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    /* it dies between the intent and its being durable */
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_fact(&w, FACT_INTENT, "203.0.113.66");
    lose(&w, ROLE_LEDGER);
    receipt(&w, expect(&w, WIRE_GRANT), OUTCOME_EFFECTIVE);
    /* and while it is away */
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.67"));
    receipt(&w, expect(&w, WIRE_GRANT), OUTCOME_EFFECTIVE);
    assert_true(w.warnings > 0);
    /* all of it is told when it is back, in order */
    attach(&w, ROLE_LEDGER);
    expect_fact(&w, FACT_DECISION, "203.0.113.66");
    expect_fact(&w, FACT_INTENT, "203.0.113.66");
    expect_fact(&w, FACT_OUTCOME, "203.0.113.66");
    expect_fact(&w, FACT_DECISION, "203.0.113.67");
    expect_fact(&w, FACT_INTENT, "203.0.113.67");
    struct sent *last = expect_fact(&w, FACT_OUTCOME, "203.0.113.67");
    stored(&w, last);
    /* what it has said to have is not told again */
    lose(&w, ROLE_LEDGER);
    w.seen = w.count;
    attach(&w, ROLE_LEDGER);
    expect_fact(&w, FACT_INTENT, "203.0.113.66");
    expect_fact(&w, FACT_INTENT, "203.0.113.67");
    for (size_t i = w.seen; i < w.count; i++) {
        assert_string_not_equal(w.sent[i].json, last->json);
    }
    tear_down(&w);
}

static void slow_disk_does_not_stop_it(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_nothing(&w, WIRE_GRANT);
    pass(&w, 2);
    w.seen = 0;
    struct sent *g = expect(&w, WIRE_GRANT);
    assert_int_equal(g->m.grant.act, ACT_APPLY);
    tear_down(&w);
}

static void spool_has_an_end(void **state)
{
    (void)state;
    struct world w;
    unsigned grants = 0;
    set_up(&w, true);
    lose(&w, ROLE_LEDGER);
    for (unsigned i = 0; i < 600; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "198.18.%u.%u", i / 200, i % 200 + 1);
        size_t from = w.count;
        pass(&w, 3); /* as fast as the budget allows */
        tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, text));
        for (size_t j = from; j < w.count; j++) {
            assert_int_equal(w.sent[j].type, WIRE_GRANT);
            grants += w.sent[j].m.grant.act == ACT_APPLY ? 1 : 0;
            receipt(&w, &w.sent[j], OUTCOME_EFFECTIVE);
        }
    }
    assert_true(grants > 200 && grants < 500);
    tear_down(&w);
}

/* The facts that a run before stored, read back. */
static void replay(struct world *w, const struct sent *facts, size_t count)
{
    uint64_t position = 0;
    for (size_t i = 0; i < count; i++) {
        if (facts[i].type == WIRE_STORE_FACT) {
            tell(w, ROLE_LEDGER,
                 (struct wire_message){.type = WIRE_FACT,
                                       .fact = {.position = position++,
                                                .kind = facts[i].m.store_fact.kind,
                                                .json = str_of(facts[i].json)}});
        }
    }
    caught_up(w);
}

static void restart(struct world *w)
{
    size_t count = w->count;
    struct sent *facts = w->sent;
    w->sent = heap_zalloc(MAX_SENT, sizeof(*w->sent));
    w->count = w->seen = 0;
    warden_close(w->warden);
    open_warden(w, true);
    attach(w, ROLE_LEDGER);
    attach(w, ROLE_CONTAIN_NET);
    attach(w, ROLE_CONTAIN_ACCOUNT);
    assert_int_equal(expect(w, WIRE_SUBSCRIBE)->m.subscribe.from, 0);
    replay(w, facts, count);
    heap_free(facts);
}

static void restart_enforces_what_is_left(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    (void)done(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    (void)done(&w, ACTION_SUSPEND_ACCOUNT, "clerk");
    (void)done(&w, ACTION_END_SESSION, "clerk");
    int64_t until = w.t.wall.us + 60 * SECOND_US;
    pass(&w, 30);
    restart(&w);
    /* the session's end was done, the other two go on to their end, not longer */
    unsigned applied = 0;
    for (size_t i = 0; i < w.count; i++) {
        if (w.sent[i].type == WIRE_GRANT) {
            applied++;
            assert_true(w.sent[i].m.grant.until_us == until);
            receipt(&w, &w.sent[i], OUTCOME_EFFECTIVE);
        }
    }
    assert_int_equal(applied, 2);
    /* that is no news */
    for (size_t i = 0; i < w.count; i++) {
        assert_int_not_equal(w.sent[i].type, WIRE_STORE_FACT);
    }
    /* a proposal that comes again is known */
    struct wire_message m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    size_t before = w.count;
    tell(&w, ROLE_INCIDENT, m);
    assert_int_equal(w.count, before);
    /* what ended while nobody looked is said to have ended, once */
    w.t.wall.us += 3600 * SECOND_US;
    restart(&w);
    pass(&w, 1);
    tear_down(&w);
}

static void what_ended_during_a_stop_lapses(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    (void)done(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    w.t.wall.us += 3600 * SECOND_US;
    restart(&w);
    /* whatever it was told at first, it ends with the question whether it is gone */
    pass(&w, 1);
    struct sent *g;
    do {
        g = expect(&w, WIRE_GRANT);
    } while (g->m.grant.act != ACT_LAPSE);
    receipt(&w, g, OUTCOME_EFFECTIVE);
    expect_fact(&w, FACT_OUTCOME, "\"act\":\"lapse\"");
    restart(&w);
    pass(&w, 1);
    w.seen = 0;
    tear_down(&w);
}

static void executor_that_comes_back_is_told_all(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    for (unsigned i = 1; i <= 150; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "198.18.0.%u", i);
        (void)done(&w, ACTION_BLOCK_ADDRESS, text);
    }
    lose(&w, ROLE_CONTAIN_NET);
    w.seen = w.count;
    attach(&w, ROLE_CONTAIN_NET);
    assert_int_equal(expect(&w, WIRE_NEVER)->m.never.count, 1);
    unsigned grants = 0;
    for (unsigned round = 0; round < 4; round++) {
        for (; w.seen < w.count; w.seen++) {
            grants += w.sent[w.seen].type == WIRE_GRANT ? 1 : 0;
        }
        assert_true(grants <= (round + 1) * WARDEN_REGRANT);
        w.t.now.ns += WARDEN_REGRANT_MS * UINT64_C(1000000);
        (void)warden_timer(w.warden, w.t);
    }
    assert_int_equal(grants, 150);
    tear_down(&w);
}

static void silent_executor_is_asked_again(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    stored(&w, expect_fact(&w, FACT_INTENT, "203.0.113.66"));
    (void)expect(&w, WIRE_GRANT);
    pass(&w, 16);
    expect_fact(&w, FACT_OUTCOME, "\"outcome\":\"unknown\"");
    receipt(&w, expect(&w, WIRE_GRANT), OUTCOME_EFFECTIVE);
    expect_fact(&w, FACT_OUTCOME, "\"outcome\":\"effective\"");
    pass(&w, 16);
    expect_nothing(&w, WIRE_GRANT);
    tear_down(&w);
}

static struct rc order(struct world *w, uint32_t uid, const char *verb, uint8_t kind,
                       const char *target)
{
    struct wire_message m = {
        .type = WIRE_ORDER,
        .order = {.verb = str_of(verb), .kind = kind, .lease_s = 60, .reason = STR("because")}};
    if (kind == ACTION_BLOCK_ADDRESS) {
        assert_true(ipaddr_parse(str_of(target), &m.order.address));
    } else {
        m.order.account = str_of(target);
    }
    w->status = -1;
    struct warden_from from = {.role = ROLE_CONSOLE, .connection = 7, .uid = uid};
    return warden_message(w->warden, from, &m, w->t);
}

static void people_contain_and_release(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    assert_ok(order(&w, 0, "contain", ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_fact(&w, FACT_DECISION, "\"person\":\"uid 0\"");
    stored(&w, expect_fact(&w, FACT_INTENT, "203.0.113.66"));
    assert_int_equal(w.status, -1);
    receipt(&w, expect(&w, WIRE_GRANT), OUTCOME_EFFECTIVE);
    assert_int_equal(w.status, 0);
    assert_non_null(strstr(w.answer, "\"outcome\":\"effective\""));
    assert_ok(order(&w, 1000, "release", ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_fact(&w, FACT_RELEASE, "\"person\":\"uid 1000\"");
    struct sent *g = expect(&w, WIRE_GRANT);
    assert_int_equal(g->m.grant.act, ACT_UNDO);
    receipt(&w, g, OUTCOME_EFFECTIVE);
    expect_fact(&w, FACT_OUTCOME, "\"act\":\"undo\"");
    assert_int_equal(w.status, 0);
    /* an incident does not overrule it while the lease would have lasted */
    w.t.wall.us += SECOND_US;
    w.seen = w.count;
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_nothing(&w, WIRE_GRANT);
    /* release of what nobody contained works all the same */
    assert_ok(order(&w, 0, "release", ACTION_SUSPEND_ACCOUNT, "clerk"));
    g = expect(&w, WIRE_GRANT);
    assert_int_equal(g->m.grant.act, ACT_UNDO);
    assert_int_equal(g->to, ROLE_CONTAIN_ACCOUNT);
    receipt(&w, g, OUTCOME_EFFECTIVE);
    assert_int_equal(w.status, 0);
    tear_down(&w);
}

static void people_are_bound_too(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    assert_ok(order(&w, 1001, "contain", ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    assert_int_equal(w.status, 1);
    assert_non_null(strstr(w.answer, "only root"));
    assert_ok(order(&w, 1001, "release", ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    assert_int_equal(w.status, 1);
    assert_ok(order(&w, 0, "contain", ACTION_BLOCK_ADDRESS, "192.0.2.7"));
    assert_int_equal(w.status, 1);
    assert_non_null(strstr(w.answer, "\"verdict\":\"never\""));
    assert_ok(order(&w, 0, "contain", ACTION_SUSPEND_ACCOUNT, "a b"));
    assert_int_equal(w.status, 1);
    assert_fails(order(&w, 0, "obliterate", ACTION_BLOCK_ADDRESS, "203.0.113.66"), MALFORMED);
    assert_fails(order(&w, 0, "contain", 77, "x"), MALFORMED);
    w.seen = 0;
    expect_nothing(&w, WIRE_GRANT);
    tear_down(&w);
}

static void release_by_id_ends_one_lease_of_two(void **state)
{
    (void)state;
    struct world w;
    char digits[2 * ACTION_ID_BYTES + 1] = "";
    set_up(&w, true);
    (void)done(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    assert_ok(order(&w, 0, "contain", ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    stored(&w, expect_fact(&w, FACT_INTENT, "uid 0"));
    receipt(&w, expect(&w, WIRE_GRANT), OUTCOME_EFFECTIVE);
    memcpy(digits, strstr(w.answer, "\"action\":\"") + 10, 8);
    assert_ok(order(&w, 0, "release", 0xff, digits));
    assert_int_equal(w.status, 0);
    assert_non_null(strstr(w.answer, "another lease"));
    struct sent *g = expect(&w, WIRE_GRANT);
    assert_int_equal(g->m.grant.act, ACT_APPLY);
    assert_ok(order(&w, 0, "release", 0xff, digits));
    assert_int_equal(w.status, 1);
    assert_ok(order(&w, 0, "release", 0xff, "zz"));
    assert_int_equal(w.status, 1);
    tear_down(&w);
}

static void order_without_an_executor_says_so(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    lose(&w, ROLE_CONTAIN_NET);
    assert_ok(order(&w, 0, "contain", ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    stored(&w, expect_fact(&w, FACT_INTENT, "uid 0"));
    pass(&w, 6);
    assert_int_equal(w.status, 1);
    assert_non_null(strstr(w.answer, "has not answered"));
    /* it comes: done */
    attach(&w, ROLE_CONTAIN_NET);
    assert_int_equal(expect(&w, WIRE_GRANT)->m.grant.act, ACT_APPLY);
    tear_down(&w);
}

/* Nobody honest sends these. */
static void bent_messages_accuse_their_sender(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    struct warden_from incident = {.role = ROLE_INCIDENT};
    struct wire_message m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    m.propose.action[3] ^= 1;
    assert_fails(warden_message(w.warden, incident, &m, w.t), MALFORMED);
    m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    m.propose.kind = 9;
    assert_fails(warden_message(w.warden, incident, &m, w.t), MALFORMED);
    m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    m.propose.trust = 200;
    assert_fails(warden_message(w.warden, incident, &m, w.t), MALFORMED);
    m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    memset(m.propose.incident, 0, sizeof(m.propose.incident));
    assert_fails(warden_message(w.warden, incident, &m, w.t), MALFORMED);
    struct sent *g = done(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    struct wire_message r = {.type = WIRE_RECEIPT, .receipt = {.act = ACT_APPLY}};
    memcpy(r.receipt.action, g->m.grant.action, ACTION_ID_BYTES);
    struct warden_from account = {.role = ROLE_CONTAIN_ACCOUNT};
    assert_fails(warden_message(w.warden, account, &r, w.t), MALFORMED);
    r.receipt.outcome = OUTCOME_COUNT;
    struct warden_from net = {.role = ROLE_CONTAIN_NET};
    assert_fails(warden_message(w.warden, net, &r, w.t), MALFORMED);
    tear_down(&w);
}

static void proposals_wait_for_the_fold(void **state)
{
    (void)state;
    struct world w = {.t = {{1000 * SECOND_NS}, {.us = 1764214810000000}}, .status = -1};
    w.sent = heap_zalloc(MAX_SENT, sizeof(*w.sent));
    open_warden(&w, true);
    attach(&w, ROLE_LEDGER);
    attach(&w, ROLE_CONTAIN_NET);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_nothing(&w, WIRE_STORE_FACT);
    caught_up(&w);
    expect_fact(&w, FACT_INTENT, "203.0.113.66");
    tear_down(&w);
    /* and no longer than that when there is no ledger */
    w = (struct world){.t = {{1000 * SECOND_NS}, {.us = 1764214810000000}}, .status = -1};
    w.sent = heap_zalloc(MAX_SENT, sizeof(*w.sent));
    open_warden(&w, true);
    attach(&w, ROLE_CONTAIN_NET);
    tell(&w, ROLE_INCIDENT, proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66"));
    expect_nothing(&w, WIRE_GRANT);
    pass(&w, 3);
    (void)expect(&w, WIRE_GRANT);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_proposal_to_the_end_of_the_lease),
        cmocka_unit_test(proposals_again_change_nothing),
        cmocka_unit_test(refusals_are_facts_too),
        cmocka_unit_test(shadow_does_nothing),
        cmocka_unit_test(defence_goes_on_without_a_ledger),
        cmocka_unit_test(slow_disk_does_not_stop_it),
        cmocka_unit_test(spool_has_an_end),
        cmocka_unit_test(restart_enforces_what_is_left),
        cmocka_unit_test(what_ended_during_a_stop_lapses),
        cmocka_unit_test(executor_that_comes_back_is_told_all),
        cmocka_unit_test(silent_executor_is_asked_again),
        cmocka_unit_test(people_contain_and_release),
        cmocka_unit_test(people_are_bound_too),
        cmocka_unit_test(release_by_id_ends_one_lease_of_two),
        cmocka_unit_test(order_without_an_executor_says_so),
        cmocka_unit_test(bent_messages_accuse_their_sender),
        cmocka_unit_test(proposals_wait_for_the_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
