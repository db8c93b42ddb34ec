/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiling rules, routing, views, arrays, memory limits and what a hit reports. */
#include "test.h"

#include "base/heap.h"
#include "detect/coverage.h"
#include "detect/engine.h"
#include "detect/sigma/memo.h"
#include "detect/sigma/ruleset.h"

struct bench {
    struct diag diag;
    struct ruleset *set;
    struct fields *fields;
    struct engine *engine;
    struct detector *detector;
    const struct hit *hits;
    size_t hit_count;
};

static struct bench bench_open(const char *rules, bool no_routing)
{
    struct bench b = {.diag = diag_open()};
    b.set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(b.set, STR("test.yml"), str_of(rules), &b.diag);
    ruleset_finish(b.set, &b.diag);
    b.fields = fields_open();
    size_t count;
    const struct rule *list = ruleset_rules(b.set, &count);
    struct engine_opts opts = {.fields = b.fields, .no_routing = no_routing};
    assert_ok(engine_compile(list, count, &opts, &b.diag, &b.engine));
    b.detector = detector_open(b.engine);
    return b;
}

static void bench_close(struct bench *b)
{
    detector_close(b->detector);
    engine_close(b->engine);
    fields_close(b->fields);
    ruleset_close(b->set);
    diag_close(&b->diag);
}

static struct field text_field(const struct bench *b, const char *name, struct str value)
{
    return (struct field){.name = str_of(name),
                          .value = value_text_of(value),
                          .id = fields_find(b->fields, str_of(name))};
}

static size_t run(struct bench *b, const struct event *e)
{
    assert_ok(detector_run(b->detector, e, &b->hits, &b->hit_count));
    return b->hit_count;
}

static size_t run_fields(struct bench *b, const struct field *fields, uint32_t count)
{
    struct event e = {.fields = fields, .count = count};
    return run(b, &e);
}

#define RULE(title, logsource, detection)                                                      \
    "title: " title "\nlogsource:\n" logsource "detection:\n" detection
#define PROCESS_RULE(detection)                                                                \
    RULE("t", "    category: process_creation\n    product: windows\n", detection)

static void test_matched_fields(void **state)
{
    (void)state;
    struct bench b =
        bench_open(PROCESS_RULE("    selection:\n        Image|endswith: '\\cmd.exe'\n"
                                "        CommandLine|contains|all: ['whoami', '/all']\n"
                                "    filter:\n        User: 'x'\n"
                                "    condition: selection and not filter\n"),
                   true);
    struct field f[] = {text_field(&b, "CommandLine", STR("CMD /c WHOAMI /all")),
                        text_field(&b, "Image", STR("C:\\Windows\\cmd.exe")),
                        text_field(&b, "Other", STR("unused"))};
    for (int again = 0; again < 3; again++) { /* from the memo, too */
        assert_int_equal(run_fields(&b, f, 3), 1);
        assert_int_equal(b.hits[0].matched_count, 2);
        assert_str(b.hits[0].matched[0].name, "Image");
        assert_str(b.hits[0].matched[0].value, "C:\\Windows\\cmd.exe");
        assert_str(b.hits[0].matched[1].name, "CommandLine");
    }
    f[2] = text_field(&b, "User", STR("X"));
    assert_int_equal(run_fields(&b, f, 3), 0);
    bench_close(&b);
}

/* Every way a witness is looked for, and a near miss of each. */
#define TEN   "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN

