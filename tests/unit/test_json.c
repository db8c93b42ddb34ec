/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "base/heap.h"
#include "decode/json_flatten.h"
#include "decode/json_step.h"

#include <stdio.h>

static const char *const type_names[VALUE_TYPE_COUNT] = {
    [VALUE_NULL] = "null",     [VALUE_OBJECT] = "object", [VALUE_EMPTY_LIST] = "empty",
    [VALUE_BOOL] = "bool",     [VALUE_NUMBER] = "number", [VALUE_TEXT] = "text",
    [VALUE_JSON_TEXT] = "json"};

/* "path[!] type bytes|" for each pair; ! when literal. */
static void render(struct buf *out, const struct json_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        struct json_pair p = pairs->p[i];
        buf_put(out, p.path);
        buf_puts(out, p.literal ? "! " : " ");
        buf_puts(out, type_names[p.value.type]);
        if (p.value.n != 0 && p.value.type != VALUE_NULL) {
            buf_putc(out, ' ');
            buf_put(out, (struct str){(const char *)p.value.p, p.value.n});
        }
        buf_putc(out, '|');
    }
}

/*
 * The ways to find strings agree with the strict parser: on all that is in a good text, and on
 * whether it is good.
 */
static void same_with(const struct json_simd *simd, struct str in, struct rc want,
                      const struct json_pairs *want_pairs)
{
    AUTO_ARENA a = arena_open(64 << 20);
    AUTO_BUF got = {0};
    AUTO_BUF expected = {0};
    struct json_pairs pairs = {0};
    struct rc rc = json_flatten_with(simd, in, a, &pairs);
    if (rc_failed(rc) != rc_failed(want)) {
        fail_msg("%s: %s at %u, not %s at %u", simd->name, rc_name(rc), rc.at, rc_name(want),
                 want.at);
    }
    if (!rc_failed(want)) {
        render(&got, &pairs);
        render(&expected, want_pairs);
        test_assert_str(buf_str(&got), buf_str(&expected), simd->name, 0);
    }
}

/* Flatten a copy of exactly in.n bytes, so that a sanitizer sees a read past the end. */
static struct rc flatten(struct str in, struct arena *a, struct json_pairs *out)
{
    char *copy = arena_text(a, in.n);
    assert_non_null(copy);
    if (in.n != 0) {
        memcpy(copy, in.p, in.n);
    }
    struct rc rc = json_flatten((struct str){copy, in.n}, a, out);
    if (in.n == 0) {
        return rc;
    }
    AUTO_HEAP char *exact = heap_alloc(in.n);
    memcpy(exact, in.p, in.n);
    struct str text = {exact, in.n};
    struct json_pairs strict = {0};
    AUTO_ARENA b = arena_open(64 << 20);
    struct rc strict_rc = json_flatten_with(NULL, text, b, &strict);
    assert_int_equal(strict_rc.code, rc.code);
    assert_int_equal(strict_rc.at, rc.at);
    same_with(&json_simd_plain, text, strict_rc, &strict);
    if (json_simd_best() != NULL) {
        same_with(json_simd_best(), text, strict_rc, &strict);
    }
    return rc;
}

