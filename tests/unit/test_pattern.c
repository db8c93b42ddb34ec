/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wildcards, encodings, networks, numbers, times, sorted keys and the memo. */
#include "test.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "detect/sigma/encode.h"
#include "detect/sigma/memo.h"
#include "detect/sigma/pattern.h"
#include "detect/sigma/regex_needle.h"
#include "detect/sigma/table.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)256 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

enum widen { WHOLE, FRONT, BACK, BOTH };

static struct glob glob_of(struct str text, enum widen widen, bool windash)
{
    struct glyphs g;
    assert_ok(glob_parse(text, arena, &g));
    assert_ok(glob_widen(g, widen == FRONT || widen == BOTH, widen == BACK || widen == BOTH,
                         arena, &g));
    if (windash) {
        (void)glob_windash(g);
    }
    struct glob out;
    assert_ok(glob_build(g, false, arena, &out));
    return out;
}

static bool matches(struct glob g, struct str text)
{
    struct pattern p = {.kind = PATTERN_GLOB, .glob = g};
    struct subject_memory memory = {.arena = arena};
    struct subject s = subject_of(value_text_of(text), &memory);
    bool held = pattern_match(&p, &s);
    assert_false(memory.full);
    return held;
}

static bool holds(const char *pattern, enum widen widen, const char *text)
{
    return matches(glob_of(str_of(pattern), widen, false), str_of(text));
}

static bool windash_holds(const char *pattern, const char *text)
{
    return matches(glob_of(str_of(pattern), BOTH, true), str_of(text));
}

static void test_wildcards(void **state)
{
    (void)state;
    assert_true(holds("c:\\windows\\CMD.EXE", WHOLE, "C:\\Windows\\cmd.exe"));
    assert_true(holds("*\\cmd?exe", WHOLE, "C:\\x\\cmd.exe"));
    assert_false(holds("a?c", WHOLE, "ac"));
    assert_true(holds("a?c", WHOLE,
                      "a\xC3\xA9"
                      "c"));
    assert_true(holds("a*c", WHOLE, "ac"));
    assert_false(holds("abc", WHOLE, "xabcx"));
    assert_true(holds("*foo*bar*", WHOLE, "foo\nline2 bar"));
    assert_false(holds("*foo*bar*", WHOLE, "bar foo"));
    assert_true(holds("*", WHOLE, ""));
    assert_true(holds("", WHOLE, ""));
    assert_false(holds("", WHOLE, "x"));
    assert_true(holds("", BOTH, "anything"));
    assert_true(holds("a*b?c*d", WHOLE, "aXXbYbZcWWd"));
    assert_false(holds("a*b?c*d", WHOLE, "aXXbcd"));
    assert_true(holds("*ab", WHOLE, "abab"));
    assert_true(holds("*a?", WHOLE, "aaa"));
    assert_true(holds("*?", WHOLE, "x"));
    assert_false(holds("*?", WHOLE, ""));
    assert_false(holds("a*a", WHOLE, "a"));
    assert_true(holds("??", WHOLE, "\xF0\x9F\x92\xA9x"));
}

static void test_escapes(void **state)
{
    (void)state;
    assert_true(holds("a\\*b", WHOLE, "a*b"));
    assert_false(holds("a\\*b", WHOLE, "aXXb"));
    assert_true(holds("a\\?b", WHOLE, "a?b"));
    assert_true(holds("C:\\\\*\\x", WHOLE, "C:\\dir\\x"));
    assert_false(holds("C:\\*\\x", WHOLE, "C:\\dir\\x"));
    assert_true(holds("C:\\*\\x", WHOLE, "C:*\\x"));
    assert_true(holds("a\\\\\\*b", WHOLE, "a\\*b"));
    assert_true(holds("a\\\\b", WHOLE, "a\\b"));
    assert_false(holds("a\\\\b", WHOLE, "a\\\\b"));
    assert_true(holds("a\\b", WHOLE, "a\\b"));
    assert_true(holds("\\temp\\", FRONT, "C:\\temp\\"));
    assert_true(holds("\\temp\\", BOTH, "C:\\temp\\x"));
    assert_true(holds("\\\\\\\\", BACK, "\\\\server\\share"));
    assert_true(holds("*foo", BACK, "xxfoobar"));
}