static void test_matcher_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        struct str hit, miss;
    } cases[] = {
        {"A: 'exact'", STR_INIT("EXACT"), STR_INIT("exact ")},
        {"A|startswith: 'C:\\Users\\'", STR_INIT("c:\\users\\x"), STR_INIT("xc:\\users\\")},
        {"A|endswith: '\\a.exe'", STR_INIT("C:\\A.EXE"), STR_INIT("C:\\ba.exe")},
        {"A|contains: ['n1', 'n2', 'n3', 'n4', 'n5', 'needle']", STR_INIT("xNEEDLEx"),
         STR_INIT("need le")},
        {"A|contains: 'MD5=0123456789ABCDEF0123456789ABCDEF'",
         STR_INIT("SHA1=00,MD5=0123456789abcdef0123456789abcdef,X=1"),
         STR_INIT("SHA1=00,MD5=0123456789abcdef0123456789abcde,X=1")},
        {"A|contains: 'MD5=0123456789ABCDEF0123456789ABCDEF'", /* then cut short */
         STR_INIT("MD5=0123456789abcdef0123456789abcdef"),
         STR_INIT("MD5=0123456789abcdef0123456789abcde")},
        {"A: '*one*two?three*'", STR_INIT("xONEyytwo.threez"), STR_INIT("twoXthree one")},
        {"A|contains|windash: ' -enc '", STR_INIT("p /enc x"), STR_INIT("p +enc x")},
        {"A|contains|cased: 'IEX'", STR_INIT("a IEX b"), STR_INIT("a iex b")},
        {"A|re: 'fo{2}\\d+bar'", STR_INIT("foo12bar"), STR_INIT("FOO12bar")},
        {"A|re: '^.{3}$'",
         STR_INIT("a\xC3\xA9"
                  "b"),
         STR_INIT("ab")},
        {"A|cidr: '10.0.0.0/8'", STR_INIT("10.2.3.4"), STR_INIT("11.2.3.4")},
        {"A: 4688", STR_INIT("04688"), STR_INIT("4689")},
        {"A|gt: 5", STR_INIT("5.5"), STR_INIT("5")},
        {"A|hour: 3", STR_INIT("2025-11-27T03:40:10Z"), STR_INIT("2025-11-27T04:40:10Z")},
        {"A|contains: '\xF0\x9F\x92\xA9'", STR_INIT("x\xF0\x9F\x92\xA9"),
         STR_INIT("x\xF0\x9F\x92\xAA")},
        {"A: '*\xC3\xA9tat*fin*'", STR_INIT("l'\xC3\x89TAT, fin"), STR_INIT("fin \xC3\xA9tat")},
        /* longer than what is looked for first */
        {"A|contains: '" FIFTY "0123456789abcdefg'", STR_INIT("<" FIFTY "0123456789abcdefg>"),
         STR_INIT("<" FIFTY "0123456789abcdef!>")},
        {"A|contains: '\xC3\xA9" FIFTY "0123456789abcdefg'",
         STR_INIT("<\xC3\x89" FIFTY "0123456789abcdefg>"),
         STR_INIT("<\xC3\xA9" FIFTY "0123456789abcdef!>")},
        {"A|contains: '?'", STR_INIT("x"), STR_INIT("")},
        {"A: true", STR_INIT("True"), STR_INIT("1")},
        {"A|startswith: ['a', 'ab', 'abc']", STR_INIT("abd"), STR_INIT("ba")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_BUF rule = {0};
        buf_puts(&rule, "title: t\nlogsource:\n    product: x\ndetection:\n    s:\n        ");
        buf_puts(&rule, cases[i].item);
        buf_puts(&rule, "\n    condition: s\n");
        buf_putc(&rule, '\0');
        struct bench b = bench_open(rule.p, true);
        assert_int_equal(engine_active_count(b.engine), 1);
        for (int again = 0; again < 2; again++) {
            struct field hit = text_field(&b, "A", cases[i].hit);
            struct field miss = text_field(&b, "A", cases[i].miss);
            if (run_fields(&b, &hit, 1) != 1 || run_fields(&b, &miss, 1) != 0) {
                fail_msg("%s", cases[i].item);
            }
        }
        bench_close(&b);
    }
}

