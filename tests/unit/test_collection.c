/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several documents in a file, and rules about rules: collections, filters, correlations. */
#include "rules_sample.h"

#define BODY "detection: {a: {f: x}, condition: a}\n"
#define RULE(title, rest)                                                                      \
    "title: " title                                                                            \
    "\nlevel: low\nlogsource: {product: windows, category: process_creation}\n" rest
#define UUID_A "aaaaaaaa-0000-4000-8000-000000000001"

static void global_wins_over_every_later_rule(void **state)
{
    (void)state;
    struct sample s = sample_of("action: global\nlevel: high\nlogsource: {product: windows}\n"
                                "detection: {condition: a}\n---\n"
                                "title: One\nlevel: low\nlogsource: {service: system}\n"
                                "detection: {a: {f: x}}\n---\n"
                                "title: Two\ndetection: {a: {f: y}}\n");
    assert_int_equal(s.rule_count, 2);
    assert_int_equal(s.rules[0].level, LEVEL_HIGH);
    assert_str(s.rules[0].logsource.product, "windows");
    assert_str(s.rules[0].logsource.service, "system");
    assert_str(s.rules[1].title, "Two");
    assert_int_equal(s.rules[1].level, LEVEL_HIGH);
    sample_close(&s);
}

static void reset_and_repeat(void **state)
{
    (void)state;
    struct sample s = sample_of("action: global\nlevel: high\n---\naction: reset\n---\n" RULE(
        "One", BODY) "---\naction: repeat\ntitle: Two\ndetection: {a: {g: y}}\n");
    assert_int_equal(s.rule_count, 2);
    assert_int_equal(s.rules[0].level, LEVEL_LOW);
    assert_str(s.rules[1].title, "Two");
    assert_int_equal(s.rules[1].level, LEVEL_LOW);
    assert_int_equal(s.rules[1].selections[0].branches[0].item_count, 2);
    sample_close(&s);
    /* global wins over what repeats a rule, too */
    s = sample_of("action: global\nlevel: high\n---\n" RULE(
        "One", BODY) "---\naction: repeat\ntitle: Two\nlevel: critical\n");
    assert_int_equal(s.rule_count, 2);
    assert_int_equal(s.rules[1].level, LEVEL_HIGH);
    sample_close(&s);
    rejects("action: repeat\ntitle: t\n", 1, 9, "no rule before it");
    rejects("action: nosuch\ntitle: t\n", 1, 9, "global, reset or repeat");
}

static void rules_that_share_an_inherited_id(void **state)
{
    (void)state;
    struct sample s = sample_of("action: global\nid: " UUID_A
                                "\n---\n" RULE("One", BODY) "---\n" RULE("Two", BODY));
    assert_int_equal(s.rule_count, 2);
    assert_int_equal(s.rules[0].id.n, 36);
    assert_int_equal(s.rules[1].id.n, 0);
    assert_int_equal(s.diag.warnings, 1);
    sample_close(&s);
}

static void duplicate_keys_reject(void **state)
{
    (void)state;
    rejects(DETECTION("  a:\n    Image: x\n    Image: y\n  condition: a\n"), 8, 5, "twice");
}

static void merging_has_a_cap(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    buf_puts(&text, "action: global\n");
    for (unsigned i = 0; i < 10000; i++) {
        buf_printf(&text, "x%u: y\n", i);
    }
    for (unsigned i = 0; i < 1000; i++) {
        buf_puts(&text, "---\ntitle: t\n");
    }
    buf_putc(&text, '\0');
    struct sample s = sample_of(text.p);
    assert_int_equal(s.counts.rejected, 1000);
    sample_close(&s);
}

static void legacy_aggregation_becomes_a_correlation(void **state)
{
    (void)state;
    const char *text = RULE("One", "detection:\n  a: {f: x}\n  timeframe: 1m\n"
                                   "  condition: a | count() by u, v > 2\n");
    struct sample s = sample_of(text);
    size_t count;
    const struct correlation *c = ruleset_correlations(s.set, &count);
    assert_int_equal(s.rule_count, 0);
    assert_int_equal(count, 1);
    assert_true(c[0].legacy);
    assert_str(c[0].type, "event_count");
    assert_str(c[0].title, "One");
    sample_close(&s);
    struct ruleset_opts strict = {.strict = true};
    s = sample_with(&strict, text);
    sample_says(&s, 7, 14, "write a correlation");
    assert_int_equal(s.counts.rejected, 1);
    sample_close(&s);
}

