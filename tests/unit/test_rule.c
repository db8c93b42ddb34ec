/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules_sample.h"

static void a_rule_is_read_whole(void **state)
{
    (void)state;
    struct sample s = accepts("title: Sample\n"
                              "id: 6F3E2987-DB24-4C78-A860-B4F4095A7095\n"
                              "name: sample\nstatus: test\nlevel: high\nauthor: Somebody\n"
                              "date: 2025-11-27\ndescription: what it is\n"
                              "tags: [attack.execution, attack.t1059]\n"
                              "falsepositives:\n  - Unknown\n"
                              "logsource:\n  product: Windows\n  category: Process_Creation\n"
                              "detection:\n"
                              "  sel:\n    Image|endswith: ['\\a.exe', '\\b.exe']\n    N: 5\n"
                              "  words: [one, 2]\n"
                              "  mixed:\n    - A: x\n    - two\n    - B: null\n"
                              "  condition: sel or words or mixed\n",
                              0);
    const struct rule *r = &s.rules[0];
    assert_str(r->id, "6f3e2987-db24-4c78-a860-b4f4095a7095");
    assert_str(r->title, "Sample");
    assert_str(r->name, "sample");
    assert_str(r->status, "test");
    assert_str(r->author, "Somebody");
    assert_str(r->date, "2025-11-27");
    assert_str(r->path, "sample.yml");
    assert_true(r->level == LEVEL_HIGH && r->level_stated);
    assert_int_equal(r->tag_count, 2);
    assert_str(r->tags[1], "attack.t1059");
    assert_int_equal(r->false_positive_count, 1);
    assert_str(r->logsource.product, "windows");
    assert_str(r->logsource.category, "process_creation");
    assert_int_equal(r->selection_count, 3);
    assert_int_equal(r->selections[0].branch_count, 1);
    const struct rule_branch *b = r->selections[0].branches;
    assert_int_equal(b->item_count, 2);
    assert_str(b->items[0].field, "Image");
    assert_int_equal(b->items[0].modifier_count, 1);
    assert_int_equal(b->items[0].modifiers[0], MODIFIER_ENDSWITH);
    assert_int_equal(b->items[0].value_count, 2);
    assert_str(b->items[0].values[1].text, "\\b.exe");
    assert_int_equal(b->items[1].values[0].kind, RULE_VALUE_UNSIGNED);
    const struct rule_selection *words = &r->selections[1];
    assert_int_equal(words->branch_count, 1);
    assert_int_equal(words->branches[0].items[0].field.n, 0);
    assert_int_equal(words->branches[0].items[0].value_count, 2);
    assert_int_equal(r->selections[2].branch_count, 3);
    sample_close(&s);
}

static void metadata_faults_are_located(void **state)
{
    (void)state;
    rejects("level: low\nlogsource: {product: x}\ndetection: {a: {b: c}, condition: a}\n", 1, 1,
            "needs a title");
    rejects("title: t\nid: 12345\nlogsource: {product: x}\n"
            "detection: {a: {b: c}, condition: a}\n",
            2, 5, "must be a UUID");
    rejects("title: t\nlogsource: [x]\ndetection: {a: {b: c}, condition: a}\n", 2, 12,
            "a logsource is a map");
    rejects("title: t\nlogsource: {product: x}\n", 1, 1, "needs a detection");
    rejects(DETECTION("  a: {b: c}\n"), 6, 3, "needs a condition");
    rejects("- title: t\n", 1, 1, "not a Sigma rule");
    rejects("just text\n", 1, 1, "not a Sigma rule");
}

