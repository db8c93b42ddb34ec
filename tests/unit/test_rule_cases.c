/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The conformance cases of tests/golden/sigma_cases.jsonl as far as loading goes: those that
 * expect a rejection are rejected, all others load. (T106, a regex that does not compile, is
 * for the engine.)
 */
#include "rules_sample.h"

#include "base/file.h"

#include <jansson.h>

enum { CASES = 209, REJECTED = 15 };

static const char head[] = "title: Case\nlevel: low\nlogsource: {product: windows}\n";

static bool loads(const char *rule, bool strict)
{
    AUTO_BUF text = {0};
    struct ruleset_opts opts = {.strict = strict};
    buf_puts(&text, head);
    buf_puts(&text, rule);
    buf_putc(&text, '\0');
    struct sample s = sample_with(&opts, text.p);
    bool loaded = s.rule_count == 1;
    assert_int_equal(s.counts.rejected + s.counts.rules + s.counts.correlations, 1);
    assert_true(loaded || s.counts.correlations == 1 || s.diag.errors > 0);
    sample_close(&s);
    return loaded;
}

static void check_case(struct str line, size_t *rejected)
{
    /* as reals: one event holds the largest 64-bit number */
    json_t *json = json_loadb(line.p, line.n, JSON_DECODE_INT_AS_REAL, NULL);
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *rule = json_string_value(json_object_get(json, "rule"));
    const json_t *expect = json_object_get(json, "expect");
    bool reject = json_is_string(expect);
    assert_non_null(rule);
    bool for_engine = strcmp(id, "T106") == 0;
    if (loads(rule, false) != (!reject || for_engine)) {
        print_error("%s\n%s", id, rule);
        fail();
    }
    *rejected += reject;
    json_decref(json);
}

static void cases_load_as_expected(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open((size_t)1 << 20);
    struct str rest;
    size_t count = 0, rejected = 0;
    assert_ok(file_load("tests/golden/sigma_cases.jsonl", (size_t)1 << 20, a, &rest));
    while (rest.n != 0) {
        size_t end = str_find_char(rest, '\n');
        check_case(str_upto(rest, end), &rejected);
        rest = end == SIZE_MAX ? str_from(rest, rest.n) : str_from(rest, end + 1);
        count++;
    }
    assert_int_equal(count, CASES);
    assert_int_equal(rejected, REJECTED);
}

static void the_contested_ones_are_rejected_when_strict(void **state)
{
    (void)state;
    /* T039, T194, T200, T209 */
    assert_false(loads("detection: {s: {A|contains|all: [foo]}, condition: s}\n", true));
    assert_false(loads("detection: {s: {A: x}, t: {A: x}, condition: 2 of them}\n", true));
    assert_false(loads("detection: {s: {A: x}, condition: s | count() > 5}\n", true));
    assert_false(loads("detection: {s: {A: [x, null]}, condition: s}\n", true));
    assert_true(loads("detection: {s: {A: [x, y]}, condition: s}\n", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_load_as_expected),
        cmocka_unit_test(the_contested_ones_are_rejected_when_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
