/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/escape.h"
#include "base/jsonw.h"
#include "base/map.h"
#include "base/unicode.h"
#include "base/vec.h"
#include "base/walltime.h"

#include <stdio.h>

static void arena_refuses_at_its_cap(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(1000);
    assert_non_null(arena_alloc(a, 600));
    assert_null(arena_alloc(a, 600));
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_null(arena_zalloc(a, SIZE_MAX, 2));
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    assert_non_null(arena_alloc(a, 600));
}

/* Random sizes: what one allocation holds, no later one may change. */
static void arena_parts_do_not_overlap(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open((size_t)8 << 20);
    struct {
        uint8_t *p;
        size_t n;
    } parts[500];
    unsigned random = 1;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        random = random * 1103515245 + 12345;
        parts[i].n = random >> 16 & 0x3FFF;
        parts[i].p = i % 2 ? arena_alloc(a, parts[i].n) : (uint8_t *)arena_text(a, parts[i].n);
        assert_non_null(parts[i].p);
        memset(parts[i].p, (int)(i & 0xFF), parts[i].n);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        for (size_t j = 0; j < parts[i].n; j++) {
            assert_int_equal(parts[i].p[j], i & 0xFF);
        }
    }
}

static void buf_drops_past_its_cap_and_says_so(void **state)
{
    (void)state;
    AUTO_BUF b = BUF_WITH_CAP(8);
    buf_puts(&b, "12345678");
    assert_false(b.full);
    buf_putc(&b, '9');
    assert_true(b.full);
    assert_str(buf_str(&b), "12345678");
    buf_clear(&b);
    buf_i64(&b, INT64_MIN / 1000000000000000);
    assert_str(buf_str(&b), "-9223");
}

static void cursor_fault_is_sticky(void **state)
{
    (void)state;
    const uint8_t in[] = {1, 2, 3};
    struct cursor c = cursor_of((struct bytes){in, sizeof(in)});
    assert_int_equal(cursor_u16(&c), 0x0201);
    assert_int_equal(cursor_u32(&c), 0);
    assert_int_equal(cursor_u8(&c), 0);
    assert_fails(cursor_done(&c), SHORT);
}

static void map_keeps_what_it_was_given(void **state)
{
    (void)state;
    struct map m = {.seed = 7};
    static char keys[5000][8];
    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%u", i);
        assert_int_equal(map_add(&m, str_of(keys[i]), i), i);
    }
    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(map_get(&m, str_of(keys[i])), i);
        assert_int_equal(map_add(&m, str_of(keys[i]), 1), i);
    }
    assert_int_equal(map_get(&m, STR("k")), MAP_NONE);
    map_free(&m);
}

static void unicode_folds_one_to_one(void **state)
{
    (void)state;
    char out[64];
    struct str in = STR("CONTRASE\xC3\x91"
                        "A \xCE\xA3\xCF\x82 \xC3\x9F \xFF K\xE2\x84\xAA");
    struct str got = {out, unicode_fold(in, out)};
    assert_str(got, "contrase\xC3\xB1"
                    "a \xCF\x83\xCF\x83 \xC3\x9F \xFF kk");
}

/* Text is folded and narrowed by the word: every ASCII byte at every place of one. */
static void unicode_cuts_between_code_points(void **state)
{
    (void)state;
    struct str s = STR("a\xC3\xA9\xF0\x9F\x92\xA9z");
    static const size_t ends[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8};
    for (size_t max = 0; max < COUNT_OF(ends); max++) {
        assert_int_equal(unicode_cut(s, max).n, ends[max]);
    }
    /* what is no UTF-8 is cut anywhere, so that whoever sends it in pieces comes to its end */
    struct str bad = STR("\x80\x80\x80\x80\x80\x80\x80\x80");
    assert_int_equal(unicode_cut(bad, 3).n, 3);
    assert_int_equal(unicode_cut(bad, 6).n, 6);
}

static void unicode_words_are_as_bytes(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 10; lead++) {
        char in[160], out[2 * sizeof(in)];
        uint8_t wide[2 * sizeof(in)] = {0};
        memset(in, 'Z', lead);
        for (size_t i = lead; i < sizeof(in); i++) {
            in[i] = (char)((i - lead) & 0x7F);
        }
        for (size_t i = 0; i < sizeof(in); i++) {
            wide[2 * i] = (uint8_t)in[i];
        }
        assert_int_equal(unicode_fold((struct str){in, sizeof(in)}, out), sizeof(in));
        for (size_t i = 0; i < sizeof(in); i++) {
            assert_int_equal(out[i], str_lower(in[i]));
        }
        struct bytes units = {wide, sizeof(wide)};
        assert_int_equal(unicode_from_utf16le(units, out), sizeof(in));
        assert_memory_equal(out, in, sizeof(in));
        /* one unit above ASCII among them, in either byte */
        wide[2 * lead + 1] = 1;
        assert_int_equal(unicode_from_utf16le(units, out), sizeof(in) + 1);
        assert_memory_equal(out, in, lead);
        assert_memory_equal(out + lead, "\xC4\x80", 2);
        assert_memory_equal(out + lead + 2, in + lead + 1, sizeof(in) - lead - 1);
    }
}