static void flattens(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"{}", ""},
        {" {\t} \r\n", ""},
        {"[]", " empty|"},
        {"7", " number 7|"},
        {"\"x\"", " text x|"},
        {"null", " null|"},
        {"{\"a\":1}", "a number 1|"},
        {"{ \"a\" : \"b\" , \"c\" : [ ] }", "a text b|c empty|"},
        {"{\"a\":true,\"b\":false,\"c\":null}", "a bool true|b bool false|c null|"},
        {"{\"a\":\"\"}", "a text|"},
        {"{\"a\":{}}", "a object|"},
        {"{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":3}",
         "a object|a.b object|a.b.c number 1|a.d number 2|e number 3|"},
        {"{\"a\":[1,\"x\",[2,[3]],[]],\"b\":4}",
         "a number 1|a text x|a number 2|a number 3|a empty|b number 4|"},
        {"{\"a\":[{\"b\":1},{\"b\":2}]}", "a object|a.b number 1|a object|a.b number 2|"},
        {"{\"a\":[[{\"b\":[{\"c\":1}]}],7]}", "a object|a.b object|a.b.c number 1|a number 7|"},
        {"[{\"b\":1},{},2]", "b number 1| number 2|"},
        {"{\"a.b\":1,\"c\":{\"d.e\":{\"f\":2}},\"g\":3}",
         "a.b! number 1|c object|c.d.e! object|c.d.e.f! number 2|g number 3|"},
        {"{\"\":{\"\":1}}", " object|. number 1|"},
        {"{\"a\":\"x\\ty\"}", "a json x\\ty|"},
        {"{\"a\":\"\\ud800\"}", "a json \\ud800|"},
        {"{\"\\u0041\\n\":1}", "A\n number 1|"},
        {"{\"a\":{\"\\u002e\":1}}", "a object|a..! number 1|"},
        {"{\"a\":-0.5e+10,\"b\":12345678901234567890123}",
         "a number -0.5e+10|b number 12345678901234567890123|"},
        {"{\"a\":\"h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"}",
         "a text h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80|"},
        {"{\"a\":{\"x\":1},\"b\":{\"x\":1}}", "a object|a.x number 1|b object|b.x number 1|"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_ARENA a = arena_open(1 << 20);
        AUTO_BUF got = {0};
        struct json_pairs pairs = {0};
        assert_ok(flatten(str_of(cases[i].in), a, &pairs));
        render(&got, &pairs);
        test_assert_str(buf_str(&got), str_of(cases[i].want), cases[i].in, (int)i);
        assert_ok(json_check(str_of(cases[i].in)));
    }
}

static void plain_top_level_keys_are_borrowed(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(1 << 20);
    static const char text[] = "{\"key\":\"value\"}";
    struct json_pairs pairs;
    assert_ok(json_flatten(str_of(text), a, &pairs));
    assert_ptr_equal(pairs.p[0].path.p, text + 2);
    assert_ptr_equal(pairs.p[0].value.p, text + 8);
}

/* Both parsers refuse, for the same reason and at the same byte. */
static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        enum err err;
        uint32_t at;
    } cases[] = {
        {"", ERR_SHORT, 0},
        {"  ", ERR_SHORT, 2},
        {"{", ERR_SHORT, 1},
        {"[", ERR_SHORT, 1},
        {"[1,", ERR_SHORT, 3},
        {"{\"a", ERR_SHORT, 3},
        {"{\"a\"", ERR_SHORT, 4},
        {"{\"a\":", ERR_SHORT, 5},
        {"{\"a\":1", ERR_SHORT, 6},
        {"\"\\", ERR_SHORT, 2},
        {"\"\\u12", ERR_SHORT, 5},
        {"tru", ERR_SHORT, 3},
        {"-", ERR_SHORT, 1},
        {"1.", ERR_SHORT, 2},
        {"1e", ERR_SHORT, 2},
        {"1e+", ERR_SHORT, 3},
        {"[1,]", ERR_SYNTAX, 3},
        {"[,1]", ERR_SYNTAX, 1},
        {"[1 2]", ERR_SYNTAX, 3},
        {"[1}", ERR_SYNTAX, 2},
        {"{\"a\":1]", ERR_SYNTAX, 6},
        {"{\"a\":1,}", ERR_SYNTAX, 7},
        {"{a:1}", ERR_SYNTAX, 1},
        {"{\"a\" 1}", ERR_SYNTAX, 5},
        {"{1:1}", ERR_SYNTAX, 1},
        {"01", ERR_TRAILING, 1},
        {"+1", ERR_SYNTAX, 0},
        {".5", ERR_SYNTAX, 0},
        {"1.e5", ERR_SYNTAX, 2},
        {"-a", ERR_SYNTAX, 1},
        {"nul}", ERR_SYNTAX, 3},
        {"NaN", ERR_SYNTAX, 0},
        {"\"\t\"", ERR_SYNTAX, 1},
        {"\"\x1f\"", ERR_SYNTAX, 1},
        {"\"\\x\"", ERR_SYNTAX, 2},
        {"\"\\u12g4\"", ERR_SYNTAX, 5},
        {"{} {}", ERR_TRAILING, 3},
        {"1 x", ERR_TRAILING, 2},
        {"\xEF\xBB\xBF{}", ERR_SYNTAX, 0},
        {"\xC2\xA0{}", ERR_SYNTAX, 0},
        {"\"\xC3", ERR_ENCODING, 1},
        {"\"\xC3(\"", ERR_ENCODING, 1},
        {"\"\x80\"", ERR_ENCODING, 1},
        {"\"\xC0\xAF\"", ERR_ENCODING, 1},
        {"\"\xE0\x80\x80\"", ERR_ENCODING, 1},
        {"\"\xED\xA0\x80\"", ERR_ENCODING, 1},
        {"\"\xF4\x90\x80\x80\"", ERR_ENCODING, 1},
        {"\"\xF5\x80\x80\x80\"", ERR_ENCODING, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_ARENA a = arena_open(1 << 20);
        struct json_pairs pairs = {.n = 77};
        struct rc rc = flatten(str_of(cases[i].in), a, &pairs);
        struct rc check_rc = json_check(str_of(cases[i].in));
        if (rc.code != cases[i].err || rc.at != cases[i].at) {
            fail_msg("%s: %s at %u", cases[i].in, rc_name(rc), rc.at);
        }
        assert_int_equal(pairs.n, 77);
        assert_true(rc_failed(check_rc));
        /* the checker meets bad UTF-8 byte by byte: it may see the end or a later byte first */
        if (cases[i].err != ERR_ENCODING) {
            assert_int_equal(check_rc.code, cases[i].err);
            assert_int_equal(check_rc.at, cases[i].at);
        }
    }
}