#define FILTER(logsource, section)                                                             \
    "---\ntitle: Tune\nlogsource: " logsource "\nfilter:\n" section

static void filters_are_anded_under_their_own_names(void **state)
{
    (void)state;
    struct sample s = sample_of(
        RULE("One",
             "id: " UUID_A "\ndetection:\n  selection_x: {f: x}\n  condition: 1 of sel*\n")
            FILTER("{product: windows}", "  rules: [" UUID_A "]\n  selection_1: {u: adm}\n"
                                         "  condition: not 1 of selection_*\n")
                FILTER("{product: windows}", "  rules: any\n"
                                             "  s: {u: svc}\n"
                                             "  condition: not s\n"));
    assert_int_equal(s.rule_count, 1);
    assert_int_equal(s.counts.filters, 2);
    assert_int_equal(s.diag.errors + s.diag.warnings, 0);
    const struct rule *r = &s.rules[0];
    assert_int_equal(r->selection_count, 3);
    assert_str(r->selections[1].name, "Tune/selection_1");
    assert_str(r->selections[2].name, "Tune/s");
    const struct condition *c = r->condition;
    assert_int_equal(c->kind, CONDITION_AND);
    assert_int_equal(c->child_count, 3);
    assert_int_equal(c->children[0]->kind, CONDITION_OR);
    assert_int_equal(c->children[1]->kind, CONDITION_NOT);
    const struct condition *any = c->children[1]->children[0];
    assert_int_equal(any->child_count, 1);
    assert_int_equal(any->children[0]->selection, 1);
    assert_int_equal(c->children[2]->children[0]->selection, 2);
    sample_close(&s);
}

static void filters_choose_by_name_and_logsource(void **state)
{
    (void)state;
    static const struct {
        const char *logsource, *rules;
        bool applies;
    } cases[] = {
        {"{product: windows}", "[one]", true},  {"{product: Windows}", "one", true},
        {"{product: windows}", "[two]", false}, {"{product: windows}", "[]", true},
        {"{product: linux}", "any", false},     {"{category: process_creation}", "any", true},
        {"{service: sysmon}", "any", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_BUF text = {0};
        buf_puts(&text, RULE("One", "id: " UUID_A "\nname: one\n" BODY));
        buf_puts(&text, "---\ntitle: Tune\nlogsource: ");
        buf_puts(&text, cases[i].logsource);
        buf_puts(&text, "\nfilter:\n  s: {u: svc}\n  condition: not s\n  rules: ");
        buf_puts(&text, cases[i].rules);
        buf_puts(&text, "\n");
        buf_putc(&text, '\0');
        struct sample s = sample_of(text.p);
        assert_int_equal(s.rules[0].selection_count, cases[i].applies ? 2 : 1);
        assert_int_equal(s.diag.warnings, cases[i].applies ? 0 : 1);
        sample_close(&s);
    }
}

static void filter_faults_reject(void **state)
{
    (void)state;
    rejects("title: t\nlogsource: {product: x}\nfilter:\n  s: {u: v}\n  condition: not s\n", 4,
            3, "needs `rules`");
    rejects("title: t\nlogsource: {product: x}\nfilter:\n  rules: any\n  s: {u: v}\n"
            "  condition: [not s]\n",
            6, 14, "one condition");
    rejects("title: t\nlogsource: {product: x}\nfilter:\n  rules: any\n  s: {u: v}\n", 4, 3,
            "one condition");
    rejects("title: t\nfilter:\n  rules: any\n  s: {u: v}\n  condition: not s\n", 1, 1,
            "needs a logsource");
    rejects("title: t\nfilter: x\n", 2, 9, "must be a map");
    struct sample s = sample_of("title: t\nlogsource: {product: x}\nfilter:\n  rules: any\n"
                                "  s: {u: v}\n  condition: s\n");
    sample_says(&s, 6, 14, "write `not");
    assert_int_equal(s.counts.filters, 1);
    sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(global_wins_over_every_later_rule),
        cmocka_unit_test(reset_and_repeat),
        cmocka_unit_test(rules_that_share_an_inherited_id),
        cmocka_unit_test(duplicate_keys_reject),
        cmocka_unit_test(merging_has_a_cap),
        cmocka_unit_test(legacy_aggregation_becomes_a_correlation),
        cmocka_unit_test(filters_are_anded_under_their_own_names),
        cmocka_unit_test(filters_choose_by_name_and_logsource),
        cmocka_unit_test(filter_faults_reject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
