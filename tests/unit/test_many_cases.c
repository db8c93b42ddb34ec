/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cases of the Sigma reference, section 6.2, that are about several documents or about the
 * way from a record to the rules, each by its id: from text of rules and of records to matches.
 */
#include "test.h"

#include "decode/source.h"
#include "detect/engine.h"
#include "detect/sigma/ruleset.h"

#define RULE(logsource, body)                                                                  \
    "title: T\nname: t\nid: 00000000-0000-4000-8000-000000000001\nlevel: low\nlogsource: "     \
    "{" logsource "}\ndetection:\n  s:\n    " body "\n  condition: s\n"
#define PROCESS                 "category: process_creation, product: windows"
#define SYSMON                  "\"Channel\":\"Microsoft-Windows-Sysmon/Operational\""
#define CMD                     "\"Image\":\"C:\\\\cmd.exe\""
#define FILTER(logsource, body) "---\ntitle: F\nlogsource: {" logsource "}\nfilter:\n" body "\n"

/* Whether the rules match a record. */
struct many_case {
    const char *id, *rules, *record;
    bool matches;
};

static const struct many_case routing[] = {
    {"L01", RULE(PROCESS, "Image: '*\\cmd.exe'"), "{\"EventID\":1," SYSMON "," CMD "}", true},
    {"L02", RULE(PROCESS, "Image: '*\\cmd.exe'"),
     "{\"EventID\":4688,\"Channel\":\"Security\",\"NewProcessName\":\"C:\\\\cmd.exe\"}", true},
    {"L03", RULE(PROCESS, "Image: '*\\cmd.exe'"), "{\"EventID\":7," SYSMON "," CMD "}", false},
    {"L04", RULE(PROCESS, "Image: '*\\cmd.exe'"),
     "{\"EventID\":1,\"Channel\":\"System\"," CMD "}", false},
    {"L05", RULE(PROCESS, "ParentProcessId: 10"),
     "{\"EventID\":4688,\"Channel\":\"Security\",\"NewProcessId\":\"0x7\",\"ProcessId\":"
     "\"0xa\"}",
     true},
    {"L06", RULE(PROCESS, "IntegrityLevel: High"),
     "{\"EventID\":4688,\"Channel\":\"Security\",\"MandatoryLabel\":\"S-1-16-12288\"}", true},
    {"L07", RULE("category: registry_delete, product: windows", "TargetObject|contains: Run"),
     "{\"EventID\":12," SYSMON ",\"EventType\":\"CreateKey\",\"TargetObject\":\"HKLM\\\\Run\"}",
     false},
    {"L08",
     RULE("category: registry_set, product: windows",
          "TargetObject|contains: '\\CurrentVersion\\Run\\'"),
     "{\"EventID\":4657,\"Channel\":\"Security\",\"OperationType\":\"%%1905\",\"ObjectName\":"
     "\"\\\\REGISTRY\\\\MACHINE\\\\SOFTWARE\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run\","
     "\"ObjectValueName\":\"x\"}",
     true},
    {"L09", RULE("product: windows, service: security", "EventID: 1102"),
     "{\"EventID\":1102,\"Channel\":\"Security\",\"SourceName\":\"Microsoft-Windows-"
     "Eventlog\"}",
     true},
    {"L10", RULE("product: windows, service: powershell", "EventID: 4104"),
     "{\"EventID\":4104,\"Channel\":\"PowerShellCore/Operational\"}", true},
    {"L11", RULE(PROCESS, "Hashes|contains: 'IMPHASH=ABCDEF0123456789ABCDEF0123456789'"),
     "{\"EventID\":1," SYSMON
     ",\"Hashes\":\"SHA1=00,IMPHASH=abcdef0123456789abcdef0123456789\"}",
     true},
    {"L12", RULE("product: windows", "Data|contains: x"),
     "{\"Event\":{\"System\":{\"EventID\":1,\"Channel\":\"Application\"},\"EventData\":"
     "{\"Data\":[\"a\",\"-x-\"]}}}",
     true},
    {"L13", RULE("category: antivirus", "Signature|contains: x"),
     "{\"EventID\":1116,\"Channel\":\"Microsoft-Windows-Windows Defender/Operational\","
     "\"Threat Name\":\"-x-\"}",
     true},
    {"L14 #text", RULE("product: windows, service: security", "EventID: 4624"),
     "{\"Event\":{\"System\":{\"EventID\":{\"#text\":4624},\"Channel\":\"Security\"}}}", true},
    {"L14 text", RULE("product: windows, service: security", "EventID: 4624"),
     "{\"EventID\":\"4624\",\"Channel\":\"Security\"}", true},
    {"L14 number", RULE("product: windows, service: security", "EventID: 4624"),
     "{\"EventID\":4624,\"Channel\":\"Security\"}", true},
    {"L15", RULE("category: webserver", "Image: '*'"), "{\"EventID\":1," SYSMON "," CMD "}",
     false},
    {"L16", RULE("product: linux", "'|all': [failed]"),
     "{\"EventID\":4625,\"Channel\":\"Security\",\"m\":\"failed\"}", false},
    {"L16, of Windows", RULE("product: windows", "'|all': [failed]"),
     "{\"EventID\":4625,\"Channel\":\"Security\",\"m\":\"failed\"}", true},
    {"L17 text", RULE("category: network_connection, product: windows", "Initiated: 'true'"),
     "{\"EventID\":3," SYSMON ",\"Initiated\":\"true\"}", true},
    {"L17 JSON", RULE("category: network_connection, product: windows", "Initiated: 'true'"),
     "{\"EventID\":3," SYSMON ",\"Initiated\":true}", true},
    {"L17 5156", RULE("category: network_connection, product: windows", "Initiated: 'true'"),
     "{\"EventID\":5156,\"Channel\":\"Security\",\"Direction\":\"%%14593\"}", true},
};

