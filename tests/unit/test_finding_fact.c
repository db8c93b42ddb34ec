/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "model/fact_read.h"
#include "model/finding_fact.h"

static const struct str tags[] = {STR_INIT("attack.credential-access"),
                                  STR_INIT("attack.t1110.001")};
static const struct record_ref records[] = {
    {.position = 17, .digest = {1, 2}, .source = STR_INIT("sshd-auth"), .number = 4},
    {.position = FINDING_NO_POSITION, .digest = {3}, .source = STR_INIT("a/b"), .number = 5},
};
static const struct matched keys[] = {{STR_INIT("src_ip"), STR_INIT("203.0.113.66")}};
static const struct matched matched[] = {{STR_INIT("auth"), STR_INIT("fail\x1b[2J\0ure")}};
static const struct entity entities[] = {
    {ENTITY_ADDRESS, TRUST_JOURNAL, STR_INIT("203.0.113.66"), STR_INIT("source")},
    {ENTITY_ACCOUNT, TRUST_ATTACKER, STR_INIT("j\xC3\xB6rg"), STR_INIT("target")},
};

static struct finding_fact sample(void)
{
    return (struct finding_fact){
        .id = {0xAB, 0xCD},
        .rule_id = STR("3f1a"),
        .rule_title = STR("Guessing"),
        .rule_name = STR("ssh_bruteforce"),
        .level = LEVEL_HIGH,
        .tags = tags,
        .tag_count = COUNT_OF(tags),
        .type = STR("event_count"),
        .first = {.us = 1764214810123456, .below = 700, .digits = 9},
        .last = {.us = 1764214811000000},
        .received = {.us = 1764214812000000, .digits = 6},
        .host = STR("registry"),
        .event_count = 70,
        .records = records,
        .record_count = COUNT_OF(records),
        .trust = TRUST_JOURNAL,
        .source_count = 2,
        .matched = matched,
        .matched_count = COUNT_OF(matched),
        .entities = entities,
        .entity_count = COUNT_OF(entities),
        .keys = keys,
        .key_count = COUNT_OF(keys),
    };
}

static void encoding_comes_back_equal(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    AUTO_BUF out = {0}, again = {0};
    const struct finding_fact f = sample();
    struct finding_fact got;
    finding_fact_encode(&out, &f);
    assert_ok(finding_fact_decode(buf_str(&out), a, &got));
    assert_int_equal(got.event_count, 70);
    assert_int_equal(got.source_count, 2);
    assert_int_equal(got.trust, TRUST_JOURNAL);
    assert_int_equal(got.level, LEVEL_HIGH);
    assert_int_equal(got.first.us, f.first.us);
    assert_int_equal(got.first.below, 700);
    assert_int_equal(got.received.us, f.received.us);
    assert_true(got.records[0].position == 17);
    assert_true(got.records[1].position == FINDING_NO_POSITION);
    assert_memory_equal(got.records[0].digest, records[0].digest, HASH_SHA256_BYTES);
    assert_str(got.records[1].source, "a/b");
    assert_true(str_eq(got.matched[0].value, matched[0].value));
    assert_int_equal(got.entities[0].kind, ENTITY_ADDRESS);
    assert_int_equal(got.entities[0].trust, TRUST_JOURNAL);
    assert_str(got.entities[1].value, "j\xC3\xB6rg");
    assert_str(got.keys[0].field, "src_ip");
    assert_str(got.tags[1], "attack.t1110.001");
    finding_fact_encode(&again, &got);
    assert_true(str_eq(buf_str(&out), buf_str(&again)));
}

static void the_json_is_canonical(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    struct finding_fact f = {.level = LEVEL_LOW,
                             .rule_id = STR("r"),
                             .first = {.us = WALLTIME_NONE},
                             .last = {.us = INT64_MAX},
                             .received = {.us = 0, .digits = 0},
                             .event_count = UINT64_MAX};
    finding_fact_encode(&out, &f);
    /* key: SHA-256 of 7 "finding" 16 (zeros) 2 "T0", lengths as 4 bytes, little-endian */
    assert_str(buf_str(&out),
               "{\"fact\":\"finding\",\"key\":\"8735ca285962c4e4f97057b730c797a2\","
               "\"at\":\"1970-01-01T00:00:00Z\",\"by\":\"correlate\","
               "\"id\":\"00000000000000000000000000000000\",\"rule_id\":\"r\","
               "\"rule_title\":\"\",\"rule_name\":\"\",\"level\":\"low\",\"type\":\"\","
               "\"first\":null,\"last\":null,\"host\":\"\","
               "\"event_count\":9223372036854775807,\"source_count\":0,\"trust\":\"T0\","
               "\"tags\":[],\"keys\":[],\"entities\":[],\"matched\":[],\"records\":[]}");
}

