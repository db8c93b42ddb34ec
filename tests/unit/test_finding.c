/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "model/finding.h"

static const struct matched matched[] = {
    {STR_INIT("CommandLine"), STR_INIT("whoami /all")},
    {STR_INIT("Image"), STR_INIT("C:\\Windows\\System32\\whoami.exe")},
};
static const struct entity entities[] = {
    {ENTITY_HOST, TRUST_NONE, STR_INIT("WS01.example.org"), STR_INIT("")},
    {ENTITY_ACCOUNT, TRUST_NONE, STR_INIT("EXAMPLE\\j\xC3\xB6rg"), STR_INIT("source")},
};

static struct finding sample(void)
{
    struct finding f = {
        .rule = 7,
        .time = {.us = 1764214810123456, .below = 700, .digits = 7},
        .host = STR("WS01.example.org"),
        .record = 4242,
        .matched = matched,
        .matched_count = COUNT_OF(matched),
        .entities = entities,
        .entity_count = COUNT_OF(entities),
    };
    for (unsigned i = 0; i < HASH_SHA256_BYTES; i++) {
        f.record_digest[i] = (uint8_t)(i * 7);
    }
    return f;
}

static struct rc decode(struct str frame, struct arena *a, struct finding *out)
{
    return finding_decode(bytes_of(frame), 8, a, out);
}

static void id_depends_on_rule_record_and_ordinal_only(void **state)
{
    (void)state;
    uint8_t digest[HASH_SHA256_BYTES] = {0}, id[FINDING_ID_BYTES], other[FINDING_ID_BYTES];
    finding_id(STR("abc"), digest, 0, id);
    AUTO_BUF hex = {0};
    buf_hex(&hex, (struct bytes){id, sizeof(id)});
    /* printf 'abc' plus 40 zero bytes, sha256sum, first 32 digits */
    assert_str(buf_str(&hex), "0160d7cd8953d59c8d35effbd3273e4b");
    finding_id(STR("abc"), digest, 1, other);
    assert_memory_not_equal(id, other, sizeof(id));
    finding_id(STR("abd"), digest, 0, other);
    assert_memory_not_equal(id, other, sizeof(id));
    digest[31] = 1;
    finding_id(STR("abc"), digest, 0, other);
    assert_memory_not_equal(id, other, sizeof(id));
}

static void encoding_comes_back_equal(void **state)
{
    (void)state;
    struct finding f = sample(), got;
    AUTO_BUF frame = {0};
    AUTO_ARENA a = arena_open(1 << 16);
    finding_encode(&frame, &f);
    assert_ok(decode(buf_str(&frame), a, &got));
    assert_int_equal(got.rule, 7);
    assert_int_equal(got.time.us, f.time.us);
    assert_int_equal(got.time.below, 700);
    assert_int_equal(got.time.digits, 7);
    assert_int_equal(got.record, 4242);
    assert_memory_equal(got.record_digest, f.record_digest, HASH_SHA256_BYTES);
    assert_true(str_eq(got.host, f.host));
    assert_int_equal(got.matched_count, COUNT_OF(matched));
    assert_int_equal(got.entity_count, COUNT_OF(entities));
    for (size_t i = 0; i < COUNT_OF(matched); i++) {
        assert_true(str_eq(got.matched[i].field, matched[i].field));
        assert_true(str_eq(got.matched[i].value, matched[i].value));
        assert_int_equal(got.entities[i].kind, entities[i].kind);
        assert_true(str_eq(got.entities[i].value, entities[i].value));
        assert_true(str_eq(got.entities[i].role, entities[i].role));
    }
}

static void a_finding_at_its_caps_fits_a_frame(void **state)
{
    (void)state;
    static char long_text[5000];
    memset(long_text, 'x', sizeof(long_text));
    memcpy(long_text + 507, "\xF0\x9F\x98\x80", 4); /* stands where the cut falls */
    struct str s = {long_text, sizeof(long_text)};
    struct matched many[FINDING_MAX_MATCHED + 1];
    struct entity crowd[FINDING_MAX_ENTITIES + 1];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = (struct matched){s, s};
    }
    for (size_t i = 0; i < COUNT_OF(crowd); i++) {
        crowd[i] = (struct entity){ENTITY_FILE, TRUST_NONE, s, STR("source")};
    }
    struct finding f = sample(), got;
    f.host = s;
    f.matched = many;
    f.matched_count = COUNT_OF(many);
    f.entities = crowd;
    f.entity_count = COUNT_OF(crowd);
    AUTO_BUF frame = {0};
    AUTO_ARENA a = arena_open(1 << 16);
    finding_encode(&frame, &f);
    assert_true(frame.n <= FINDING_CAP_BYTES);
    assert_ok(decode(buf_str(&frame), a, &got));
    assert_int_equal(got.matched_count, FINDING_MAX_MATCHED);
    assert_int_equal(got.entity_count, FINDING_MAX_ENTITIES);
    struct str value = got.matched[0].value;
    assert_int_equal(value.n, 507 + 3);
    assert_true(str_ends(value, STR("x\xE2\x80\xA6")));
    assert_int_equal(got.matched[0].field.n, FINDING_MAX_NAME_BYTES);
}