static void test_folding(void **state)
{
    (void)state;
    assert_true(holds("CONTRASE\xC3\x91"
                      "A",
                      BOTH,
                      "la contrase\xC3\xB1"
                      "a"));
    assert_true(holds("\xCE\xA3", WHOLE, "\xCF\x82"));
    assert_false(holds("STRASSE", WHOLE,
                       "stra\xC3\x9F"
                       "e"));
}

static void test_windash(void **state)
{
    (void)state;
    assert_true(windash_holds(" -foo", "x /foo y"));
    assert_true(windash_holds(" -foo", "x \xE2\x80\x93"
                                       "foo"));
    assert_true(windash_holds(" -foo", "x \xE2\x80\x95"
                                       "foo"));
    assert_false(windash_holds(" -foo", "x \xE2\x80\x90"
                                        "foo"));
    assert_true(windash_holds(" /foo", "x -foo"));
    assert_true(windash_holds("-param-name", "/param-name"));
    assert_false(windash_holds("-param-name", "/param/name"));
    assert_true(windash_holds("-a -b", "/a -b"));
    assert_false(windash_holds(" - ", " / "));
    assert_true(windash_holds(" - ", " - "));
}

static void test_shapes(void **state)
{
    (void)state;
    assert_int_equal(glob_shape(glob_of(STR("a"), WHOLE, false)), GLOB_EXACT);
    assert_int_equal(glob_shape(glob_of(STR(""), WHOLE, false)), GLOB_EXACT);
    assert_int_equal(glob_shape(glob_of(STR("a*"), WHOLE, false)), GLOB_PREFIX);
    assert_int_equal(glob_shape(glob_of(STR("**a"), WHOLE, false)), GLOB_SUFFIX);
    assert_int_equal(glob_shape(glob_of(STR("a"), BOTH, false)), GLOB_CONTAINS);
    assert_int_equal(glob_shape(glob_of(STR("**"), BOTH, false)), GLOB_PRESENT);
    assert_int_equal(glob_shape(glob_of(STR("a*b"), WHOLE, false)), GLOB_MIXED);
    assert_int_equal(glob_shape(glob_of(STR("?"), BOTH, false)), GLOB_MIXED);
    assert_str(glob_needle(glob_of(STR("a*LONG?b"), WHOLE, false)), "long");
}

/* Text that is not UTF-8, and text that would be slow to search by trial and error. */
static void test_hostile_text(void **state)
{
    (void)state;
    assert_true(holds("a?b", WHOLE,
                      "a\xFF"
                      "b"));
    assert_true(holds("*b", WHOLE,
                      "\xE2\x82"
                      "b"));
    enum { LENGTH = 1 << 18 };
    char *text = arena_text(arena, LENGTH);
    memset(text, 'a', LENGTH);
    struct str s = {text, LENGTH};
    assert_false(matches(glob_of(STR("*a*a*a*a*a*a*a*a*a*a*b"), WHOLE, false), s));
    assert_false(matches(glob_of(STR("*a?a?a?a?b*"), WHOLE, false), s));
    assert_true(matches(glob_of(STR("*a?a?a*"), WHOLE, false), s));
    assert_true(matches(glob_of(STR("x\0y"), BOTH, false), STR("wx\0yz")));
}

static bool encoded_is(struct glyphs g, const char *want)
{
    struct glob out;
    assert_ok(glob_build(g, true, arena, &out));
    return str_eq(glob_needle(out), str_of(want));
}