static void the_key_is_of_id_and_trust(void **state)
{
    (void)state;
    struct finding_fact f = sample();
    uint8_t key[FACT_KEY_BYTES], other[FACT_KEY_BYTES];
    finding_fact_key(&f, key);
    f.source_count = 9;
    finding_fact_key(&f, other);
    assert_memory_equal(key, other, sizeof(key));
    f.trust = TRUST_DAEMON;
    finding_fact_key(&f, other);
    assert_memory_not_equal(key, other, sizeof(key));
}

/* Text that escaping lengthens six times, in every place, and as much of it as there can be. */
static void the_largest_fits_its_cap(void **state)
{
    (void)state;
    enum { N = 200 };
    static char bad[4096];
    memset(bad, 0x1b, sizeof(bad));
    const struct str s = {bad, sizeof(bad)};
    static struct str many_tags[N];
    static struct matched pairs[N];
    static struct entity many_entities[N];
    static struct record_ref refs[N];
    for (unsigned i = 0; i < N; i++) {
        many_tags[i] = s;
        pairs[i] = (struct matched){s, s};
        many_entities[i] = (struct entity){ENTITY_FILE, TRUST_ATTACKER, s, s};
        refs[i] = (struct record_ref){.source = s, .number = UINT64_MAX, .position = 1};
    }
    struct finding_fact f = sample();
    f.rule_id = f.rule_title = f.rule_name = f.host = f.type = s;
    f.tags = many_tags;
    f.matched = f.keys = pairs;
    f.entities = many_entities;
    f.records = refs;
    f.tag_count = f.matched_count = f.key_count = f.entity_count = f.record_count = N;
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    AUTO_BUF out = {0};
    struct finding_fact got;
    finding_fact_encode(&out, &f);
    assert_true(out.n <= FACT_CAP_BYTES);
    assert_true(str_find(buf_str(&out), STR("\"left_out\":{\"tags\":")) != SIZE_MAX);
    assert_ok(finding_fact_decode(buf_str(&out), a, &got));
    assert_true(got.tag_count > 0 && got.key_count > 0 && got.entity_count > 0);
    assert_true(got.matched_count > 0 && got.record_count > 0);
}

/* An honest large one: nothing is left out. */
static void sixty_four_plain_records_fit(void **state)
{
    (void)state;
    static struct record_ref refs[FINDING_FACT_MAX_RECORDS];
    for (unsigned i = 0; i < FINDING_FACT_MAX_RECORDS; i++) {
        refs[i] = (struct record_ref){
            .source = STR("var/log/remote/gw-ssh-01/auth.log"), .position = i, .number = i};
    }
    struct finding_fact f = sample();
    f.records = refs;
    f.record_count = FINDING_FACT_MAX_RECORDS;
    AUTO_BUF out = {0};
    finding_fact_encode(&out, &f);
    assert_true(str_find(buf_str(&out), STR("left_out")) == SIZE_MAX);
}

static struct rc decode_changed(const char *from, const char *to)
{
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    AUTO_BUF good = {0}, bad = {0};
    const struct finding_fact f = sample();
    struct finding_fact got;
    finding_fact_encode(&good, &f);
    struct str s = buf_str(&good);
    size_t at = str_find(s, str_of(from));
    assert_true(at != SIZE_MAX);
    buf_put(&bad, str_upto(s, at));
    buf_puts(&bad, to);
    buf_put(&bad, str_from(s, at + strlen(from)));
    return finding_fact_decode(buf_str(&bad), a, &got);
}

