/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Correlation in a scan: order over several files, bounded memory, and how a report shows it.
 */
#include "correlate_sample.h"

#include "cli/report.h"
#include "cli/scan_correlate.h"

#define TWICE                                                                                  \
    CORR("type: event_count, rules: [a], group-by: [u], timespan: 60s, "                       \
         "condition: {gte: 2}")
#define ORDERED CORR("type: temporal_ordered, rules: [a, b], group-by: [u], timespan: 60s")

struct seen {
    struct correlated *all; /* rules, and what came out */
    struct scan_correlate *scan;
    struct report *report;
    struct buf out;
};

static void take(void *context, const struct finding_fact *f)
{
    struct seen *s = context;
    correlated_take(s->all, f);
    if (s->report != NULL) {
        report_correlation(s->report, f, &s->out);
    }
}

static struct seen open_seen(const char *text)
{
    return (struct seen){.all = correlated_open(text, true)};
}

static void open_scan(struct seen *s, size_t max_bytes)
{
    struct correlator_opts opts = {.rules = s->all->rules.rules,
                                   .rule_count = s->all->rules.rule_count,
                                   .sink = {s, take}};
    opts.correlations = ruleset_correlations(s->all->rules.set, &opts.count);
    s->scan = scan_correlate_open(&opts, max_bytes);
}

static void close_seen(struct seen *s)
{
    scan_correlate_close(s->scan);
    report_close(s->report);
    buf_free(&s->out);
    correlated_close(s->all);
}

static void add(struct seen *s, const char *path, const char *rule, int t)
{
    const struct matched key = {STR("u"), STR("x")};
    struct finding f = {.rule = correlated_rule(s->all, rule),
                        .time = {.us = ((int64_t)SAMPLE_EPOCH_S + t) * 1000000},
                        .host = STR("h1"),
                        .record = ++s->all->number,
                        .keys = &key,
                        .key_count = 1};
    memcpy(f.identity, &s->all->number, sizeof(s->all->number));
    scan_correlate_add(s->scan, str_of(path), &f);
}

static void files_are_put_in_order_of_time(void **state)
{
    (void)state;
    struct seen s = open_seen(SAMPLE_RULES ORDERED);
    open_scan(&s, 0);
    add(&s, "first.log", "b", 10);
    add(&s, "second.log", "a", 5);
    add(&s, "second.log", "c", 6); /* nothing looks at it */
    assert_int_equal(s.all->count, 0);
    scan_correlate_end(s.scan);
    assert_int_equal(s.all->count, 1);
    assert_str(s.all->facts[0].records[0].source, "second.log");
    assert_str(s.all->facts[0].records[1].source, "first.log");
    assert_true(s.all->facts[0].records[0].position == FINDING_NO_POSITION);
    assert_int_equal(correlated_seconds(s.all->facts[0].received), 10); /* in a scan: last */
    assert_int_equal(scan_correlate_counts(s.scan).events, 2);
    /* everything is forgotten: another story may begin */
    add(&s, "third.log", "b", 12);
    scan_correlate_end(s.scan);
    assert_int_equal(s.all->count, 1);
    assert_int_equal(scan_correlate_parts(s.scan), 1);
    close_seen(&s);
}

static void equal_times_go_by_the_order_of_inputs(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct seen s = open_seen(SAMPLE_RULES ORDERED);
        open_scan(&s, 0);
        add(&s, "1", order == 0 ? "a" : "b", 5);
        add(&s, "2", order == 0 ? "b" : "a", 5);
        scan_correlate_end(s.scan);
        assert_int_equal(s.all->count, order == 0);
        close_seen(&s);
    }
}

static void too_much_is_done_in_parts_and_said(void **state)
{
    (void)state;
    struct seen s = open_seen(SAMPLE_RULES TWICE);
    open_scan(&s, 4096);
    for (int i = 0; i < 1000; i++) {
        add(&s, "big.log", "a", i);
    }
    scan_correlate_end(s.scan);
    assert_true(scan_correlate_parts(s.scan) > 10);
    assert_int_equal(s.all->count, 1); /* in order as it was, one campaign all the same */
    close_seen(&s);
}

static void open_report(struct seen *s, enum report_output output)
{
    struct report_opts opts = {
        .output = output, .rules = s->all->rules.rules, .rule_count = s->all->rules.rule_count};
    opts.correlations = ruleset_correlations(s->all->rules.set, &opts.correlation_count);
    s->report = report_open(&opts);
}

static void has(const struct seen *s, const char *part)
{
    if (str_find(buf_str(&s->out), str_of(part)) == SIZE_MAX) {
        print_error("no %s in\n%.*s\n", part, (int)s->out.n, s->out.p);
        fail();
    }
}

static void a_report_shows_it(void **state)
{
    (void)state;
    static const char *const parts[][8] = {
        [REPORT_TEXT] = {"1 finding: 1 high.", "Corr n", "u: x", "two.log:2"},
        [REPORT_JSONL] = {"\"level\":\"high\"", "\"title\":\"Corr n\"",
                          "\"source\":{\"path\":\"two.log\",\"record\":2}",
                          "\"matched\":{\"u\":\"x\"}",
                          "\"correlation\":{\"type\":\"event_count\",\"count\":2,"
                          "\"first\":\"2026-09-21T14:13:20Z\",\"group\":{\"u\":\"x\"},"
                          "\"records\":[{\"path\":\"one.log\",\"record\":1},"
                          "{\"path\":\"two.log\",\"record\":2}]}}"},
        [REPORT_CSV] = {",high,,Corr n,", ",two.log,2,u=x,"},
    };
    for (int output = REPORT_TEXT; output <= REPORT_CSV; output++) {
        struct seen s = open_seen(SAMPLE_RULES TWICE);
        open_report(&s, (enum report_output)output);
        open_scan(&s, 0);
        add(&s, "one.log", "a", 0);
        add(&s, "two.log", "a", 5);
        scan_correlate_end(s.scan);
        const struct scan_summary summary = {.correlations = 3,
                                             .correlations_unevaluated = 1,
                                             .correlation_parts = 2,
                                             .correlation_lost = 7,
                                             .correlation_timeless = 1};
        report_end(s.report, &summary, &s.out);
        assert_int_equal(report_count(s.report, LEVEL_HIGH), 1);
        for (size_t i = 0; i < COUNT_OF(parts[0]) && parts[output][i] != NULL; i++) {
            has(&s, parts[output][i]);
        }
        if (output == REPORT_TEXT) {
            has(&s, "3 correlation rules, of which 1 cannot be evaluated");
            has(&s, "1 record has no time");
            has(&s, "It was done in 2 parts");
            has(&s, "forgot 7 events and groups");
        }
        close_seen(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_put_in_order_of_time),
        cmocka_unit_test(equal_times_go_by_the_order_of_inputs),
        cmocka_unit_test(too_much_is_done_in_parts_and_said),
        cmocka_unit_test(a_report_shows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
