/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What data could make rules fire, and the explanation of one rule on one event. */
#include "test.h"

#include "detect/coverage.h"
#include "detect/explain.h"
#include "detect/sigma/ruleset.h"

static const char rules_text[] =
    "title: no field\nlogsource:\n    product: windows\n    service: security\n"
    "detection:\n    s:\n        A: 'x'\n        Missing|contains: 'y'\n"
    "    o:\n        P: '1'\n    o2:\n        Q: '2'\n"
    "    condition: s and 1 of o*\n---\n"
    "title: no source\nlogsource:\n    category: webserver\n"
    "detection:\n    s:\n        A: 'x'\n    condition: s\n---\n"
    "title: could\nlogsource:\n    product: windows\n"
    "detection:\n    s:\n        A: 'x'\n    f:\n        Missing: 'z'\n"
    "    condition: s and not f\n---\n"
    "title: null field\nlogsource:\n    product: windows\n"
    "detection:\n    s:\n        A: 'x'\n    f:\n        Missing: null\n"
    "    condition: s and not f\n---\n"
    "title: bad\nlogsource:\n    product: windows\n"
    "detection:\n    s:\n        A|re: '(?=x)'\n    condition: s\n---\n"
    "title: not known\nlogsource:\n    category: network_connection\n"
    "detection:\n    s:\n        A: '*'\n    f:\n        Missing: 'z'\n"
    "    condition: s and not f\n---\n"
    "title: other\nlogsource:\n    product: windows\n"
    "detection:\n    s:\n        A|fieldref: 'Missing'\n    condition: s\n";

enum { NO_FIELD, NO_SOURCE, COULD, NULL_FIELD, BAD, NOT_KNOWN, OTHER };

struct bench {
    struct diag diag;
    struct ruleset *set;
    struct fields *fields;
    struct engine *engine;
    struct detector *detector;
};