static void selection_faults_are_located(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        uint32_t line, column;
        const char *says;
    } cases[] = {
        {"  a: {}\n  condition: a\n", 6, 3, "is empty"},
        {"  a: []\n  condition: a\n", 6, 3, "is empty"},
        {"  a:\n  condition: a\n", 6, 3, "is empty"},
        {"  a: {f: []}\n  condition: a\n", 6, 7, "empty list"},
        {"  a: [{}]\n  condition: a\n", 6, 7, "an empty map"},
        {"  a: [[x]]\n  condition: a\n", 6, 7, "a list in a list"},
        {"  a: {f: [[x]]}\n  condition: a\n", 6, 11, "list in a list"},
        {"  a: {f: {g: x}}\n  condition: a\n", 6, 10, "cannot be a map"},
        {"  a: {f: 2021-01-01}\n  condition: a\n", 6, 10, "a date in YAML: put it in quotes"},
        {"  a: [x, null]\n  condition: a\n", 6, 10, "null is the absence"},
        {"  a: {f|contain: x}\n  condition: a\n", 6, 7, "did you mean |contains?"},
        {"  a: {f|Contains: x}\n  condition: a\n", 6, 7, "did you mean |contains?"},
        {"  a: {f|: x}\n  condition: a\n", 6, 7, "a modifier is missing"},
        {"  a: {f|zzzzzzzz: x}\n  condition: a\n", 6, 7, "unknown modifier |zzzzzzzz"},
        {"  a: {f|contains|re: x}\n  condition: a\n", 6, 7, "put it first"},
        {"  a: {f|i: x}\n  condition: a\n", 6, 7, "is a flag of |re"},
        {"  a: {f|contains|i: x}\n  condition: a\n", 6, 7, "is a flag of |re"},
        {"  a: {f|contains|cidr: 10.0.0.0/8}\n  condition: a\n", 6, 7, "must be the first"},
        {"  a: {f|cidr|contains: 10.0.0.0/8}\n  condition: a\n", 6, 7, "cannot follow"},
        {"  a: {f|contains|base64: x}\n  condition: a\n", 6, 7, "swap the two"},
        {"  a: {f|gt|contains: 1}\n  condition: a\n", 6, 7, "use one of them"},
        {"  a: {f|exists|all: true}\n  condition: a\n", 6, 7, "|all cannot follow |exists"},
        {"  a: {f|exists: [true, false]}\n  condition: a\n", 6, 7, "takes one value"},
        {"  a: {f|exists: 1}\n  condition: a\n", 6, 17, "takes true or false"},
        {"  a: {'|exists': true}\n  condition: a\n", 6, 7, "a keyword has no field"},
        {"  a: {f|gt: '5'}\n  condition: a\n", 6, 13, "a number without quotes"},
        {"  a: {f|gt: yes}\n  condition: a\n", 6, 13, "is a truth value"},
        {"  a: {f|hour: 1.5}\n  condition: a\n", 6, 15, "a whole number"},
        {"  a: {f|contains: 5}\n  condition: a\n", 6, 19, "text: put it in quotes"},
        {"  a: {f|contains: null}\n  condition: a\n", 6, 19, "is null"},
        {"  a: {f|cidr: 10.0.0.1/8}\n  condition: a\n", 6, 15, "bits set"},
        {"  a: {f|cidr: 10.0.0.0/33}\n  condition: a\n", 6, 15, "is no address block"},
        {"  a: {f|cidr: x}\n  condition: a\n", 6, 15, "is no address block"},
        {"  a: {f|base64: 'a*'}\n  condition: a\n", 6, 17, "takes no wildcards"},
        {"  a: {f|fieldref: 'a*'}\n  condition: a\n", 6, 19, "takes no wildcards"},
        {"  a: {f|expand: '%x%'}\n  condition: a\n", 6, 17, "no list named 'x'"},
        {"  a: {f|all|all|all|all|all|all|all|all|all: [x, y]}\n  condition: a\n", 6, 7,
         "more than 8"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_BUF text = {0};
        buf_puts(&text, DETECTION(""));
        buf_puts(&text, cases[i].body);
        buf_putc(&text, '\0');
        rejects(text.p, cases[i].line, cases[i].column, cases[i].says);
    }
}

