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
    assert_true(s.rules[0].correlated && !s.rules[2].correlated);
    sample_close(&s);
    /* one that is not evaluated silences nobody */
    s = with_section(
        "  {type: value_sum, rules: [a], timespan: 1m, condition: {gt: 1, field: x}}\n");
    assert_false(s.rules[0].silent || s.rules[0].correlated);
    assert_int_equal(s.counts.unevaluated, 1);
    sample_close(&s);
    /* one that generates is enough */
    s = sample_of(RULES
                  "title: T\ncorrelation: {type: temporal, rules: [a, b], timespan: 1m}\n---\n"
                  "title: U\ncorrelation: {type: temporal, rules: [a, c], timespan: 1m, "
                  "generate: true}\n");
    assert_true(!s.rules[0].silent && s.rules[1].silent && !s.rules[2].silent);
    sample_close(&s);
}

static const struct correlation *only(const struct sample *s)
{
    size_t count;
    const struct correlation *c = ruleset_correlations(s->set, &count);
    assert_int_equal(count, 1);
    return c;
}

static void all_that_is_written_is_kept(void **state)
{
    (void)state;
    struct sample s = with_section(
        "  type: value_count\n  rules: [a, b]\n  timespan: 90m\n  group-by: [ip, host]\n"
        "  aliases: {ip: {a: src, b: dst}}\n  generate: true\n"
        "  condition: {gt: 2, lte: 4, field: [d, e]}\nlevel: high\ntags: [attack.t1110]\n");
    const struct correlation *c = only(&s);
    assert_int_equal(c->kind, CORRELATION_VALUE_COUNT);
    assert_str(c->type, "value_count");
    assert_int_equal(c->level, LEVEL_HIGH);
    assert_str(c->tags[0], "attack.t1110");
    assert_true(c->timespan_us == INT64_C(5400000000));
    assert_int_equal(c->rule_count, 2);
    assert_true(!c->targets[1].is_correlation && c->targets[1].index == 1);
    assert_int_equal(c->test_count, 2);
    assert_int_equal(c->tests[1].compare, CORRELATION_LTE);
    assert_true(c->tests[1].number == 4);
    assert_str(c->fields[1], "e");
    assert_true(c->generate);
    assert_null(c->unevaluated);
    assert_int_equal(s.rules[0].key_count, 4);
    assert_str(s.rules[0].keys[0], "src");
    assert_str(s.rules[1].keys[0], "dst");
    assert_str(s.rules[1].keys[3], "e");
    assert_int_equal(s.rules[2].key_count, 0);
    sample_close(&s);
}

static void timespans_are_in_microseconds(void **state)
{
    (void)state;
    static const struct {
        const char *section;
        int64_t seconds;
    } cases[] = {{"7s", 7},      {"2m", 120},     {"3h", 10800},   {"2d", 172800},
                 {"1w", 604800}, {"1M", 2629746}, {"1y", 31556952}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_BUF text = {0};
        buf_printf(&text, "  {type: temporal, rules: [a], timespan: %s}\n", cases[i].section);
        buf_putc(&text, '\0');
        struct sample s = with_section(text.p);
        assert_true(only(&s)->timespan_us == cases[i].seconds * 1000000);
        sample_close(&s);
    }
    struct sample s = with_section("  {type: temporal, rules: [a], timespan: 999999999y}\n");
    assert_true(only(&s)->timespan_us > 0);
    sample_close(&s);
}

/* What an outer one groups by, and the inner one does not, is asked of the inner one's rules.
 */
static void keys_go_down_a_chain(void **state)
{
    (void)state;
    struct sample s =
        sample_of(RULES "title: I\nname: inner\ncorrelation: {type: event_count, rules: [a], "
                        "group-by: [h], timespan: 1m, condition: {gte: 2}}\n---\n"
                        "title: O\ncorrelation: {type: temporal_ordered, rules: [inner, b], "
                        "group-by: [u, h], timespan: 1m}\n");
    size_t count;
    const struct correlation *c = ruleset_correlations(s.set, &count);
    assert_int_equal(count, 2);
    assert_true(c[1].targets[0].is_correlation && c[1].targets[0].index == 0);
    assert_true(c[0].silent && !c[1].silent);
    assert_int_equal(s.rules[0].key_count, 2);
    assert_str(s.rules[1].keys[0], "u");
    sample_close(&s);
}

static void what_is_not_evaluated_says_why(void **state)
{
    (void)state;
    static const char *const sections[][2] = {
        {"  {type: value_avg, rules: [a], timespan: 1m, condition: {gt: 1, field: x}}\n",
         "type"},
        {"  {type: event_count, rules: [a], timespan: 1m, condition: {gte: 10001}}\n",
         "10,000"},
        {"  {type: temporal_ordered, rules: [a, b], timespan: 1m, condition: {gte: 1}}\n",
         "without a condition"},
    };
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        struct sample s = with_section(sections[i][0]);
        assert_non_null(only(&s)->unevaluated);
        assert_true(str_find(str_of(only(&s)->unevaluated), str_of(sections[i][1])) !=
                    SIZE_MAX);
        sample_close(&s);
    }
    struct sample s = sample_of(
        RULES "title: I\nname: inner\ncorrelation: {type: value_sum, rules: [a], timespan: 1m, "
              "condition: {gte: 2, field: x}}\n---\n"
              "title: O\ncorrelation: {type: temporal, rules: [inner, b], timespan: 1m}\n");
    assert_int_equal(s.counts.unevaluated, 2);
    assert_false(s.rules[1].silent);
    sample_close(&s);
}

/* Nine fields of one rule by two correlations: one of them has to go, and says so. */
static void too_many_keys_are_said(void **state)
{
    (void)state;
    struct sample s =
        sample_of(RULES "title: I\ncorrelation: {type: event_count, rules: [a], timespan: 1m, "
                        "group-by: [a1, a2, a3, a4, a5, a6], condition: {gte: 2}}\n---\n"
                        "title: O\ncorrelation: {type: event_count, rules: [a], timespan: 1m, "
                        "group-by: [b1, b2, b3], condition: {gte: 2}}\n");
    size_t count;
    const struct correlation *c = ruleset_correlations(s.set, &count);
    assert_int_equal(s.counts.unevaluated, 1);
    assert_non_null(c[0].unevaluated);
    assert_int_equal(s.rules[0].key_count, 3);
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
        cmocka_unit_test(all_that_is_written_is_kept),
        cmocka_unit_test(timespans_are_in_microseconds),
        cmocka_unit_test(keys_go_down_a_chain),
        cmocka_unit_test(what_is_not_evaluated_says_why),
        cmocka_unit_test(too_many_keys_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
