/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The single-event conformance cases: rule and event as text, through the rule reader, the
 * JSON decoder, and then the engine and the oracle, which must agree. Run from the top of the
 * tree.
 */
#include "oracle.h"
#include "unit/test.h"

#include "base/buf.h"
#include "decode/json.h"
#include "detect/engine.h"
#include "detect/sigma/ruleset.h"
#include "support/event_json.h"

#include <stdio.h>

enum { CASES = 209, MAX_LINE_BYTES = 65536 };

enum outcome { OUTCOME_MATCH, OUTCOME_NO_MATCH, OUTCOME_REJECT };

struct sigma_case {
    struct str id, rule;
    enum outcome want;
};

static struct str text_of(struct value v, struct arena *a)
{
    struct str s;
    assert_ok(value_text(v, a, &s));
    return s;
}

/* The bytes of the object under the key "event". */
static struct str event_of(struct str line)
{
    static const char key[] = "\"event\": ";
    size_t at = str_find(line, STR("\"event\": "));
    assert_true(at != SIZE_MAX);
    struct str rest = str_from(line, at + sizeof(key) - 1);
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < rest.n; i++) {
        char c = rest.p[i];
        i += quoted && c == '\\';
        quoted = c == '"' ? !quoted : quoted;
        depth += quoted ? 0 : (c == '{') - (c == '}');
        if (depth == 0) {
            return str_upto(rest, i + 1);
        }
    }
    fail_msg("no event");
    return STR("");
}

static struct sigma_case read_case(struct str line, struct arena *a)
{
    struct json_pairs pairs;
    assert_ok(json_flatten(line, a, &pairs));
    struct sigma_case c = {.want = OUTCOME_REJECT};
    for (size_t i = 0; i < pairs.n; i++) {
        struct json_pair *p = &pairs.p[i];
        if (str_eq(p->path, STR("id"))) {
            c.id = text_of(p->value, a);
        } else if (str_eq(p->path, STR("rule"))) {
            c.rule = text_of(p->value, a);
        } else if (str_eq(p->path, STR("expect")) && p->value.type == VALUE_BOOL) {
            c.want = p->value.p[0] == 't' ? OUTCOME_MATCH : OUTCOME_NO_MATCH;
        }
    }
    return c;
}

/* Does the only rule match? The engine and the oracle must say the same. */
static bool detect_json(const struct engine *e, const struct rule *rule,
                        const struct fields *fields, struct str json)
{
    AUTO_ARENA a = arena_open((size_t)1 << 20);
    struct event event;
    assert_ok(event_json_parse(json, fields, a, &event));
    struct detector *d = detector_open(e);
    const struct hit *hits;
    size_t count;
    assert_ok(detector_run(d, &event, &hits, &count));
    struct oracle *o = oracle_open(rule, 1, fields);
    assert_int_equal(oracle_matches(o, 0, &event, NULL), count == 1);
    oracle_close(o);
    detector_close(d);
    return count == 1;
}

static enum outcome run_case(const struct sigma_case *c, struct str event)
{
    AUTO_BUF text = {0};
    buf_puts(&text, "title: case\nlogsource:\n    product: test\n");
    buf_put(&text, c->rule);
    struct diag diag = diag_open();
    struct ruleset_opts opts = {0};
    struct ruleset *set = ruleset_open(&opts);
    ruleset_add(set, c->id, buf_str(&text), &diag);
    ruleset_finish(set, &diag);
    size_t rules, correlations;
    const struct rule *rule = ruleset_rules(set, &rules);
    (void)ruleset_correlations(set, &correlations);
    struct fields *fields = fields_open();
    struct engine *engine;
    const struct engine_opts engine_opts = {.fields = fields, .no_routing = true};
    assert_ok(engine_compile(rule, rules, &engine_opts, &diag, &engine));
    enum outcome outcome = OUTCOME_REJECT;
    if (engine_active_count(engine) == 1 && correlations == 0) {
        bool matched = detect_json(engine, rule, fields, event);
        outcome = matched ? OUTCOME_MATCH : OUTCOME_NO_MATCH;
    }
    engine_close(engine);
    fields_close(fields);
    ruleset_close(set);
    diag_close(&diag);
    return outcome;
}

static void test_cases(void **state)
{
    (void)state;
    static const char *const names[] = {"match", "no match", "reject"};
    FILE *file = fopen("tests/golden/sigma_cases.jsonl", "r");
    assert_non_null(file);
    static char line[MAX_LINE_BYTES];
    size_t cases = 0, wrong = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        AUTO_ARENA a = arena_open((size_t)16 << 20);
        struct str text = str_trim(str_of(line));
        struct sigma_case c = read_case(text, a);
        enum outcome got = run_case(&c, event_of(text));
        cases++;
        if (got != c.want) {
            wrong++;
            print_error("%.*s: %s, want %s\n", (int)c.id.n, c.id.p, names[got], names[c.want]);
        }
    }
    fclose(file);
    assert_int_equal(cases, CASES);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