/* Every fault of a rule is told, and other rules of the file are read. */
static void one_fault_hides_nothing(void **state)
{
    (void)state;
    struct sample s = sample_of(DETECTION(
        "  a: {f|contain: x, g|gt: x}\n  b: {}\n"
        "  condition: a and b\n") "---\n"
                                  "title: Other\nlevel: low\nlogsource: {product: x}\n"
                                  "detection: {a: {b: c}, condition: a}\n");
    sample_says(&s, 6, 7, "|contains");
    sample_says(&s, 6, 27, "number");
    sample_says(&s, 7, 3, "is empty");
    assert_int_equal(s.rule_count, 1);
    assert_int_equal(s.counts.rejected, 1);
    assert_int_equal(s.rules[0].line, 10);
    sample_close(&s);
}

static void modifiers_that_may_stand_together(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{f|contains|all: [x, y]}",
        "{f|all|contains: [x, y]}",
        "{f|contains|cased: x}",
        "{f|cased|contains: x}",
        "{f|re|i|m|s: x}",
        "{f|re|contains: '^x'}",
        "{f|re|all: [x, y]}",
        "{f|re|ignorecase: x}",
        "{f|base64|contains: x}",
        "{f|wide|base64offset|contains: x}",
        "{f|utf16le|base64: x}",
        "{f|utf16be|base64: x}",
        "{f|utf16|base64: x}",
        "{f|contains|windash|all: [' -a', ' -b']}",
        "{f|windash|contains: x}",
        "{f|cidr: [10.0.0.0/8, '::1/128', 192.0.2.1]}",
        "{f|gt|neq: 5}",
        "{f|gte: 1.5}",
        "{f|lt: [10, -3]}",
        "{f|hour|gt: 3}",
        "{f|neq: [x, y]}",
        "{f|contains|neq: x}",
        "{f|fieldref|endswith: g}",
        "{f|fieldref|neq: g}",
        "{f|exists: false}",
        "{f|base64: 'a\\*b'}",
        "{'|re': 'ev.l'}",
        "{'|all': [x, y]}",
        "{f: '%x%'}",
        "{f: null}",
        "{f: ''}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        AUTO_BUF text = {0};
        buf_puts(&text, DETECTION("  a: "));
        buf_puts(&text, bodies[i]);
        buf_puts(&text, "\n  condition: a\n");
        buf_putc(&text, '\0');
        struct sample s = accepts(text.p, 0);
        sample_close(&s);
    }
}

static void expand_takes_the_users_lists(void **state)
{
    (void)state;
    static const struct str hosts[] = {STR_INIT("dc1"), STR_INIT("dc*2")};
    static const struct placeholder lists[] = {{STR_INIT("hosts"), hosts, 2},
                                               {STR_INIT("none"), NULL, 0}};
    struct ruleset_opts opts = {.placeholders = lists, .placeholder_count = 2};
    struct sample s = sample_with(&opts, DETECTION("  a:\n"
                                                   "    f|expand|contains: ['%hosts%-%hosts%',"
                                                   " '5\\% %x']\n"
                                                   "    g|re|expand: '^%hosts%$'\n"
                                                   "  condition: a\n"));
    assert_int_equal(s.rule_count, 1);
    const struct rule_item *items = s.rules[0].selections[0].branches[0].items;
    assert_int_equal(items[0].modifier_count, 1);
    assert_int_equal(items[0].value_count, 5);
    assert_str(items[0].values[0].text, "dc1-dc1");
    assert_str(items[0].values[3].text, "dc*2-dc*2");
    assert_str(items[0].values[4].text, "5% %x");
    assert_str(items[1].values[1].text, "^dc\\*2$");
    sample_close(&s);
    s = sample_with(&opts, DETECTION("  a: {f|expand: '%none%'}\n  condition: a\n"));
    sample_says(&s, 6, 17, "is empty");
    sample_close(&s);
}