static void test_routing_and_views(void **state)
{
    (void)state;
    struct bench b = bench_open(
        PROCESS_RULE(
            "    s:\n        Image|endswith: '\\cmd.exe'\n        X: null\n"
            "    condition: s\n") "---\n" RULE("sec",
                                               "    product: windows\n    service: security\n",
                                               "    s:\n        NewProcessName|endswith: "
                                               "'\\cmd.exe'\n    condition: s\n"),
        false);
    assert_int_equal(engine_active_count(b.engine), 2);
    assert_int_equal(engine_routed_count(b.engine, LOGSOURCE_UNKNOWN), 0);
    assert_int_equal(engine_routed_count(b.engine, LOGSOURCE_SECURITY_PROCESS_CREATION), 1);
    struct field f[] = {text_field(&b, "NewProcessName", STR("C:\\cmd.exe")),
                        text_field(&b, "Image", STR("hidden by the view")),
                        text_field(&b, "X", STR("hidden"))};
    struct field image = text_field(&b, "Image", STR("C:\\cmd.exe"));
    image.flags = FIELD_DERIVED;
    uint16_t hidden = f[2].id;
    struct view view = {.logsource = LOGSOURCE_SECURITY_PROCESS_CREATION,
                        .fields = &image,
                        .count = 1,
                        .hidden = &hidden,
                        .hidden_count = 1};
    struct event e = {.fields = f,
                      .count = 3,
                      .logsource = LOGSOURCE_WINDOWS_SECURITY,
                      .views = &view,
                      .view_count = 1};
    assert_int_equal(run(&b, &e), 2);
    assert_int_equal(b.hits[0].rule, 0);
    assert_int_equal(b.hits[0].logsource, LOGSOURCE_SECURITY_PROCESS_CREATION);
    assert_int_equal(b.hits[1].rule, 1);
    image.value = value_text_of(STR("C:\\other.exe"));
    f[1].value = value_text_of(STR("C:\\cmd.exe"));
    assert_int_equal(run(&b, &e), 1); /* the record's own Image is no value of the view's */
    e.view_count = 0;
    assert_int_equal(run(&b, &e), 1);
    e.logsource = LOGSOURCE_LINUX;
    assert_int_equal(run(&b, &e), 0);
    assert_int_equal(coverage_events(detector_coverage(b.detector), LOGSOURCE_LINUX), 1);
    bench_close(&b);
}

/* The same rule matching two readings is one hit. */
static void test_once_per_event(void **state)
{
    (void)state;
    struct bench b =
        bench_open(RULE("t", "    product: windows\n    category: process_creation\n",
                        "    s:\n        A: 'x'\n    condition: s\n"),
                   true);
    struct field f = text_field(&b, "A", STR("x"));
    struct view view = {.logsource = LOGSOURCE_SECURITY_PROCESS_CREATION};
    struct event e = {.fields = &f, .count = 1, .views = &view, .view_count = 1};
    assert_int_equal(run(&b, &e), 1);
    bench_close(&b);
}

static void test_keywords(void **state)
{
    (void)state;
    struct bench b =
        bench_open(RULE("t", "    product: linux\n",
                        "    k:\n        - 'evil*thing'\n        - 7777\n    condition: k\n"),
                   true);
    struct field f = {.name = STR("m"), .value = value_text_of(STR("an EVIL old thing"))};
    assert_int_equal(run_fields(&b, &f, 1), 1);
    assert_str(b.hits[0].matched[0].name, "m");
    f.flags = FIELD_DERIVED;
    assert_int_equal(run_fields(&b, &f, 1), 0);
    f = (struct field){.name = STR("n"), .value = {(const uint8_t *)"77770", 5, VALUE_NUMBER}};
    assert_int_equal(run_fields(&b, &f, 1), 1);
    f = (struct field){.name = STR("s"),
                       .value = value_text_of(STR("Evil \xC5\xBF"
                                                  "old thing"))};
    assert_int_equal(run_fields(&b, &f, 1), 1);
    struct event line = {.text = STR("sshd: evil thing")};
    assert_int_equal(run(&b, &line), 1);
    assert_str(b.hits[0].matched[0].name, "keyword");
    bench_close(&b);
}