static void lies_are_refused(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"fact\":\"finding\"", "\"fact\":\"intent\""},
        {"\"fact\":\"finding\"", "\"fact\":7"},
        {"\"by\":\"correlate\"", "\"by\":\"contain\""},
        {"\"level\":\"high\"", "\"level\":\"fatal\""},
        {"\"level\":\"high\",", ""},
        {"\"trust\":\"T3\"", "\"trust\":\"T9\""},
        {"\"trust\":\"T3\",\"tags\"", "\"trust\":\"T2\",\"tags\""}, /* not what the key says */
        {"\"event_count\":70", "\"event_count\":-70"},
        {"\"event_count\":70", "\"event_count\":7.5"},
        {"\"event_count\":70", "\"event_count\":\"70\""},
        {"\"source_count\":2", "\"source_count\":4294967296"},
        {"\"position\":17", "\"position\":-1"},
        {"\"kind\":\"address\"", "\"kind\":\"planet\""},
        {"\"first\":\"2025", "\"first\":\"0xA5"},
        {"\"id\":\"abcd", "\"id\":\"abc"},
        {"\"id\":\"abcd", "\"id\":\"abcg"},
        {"\"tags\":[", "\"tags\":[1,"},
        {"\"records\":[", "\"records\":[[],"},
        {"\"entities\":[", "\"entities\":{},\"x\":["},
        {"\"keys\":[", "\"k\":["},
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct rc rc = decode_changed(changes[i][0], changes[i][1]);
        if (rc.code != ERR_MALFORMED) {
            print_error("%s: %s\n", changes[i][1], rc_name(rc));
        }
        assert_int_equal(rc.code, ERR_MALFORMED);
    }
    assert_fails(decode_changed("\"level\":\"high\"", "\"level\":\"high\",\"level\":\"low\""),
                 SYNTAX);
    assert_fails(decode_changed("registry", "\xFF\xFE"), SYNTAX);
    assert_fails(decode_changed("{\"fact\"", "\"fact\""), SYNTAX);
    assert_ok(decode_changed("\"level\":\"high\"", "\"level\":\"high\",\"later\":[1]"));
}

static void hostile_json_costs_little(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct finding_fact got;
    AUTO_BUF deep = {0}, long_one = {0};
    buf_fill(&deep, '[', FACT_CAP_BYTES - 1);
    assert_fails(finding_fact_decode(buf_str(&deep), a, &got), SYNTAX);
    buf_fill(&long_one, ' ', FACT_CAP_BYTES + 1);
    assert_fails(finding_fact_decode(buf_str(&long_one), a, &got), MALFORMED);
    assert_fails(finding_fact_decode(STR(""), a, &got), SYNTAX);
    assert_fails(finding_fact_decode(STR("[]"), a, &got), MALFORMED);
    assert_fails(finding_fact_decode(STR("null"), a, &got), SYNTAX);
}

static void a_full_arena_is_a_limit(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(128);
    AUTO_BUF out = {0};
    const struct finding_fact f = sample();
    struct finding_fact got;
    finding_fact_encode(&out, &f);
    assert_fails(finding_fact_decode(buf_str(&out), a, &got), ARENA_FULL);
}

static void facts_have_names_and_writers(void **state)
{
    (void)state;
    enum fact_kind kind;
    assert_str(fact_name(FACT_OUTCOME), "outcome");
    assert_int_equal(fact_writer(FACT_OUTCOME), ROLE_CONTAIN);
    assert_int_equal(fact_writer(FACT_GAP), ROLE_SUPERVISOR);
    assert_true(fact_parse_name(STR("release"), &kind));
    assert_int_equal(kind, FACT_RELEASE);
    assert_false(fact_parse_name(STR("Release"), &kind));
}

static void parts_of_a_key_do_not_run_together(void **state)
{
    (void)state;
    uint8_t a[FACT_KEY_BYTES], b[FACT_KEY_BYTES];
    fact_key(FACT_INTENT, (const struct str[]){STR("ab"), STR("c")}, 2, a);
    fact_key(FACT_INTENT, (const struct str[]){STR("a"), STR("bc")}, 2, b);
    assert_memory_not_equal(a, b, sizeof(a));
    fact_key(FACT_OUTCOME, (const struct str[]){STR("ab"), STR("c")}, 2, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_comes_back_equal),
        cmocka_unit_test(the_json_is_canonical),
        cmocka_unit_test(the_key_is_of_id_and_trust),
        cmocka_unit_test(the_largest_fits_its_cap),
        cmocka_unit_test(sixty_four_plain_records_fit),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(hostile_json_costs_little),
        cmocka_unit_test(a_full_arena_is_a_limit),
        cmocka_unit_test(facts_have_names_and_writers),
        cmocka_unit_test(parts_of_a_key_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