static void duplicate_keys(void **state)
{
    (void)state;
    static const char *const twice[] = {
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"x\":{\"\":1,\"b\":2,\"\":3}}",
        "{\"a key of thirty-three bytes it is\":1,\"a key of thirty-three bytes it is\":1}",
        "{\"a key of 16 byte\":1,\"a key of 17 bytes\":1,\"a key of 16 byte\":1}",
    };
    AUTO_ARENA a = arena_open(1 << 20);
    struct json_pairs pairs = {0};
    for (size_t i = 0; i < COUNT_OF(twice); i++) {
        assert_fails(flatten(str_of(twice[i]), a, &pairs), DUPLICATE);
        assert_ok(json_check(str_of(twice[i])));
    }
    assert_ok(flatten(STR("[{\"a\":1},{\"a\":{\"a\":[{\"a\":2}]}}]"), a, &pairs));
    assert_ok(flatten(STR("{\"ab\":1,\"a\":2,\"aa\":3,\"\\u0000\":1,\"\":2}"), a, &pairs));
}

/* 60,000 keys of one object, then the first or the last of them again. */
static void big_objects(void **state)
{
    (void)state;
    enum { KEYS = 60000 };
    for (int again = 0; again < 3; again++) {
        AUTO_ARENA a = arena_open(64 << 20);
        AUTO_BUF b = {0};
        buf_putc(&b, '{');
        for (unsigned i = 0; i < KEYS; i++) {
            buf_printf(&b, "\"key %u\":%u,", i, i);
        }
        buf_printf(&b, "\"%s\":0}", again == 0 ? "other" : again == 1 ? "key 0" : "key 59999");
        struct json_pairs pairs = {0};
        struct rc rc = json_flatten(buf_str(&b), a, &pairs);
        assert_int_equal(rc.code, again == 0 ? ERR_NONE : ERR_DUPLICATE);
        assert_int_equal(pairs.n, again == 0 ? KEYS + 1 : 0);
    }
}

static void limits(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(64 << 20);
    AUTO_BUF b = {0};
    struct json_pairs pairs = {0};
    buf_fill(&b, '[', JSON_MAX_DEPTH);
    buf_fill(&b, ']', JSON_MAX_DEPTH);
    assert_ok(flatten(buf_str(&b), a, &pairs));
    buf_clear(&b);
    buf_fill(&b, '[', JSON_MAX_DEPTH + 1);
    buf_fill(&b, ']', JSON_MAX_DEPTH + 1);
    struct rc rc = flatten(buf_str(&b), a, &pairs);
    assert_int_equal(rc.code, ERR_DEPTH);
    assert_int_equal(rc.at, JSON_MAX_DEPTH);
    assert_ok(json_check(buf_str(&b)));

    buf_clear(&b);
    buf_puts(&b, "[0");
    for (int i = 1; i < JSON_MAX_PAIRS; i++) {
        buf_puts(&b, ",0");
    }
    buf_putc(&b, ']');
    assert_ok(json_flatten(buf_str(&b), a, &pairs));
    assert_int_equal(pairs.n, JSON_MAX_PAIRS);
    b.p[b.n - 1] = ',';
    buf_puts(&b, "0]");
    assert_fails(json_flatten(buf_str(&b), a, &pairs), TOO_MANY);

    AUTO_ARENA small = arena_open(100);
    assert_fails(json_flatten(STR("{\"a\":1}"), small, &pairs), ARENA_FULL);
}