static void test_base64(void **state)
{
    (void)state;
    struct glyphs text, wide, out;
    assert_ok(glob_literal(STR("foobar"), arena, &text));
    assert_ok(encode_base64(text, arena, &out));
    assert_true(encoded_is(out, "Zm9vYmFy"));
    static const char *const shifted[3] = {"Zm9vYmFy", "Zvb2Jhc", "mb29iYX"};
    for (uint32_t shift = 0; shift < 3; shift++) {
        assert_ok(encode_base64_offset(text, shift, arena, &out));
        assert_true(encoded_is(out, shifted[shift]));
    }
    assert_ok(glob_literal(STR("a"), arena, &text));
    assert_ok(encode_base64_offset(text, 1, arena, &out));
    assert_int_equal(out.n, 0);
    assert_ok(glob_literal(STR("ping"), arena, &text));
    assert_ok(encode_utf16(text, ENCODE_UTF16LE, arena, &wide));
    assert_ok(encode_base64(wide, arena, &out));
    assert_true(encoded_is(out, "cABpAG4AZwA="));
    assert_ok(encode_utf16(text, ENCODE_UTF16BE, arena, &wide));
    assert_ok(encode_base64(wide, arena, &out));
    assert_true(encoded_is(out, "AHAAaQBuAGc="));
    assert_ok(glob_literal(STR("cmd"), arena, &text));
    assert_ok(encode_utf16(text, ENCODE_UTF16_BOM, arena, &wide));
    assert_ok(encode_base64(wide, arena, &out));
    assert_true(encoded_is(out, "//5jAG0AZAA="));
    struct glob raw;
    assert_fails(glob_build(wide, false, arena, &raw), ENCODING);
}

static bool in_network(const char *network, const char *address)
{
    struct cidr c;
    assert_int_equal(cidr_parse(str_of(network), &c), CIDR_OK);
    return cidr_holds(&c, str_of(address));
}

