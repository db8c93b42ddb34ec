/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the rules that could not fire: the nearest first, other products summed up.
 */
#include "test.h"

#include "cli/scan_blind.h"
#include "detect/sigma/ruleset.h"

#define RULE(logsource, field)                                                                 \
    "title: t\nlevel: low\nlogsource: {" logsource "}\n"                                       \
    "detection: {s: {" field ": x}, condition: s}\n---\n"

static const char rules_text[] =
    RULE("product: linux, service: cron", "A") RULE("product: linux, service: auditd", "A")
        RULE("product: linux, category: process_creation", "A")
            RULE("product: x, service: y", "A") RULE("category: webserver", "A")
                RULE("category: webserver", "A")
                    RULE("product: windows, category: image_load", "A")
                        RULE("product: windows, service: system", "A")
                            RULE("product: windows, service: system", "A")
                                RULE("product: windows, service: security", "linux")
                                    RULE("product: windows, service: security", "A");

static void nearest_first(void **state)
{
    (void)state;
    static const struct {
        const char *missing;
        size_t rules;
        bool is_field;
    } want[] = {
        {"windows/system", 2, false}, {"linux", 1, true},  {"windows/image_load", 1, false},
        {"webserver", 2, false},      {"linux", 3, false}, {"x", 1, false},
    };
    struct diag diag = diag_open();
    struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(set, STR("r.yml"), str_of(rules_text), &diag);
    ruleset_finish(set, &diag);
    struct fields *fields = fields_open();
    struct engine *engine;
    size_t count;
    const struct rule *rules = ruleset_rules(set, &count);
    assert_int_equal(count, 11);
    assert_ok(
        engine_compile(rules, count, &(struct engine_opts){.fields = fields}, &diag, &engine));
    struct coverage *c = coverage_open(engine);
    coverage_event(c, LOGSOURCE_WINDOWS_SECURITY);
    coverage_field(c, LOGSOURCE_WINDOWS_SECURITY, fields_find(fields, STR("A")));
    struct scan_blind blind;
    assert_ok(scan_blind_find(c, fields, count, &blind));
    assert_int_equal(blind.rules, 10);
    assert_int_equal(blind.count, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        assert_true(str_eq(blind.rows[i].missing, str_of(want[i].missing)));
        assert_int_equal(blind.rows[i].rules, want[i].rules);
        assert_int_equal(blind.rows[i].is_field, want[i].is_field);
    }
    assert_str(blind.rows[0].hint, "System");
    assert_str(blind.rows[4].hint, "any Linux log");
    assert_int_equal(blind.rows[5].hint.n, 0);
    scan_blind_free(&blind);
    coverage_close(c);
    engine_close(engine);
    fields_close(fields);
    ruleset_close(set);
    diag_close(&diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nearest_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