/* A long prefix times many keys must end at the cap of the arena, not in gigabytes. */
static void long_paths_end_at_the_cap(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(8 << 20);
    AUTO_BUF b = {0};
    buf_puts(&b, "{\"");
    buf_fill(&b, 'k', 100000);
    buf_puts(&b, "\":{");
    for (unsigned i = 0; i < 10000; i++) {
        buf_printf(&b, "%s\"%u\":0", i == 0 ? "" : ",", i);
    }
    buf_puts(&b, "}}");
    struct json_pairs pairs = {0};
    assert_fails(json_flatten(buf_str(&b), a, &pairs), ARENA_FULL);
}

static void a_million_levels(void **state)
{
    (void)state;
    enum { LEVELS = 1000000 };
    AUTO_ARENA a = arena_open(1 << 20);
    struct json_pairs pairs = {0};
    AUTO_BUF b = {0};
    buf_fill(&b, '[', LEVELS);
    assert_fails(json_flatten(buf_str(&b), a, &pairs), DEPTH);
    assert_fails(json_check(buf_str(&b)), SHORT);
    buf_fill(&b, ']', LEVELS);
    assert_ok(json_check(buf_str(&b)));
    b.p[2 * LEVELS - 1] = '}';
    assert_fails(json_check(buf_str(&b)), SYNTAX);
    buf_clear(&b);
    for (int i = 0; i < LEVELS; i++) {
        buf_puts(&b, "{\"a\":");
    }
    assert_fails(json_flatten(buf_str(&b), a, &pairs), DEPTH);
    assert_fails(json_check(buf_str(&b)), SHORT);
}

/* Every cut of a good text is a clean failure, of both parsers. */
static void every_prefix(void **state)
{
    (void)state;
    struct str text = STR("{\"a\":[1.5e-3,true,{\"\xC3\xA9\":\"\\u00e9\\n\"}],\"b\":null,"
                          "\"a long string that fills more than two vectors\":\"and a "
                          "value of the same length, with \xF0\x9F\x98\x80 in it\"}");
    for (size_t n = 0; n < text.n; n++) {
        AUTO_ARENA a = arena_open(1 << 20);
        struct json_pairs pairs = {0};
        struct rc rc = flatten(str_upto(text, n), a, &pairs);
        assert_true(rc_failed(rc));
        assert_true(rc.code == ERR_SHORT || rc.code == ERR_ENCODING);
        assert_fails(json_check(str_upto(text, n)), SHORT);
    }
}