static struct bench bench_open(void)
{
    struct bench b = {.diag = diag_open()};
    b.set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(b.set, STR("test.yml"), str_of(rules_text), &b.diag);
    ruleset_finish(b.set, &b.diag);
    b.fields = fields_open();
    size_t count;
    const struct rule *list = ruleset_rules(b.set, &count);
    assert_int_equal(count, 7);
    const struct engine_opts opts = {.fields = b.fields, .thorough = true};
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

static struct event event_of(const struct bench *b, struct field *f)
{
    *f = (struct field){.name = STR("A"),
                        .value = value_text_of(STR("w\x1b")),
                        .id = fields_find(b->fields, STR("A"))};
    return (struct event){.fields = f, .count = 1, .logsource = LOGSOURCE_WINDOWS_SECURITY};
}

static void run_one(struct bench *b)
{
    struct field f;
    struct event e = event_of(b, &f);
    const struct hit *hits;
    size_t count;
    assert_ok(detector_run(b->detector, &e, &hits, &count));
}

static void check_reasons(const struct bench *b, const struct coverage *c)
{
    AUTO_ARENA a = arena_open(1 << 20);
    struct coverage_reason r;
    assert_ok(coverage_explain(c, NO_SOURCE, a, &r));
    assert_int_equal(r.verdict, COVERAGE_NO_LOGSOURCE);
    assert_str(r.wanted.category, "webserver");
    assert_ok(coverage_explain(c, COULD, a, &r));
    assert_int_equal(r.verdict, COVERAGE_COULD_FIRE);
    assert_int_equal(r.events, 1);
    assert_ok(coverage_explain(c, BAD, a, &r));
    assert_int_equal(r.verdict, COVERAGE_REJECTED);
    assert_ok(coverage_explain(c, NULL_FIELD, a, &r));
    assert_int_equal(r.verdict, COVERAGE_NO_FIELDS);
    assert_int_equal(r.field_count, 1);
    assert_str(fields_name(b->fields, r.fields[0]), "Missing");
    assert_ok(coverage_explain(c, OTHER, a, &r));
    assert_int_equal(r.verdict, COVERAGE_NO_FIELDS);
    assert_int_equal(r.field_count, 1);
    assert_ok(coverage_explain(c, NO_FIELD, a, &r));
    assert_int_equal(r.verdict, COVERAGE_NO_FIELDS);
    assert_int_equal(r.field_count, 3);
    assert_str(fields_name(b->fields, r.fields[0]), "Missing");
    assert_str(fields_name(b->fields, r.fields[1]), "P");
    assert_str(fields_name(b->fields, r.fields[2]), "Q");
}

static void test_reasons(void **state)
{
    (void)state;
    struct bench b = bench_open();
    run_one(&b);
    check_reasons(&b, detector_coverage(b.detector));
    bench_close(&b);
}

/* A partial reading never has the field of the exclusion: the rule is dead, and it is told. */
static void test_partial_readings(void **state)
{
    (void)state;
    struct bench b = bench_open();
    struct field f;
    struct event e = event_of(&b, &f);
    const struct hit *hits;
    size_t count;
    struct coverage_reason r;
    AUTO_ARENA a = arena_open(1 << 20);
    e.logsource = LOGSOURCE_SECURITY_NETWORK_CONNECTION;
    assert_ok(detector_run(b.detector, &e, &hits, &count));
    assert_int_equal(count, 0);
    assert_ok(coverage_explain(detector_coverage(b.detector), NOT_KNOWN, a, &r));
    assert_int_equal(r.verdict, COVERAGE_NO_FIELDS);
    assert_int_equal(r.field_count, 1);
    assert_str(fields_name(b.fields, r.fields[0]), "Missing");
    e.logsource = LOGSOURCE_SYSMON_NETWORK_CONNECTION;
    assert_ok(detector_run(b.detector, &e, &hits, &count));
    assert_int_equal(count, 1);
    assert_ok(coverage_explain(detector_coverage(b.detector), NOT_KNOWN, a, &r));
    assert_int_equal(r.verdict, COVERAGE_COULD_FIRE);
    bench_close(&b);
}

static void test_transport(void **state)
{
    (void)state;
    struct bench b = bench_open();
    run_one(&b);
    AUTO_BUF wire = {0};
    coverage_encode(detector_coverage(b.detector), &wire);
    struct bytes bytes = bytes_of(buf_str(&wire));
    struct coverage *c = coverage_open(b.engine);
    /* cut anywhere, or one byte too long: refused and untouched */
    for (size_t n = 0; n < bytes.n; n++) {
        assert_fails(coverage_decode(c, (struct bytes){bytes.p, n}), SHORT);
    }
    buf_putc(&wire, 'x');
    bytes = bytes_of(buf_str(&wire));
    assert_fails(coverage_decode(c, bytes), TRAILING);
    wire.p[0] ^= 1;
    assert_fails(coverage_decode(c, bytes), MALFORMED);
    wire.p[0] ^= 1;
    assert_int_equal(coverage_events(c, LOGSOURCE_WINDOWS_SECURITY), 0);
    bytes.n--;
    assert_ok(coverage_decode(c, bytes));
    check_reasons(&b, c);
    coverage_merge(c, detector_coverage(b.detector));
    assert_int_equal(coverage_events(c, LOGSOURCE_WINDOWS_SECURITY), 2);
    assert_true(
        coverage_has_field(c, LOGSOURCE_WINDOWS_SECURITY, fields_find(b.fields, STR("A"))));
    coverage_close(c);
    bench_close(&b);
}

static void test_explain(void **state)
{
    (void)state;
    struct bench b = bench_open();
    struct field f;
    struct event e = event_of(&b, &f);
    bool matches;
    AUTO_BUF out = {0};
    assert_ok(explain_rule(b.engine, NO_FIELD, &e, &out, &matches));
    assert_false(matches);
    assert_str(buf_str(&out), "rule no field\n"
                              "  as windows / security: does not match\n"
                              "    condition s and (o or o2): false\n"
                              "    s: false\n"
                              "      A 'x': false; the value is \"w\\x1b\"\n"
                              "      Missing|contains 'y': false; the field is absent\n"
                              "    o: false\n"
                              "      P '1': false; the field is absent\n"
                              "    o2: false\n"
                              "      Q '2': false; the field is absent\n");
    buf_clear(&out);
    assert_ok(explain_rule(b.engine, NO_SOURCE, &e, &out, &matches));
    assert_str(buf_str(&out), "rule no source\n  as windows / security: not looked at; the "
                              "rule wants category: webserver\n");
    buf_clear(&out);
    f.value = value_text_of(STR("X"));
    assert_ok(explain_rule(b.engine, COULD, &e, &out, &matches));
    assert_true(matches);
    assert_str(buf_str(&out), "rule could\n"
                              "  as windows / security: matches\n"
                              "    condition s and not f: true\n"
                              "    s: true\n"
                              "      A 'x': true; by \"X\"\n"
                              "    f: false\n"
                              "      Missing 'z': false; the field is absent\n");
    buf_clear(&out);
    assert_ok(explain_rule(b.engine, BAD, &e, &out, &matches));
    assert_false(matches);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_partial_readings),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_explain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