static void lint_warns_and_strict_rejects(void **state)
{
    (void)state;
    struct sample s = accepts(DETECTION("  a: {f|contains|all: [x]}\n  condition: a\n"), 1);
    sample_says(&s, 6, 7, "|all needs more than one value");
    sample_close(&s);
    s = accepts(DETECTION("  a: {f: [x, null]}\n  condition: a\n"), 1);
    sample_says(&s, 6, 14, "null does not belong in a list");
    sample_close(&s);
    s = accepts(DETECTION("  a: {Commandline: x}\n  b: {f: y}\n  condition: a\n"), 2);
    sample_says(&s, 6, 7, "'CommandLine'");
    sample_says(&s, 7, 3, "never uses 'b'");
    sample_close(&s);
    s = accepts("title: t\nlevel: severe\nstatus: new\ndate: 2025/01/02\n"
                "detection: {a: {b|contains: '', c: d}, condition: a}\n",
                6);
    sample_says(&s, 1, 1, "no logsource");
    sample_says(&s, 1, 1, "no id");
    sample_says(&s, 2, 8, "unknown level 'severe'");
    sample_says(&s, 3, 9, "unknown status");
    sample_says(&s, 4, 7, "with dashes");
    sample_says(&s, 5, 29, "every value contains");
    assert_true(s.rules[0].level == LEVEL_MEDIUM && !s.rules[0].level_stated);
    sample_close(&s);
    struct ruleset_opts strict = {.strict = true};
    s = sample_with(&strict, DETECTION("  a: {f|all: [x], g: [y, null]}\n  condition: a\n"));
    assert_int_equal(s.diag.errors, 2);
    assert_int_equal(s.counts.rejected, 1);
    sample_close(&s);
}

static void ids_are_unique(void **state)
{
    (void)state;
    static const char rule[] = DETECTION("  a: {f: x}\n  condition: a\n");
    struct diag diag = diag_open();
    struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(set, STR("one.yml"), str_of(rule), &diag);
    ruleset_add(set, STR("two.yml"), str_of(rule), &diag);
    ruleset_add(set, STR("one.yml"), str_of(rule), &diag);
    ruleset_finish(set, &diag);
    struct ruleset_counts counts = ruleset_counts(set);
    assert_int_equal(counts.rules, 1);
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(diag.errors, 1);
    assert_int_equal(diag.warnings, 1);
    assert_true(str_find(diag.messages[0].text, STR("is that of one.yml:1")) != SIZE_MAX);
    ruleset_close(set);
    diag_close(&diag);
}

/* A few kilobytes of aliases that mean 10^9 values. */
static void aliases_do_not_multiply_work(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    buf_puts(&text, DETECTION("  a:\n    - &m\n      f0: &l ["));
    for (unsigned i = 0; i < 1000; i++) {
        buf_puts(&text, "x, ");
    }
    buf_puts(&text, "]\n");
    for (unsigned i = 1; i < 1000; i++) {
        buf_printf(&text, "      f%u: *l\n", i);
    }
    for (unsigned i = 0; i < 1000; i++) {
        buf_puts(&text, "    - *m\n");
    }
    buf_puts(&text, "  condition: a\n");
    buf_putc(&text, '\0');
    struct sample s = sample_of(text.p);
    assert_int_equal(s.rule_count, 0);
    assert_true(s.diag.count <= 20);
    assert_true(str_find(s.diag.messages[0].text, STR("aliases count")) != SIZE_MAX);
    sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_read_whole),
        cmocka_unit_test(metadata_faults_are_located),
        cmocka_unit_test(selection_faults_are_located),
        cmocka_unit_test(one_fault_hides_nothing),
        cmocka_unit_test(modifiers_that_may_stand_together),
        cmocka_unit_test(expand_takes_the_users_lists),
        cmocka_unit_test(lint_warns_and_strict_rejects),
        cmocka_unit_test(ids_are_unique),
        cmocka_unit_test(aliases_do_not_multiply_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