/* Where a special byte stands relative to the vectors must not matter. */
static void every_position(void **state)
{
    (void)state;
    static const char bad[] = {'\0', '\n', '\x1f', (char)0x80, (char)0xFF};
    for (size_t n = 1; n < 70; n++) {
        for (size_t at = 0; at < n; at++) {
            char text[80];
            memset(text, 'x', sizeof(text));
            text[0] = '"';
            text[n + 1] = '"';
            AUTO_ARENA a = arena_open(1 << 20);
            struct json_pairs pairs = {0};
            assert_ok(flatten((struct str){text, n + 2}, a, &pairs));
            assert_int_equal(pairs.p[0].value.n, n);
            assert_int_equal(pairs.p[0].value.type, VALUE_TEXT);
            for (size_t i = 0; i < COUNT_OF(bad); i++) {
                text[1 + at] = bad[i];
                struct rc rc = flatten((struct str){text, n + 2}, a, &pairs);
                assert_int_equal(rc.code, bad[i] < 0 ? ERR_ENCODING : ERR_SYNTAX);
                assert_int_equal(rc.at, 1 + at);
            }
            text[1 + at] = 0x7F;
            assert_ok(flatten((struct str){text, n + 2}, a, &pairs));
        }
    }
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

/* Texts of up to some windows, mostly good, with runs of backslashes and one byte changed. */
static void random_texts(void **state)
{
    (void)state;
    static const char *const parts[] = {"\\\\",
                                        "\\\"",
                                        "\\u00e9",
                                        "\\n",
                                        "x",
                                        "a.b",
                                        "\xE2\x82\xAC",
                                        "0123456789abcdef",
                                        "C:\\\\Windows\\\\System32\\\\"};
    static const char changes[] = "\"\\{}[]:,. \n\x01\x80ux";
    unsigned seed = 11;
    for (int round = 0; round < 600; round++) {
        AUTO_BUF b = {0};
        buf_putc(&b, '{');
        for (unsigned pair = 0; pair < next_random(&seed) % 60; pair++) {
            buf_printf(&b, "%s\"%u%s\":%s", pair == 0 ? "" : ",", pair,
                       next_random(&seed) % 9 == 0 ? ".x" : "",
                       next_random(&seed) % 5 == 0 ? "12,\"" : "\"");
            if (b.p[b.n - 2] == ',') {
                buf_printf(&b, "n%u\":\"", pair);
            }
            for (unsigned n = next_random(&seed) % 12; n != 0; n--) {
                buf_puts(&b, parts[next_random(&seed) % COUNT_OF(parts)]);
            }
            buf_fill(&b, 'y', next_random(&seed) % 40 == 0 ? next_random(&seed) % 9000 : 0);
            buf_putc(&b, '"');
        }
        buf_putc(&b, '}');
        AUTO_ARENA a = arena_open(64 << 20);
        struct json_pairs pairs = {0};
        assert_ok(flatten(buf_str(&b), a, &pairs));
        assert_ok(json_check(buf_str(&b)));
        for (int change = 0; change < 20; change++) {
            char *at = &b.p[next_random(&seed) % b.n];
            char was = *at;
            *at = changes[next_random(&seed) % (sizeof(changes) - 1)];
            arena_reset(a);
            rc_ignore(flatten(buf_str(&b), a, &pairs), "compared inside");
            *at = was;
        }
    }
}

static void value_end(void **state)
{
    (void)state;
    size_t end = 0;
    assert_ok(json_value_end(STR(" {\"a\":\"}\"}{}"), &end));
    assert_int_equal(end, 10);
    assert_ok(json_value_end(STR("12,"), &end));
    assert_int_equal(end, 2);
    assert_ok(json_value_end(STR("12"), &end));
    assert_int_equal(end, 2);
    assert_ok(json_value_end(STR("[1]"), &end));
    assert_int_equal(end, 3);
    assert_fails(json_value_end(STR("{\"a\":"), &end), SHORT);
    assert_fails(json_value_end(STR("]"), &end), SYNTAX);
    assert_int_equal(end, 3);
}

static void unescapes(void **state)
{
    (void)state;
    char out[64];
    struct str in = STR("\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\udc00");
    size_t n = json_unescape(in, out);
    test_assert_str((struct str){out, n},
                    STR("\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD"), __FILE__,
                    __LINE__);
    assert_true(n <= in.n);
}

/* In pieces of every size the stepper says what the whole text says. */
static void steps_of_any_size(void **state)
{
    (void)state;
    struct str text = STR(" {\"k\\u0041\":[-1.5E+7, \"\xE2\x82\xAC\", true, null, {}], "
                          "\"z\":0}");
    for (size_t piece = 1; piece <= text.n; piece++) {
        struct json_step s = json_step_open(8);
        size_t at = 0;
        while (at < text.n) {
            size_t used = 0;
            struct str part = str_upto(str_from(text, at), piece);
            assert_false(json_step_done(&s));
            assert_ok(json_step_feed(&s, part, &used));
            assert_int_equal(used, part.n);
            at += part.n;
        }
        assert_true(json_step_done(&s));
        assert_ok(json_step_end(&s));
        json_step_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flattens),
        cmocka_unit_test(plain_top_level_keys_are_borrowed),
        cmocka_unit_test(refuses),
        cmocka_unit_test(duplicate_keys),
        cmocka_unit_test(big_objects),
        cmocka_unit_test(limits),
        cmocka_unit_test(long_paths_end_at_the_cap),
        cmocka_unit_test(a_million_levels),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(every_position),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(value_end),
        cmocka_unit_test(unescapes),
        cmocka_unit_test(steps_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