static void unicode_rejects_what_is_not_utf8(void **state)
{
    (void)state;
    assert_true(unicode_is_utf8(STR("a\xC3\xA9\xEF\xBF\xBD\xF0\x9F\x98\x80")));
    assert_false(unicode_is_utf8(STR("\xC0\x80")));
    assert_false(unicode_is_utf8(STR("\xED\xA0\x80")));
    assert_false(unicode_is_utf8(STR("\xF4\x90\x80\x80")));
    assert_false(unicode_is_utf8(STR("abc\xE2\x82")));
    char out[16];
    const uint8_t wide[] = {'a', 0, 0x00, 0xD8, 0x3D, 0xD8, 0x00, 0xDE, 9};
    struct str got = {out, unicode_from_utf16le((struct bytes){wide, sizeof(wide)}, out)};
    assert_str(got, "a\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

static void time_reads_and_prints(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"2025-11-27T03:40:10Z", "2025-11-27T03:40:10Z"},
        {"2025-11-27 03:40:10.123456700+01:30", "2025-11-27T02:10:10.123456700Z"},
        {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"},
        {"2024-02-29", "2024-02-29T00:00:00Z"},
        {"2023-02-29", NULL},
        {"2025-13-01", NULL},
        {"not a date", NULL},
        {"2025-01-01T1:2", NULL},
        {"2025-11-27T03:40:10Zx", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_BUF b = {0};
        struct walltime t;
        bool ok = walltime_parse(str_of(cases[i].in), &t);
        assert_int_equal(ok, cases[i].want != NULL);
        if (ok) {
            walltime_format(&b, t);
            buf_putc(&b, 0);
            assert_string_equal(b.p, cases[i].want);
        }
    }
    struct walltime t;
    assert_true(walltime_parse(STR("2024-12-30T00:00:00Z"), &t));
    assert_int_equal(walltime_iso_week(t), 1);
    AUTO_BUF b = {0};
    walltime_format(&b, walltime_from_filetime(132537600000000001));
    assert_str(buf_str(&b), "2020-12-30T00:00:00.0000001Z");
}

static void writers_escape_hostile_text(void **state)
{
    (void)state;
    AUTO_BUF b = {0};
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w);
    jsonw_key_str(&w, "k", STR("\x1b[2J\"\\\n\xFF\xE2\x80\xAE"));
    jsonw_key_u64(&w, "n", 7);
    jsonw_end_object(&w);
    assert_str(buf_str(&b), "{\"k\":\"\\u001b[2J\\\"\\\\\\n\xEF\xBF\xBD\\u202e\",\"n\":7}");
    buf_clear(&b);
    assert_true(escape_is_plain(STR("a \xC3\xA9\n\xF0\x9F\x92\xA9")));
    static const char *const foreign[] = {"\x1b[2J", "\r", "\x7F", "\xC2\x9B", "\x9B", "\xC2"};
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        assert_false(escape_is_plain(str_of(foreign[i])));
    }
    escape_text(&b, STR("a\x1b\n\xC2\x9B\xE2\x80\xAE\xFF"));
    assert_str(buf_str(&b), "a\\x1b\\n\\x9b\\u{202e}\\xff");
    buf_clear(&b);
    escape_columns(&b, STR("abcdef"), 4);
    assert_str(buf_str(&b), "abc\xE2\x80\xA6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_refuses_at_its_cap),
        cmocka_unit_test(arena_parts_do_not_overlap),
        cmocka_unit_test(buf_drops_past_its_cap_and_says_so),
        cmocka_unit_test(cursor_fault_is_sticky),
        cmocka_unit_test(map_keeps_what_it_was_given),
        cmocka_unit_test(unicode_folds_one_to_one),
        cmocka_unit_test(unicode_cuts_between_code_points),
        cmocka_unit_test(unicode_words_are_as_bytes),
        cmocka_unit_test(unicode_rejects_what_is_not_utf8),
        cmocka_unit_test(time_reads_and_prints),
        cmocka_unit_test(writers_escape_hostile_text),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
