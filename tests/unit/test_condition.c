/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules_sample.h"

/* The tree in prefix form: (and 0 (not 1)), (2of 0 1). */
static void spell(struct buf *out, const struct condition *c, int depth)
{
    static const char *const names[] = {[CONDITION_SELECTION] = "",
                                        [CONDITION_NOT] = "not",
                                        [CONDITION_AND] = "and",
                                        [CONDITION_OR] = "or",
                                        [CONDITION_AT_LEAST] = "of"};
    assert_true(depth <= CONDITION_MAX_DEPTH);
    if (c->kind == CONDITION_SELECTION) {
        buf_u64(out, c->selection);
        return;
    }
    buf_putc(out, '(');
    if (c->kind == CONDITION_AT_LEAST) {
        buf_u64(out, c->count);
    }
    buf_puts(out, names[c->kind]);
    for (uint32_t i = 0; i < c->child_count; i++) {
        buf_putc(out, ' ');
        spell(out, c->children[i], depth + 1);
    }
    buf_putc(out, ')');
}

/* Selections a, b, a_x (0 to 2) and _h (3); the condition is in line 10. */
static struct sample with_condition(struct str condition)
{
    AUTO_BUF text = {0};
    buf_puts(&text, DETECTION("  a: {f: x}\n  b: {f: x}\n  a_x: {f: x}\n  _h: {f: x}\n"));
    buf_puts(&text, "  condition: ");
    buf_put(&text, condition);
    buf_putc(&text, '\n');
    buf_putc(&text, '\0');
    return sample_of(text.p);
}

static void means(const char *condition, const char *want)
{
    struct sample s = with_condition(str_of(condition));
    AUTO_BUF got = {0};
    if (s.rule_count != 1) {
        print_error("%s\n", condition);
        sample_print(&s);
    }
    assert_int_equal(s.rule_count, 1);
    spell(&got, s.rules[0].condition, 0);
    buf_putc(&got, '\0');
    assert_string_equal(got.p, want);
    sample_close(&s);
}

static void operators_and_precedence(void **state)
{
    (void)state;
    means("a", "0");
    means("a and b", "(and 0 1)");
    means("a or b and a_x", "(or 0 (and 1 2))");
    means("(a or b) and a_x", "(and (or 0 1) 2)");
    means("not a and b", "(and (not 0) 1)");
    means("not (a and b)", "(not (and 0 1))");
    means("not not a", "0");
    means("not (not (not a))", "(not (not (not 0)))");
    means("a and b and not a_x or b", "(or (and 0 1 (not 2)) 1)");
    means("  (  a  )  ", "0");
    means("(a)and(b)", "(and 0 1)");
    means("[a, b and a_x]", "(or 0 (and 1 2))");
    means("|\n    a\n    and b\n", "(and 0 1)");
}

static void quantifiers(void **state)
{
    (void)state;
    means("1 of them", "(or 0 1 2)");
    means("any of them", "(or 0 1 2)");
    means("all of them", "(and 0 1 2)");
    means("2 of them", "(2of 0 1 2)");
    means("1 of a*", "(or 0 2)");
    means("all of *x", "(and 2)");
    means("1 of a", "(or 0)");
    means("1 of _*", "(or 3)");
    means("1 of *h", "(or)");
    means("all of zz*", "(and)");
    means("not 1 of zz*", "(not (or))");
    means("1 of ?_x", "(or 2)");
    means("b and not 1 of a*", "(and 1 (not (or 0 2)))");
}

