/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules_sample.h"

/* Rules named a, b and c, then a correlation whose section begins in line 20. */
#define RULES                                                                                  \
    "title: A\nname: a\nlevel: low\nlogsource: {product: x}\n"                                 \
    "detection: {s: {k: a}, condition: s}\n---\n"                                              \
    "title: B\nname: b\nlevel: low\nlogsource: {product: x}\n"                                 \
    "detection: {s: {k: b}, condition: s}\n---\n"                                              \
    "title: C\nname: c\nlevel: low\nlogsource: {product: x}\n"                                 \
    "detection: {s: {k: c}, condition: s}\n---\n"

static struct sample with_section(const char *section)
{
    AUTO_BUF text = {0};
    buf_puts(&text, RULES "title: T\ncorrelation:\n");
    buf_puts(&text, section);
    buf_putc(&text, '\0');
    return sample_of(text.p);
}

static void good_correlations(void **state)
{
    (void)state;
    static const char *const sections[] = {
        "  {type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}}\n",
        "  {type: event_count, rules: a, group-by: [u], timespan: 1M, condition: {gt: 3}}\n",
        "  {type: event_count, rules: [a], timespan: 1w, condition: {gt: 2, lte: 4}}\n",
        "  {type: event_count, rules: [a], timespan: 90m, condition: {eq: 2}}\n",
        "  {type: value_count, rules: [a], timespan: 1h, condition: {gte: 3, field: d}}\n",
        "  {type: value_count, rules: [a], timespan: 1h, condition: {gte: 2, field: [d, e]}}\n",
        "  {type: value_sum, rules: [a], timespan: 1d, condition: {gt: 10.5, field: n}}\n",
        "  {type: value_avg, rules: [a], timespan: 1y, condition: {gt: -5, field: n}}\n",
        "  {type: value_percentile, rules: [a], timespan: 1h,\n"
        "   condition: {percentile: 50, gt: 5, field: n}}\n",
        "  {type: value_median, rules: [a], timespan: 1h, condition: {lte: 0, field: n}}\n",
        "  {type: temporal, rules: [a, b], timespan: 60s}\n",
        "  {type: temporal, rules: [a, b, c], timespan: 60s, condition: {gte: 2}}\n",
        "  {type: temporal, rules: [a, b], timespan: 60s, condition: a and not b}\n",
        "  {type: temporal_ordered, rules: [a, b], timespan: 60s,\n"
        "   aliases: {ip: {a: src, b: dst}}, group-by: [ip], generate: true}\n",
    };
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        struct sample s = with_section(sections[i]);
        size_t count;
        const struct correlation *c = ruleset_correlations(s.set, &count);
        if (count != 1 || s.diag.errors != 0) {
            print_error("%s", sections[i]);
            sample_print(&s);
        }
        assert_int_equal(count, 1);
        assert_int_equal(s.diag.errors, 0);
        assert_str(c[0].title, "T");
        assert_int_equal(c[0].line, 19);
        assert_int_equal(s.rule_count, 3);
        sample_close(&s);
    }
}