static void test_arrays_and_literals(void **state)
{
    (void)state;
    struct bench b =
        bench_open(RULE("t", "    product: x\n",
                        "    s:\n        a.b|contains|all: ['p', 'q']\n    condition: s\n"),
                   true);
    struct field f[] = {text_field(&b, "a.b", STR("xp")), text_field(&b, "a.b", STR("q")),
                        text_field(&b, "a.b", STR("z"))};
    assert_int_equal(run_fields(&b, f, 3), 1);
    f[2].flags = FIELD_LITERAL; /* hides the nested ones, wherever it stands */
    assert_int_equal(run_fields(&b, f, 3), 0);
    f[2].value = value_text_of(STR("pq"));
    assert_int_equal(run_fields(&b, f, 3), 1);
    f[2].flags = FIELD_ENVELOPE;
    f[0].value = value_text_of(STR("none"));
    assert_int_equal(run_fields(&b, f, 3), 0);
    bench_close(&b);
}

static void test_without_witness(void **state)
{
    (void)state;
    struct bench b = bench_open(
        RULE(
            "t", "    product: x\n",
            "    a:\n        A: null\n    b:\n        B: 'x'\n"
            "    condition: a and not b\n") "---\n" RULE("u", "    product: x\n",
                                                         "    a:\n        A|exists: false\n    "
                                                         "b1:\n        B: 'y'\n    b2:\n"
                                                         "        C: 'z'\n    b3:\n        D: "
                                                         "'w'\n    condition: a and 2 of b*\n"),
        true);
    struct field f[] = {text_field(&b, "B", STR("y")), text_field(&b, "C", STR("z"))};
    assert_int_equal(run_fields(&b, f, 0), 1);
    assert_int_equal(run_fields(&b, f, 1), 1);
    assert_int_equal(run_fields(&b, f, 2), 2);
    f[0].value = value_text_of(STR("X"));
    assert_int_equal(run_fields(&b, f, 2), 0);
    bench_close(&b);
}

static void test_rejects(void **state)
{
    (void)state;
    struct bench b = bench_open(
        RULE(
            "bad", "    product: x\n",
            "    s:\n        A|re: '(?=x)y'\n    condition: s\n") "---\n" RULE("good",
                                                                               "    product: "
                                                                               "x\n",
                                                                               "    s:\n       "
                                                                               " A|re: 'xy'\n  "
                                                                               "  condition: "
                                                                               "s\n"),
        true);
    assert_int_equal(engine_active_count(b.engine), 1);
    assert_int_equal(b.diag.errors, 1);
    struct field f = text_field(&b, "A", STR("xy"));
    assert_int_equal(run_fields(&b, &f, 1), 1);
    bench_close(&b);
}

/* Large, odd and many values: right answers in linear time. */
static void test_hostile_values(void **state)
{
    (void)state;
    enum { LARGE = 16 << 20, MANY = 200000 };
    struct bench b =
        bench_open(RULE("t", "    product: x\n",
                        "    s:\n        A|contains: ['n1', 'n2', 'n3', 'n4', 'n5', 'end']\n"
                        "    r:\n        A|re: 'e.d\\W?$'\n    condition: s and r\n"),
                   true);
    char *text = heap_alloc(LARGE);
    memset(text, 'e', LARGE);
    memcpy(text + LARGE - 4, "end\xFF", 4);
    struct field f = text_field(&b, "A", (struct str){text, LARGE});
    assert_int_equal(run_fields(&b, &f, 1), 1);
    assert_int_equal(b.hits[0].matched[0].value.n, 512);
    struct field *many = heap_alloc(MANY * sizeof(*many));
    for (size_t i = 0; i < MANY; i++) {
        many[i] = text_field(&b, "A", (struct str){text, i % 100});
    }
    assert_int_equal(run_fields(&b, many, MANY), 0);
    many[MANY - 1] = f;
    assert_int_equal(run_fields(&b, many, MANY), 1);
    f.value = (struct value){(const uint8_t *)"\0\0", 2, VALUE_TEXT};
    assert_int_equal(run_fields(&b, &f, 1), 0);
    f.value = (struct value){NULL, 0, VALUE_TEXT};
    assert_int_equal(run_fields(&b, &f, 1), 0);
    f.value = (struct value){NULL, 0, VALUE_OBJECT};
    assert_int_equal(run_fields(&b, &f, 1), 0);
    heap_free(many);
    heap_free(text);
    bench_close(&b);
}