#define RUN_CMD "{\"EventID\":1," SYSMON "," CMD ",\"User\":\"adm\"}"
#define BY_ID   "  rules: [00000000-0000-4000-8000-000000000001]\n"

static const struct many_case documents[] = {
    {"F01",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: windows", BY_ID "  f: {User: adm}\n  condition: not f"),
     RUN_CMD, false},
    {"F01, another user",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: windows", BY_ID "  f: {User: eve}\n  condition: not f"),
     RUN_CMD, true},
    {"F02",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: windows", BY_ID "  f: {User: eve}\n  condition: f"),
     RUN_CMD, false},
    {"F03",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: windows", "  rules: t\n  f: {User: adm}\n  condition: not f"),
     RUN_CMD, false},
    {"F04",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: windows", "  rules: any\n  f: {User: adm}\n  condition: not f"),
     RUN_CMD, false},
    {"F04, of Linux",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: linux", "  rules: any\n  f: {User: adm}\n  condition: not f"),
     RUN_CMD, true},
    {"F04, of a service",
     RULE(PROCESS, "Image: '*'") FILTER("product: windows, service: sysmon",
                                        "  rules: any\n  f: {User: adm}\n  condition: not f"),
     RUN_CMD, true},
    {"F05",
     RULE("product: windows", "Image: '*'") FILTER(
         "category: process_creation", "  rules: any\n  f: {User: adm}\n  condition: not f"),
     RUN_CMD, true},
    {"F06",
     "title: T\nlevel: low\nlogsource: {" PROCESS "}\ndetection:\n"
     "  selection_x: {Image: '*'}\n  condition: selection_x\n" FILTER(
         "product: windows", "  rules: any\n  selection_1: {User: eve}\n"
                             "  condition: not 1 of selection_*"),
     RUN_CMD, true},
    {"F07",
     RULE(PROCESS, "Image: '*'")
         FILTER("product: windows", "  rules: any\n  f: {User: eve}\n  condition: not f")
             FILTER("product: windows", "  rules: any\n  f: {User: adm}\n  condition: not f"),
     RUN_CMD, false},
    {"F08",
     RULE(PROCESS, "Image: '*'") FILTER(
         "product: windows",
         "  rules: any\n  f: {User: adm}\n  condition: not f") "---\ntitle: C\ncorrelation: "
                                                               "{type: event_count, rules: "
                                                               "[t], timespan: 1m, condition: "
                                                               "{gte: 2}}\n",
     RUN_CMD, false},
    {"Y03",
     RULE(PROCESS, "Image: 'no'") "---\naction: repeat\nid: 00000000-0000-4000-8000-"
                                  "000000000002\ndetection: {s: {Image: '*cmd.exe'}}\n",
     RUN_CMD, true},
    {"Y04",
     "title: T\nlevel: low\nlogsource: {product: windows}\ndetection:\n  s: {Image: '*'}\n"
     "  timeframe: 1m\n  condition: s | count() by u > 2\n",
     RUN_CMD, false},
};

struct run {
    struct detector *detector;
    uint32_t records;
    size_t hits;
};

static void on_event(void *context, const struct event *e)
{
    struct run *r = context;
    const struct hit *hits;
    size_t count;
    assert_ok(detector_run(r->detector, e, &hits, &count));
    r->records++;
    r->hits += count;
}

static void on_problem(void *context, const struct problem *p)
{
    (void)context;
    fail_msg("%s", rc_text(p->rc));
}

static void run_case(const struct many_case *c)
{
    struct diag diag = diag_open();
    struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(set, STR("r.yml"), str_of(c->rules), &diag);
    ruleset_finish(set, &diag);
    struct fields *fields = fields_open();
    struct engine *engine;
    size_t count;
    const struct rule *rules = ruleset_rules(set, &count);
    assert_ok(
        engine_compile(rules, count, &(struct engine_opts){.fields = fields}, &diag, &engine));
    struct run run = {.detector = detector_open(engine)};
    const struct source_opts opts = {
        .fields = fields, .format = FORMAT_JSON, .sink = {&run, on_event, on_problem}};
    struct source *source = source_open(&opts);
    assert_ok(source_feed(source, bytes_of(str_of(c->record))));
    assert_ok(source_end(source));
    if (diag.errors != 0 || run.records != 1 || run.hits != c->matches) {
        fail_msg("%s: %zu errors, %u records, %zu hits", c->id, (size_t)diag.errors,
                 run.records, run.hits);
    }
    source_close(source);
    detector_close(run.detector);
    engine_close(engine);
    fields_close(fields);
    ruleset_close(set);
    diag_close(&diag);
}