static void test_cidr(void **state)
{
    (void)state;
    assert_true(in_network("10.0.0.0/8", "10.1.2.3"));
    assert_false(in_network("10.0.0.0/8", "110.1.2.3"));
    assert_false(in_network("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_false(in_network("10.0.0.0/8", "host"));
    assert_true(in_network("2603:1080::/25", "2603:1080:0:0::1"));
    assert_true(in_network("fe80::/10", "FE80::1"));
    assert_true(in_network("fe80::/10", "fe80::1%12"));
    assert_false(in_network("fe80::/10", "fe80::1%"));
    assert_true(in_network("0.0.0.0/0", "1.2.3.4"));
    assert_true(in_network("::1/128", "::1"));
    assert_true(in_network("10.1.2.3", "10.1.2.3"));
    struct cidr c;
    static const char *const wrong[] = {"",         "/8",          "10.0.0.0/", "10.0.0.0/33",
                                        "10.0.0/8", "10.0.0.0/-1", "::/129",    "01.0.0.0/8"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(cidr_parse(str_of(wrong[i]), &c), CIDR_NO_NETWORK);
    }
    assert_int_equal(cidr_parse(STR("10.0.0.1/8"), &c), CIDR_HOST_BITS);
    assert_int_equal(cidr_parse(STR("10.0.0.0\0/8"), &c), CIDR_NO_NETWORK);
}

static bool time_holds(enum time_part part, uint64_t want, struct str text)
{
    struct pattern p = {
        .kind = PATTERN_TIME, .part = part, .number = {.kind = NUMBER_UNSIGNED, .u = want}};
    struct subject_memory memory = {.arena = arena};
    struct subject s = subject_of(value_text_of(text), &memory);
    return pattern_match(&p, &s);
}

static void test_time(void **state)
{
    (void)state;
    assert_true(time_holds(TIME_HOUR, 3, STR("2025-11-27T03:40:10Z")));
    assert_true(time_holds(TIME_MINUTE, 40, STR("2025-11-27T03:40:10Z")));
    assert_true(time_holds(TIME_WEEK, 1, STR("2024-12-30T00:00:00Z")));
    assert_true(time_holds(TIME_YEAR, 2025, STR("1764214810")));
    assert_true(time_holds(TIME_YEAR, 2025, STR("1764214810000")));
    assert_false(time_holds(TIME_HOUR, 3, STR("not a date")));
    assert_false(time_holds(TIME_HOUR, 0, STR("")));
    assert_false(time_holds(TIME_YEAR, 1970, STR("1e300")));
}

static struct rc add_regex(struct regexes *r, struct str text, struct regex *out)
{
    char reason[REGEX_MAX_REASON_BYTES] = "";
    struct rc rc = regex_add(r, text, 0, reason, out);
    assert_true(!rc_failed(rc) || strlen(reason) > 0);
    return rc;
}

static void test_regex(void **state)
{
    (void)state;
    static const struct {
        struct str expression, text;
        bool found;
    } cases[] = {
        {STR_INIT("foo"), STR_INIT("xfoox"), true},
        {STR_INIT("foo"), STR_INIT("FOO"), false},
        {STR_INIT("(?i)foo"), STR_INIT("FOO"), true},
        {STR_INIT("^b"), STR_INIT("a\nb"), false},
        {STR_INIT("a.b"), STR_INIT("a\nb"), false},
        {STR_INIT("foo$"), STR_INIT("foo\n"), true},
        {STR_INIT("foo$"), STR_INIT("foo\n\n"), false},
        {STR_INIT("a*"), STR_INIT(""), true},
        {STR_INIT("^$"), STR_INIT(""), true},
        {STR_INIT("^a.b$"),
         STR_INIT("a\xC3\xA9"
                  "b"),
         true},
        {STR_INIT("^a..b$"),
         STR_INIT("a\xC3\xA9"
                  "b"),
         false},
        {STR_INIT("^a[^x]b$"),
         STR_INIT("a\xF0\x9F\x92\xA9"
                  "b"),
         true},
        {STR_INIT("^a\\Wb$"),
         STR_INIT("a\xFF"
                  "b"),
         true},
        {STR_INIT("\xC3\xA9{2}"), STR_INIT("\xC3\xA9\xC3\xA9"), true},
        {STR_INIT("a\\x{e9}"), STR_INIT("a\xC3\xA9"), true},
        {STR_INIT("\\w`(?:\\w|-|.)`"), STR_INIT("x`\xC3\xA9`"), true},
    };
    struct regexes r = regex_open(arena, 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pattern p = {.kind = PATTERN_REGEX};
        assert_ok(add_regex(&r, cases[i].expression, &p.regex));
        struct subject_memory memory = {.arena = arena, .regexes = regex_cache_open(&r)};
        struct subject s = subject_of(value_text_of(cases[i].text), &memory);
        assert_int_equal(pattern_match(&p, &s), cases[i].found);
        assert_int_equal(regex_cache_refused_count(memory.regexes), 0);
        regex_cache_close(memory.regexes);
    }
    struct regex unused;
    assert_fails(add_regex(&r, STR("("), &unused), REJECTED);
    assert_fails(add_regex(&r, STR("(a)\\1"), &unused), REJECTED);
    assert_fails(add_regex(&r, STR("a\0b"), &unused), REJECTED);
    regex_free(&r);
}

static void test_regex_needle(void **state)
{
    (void)state;
    static const struct {
        struct str expression, needle;
    } cases[] = {
        {STR_INIT("cmd.{0,5}(?:/c|/r).+PowerShell.+"), STR_INIT("powershell")},
        {STR_INIT("abcd?"), STR_INIT("abc")},
        {STR_INIT("abcd{0,3}ef"), STR_INIT("abc")},
        {STR_INIT("abc+def"), STR_INIT("abc")},
        {STR_INIT("a|bcd"), STR_INIT("")},
        {STR_INIT("(abc|x)?d"), STR_INIT("d")},
        {STR_INIT("[abc]]de\\.exe"), STR_INIT("]de.exe")},
        {STR_INIT("[]abc]de"), STR_INIT("de")},
        {STR_INIT("\\x41bc"), STR_INIT("")},
        {STR_INIT("(?x) a b c"), STR_INIT("")},
        {STR_INIT("(?ix) a b c"), STR_INIT("")},
        {STR_INIT("(?i)abc"), STR_INIT("abc")},
        {STR_INIT("\\Qa*b\\E"), STR_INIT("")},
        {STR_INIT("a(b"), STR_INIT("")},
        {STR_INIT("abc\\"), STR_INIT("")},
        {STR_INIT("[abc"), STR_INIT("")},
        {STR_INIT("\\d\\\\temp\\\\"), STR_INIT("\\temp\\")},
        {STR_INIT(""), STR_INIT("")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str needle;
        assert_ok(regex_needle(cases[i].expression, arena, &needle));
        if (!str_eq(needle, cases[i].needle)) {
            fail_msg("%zu: %.*s", i, (int)needle.n, needle.p);
        }
    }
    assert_true(regex_needle_is_ascii(STR("a\\x41[^b]\\w")));
    assert_false(regex_needle_is_ascii(STR("\\x{e9}")));
    assert_false(regex_needle_is_ascii(STR("\\xe9")));
    assert_false(regex_needle_is_ascii(STR("\\pL")));
    assert_false(regex_needle_is_ascii(STR("\xC3\xA9")));
    assert_false(regex_needle_is_ascii(STR("(*UCP)\\w")));
}

static void test_table(void **state)
{
    (void)state;
    static const char *const words[] = {"a", "ab", "abc", "b", "abd", "ba"};
    struct table t = {0};
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        table_add(&t, str_of(words[i]), i, NULL);
    }
    table_sort(&t, TABLE_FORWARD);
    uint32_t key = table_longest(&t, STR("abcz"));
    assert_str(t.keys[key], "abc");
    assert_str(t.keys[t.parents[key]], "ab");
    assert_str(t.keys[t.parents[t.parents[key]]], "a");
    assert_int_equal(table_longest(&t, STR("")), UINT32_MAX);
    assert_int_equal(table_longest(&t, STR("c")), UINT32_MAX);
    assert_str(t.keys[table_longest(&t, STR("ac"))], "a");
    table_free(&t);
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        table_add(&t, str_of(words[i]), i, NULL);
    }
    table_sort(&t, TABLE_BACKWARD);
    key = table_longest(&t, STR("xba"));
    assert_str(t.keys[key], "ba");
    assert_str(t.keys[t.parents[key]], "a");
    table_free(&t);
}

static void test_memo(void **state)
{
    (void)state;
    struct memo *m = memo_open(1);
    uint32_t atoms[3] = {1, 2, 3};
    struct memo_key key = memo_key(m, 7, value_text_of(STR("value")));
    assert_null(memo_get(m, &key).p);
    memo_put(m, &key, atoms, 3);
    struct memo_atoms got = memo_get(m, &key);
    assert_int_equal(got.n, 3);
    assert_memory_equal(got.p, atoms, sizeof(atoms));
    struct memo_key other = memo_key(m, 8, value_text_of(STR("value")));
    assert_null(memo_get(m, &other).p);
    other = memo_key(m, 7, (struct value){(const uint8_t *)"value", 5, VALUE_NUMBER});
    assert_null(memo_get(m, &other).p);
    /* far more than fits: what is still known is right */
    char text[2048];
    memset(text, 'x', sizeof(text));
    for (uint32_t i = 0; i < 40000; i++) {
        memcpy(text, &i, sizeof(i));
        struct value v = value_text_of((struct str){text, 900 + i % 1000});
        key = memo_key(m, 1, v);
        memo_put(m, &key, &i, 1);
        got = memo_get(m, &key);
        assert_non_null(got.p);
        assert_int_equal(got.p[0], i);
    }
    uint32_t known = 0;
    for (uint32_t i = 0; i < 40000; i++) {
        memcpy(text, &i, sizeof(i));
        key = memo_key(m, 1, value_text_of((struct str){text, 900 + i % 1000}));
        got = memo_get(m, &key);
        known += got.p != NULL;
        assert_true(got.p == NULL || got.p[0] == i);
    }
    assert_true(known > 5000 && known < 40000);
    memo_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wildcards),    cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_folding),      cmocka_unit_test(test_windash),
        cmocka_unit_test(test_shapes),       cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_base64),       cmocka_unit_test(test_cidr),
        cmocka_unit_test(test_time),         cmocka_unit_test(test_regex),
        cmocka_unit_test(test_regex_needle), cmocka_unit_test(test_table),
        cmocka_unit_test(test_memo),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