static void faults_are_located(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        uint32_t column;
        const char *says;
    } cases[] = {
        {"a and nosuch", 20, "no selection 'nosuch'"},
        {"a and ax", 20, "no selection 'ax'"},
        {"a and a-x", 20, "did you mean 'a_x'?"},
        {"a AND b", 16, "write `and`"},
        {"NOT a", 14, "write `not`"},
        {"a and OR b", 20, "write `or`"},
        {"1 OF them", 16, "write `of`"},
        {"a and", 19, "ends where a name should be"},
        {"and a", 14, "needs something to its left"},
        {"a b", 16, "where `and`, `or` or the end"},
        {"(a and b", 14, "never closed"},
        {"a and b)", 21, "where `and`, `or` or the end"},
        {"()", 15, "where a name should be"},
        {"a*", 14, "write `1 of a*`"},
        {"1 of", 18, "needs a name"},
        {"0 of a*", 14, "not 1 of a*"},
        {"a & b", 16, "'&' stands where"},
        {"'a and nosuch'", 21, "no selection 'nosuch'"},
        {"a and \xC3\xA9", 20, "stands where a name should be"},
        {"[]", 14, "a list of 1"},
        {"{a: b}", 14, "a condition is text"},
        {"[a, [b]]", 18, "must be text"},
        {"a | near b", 14, "temporal"},
        {"a | count() > x", 14, "no aggregation"},
        {"a | sum() > 5", 14, "no aggregation"},
        {"a | count(x by y > 5", 14, "no aggregation"},
        {"[a, b | count() > 5]", 18, "one of several"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sample s = with_condition(str_of(cases[i].condition));
        sample_says(&s, 10, cases[i].column, cases[i].says);
        assert_int_equal(s.counts.rejected, 1);
        sample_close(&s);
    }
    struct sample s = with_condition(STR("|\n    a\n    and nosuch\n"));
    sample_says(&s, 12, 14, "no selection 'nosuch'");
    sample_close(&s);
}

static void depth_has_a_cap(void **state)
{
    (void)state;
    AUTO_BUF deep = {0}, fits = {0}, nots = {0};
    buf_fill(&deep, '(', 100000);
    buf_putc(&deep, 'a');
    buf_fill(&deep, ')', 100000);
    struct sample s = with_condition(buf_str(&deep));
    assert_int_equal(s.counts.rejected, 1);
    assert_true(str_find(s.diag.messages[0].text, STR("nest deeper")) != SIZE_MAX);
    sample_close(&s);
    for (int i = 0; i < 18; i++) {
        buf_puts(&fits, "a or b and not (");
    }
    buf_puts(&fits, "a or b and not 1 of a*");
    buf_fill(&fits, ')', 18);
    s = with_condition(buf_str(&fits));
    AUTO_BUF spelled = {0};
    assert_int_equal(s.rule_count, 1);
    spell(&spelled, s.rules[0].condition, 0);
    sample_close(&s);
    for (int i = 0; i < 100001; i++) {
        buf_puts(&nots, "not ");
    }
    buf_puts(&nots, "a");
    s = with_condition(buf_str(&nots));
    assert_int_equal(s.rule_count, 1);
    assert_int_equal(s.rules[0].condition->kind, CONDITION_NOT);
    sample_close(&s);
}

/* Thousands of selections times thousands of quantifiers. */
static void work_has_a_cap(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    buf_puts(&text, DETECTION(""));
    for (unsigned i = 0; i < 5000; i++) {
        buf_printf(&text, "  s%u: {f: x}\n", i);
    }
    buf_puts(&text, "  condition: 1 of s*");
    for (unsigned i = 0; i < 5000; i++) {
        buf_puts(&text, " or 1 of s*s*s*");
    }
    buf_puts(&text, "\n");
    buf_putc(&text, '\0');
    struct sample s = sample_of(text.p);
    const struct diag_message *last = &s.diag.messages[s.diag.count - 1];
    assert_int_equal(s.rule_count, 0);
    assert_int_equal(s.diag.errors, 1);
    assert_true(str_find(last->text, STR("split it")) != SIZE_MAX);
    sample_close(&s);
}

static void empty_quantifiers_warn(void **state)
{
    (void)state;
    struct sample s = with_condition(STR("a and not 1 of zz* and b and a_x and _h"));
    assert_int_equal(s.diag.warnings, 1);
    sample_says(&s, 10, 29, "names no selection, so this is always false");
    sample_close(&s);
}

static void timeframe_is_no_selection(void **state)
{
    (void)state;
    struct sample s =
        accepts(DETECTION("  a: {f: x}\n  timeframe: 5m\n  condition: all of them\n"), 0);
    assert_int_equal(s.rules[0].selection_count, 1);
    sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_and_precedence),
        cmocka_unit_test(quantifiers),
        cmocka_unit_test(faults_are_located),
        cmocka_unit_test(depth_has_a_cap),
        cmocka_unit_test(work_has_a_cap),
        cmocka_unit_test(empty_quantifiers_warn),
        cmocka_unit_test(timeframe_is_no_selection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