static void ill_formed_text_and_absurd_times_are_repaired(void **state)
{
    (void)state;
    struct matched bad = {STR("a\xFF"), STR("\xC3")};
    struct finding f = sample(), got;
    f.matched = &bad;
    f.matched_count = 1;
    f.time = (struct walltime){.us = INT64_MAX, .digits = 7};
    AUTO_BUF frame = {0};
    AUTO_ARENA a = arena_open(1 << 16);
    finding_encode(&frame, &f);
    assert_ok(decode(buf_str(&frame), a, &got));
    assert_str(got.matched[0].field, "a\xEF\xBF\xBD");
    assert_str(got.matched[0].value, "\xEF\xBF\xBD");
    assert_false(walltime_known(got.time));
}

static void truncated_frames_fail_at_every_byte(void **state)
{
    (void)state;
    struct finding f = sample(), got = {.rule = 99};
    AUTO_BUF frame = {0};
    finding_encode(&frame, &f);
    for (size_t n = 0; n < frame.n; n++) {
        AUTO_ARENA a = arena_open(1 << 16);
        AUTO_HEAP char *exact = heap_alloc(n + 1); /* so that ASan sees a read past n */
        memcpy(exact, frame.p, n);
        assert_true(rc_failed(decode((struct str){exact, n}, a, &got)));
        assert_int_equal(got.rule, 99);
    }
    AUTO_ARENA a = arena_open(1 << 16);
    buf_putc(&frame, 'x');
    assert_fails(decode(buf_str(&frame), a, &got), TRAILING);
}

/* Every single byte set to every value: what is accepted must be in range. */
static void lying_bytes_never_pass_out_of_range(void **state)
{
    (void)state;
    struct finding f = sample();
    AUTO_BUF frame = {0};
    finding_encode(&frame, &f);
    for (size_t at = 0; at < frame.n; at++) {
        char was = frame.p[at];
        for (unsigned v = 0; v < 256; v++) {
            AUTO_ARENA a = arena_open(1 << 16);
            struct finding got;
            frame.p[at] = (char)v;
            if (rc_failed(decode(buf_str(&frame), a, &got))) {
                continue;
            }
            assert_true(got.rule < 8);
            assert_true(got.matched_count <= FINDING_MAX_MATCHED);
            assert_true(got.entity_count <= FINDING_MAX_ENTITIES);
            assert_true(got.time.digits <= 9 && got.time.below <= 999);
            for (uint32_t i = 0; i < got.entity_count; i++) {
                assert_true(got.entities[i].kind < ENTITY_KIND_COUNT);
                assert_true(unicode_is_utf8(got.entities[i].value));
            }
        }
        frame.p[at] = was;
    }
}

static void each_lie_has_its_error(void **state)
{
    (void)state;
    enum { HOST_AT = 4 + 11 + 8 + 32 + 32 + 1 };
    struct finding f = sample(), got;
    AUTO_BUF frame = {0};
    AUTO_ARENA a = arena_open(1 << 16);
    finding_encode(&frame, &f);
    assert_fails(finding_decode(bytes_of(buf_str(&frame)), 7, a, &got), MALFORMED);
    frame.p[14] = 10; /* digits */
    assert_fails(decode(buf_str(&frame), a, &got), MALFORMED);
    frame.p[14] = 7;
    frame.p[HOST_AT + 3] = (char)0xFF; /* a length near 4 GiB */
    assert_fails(decode(buf_str(&frame), a, &got), SHORT);
    frame.p[HOST_AT + 3] = 0;
    frame.p[HOST_AT + 4] = (char)0xC0; /* first byte of the host */
    assert_fails(decode(buf_str(&frame), a, &got), ENCODING);
    frame.p[HOST_AT + 4] = 'W';
    frame.p[HOST_AT + 4 + 16] = FINDING_MAX_MATCHED + 1;
    assert_fails(decode(buf_str(&frame), a, &got), TOO_MANY);
    frame.p[HOST_AT + 4 + 16] = 2;
    AUTO_ARENA tiny = arena_open(8);
    assert_fails(decode(buf_str(&frame), tiny, &got), ARENA_FULL);
    assert_ok(decode(buf_str(&frame), a, &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_depends_on_rule_record_and_ordinal_only),
        cmocka_unit_test(encoding_comes_back_equal),
        cmocka_unit_test(a_finding_at_its_caps_fits_a_frame),
        cmocka_unit_test(ill_formed_text_and_absurd_times_are_repaired),
        cmocka_unit_test(truncated_frames_fail_at_every_byte),
        cmocka_unit_test(lying_bytes_never_pass_out_of_range),
        cmocka_unit_test(each_lie_has_its_error),
    };
    return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