static void routing_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(routing); i++) {
        run_case(&routing[i]);
    }
}

static void document_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        run_case(&documents[i]);
    }
}

#define NAMED(n)                                                                               \
    "title: " n "\nname: " n "\nlevel: low\nlogsource: {product: x}\n"                         \
    "detection: {s: {k: " n "}, condition: s}\n---\n"
#define CORRELATION(name, section)                                                             \
    NAMED("a") NAMED("b") NAMED("c") "title: C\nname: " name "\ncorrelation: {" section "}\n"

/* What becomes of documents that are read only: rules, correlations, filters, rejected. */
static const struct load_case {
    const char *id, *text;
    size_t rules, correlations, rejected;
} loads[] = {
    {"M28",
     CORRELATION("x", "type: temporal, rules: [a, b, c], timespan: 1m, condition: a or b"), 3,
     0, 1},
    {"M34",
     CORRELATION("x", "type: temporal, rules: [a, b], timespan: 1m, aliases: {ip: {c: src}}"),
     3, 0, 1},
    {"M39", CORRELATION("x", "type: temporal, rules: [missing_id], timespan: 1m"), 3, 0, 1},
    {"M40",
     CORRELATION("x",
                 "type: temporal, rules: [y], timespan: 1m") "---\ntitle: Y\nname: y\n"
                                                             "correlation: {type: temporal, "
                                                             "rules: [x], timespan: 1m}\n",
     3, 0, 2},
    {"M41 1M", CORRELATION("x", "type: temporal, rules: [a], timespan: 1M"), 3, 1, 0},
    {"M41 1w", CORRELATION("x", "type: temporal, rules: [a], timespan: 1w"), 3, 1, 0},
    {"M41 90m", CORRELATION("x", "type: temporal, rules: [a], timespan: 90m"), 3, 1, 0},
    {"M41 5x", CORRELATION("x", "type: temporal, rules: [a], timespan: 5x"), 3, 0, 1},
    {"M42",
     CORRELATION("x", "type: value_count, rules: [a], timespan: 1m, condition: {gte: 3}"), 3, 0,
     1},
    {"M43", CORRELATION("x", "type: event_count, rules: [a], timespan: 1m"), 3, 0, 1},
    {"M43, temporal", CORRELATION("x", "type: temporal, rules: [a], timespan: 1m"), 3, 1, 0},
    {"F09, no rules",
     NAMED("a") "title: F\nlogsource: {product: x}\nfilter: {f: {k: a}, condition: not f}\n", 1,
     0, 1},
    {"F09, a list",
     NAMED("a") "title: F\nlogsource: {product: x}\nfilter: {rules: any, f: {k: a}, condition: "
                "[not f]}\n",
     1, 0, 1},
    {"Y04",
     "title: T\nlevel: low\nlogsource: {product: x}\ndetection:\n  s: {k: a}\n"
     "  timeframe: 1m\n  condition: s | count() by u > 2\n",
     0, 1, 0},
    {"Y05",
     "title: T\nlevel: low\nlogsource: {product: x}\ndetection:\n  s:\n    Image: a\n"
     "    Image: b\n  condition: s\n",
     0, 0, 1},
};

static void load_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(loads); i++) {
        const struct load_case *c = &loads[i];
        struct diag diag = diag_open();
        struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
        ruleset_add(set, STR("r.yml"), str_of(c->text), &diag);
        ruleset_finish(set, &diag);
        struct ruleset_counts got = ruleset_counts(set);
        if (got.rules != c->rules || got.correlations != c->correlations ||
            got.rejected != c->rejected || (diag.errors == 0) != (c->rejected == 0)) {
            fail_msg("%s: %zu rules, %zu correlations, %zu rejected", c->id, got.rules,
                     got.correlations, got.rejected);
        }
        ruleset_close(set);
        diag_close(&diag);
    }
}

/* Y01 and Y02: which level the one rule has. */
static void global_cases(void **state)
{
    (void)state;
    static const struct {
        const char *id, *text;
        enum level level;
    } cases[] = {
        {"Y01", "action: global\nlevel: high\n---\n" NAMED("a"), LEVEL_HIGH},
        {"Y02", "action: global\nlevel: high\n---\naction: reset\n---\n" NAMED("a"), LEVEL_LOW},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct diag diag = diag_open();
        struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
        ruleset_add(set, STR("r.yml"), str_of(cases[i].text), &diag);
        ruleset_finish(set, &diag);
        size_t count;
        const struct rule *rules = ruleset_rules(set, &count);
        assert_int_equal(count, 1);
        assert_int_equal(rules[0].level, cases[i].level);
        ruleset_close(set);
        diag_close(&diag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routing_cases),
        cmocka_unit_test(document_cases),
        cmocka_unit_test(load_cases),
        cmocka_unit_test(global_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
