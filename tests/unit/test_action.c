/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/arena.h"
#include "model/action.h"

enum { ARENA_BYTES = 1 << 16 };

static struct ipaddr address(const char *text)
{
    struct ipaddr a = {0};
    assert_true(ipaddr_parse(str_of(text), &a));
    return a;
}

static struct action block(void)
{
    struct action a = {
        .kind = ACTION_BLOCK_ADDRESS, .address = address("203.0.113.66"), .lease_s = 3600};
    memset(a.incident, 0x1c, sizeof(a.incident));
    action_id(&a, a.id);
    return a;
}

static struct action suspend(struct str account)
{
    struct action a = {.kind = ACTION_SUSPEND_ACCOUNT, .account = account, .lease_s = 60};
    action_id(&a, a.id);
    return a;
}

static struct action_fact sample(enum fact_kind kind)
{
    return (struct action_fact){
        .kind = kind,
        .at = {.us = 1764214810123456},
        .action = block(),
        .evidence = {.event_time = {.us = 1764214809000001},
                     .trust = TRUST_JOURNAL,
                     .signals = 2,
                     .sensors = 1,
                     .sources = 2,
                     .success = true},
        .verdict = VERDICT_ALLOWED,
        .until = {.us = 1764218410123456},
        .act = ACT_UNDO,
        .outcome = OUTCOME_INEFFECTIVE,
        .detail = STR("said \"no\"\n"),
        .by = STR("uid 1000"),
    };
}