/*
 * What a value holds is never taken for an entry of the memo: its ring comes round to where the
 * entry of "victim" began, with a value that spells another entry for it there.
 */
static void test_memo_is_not_forged(void **state)
{
    (void)state;
    enum { RING_WORDS = 1 << 22, FILLER_WORDS = 3 + MEMO_MAX_VALUE_BYTES / 4 + 1 };
    const uint32_t atom = 1;
    uint32_t filler[MEMO_MAX_VALUE_BYTES / 4] = {0};
    struct memo *m = memo_open(7);
    struct value value = {(const uint8_t *)filler, sizeof(filler), VALUE_TEXT};
    struct memo_key key = memo_key(m, 1, value);
    struct memo_key victim = memo_key(m, 1, value_text_of(STR("victim")));
    memo_put(m, &key, &atom, 1);
    uint32_t written = 1 + FILLER_WORDS, begins = written;
    memo_put(m, &victim, &atom, 1);
    assert_int_equal(memo_get(m, &victim).n, 1);
    for (written += 3 + 2 + 1; written < RING_WORDS; written += FILLER_WORDS) {
        filler[0]++;
        key = memo_key(m, 1, value);
        memo_put(m, &key, &atom, 1);
    }
    uint32_t at = begins - (written - RING_WORDS) - 3;
    assert_true(at + 6 <= COUNT_OF(filler));
    filler[at] = 6;
    filler[at + 1] = 1 << 8 | VALUE_TEXT;
    filler[at + 2] = 1;
    memcpy(&filler[at + 3], "victim", 6);
    filler[at + 5] = 999;
    key = memo_key(m, 1, value);
    memo_put(m, &key, &atom, 1);
    assert_null(memo_get(m, &victim).p);
    assert_int_equal(memo_get(m, &key).p[0], 1);
    memo_close(m);
}

/* A needle that occurs a million times is not a reason to try its pattern as often. */
static void test_many_occurrences(void **state)
{
    (void)state;
    enum { PAIRS = 1 << 20 };
    static const char *const items[] = {"A: '*\xC3\xA9"
                                        "a*xyz*'",
                                        "A: '*ea*xyz*'"};
    char *text = heap_alloc(3 * PAIRS);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        AUTO_BUF rule = {0};
        buf_printf(&rule,
                   RULE("t", "    product: x\n", "    s:\n        %s\n    condition: s\n"),
                   items[i]);
        buf_putc(&rule, '\0');
        struct bench b = bench_open(rule.p, true);
        size_t n = i == 0 ? 3 : 2;
        for (size_t k = 0; k < PAIRS; k++) {
            memcpy(text + n * k,
                   i == 0 ? "\xC3\xA9"
                            "a"
                          : "ea",
                   n);
        }
        struct field f = text_field(&b, "A", (struct str){text, n * PAIRS});
        assert_int_equal(run_fields(&b, &f, 1), 0);
        bench_close(&b);
    }
    heap_free(text);
}

static void test_fieldref(void **state)
{
    (void)state;
    struct bench b =
        bench_open(RULE("t", "    product: x\n",
                        "    s:\n        A|fieldref|endswith: 'B'\n    condition: s\n"),
                   true);
    struct field f[] = {text_field(&b, "A", STR("w")), text_field(&b, "A", STR("C:\\CMD.exe")),
                        text_field(&b, "B", STR("cmd.EXE"))};
    assert_int_equal(run_fields(&b, f, 3), 1);
    assert_str(b.hits[0].matched[0].name, "A");
    assert_int_equal(run_fields(&b, f, 1), 0);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matched_fields),     cmocka_unit_test(test_matcher_shapes),
        cmocka_unit_test(test_routing_and_views),  cmocka_unit_test(test_once_per_event),
        cmocka_unit_test(test_keywords),           cmocka_unit_test(test_arrays_and_literals),
        cmocka_unit_test(test_without_witness),    cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_hostile_values),     cmocka_unit_test(test_many_occurrences),
        cmocka_unit_test(test_memo_is_not_forged), cmocka_unit_test(test_fieldref),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
