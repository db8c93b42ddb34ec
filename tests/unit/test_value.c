/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "model/fields.h"
#include "model/value.h"

static void assert_text(struct value v, struct str want)
{
    AUTO_ARENA a = arena_open(1000);
    struct str got;
    assert_ok(value_text(v, a, &got));
    assert_true(str_eq(got, want));
}

static struct value raw(const void *p, uint32_t n, enum value_type type)
{
    return (struct value){p, n, (uint8_t)type};
}

static void scalars_have_their_text(void **state)
{
    (void)state;
    assert_text(raw("\xFE\xFF", 2, VALUE_SIGNED), STR("-2"));
    assert_text(raw("\xFE\xFF", 2, VALUE_UNSIGNED), STR("65534"));
    assert_text(raw("\x10\x14\0\0", 4, VALUE_HEX), STR("0x1410"));
    assert_text(raw("\0\0\0\0\0\0\xF8\x3F", 8, VALUE_FLOAT), STR("1.5"));
    assert_text(raw("\0\0\x80\x7F", 4, VALUE_FLOAT), STR("Infinity"));
    assert_text(raw("\0\0\0\0\0\0\xF0\xFF", 8, VALUE_FLOAT), STR("-Infinity"));
    assert_text(raw("\0\0\xC0\x7F", 4, VALUE_FLOAT), STR("NaN"));
    assert_text(raw("\1\0\0\0", 4, VALUE_WIN_BOOL), STR("true"));
    assert_text(raw("\x01\xAB", 2, VALUE_BINARY), STR("01AB"));
    assert_text(raw("\1\1\0\0\0\0\0\5\x12\0\0\0", 12, VALUE_SID), STR("S-1-5-18"));
    assert_text(raw("\1\4\0", 3, VALUE_SID), STR("010400"));
    assert_text(
        raw("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10", 16, VALUE_GUID),
        STR("04030201-0605-0807-090A-0B0C0D0E0F10"));
}

static void json_text_is_unescaped(void **state)
{
    (void)state;
    struct value v = value_text_of(STR("a\\\\b\\n\\u00e9\\ud83d\\ude00\\ud800x"));
    v.type = VALUE_JSON_TEXT;
    assert_text(v, STR("a\\b\n\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBDx"));
    struct value cut = value_text_of(STR("a\\"));
    cut.type = VALUE_JSON_TEXT;
    assert_text(cut, STR("a"));
}

/* An escape at every place of a word, and as many bytes after it. */
static void json_text_is_unescaped_anywhere(void **state)
{
    (void)state;
    for (size_t before = 0; before < 20; before++) {
        for (size_t after = 0; after < 20; after++) {
            char in[64], want[64];
            memset(in, 'x', sizeof(in));
            memset(want, 'x', sizeof(want));
            in[before] = '\\';
            in[before + 1] = 't';
            want[before] = '\t';
            struct value v = value_text_of((struct str){in, before + 2 + after});
            v.type = VALUE_JSON_TEXT;
            assert_text(v, (struct str){want, before + 1 + after});
        }
    }
}

static void assert_numeral(struct value v)
{
    char room[256];
    assert_true(value_is_numeral(v) && value_text_bound(v) <= sizeof(room));
    struct str text = value_text_into(v, room);
    for (size_t i = 0; i < text.n; i++) {
        char c = str_lower(text.p[i]);
        assert_true(str_find_char(STR(VALUE_NUMERAL_BYTES), c) != SIZE_MAX);
    }
}

static void numerals_have_few_letters(void **state)
{
    (void)state;
    static const uint8_t types[] = {VALUE_SIGNED, VALUE_UNSIGNED, VALUE_HEX, VALUE_BINARY,
                                    VALUE_GUID,   VALUE_FILETIME, VALUE_SID, VALUE_SYSTEMTIME};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_numeral(raw("\x01\x02\x03\x04\x05\x06\x07\x7F", 8, types[i]));
        assert_numeral(raw("\x01\x02\xFD\xFC\x0B\x1C\x0A\xFF", 8, types[i]));
        assert_numeral(raw("\x01\x02\xAB\xCD\xEF\x00\x00\xBA\x01\x02\x03\x04\xFF\xFE\xFD\xFC",
                           16, types[i]));
    }
    assert_numeral(raw("-1.5E+20", 8, VALUE_NUMBER));
    assert_false(value_is_numeral(value_text_of(STR("1"))));
    assert_false(value_is_numeral(raw("\0\0\xC0\x7F", 4, VALUE_FLOAT))); /* NaN */
}

static int compare(const char *a, const char *b)
{
    return value_compare_numbers(value_parse_number(str_of(a)), value_parse_number(str_of(b)));
}

static void numbers_compare_exactly(void **state)
{
    (void)state;
    assert_int_equal(compare("4688", "04688"), 0);
    assert_int_equal(compare("4688.0", "4688"), 0);
    assert_int_equal(compare("9007199254740993", "9007199254740992"), 1);
    assert_int_equal(compare("18446744073709551615", "18446744073709551615"), 0);
    assert_int_equal(compare("-9223372036854775808", "-9223372036854775807"), -1);
    assert_int_equal(compare("1.5", "1"), 1);
    assert_int_equal(compare("-2.5", "-2"), -1);
    assert_int_equal(compare("-2.5", "-3"), 1);
    assert_int_equal(compare("1e400", "18446744073709551615"), 1);
    assert_int_equal(compare("0x20", "32"), 2);
    assert_int_equal(compare("", "0"), 2);
    assert_int_equal(compare(" 1", "1"), 2);
}

static void fields_know_their_names(void **state)
{
    (void)state;
    struct fields *f = fields_open();
    assert_int_equal(fields_find(f, STR("Channel")), FIELD_CHANNEL);
    assert_int_equal(fields_find(f, STR("channel")), FIELD_NONE);
    uint16_t id = fields_add(f, STR("SomeRuleField"));
    assert_true(id >= FIELD_FIRST_FROM_RULES);
    assert_int_equal(fields_add(f, STR("SomeRuleField")), id);
    assert_str(fields_name(f, id), "SomeRuleField");
    fields_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_have_their_text),
        cmocka_unit_test(json_text_is_unescaped),
        cmocka_unit_test(json_text_is_unescaped_anywhere),
        cmocka_unit_test(numerals_have_few_letters),
        cmocka_unit_test(numbers_compare_exactly),
        cmocka_unit_test(fields_know_their_names),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
