/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The warden and the kernel's witness: when it is asked for, how often, and for how long an
 * answer holds.
 */
#include "contain/foresight.h"
#include "warden_sample.h"

static struct wire_message expecting(const char *address)
{
    struct wire_message m = {.type = WIRE_EXPECT};
    assert_true(ipaddr_parse(str_of(address), &m.expect.address));
    return m;
}

static struct wire_message witnessed(uint64_t question, uint8_t seen)
{
    return (struct wire_message){.type = WIRE_WITNESSED,
                                 .witnessed = {.question = question, .seen = seen}};
}

/* Asked when the address is expected, it is not asked again when it is proposed. */
static void an_expected_address_is_asked_before(void **state)
{
    (void)state;
    for (uint8_t seen = 0; seen < 2; seen++) {
        struct world w;
        set_up(&w, true);
        tell(&w, ROLE_INCIDENT, expecting("203.0.113.66"));
        uint64_t question = expect(&w, WIRE_WITNESS)->m.witness.question;
        tell(&w, ROLE_INCIDENT, expecting("203.0.113.66"));
        expect_nothing(&w, WIRE_WITNESS);
        tell(&w, ROLE_CONTAIN_NET, witnessed(question, seen));
        struct wire_message m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
        m.propose.trust = TRUST_DAEMON;
        m.propose.sources = 1;
        tell(&w, ROLE_INCIDENT, m);
        if (seen != 0) {
            expect_fact(&w, FACT_DECISION, "\"verdict\":\"allowed\"");
        } else { /* no is not an answer for later: the kernel is asked when it matters */
            question = expect(&w, WIRE_WITNESS)->m.witness.question;
            tell(&w, ROLE_CONTAIN_NET, witnessed(question, 1));
            expect_fact(&w, FACT_DECISION, "\"verdict\":\"allowed\"");
        }
        tear_down(&w);
    }
}

static void what_was_witnessed_does_not_hold_for_ever(void **state)
{
    (void)state;
    struct world w;
    set_up(&w, true);
    tell(&w, ROLE_INCIDENT, expecting("203.0.113.66"));
    uint64_t question = expect(&w, WIRE_WITNESS)->m.witness.question;
    tell(&w, ROLE_CONTAIN_NET, witnessed(question, 1));
    pass(&w, FORESIGHT_VALID_S);
    struct wire_message m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    m.propose.trust = TRUST_DAEMON;
    m.propose.sources = 1;
    tell(&w, ROLE_INCIDENT, m);
    (void)expect(&w, WIRE_WITNESS);
    tear_down(&w);
}

/* A raid of many addresses does not keep the kernel walking. */
static void questions_ahead_are_few(void **state)
{
    (void)state;
    struct foresight f = {0};
    struct instant now = {UINT64_C(7000000000)};
    unsigned asked = 0;
    for (unsigned i = 0; i < 4 * FORESIGHT_ADDRESSES; i++) {
        struct ipaddr a = {.family = IPADDR_V4, .prefix_bits = 32};
        a.bytes[0] = 198;
        a.bytes[2] = (uint8_t)(i >> 8);
        a.bytes[3] = (uint8_t)i;
        bool ask = foresight_ask(&f, &a, i + 1, now);
        asked += ask;
        assert_int_equal(foresight_answer(&f, i + 1, true, now), ask);
        assert_int_equal(foresight_seen(&f, &a, now), ask);
        now.ns += 1000000; /* a millisecond */
    }
    unsigned most = FORESIGHT_BURST + 4 * FORESIGHT_ADDRESSES / FORESIGHT_PERIOD_MS + 1;
    assert_true(asked >= FORESIGHT_BURST && asked <= most);
    assert_false(foresight_answer(&f, 0, true, now));
    assert_true(f.count <= FORESIGHT_ADDRESSES);
}

static void daemons_file_needs_a_witness(void **state)
{
    (void)state;
    static const uint8_t answers[] = {1, 0};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct world w;
        set_up(&w, true);
        struct wire_message m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
        m.propose.trust = TRUST_DAEMON;
        m.propose.sources = 1;
        tell(&w, ROLE_INCIDENT, m);
        struct sent *s = expect(&w, WIRE_WITNESS);
        tell(&w, ROLE_CONTAIN_NET,
             (struct wire_message){
                 .type = WIRE_WITNESSED,
                 .witnessed = {.question = s->m.witness.question, .seen = answers[i]}});
        expect_fact(&w, FACT_DECISION,
                    answers[i] == 1 ? "\"verdict\":\"allowed\"" : "\"verdict\":\"evidence\"");
        tear_down(&w);
    }
    /* it dies over the question and is asked again */
    struct world again;
    set_up(&again, true);
    struct wire_message asked = proposal(&again, ACTION_BLOCK_ADDRESS, "203.0.113.66");
    asked.propose.trust = TRUST_DAEMON;
    asked.propose.sources = 1;
    tell(&again, ROLE_INCIDENT, asked);
    (void)expect(&again, WIRE_WITNESS);
    lose(&again, ROLE_CONTAIN_NET);
    pass(&again, 3);
    attach(&again, ROLE_CONTAIN_NET);
    struct sent *question = expect(&again, WIRE_WITNESS);
    tell(&again, ROLE_CONTAIN_NET,
         (struct wire_message){
             .type = WIRE_WITNESSED,
             .witnessed = {.question = question->m.witness.question, .seen = 1}});
    expect_fact(&again, FACT_DECISION, "\"verdict\":\"allowed\"");
    tear_down(&again);
    /* nobody answers, nobody is there to be asked */
    for (unsigned here = 0; here < 2; here++) {
        struct world w;
        set_up(&w, true);
        struct wire_message m = proposal(&w, ACTION_BLOCK_ADDRESS, "203.0.113.66");
        m.propose.trust = TRUST_DAEMON;
        m.propose.sources = 1;
        if (here == 0) {
            lose(&w, ROLE_CONTAIN_NET);
        }
        tell(&w, ROLE_INCIDENT, m);
        pass(&w, here == 0 ? WARDEN_AWAY_MS / 1000 + 1 : 2);
        expect_fact(&w, FACT_DECISION, "\"verdict\":\"evidence\"");
        tear_down(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expected_address_is_asked_before),
        cmocka_unit_test(what_was_witnessed_does_not_hold_for_ever),
        cmocka_unit_test(questions_ahead_are_few),
        cmocka_unit_test(daemons_file_needs_a_witness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