static void names_come_back(void **state)
{
    (void)state;
    for (int i = 0; i < ACTION_KIND_COUNT; i++) {
        enum action_kind kind = ACTION_KIND_COUNT;
        assert_true(action_kind_parse(action_kind_name((enum action_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    for (int i = 0; i < VERDICT_COUNT; i++) {
        enum verdict verdict = VERDICT_COUNT;
        assert_true(verdict_parse(verdict_name((enum verdict)i), &verdict));
        assert_int_equal(verdict, i);
        assert_true(verdict_text(verdict).n > 0);
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        enum outcome outcome = OUTCOME_COUNT;
        assert_true(outcome_parse(outcome_name((enum outcome)i), &outcome));
        assert_int_equal(outcome, i);
    }
    for (int i = 0; i < ACT_COUNT; i++) {
        enum act act = ACT_COUNT;
        assert_true(act_parse(act_name((enum act)i), &act));
        assert_int_equal(act, i);
    }
    enum action_kind kind;
    assert_false(action_kind_parse(STR("block"), &kind));
    assert_false(action_kind_parse(STR(""), &kind));
}

static void id_is_of_incident_kind_and_target(void **state)
{
    (void)state;
    struct action a = block(), b = block();
    b.lease_s = 1;
    action_id(&b, b.id);
    assert_memory_equal(a.id, b.id, sizeof(a.id));
    b.incident[15] ^= 1;
    action_id(&b, b.id);
    assert_memory_not_equal(a.id, b.id, sizeof(a.id));
    b = block();
    b.address = address("203.0.113.67");
    action_id(&b, b.id);
    assert_memory_not_equal(a.id, b.id, sizeof(a.id));
    a = suspend(STR("clerk"));
    b = a;
    b.kind = ACTION_END_SESSION;
    action_id(&b, b.id);
    assert_memory_not_equal(a.id, b.id, sizeof(a.id));
}

static void account_names_are_those_of_useradd(void **state)
{
    (void)state;
    static const char *const good[] = {"clerk", "_apt",  "a",
                                       "x-9",   "j_doe", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {
        "",         "Clerk",       "9a",     "-a",   "a b",
        "a:b",      "a/b",         "../x",   "a\nb", "a$",
        "\xC3\xA9", "203.0.113.9", "root\t", "+",    "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(action_account_ok(str_of(good[i])));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(action_account_ok(str_of(bad[i])));
    }
    assert_false(action_account_ok((struct str){"a\0b", 3}));
}

static void facts_come_back_equal(void **state)
{
    (void)state;
    static const enum fact_kind kinds[] = {FACT_DECISION, FACT_INTENT, FACT_OUTCOME,
                                           FACT_RELEASE};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        AUTO_ARENA a = arena_open(ARENA_BYTES);
        AUTO_BUF json = {0}, again = {0};
        struct action_fact f = sample(kinds[i]), g;
        action_fact_encode(&json, &f);
        assert_ok(action_fact_decode(buf_str(&json), a, &g));
        assert_int_equal(g.kind, kinds[i]);
        assert_memory_equal(g.key, f.key, sizeof(f.key));
        assert_true(g.at.us == f.at.us);
        assert_memory_equal(g.action.id, f.action.id, sizeof(f.action.id));
        assert_true(ipaddr_eq(&g.action.address, &f.action.address));
        action_fact_encode(&again, &g);
        assert_true(str_eq(buf_str(&json), buf_str(&again)));
    }
}

static void fact_is_this_text(void **state)
{
    (void)state;
    AUTO_BUF json = {0};
    struct action_fact f = sample(FACT_INTENT);
    memset(f.action.id, 0xab, sizeof(f.action.id));
    f.by = (struct str){0};
    action_fact_encode(&json, &f);
    size_t at = str_find(buf_str(&json), STR("\"at\""));
    assert_str(str_from(buf_str(&json), at),
               "\"at\":\"2025-11-27T03:40:10.123456Z\",\"by\":\"contain\","
               "\"action\":\"abababababababababababababababab\","
               "\"incident\":\"1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c\","
               "\"kind\":\"block-address\",\"target\":\"203.0.113.66\",\"lease_s\":3600,"
               "\"evidence\":{\"event\":\"2025-11-27T03:40:09.000001Z\",\"trust\":\"T3\","
               "\"signals\":2,\"sensors\":1,\"sources\":2,\"success\":true,"
               "\"person\":false},\"until\":\"2025-11-27T04:40:10.123456Z\","
               "\"detail\":\"said \\\"no\\\"\\n\"}");
}

static void key_of(enum fact_kind kind, void (*change)(struct action_fact *),
                   uint8_t out[static FACT_KEY_BYTES])
{
    AUTO_BUF json = {0};
    struct action_fact f = sample(kind);
    change(&f);
    action_fact_encode(&json, &f);
    memcpy(out, f.key, FACT_KEY_BYTES);
}

static void as_it_is(struct action_fact *f)
{
    (void)f;
}

static void later(struct action_fact *f)
{
    f->at.us += 1000000;
}

static void refused(struct action_fact *f)
{
    f->verdict = VERDICT_EVIDENCE;
}

static void refused_on_other_evidence(struct action_fact *f)
{
    refused(f);
    f->evidence.event_time.us++;
    f->evidence.signals++;
}

static void on_other_evidence(struct action_fact *f)
{
    f->evidence.event_time.us++;
}

/* What is said again after a crash is the same fact; a new lease is another one. */
static void keys_tell_what_is_new(void **state)
{
    (void)state;
    uint8_t a[FACT_KEY_BYTES], b[FACT_KEY_BYTES];
    key_of(FACT_INTENT, as_it_is, a);
    key_of(FACT_INTENT, later, b);
    assert_memory_equal(a, b, sizeof(a));
    key_of(FACT_INTENT, on_other_evidence, b);
    assert_memory_not_equal(a, b, sizeof(a));
    key_of(FACT_DECISION, refused, a);
    key_of(FACT_DECISION, refused_on_other_evidence, b);
    assert_memory_equal(a, b, sizeof(a));
    key_of(FACT_DECISION, as_it_is, b);
    assert_memory_not_equal(a, b, sizeof(a));
    key_of(FACT_DECISION, on_other_evidence, a);
    assert_memory_not_equal(a, b, sizeof(a));
    key_of(FACT_OUTCOME, as_it_is, a);
    key_of(FACT_OUTCOME, later, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

/* Each line replaces a part of a good fact; all must be refused. */
static void bent_facts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } bends[] = {
        {"\"decision\"", "\"intents\""},
        {"\"by\":\"contain\"", "\"by\":\"incident\""},
        {"block-address", "block-all"},
        {"203.0.113.66", "203.0.113.066"},
        {"203.0.113.66", "root"},
        {"\"lease_s\":3600", "\"lease_s\":-1"},
        {"\"lease_s\":3600", "\"lease_s\":4294967296"},
        {"\"lease_s\":3600", "\"lease_s\":\"3600\""},
        {"\"verdict\":\"allowed\"", "\"verdict\":\"yes\""},
        {"\"trust\":\"T3\"", "\"trust\":\"T9\""},
        {"\"success\":true", "\"success\":1"},
        {"\"signals\":2", "\"signals\":2,\"signals\":3"},
        {"\"2025-11-27T03:40:10.123456Z\"", "\"today\""},
        {"\"detail\"", "\"details\""},
        {"}", ""},
    };
    AUTO_BUF json = {0};
    struct action_fact f = sample(FACT_DECISION), g;
    action_fact_encode(&json, &f);
    for (size_t i = 0; i < COUNT_OF(bends); i++) {
        AUTO_ARENA a = arena_open(ARENA_BYTES);
        AUTO_BUF bent = {0};
        size_t at = str_find(buf_str(&json), str_of(bends[i].from));
        assert_true(at != SIZE_MAX);
        buf_put(&bent, str_upto(buf_str(&json), at));
        buf_puts(&bent, bends[i].to);
        buf_put(&bent, str_from(buf_str(&json), at + strlen(bends[i].from)));
        assert_true(rc_failed(action_fact_decode(buf_str(&bent), a, &g)));
    }
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    assert_true(rc_failed(action_fact_decode((struct str){0}, a, &g)));
}

/* A name that a log line forged: kept as it was refused, harmless as text. */
static void refused_target_is_kept_as_text(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    AUTO_BUF json = {0};
    struct action_fact f = sample(FACT_DECISION), g;
    f.action = suspend(STR("x\x1b[2J from 10.0.0.1\xff"));
    f.verdict = VERDICT_TARGET;
    action_fact_encode(&json, &f);
    assert_true(str_find(buf_str(&json), STR("\x1b")) == SIZE_MAX);
    assert_ok(action_fact_decode(buf_str(&json), a, &g));
    assert_int_equal(g.verdict, VERDICT_TARGET);
    assert_false(action_account_ok(g.action.account));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_back),
        cmocka_unit_test(id_is_of_incident_kind_and_target),
        cmocka_unit_test(account_names_are_those_of_useradd),
        cmocka_unit_test(facts_come_back_equal),
        cmocka_unit_test(fact_is_this_text),
        cmocka_unit_test(keys_tell_what_is_new),
        cmocka_unit_test(bent_facts_are_refused),
        cmocka_unit_test(refused_target_is_kept_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