static void bad_correlations(void **state)
{
    (void)state;
    static const struct {
        const char *section;
        uint32_t line;
        const char *says;
    } cases[] = {
        {"  type: temporal\n  rules: [a, b, c]\n  timespan: 60s\n  condition: a or b\n", 24,
         "never uses the rule 'c'"},
        {"  type: temporal\n  rules: [a, b]\n  timespan: 60s\n  condition: a or d\n", 24,
         "no rule 'd'"},
        {"  type: temporal\n  rules: [a]\n  timespan: 60s\n  aliases: {ip: {b: x}}\n", 24,
         "names the rule 'b'"},
        {"  type: temporal\n  rules: [a, missing_id]\n  timespan: 60s\n", 19,
         "'missing_id', which is no rule"},
        {"  type: temporal\n  rules: [a]\n  timespan: 5x\n", 23, "no timespan"},
        {"  type: temporal\n  rules: [a]\n  timespan: 0s\n", 23, "no timespan"},
        {"  type: temporal\n  rules: [a]\n  timespan: ''\n", 23, "no timespan"},
        {"  type: temporal\n  rules: [a]\n", 21, "needs a timespan"},
        {"  type: temporal\n  timespan: 5m\n", 21, "needs `rules`"},
        {"  type: temporal\n  rules: []\n  timespan: 5m\n", 22, "needs `rules`"},
        {"  rules: [a]\n  timespan: 5m\n", 21, "needs a type"},
        {"  type: temporall\n  rules: [a]\n  timespan: 5m\n", 21, "did you mean temporal?"},
        {"  type: value_count\n  rules: [a]\n  timespan: 5m\n  condition: {gte: 3}\n", 24,
         "needs a field"},
        {"  type: event_count\n  rules: [a]\n  timespan: 5m\n", 21, "needs a condition"},
        {"  type: event_count\n  rules: [a]\n  timespan: 5m\n  condition: a\n", 24,
         "with a number"},
        {"  type: event_count\n  rules: [a]\n  timespan: 5m\n  condition: {gte: x}\n", 24,
         "takes a number"},
        {"  type: event_count\n  rules: [a]\n  timespan: 5m\n  condition: {min: 3}\n", 24,
         "no part of a condition"},
        {"  type: event_count\n  rules: [a]\n  timespan: 5m\n  condition: {}\n", 24,
         "needs gt"},
        {"  type: event_count\n  rules: [a]\n  timespan: 5m\n  condition: {gt: 1, field: x}\n",
         24, "takes no field"},
        {"  type: value_sum\n  rules: [a]\n  timespan: 5m\n"
         "  condition: {gt: 1, field: [x, y]}\n",
         24, "takes one field"},
        {"  type: value_percentile\n  rules: [a]\n  timespan: 5m\n"
         "  condition: {gt: 1, percentile: 101, field: x}\n",
         24, "0 to 100"},
        {"  type: temporal\n  rules: [a]\n  timespan: 5m\n  generate: maybe\n", 24,
         "true or false"},
        {"  x\n", 21, "must be a map"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sample s = with_section(cases[i].section);
        bool told = false;
        for (size_t m = 0; m < s.diag.count; m++) {
            told =
                told || (s.diag.messages[m].line == cases[i].line &&
                         str_find(s.diag.messages[m].text, str_of(cases[i].says)) != SIZE_MAX);
        }
        if (!told) {
            print_error("%s", cases[i].section);
            sample_print(&s);
        }
        assert_true(told);
        assert_int_equal(s.counts.rejected, 1);
        assert_int_equal(s.counts.correlations, 0);
        assert_int_equal(s.rule_count, 3);
        sample_close(&s);
    }
}

#define TEMPORAL(name, rules)                                                                  \
    "---\ntitle: " name "\nname: " name "\ncorrelation: {type: temporal, rules: [" rules       \
    "], timespan: 1m}\n"

static void cycles_and_what_leans_on_them_are_rejected(void **state)
{
    (void)state;
    struct sample s = sample_of(RULES TEMPORAL("x", "a, y") TEMPORAL("y", "x") TEMPORAL(
        "z", "y") TEMPORAL("good", "chain, a") TEMPORAL("chain", "b") TEMPORAL("self", "self"));
    assert_int_equal(s.counts.correlations, 2);
    assert_int_equal(s.counts.rejected, 4);
    size_t count;
    const struct correlation *c = ruleset_correlations(s.set, &count);
    assert_str(c[0].name, "good");
    assert_str(c[1].name, "chain");
    sample_close(&s);
}

/* A chain as long as a file can hold: no recursion, no quadratic search. */
static void long_chains_resolve(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    buf_puts(&text, RULES);
    enum { COUNT = 5000 };
    for (unsigned i = 0; i < COUNT; i++) {
        buf_printf(&text,
                   "---\ntitle: t\nname: n%u\ncorrelation: {type: temporal, timespan: 1m,", i);
        if (i + 1 < COUNT) {
            buf_printf(&text, " rules: [n%u]}\n", i + 1);
        } else {
            buf_puts(&text, " rules: [a]}\n");
        }
    }
    buf_putc(&text, '\0');
    struct sample s = sample_of(text.p);
    assert_int_equal(s.counts.correlations, COUNT);
    sample_close(&s);
}

static void what_a_correlation_uses_is_silent(void **state)
{
    (void)state;
    struct sample s = with_section("  {type: temporal, rules: [a, b], timespan: 1m}\n");
    assert_true(s.rules[0].silent && s.rules[1].silent && !s.rules[2].silent);
    sample_close(&s);
    s = with_section("  {type: temporal, rules: [a, b], timespan: 1m, generate: true}\n");
    assert_false(s.rules[0].silent);
    sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_correlations),
        cmocka_unit_test(bad_correlations),
        cmocka_unit_test(cycles_and_what_leans_on_them_are_rejected),
        cmocka_unit_test(long_chains_resolve),
        cmocka_unit_test(what_a_correlation_uses_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
