/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The correlation cases of the Sigma reference, section 6.2, each by its id, and more of their
 * kind. What goes beyond them is in test_correlator.c.
 */
#include "correlate_sample.h"

#define END -1 /* closes a list of times */

/* Events one after the other: "a0 u=x; b10 u=x". Findings: when each was complete. */
static const struct correlate_case {
    const char *id, *rules, *events;
    int alerts[4];
} cases[] = {
    {"M01", COUNT3, "a0 u=x; a30 u=x; a60 u=x", {60, END}},
    {"M02", COUNT3, "a0 u=x; a30 u=x; a61 u=x", {END}},
    {"M03", COUNT3, "a0 u=x; a1 u=y; a2 u=x", {END}},
    {"M04", COUNT3, "a0 u=x; a1 u=x; a2 u=x; a3 u=x", {2, END}},
    {"M05",
     COUNT3,
     "a0 u=x; a1 u=x; a2 u=x; a3 u=x; a200 u=x; a201 u=x; a202 u=x",
     {2, 202, END}},
    {"M06",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {gt: 3}"),
     "a0; a1; a2",
     {END}},
    {"M07",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {gt: 2, lte: 4}"),
     "a0; a1; a2; a3; a4",
     {END}},
    {"M07 four",
     CORR("type: event_count, rules: [a], timespan: 60s, "
          "condition: {gt: 2, lte: 4}"),
     "a0; a1; a2; a3",
     {3, END}},
    {"M08",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {lt: 2}"),
     "a0",
     {0, END}},
    {"M09",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {eq: 2}"),
     "a0; a1; a2",
     {END}},
    {"M10", COUNT3, "a0 u=x; a59 u=x; a30 u=x", {59, END}},
    {"M11",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {gte: 3}"),
     "a0 u=x; a1 u=y; a2 u=z",
     {2, END}},
    {"M12", COUNT3, "a0; a1; a2", {END}},
    {"M13", COUNT3, "a0 u=5; a1 u=5; a2 u=5", {2, END}},
    {"M14",
     CORR("type: event_count, rules: [a], group-by: [u, h], timespan: 60s, "
          "condition: {gte: 2}"),
     "a0 u=x h=1; a1 u=x h=2",
     {END}},
    {"M15",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a1 d=p; a2 d=q",
     {END}},
    {"M16",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a1 d=q; a2 d=r",
     {2, END}},
    {"M17",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a1 d=q; a2",
     {END}},
    {"M18",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: [d, e], gte: 2}"),
     "a0 d=p e=1; a1 d=p e=2",
     {1, END}},
    {"M24", CORR("type: temporal, rules: [a, b], timespan: 60s"), "b0; a10", {10, END}},
    {"M25", CORR("type: temporal, rules: [a, b], timespan: 60s"), "a0; a1", {END}},
    {"M26",
     CORR("type: temporal, rules: [a, b, c], timespan: 60s, condition: {gte: 2}"),
     "a0; c5",
     {5, END}},
    {"M27",
     CORR("type: temporal, rules: [a, b], timespan: 60s, condition: a and not b"),
     "a0",
     {0, END}},
    {"M27 b too",
     CORR("type: temporal, rules: [a, b], timespan: 60s, "
          "condition: a and not b"),
     "a0; b5",
     {END}},
    {"M29", CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"), "b0; a10", {END}},
    {"M30", CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"), "a0; b0", {0, END}},
    {"M30 b first",
     CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"),
     "b0; a0",
     {END}},
    {"M31",
     CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"),
     "a0 !same; b0 !same",
     {END}},
    {"M32",
     CORR("type: temporal_ordered, rules: [a, b, c], timespan: 60s"),
     "a0; c5; b9",
     {END}},
    {"M32 whole",
     CORR("type: temporal_ordered, rules: [a, b, c], timespan: 60s"),
     "a0; c1; b5; c9",
     {9, END}},
    {"M33",
     CORR("type: temporal, rules: [a, b], timespan: 60s, group-by: [ip], "
          "aliases: {ip: {a: src, b: dst}}"),
     "a0 src=1; b1 dst=1",
     {1, END}},
    {"M33 other",
     CORR("type: temporal, rules: [a, b], timespan: 60s, group-by: [ip], "
          "aliases: {ip: {a: src, b: dst}}"),
     "a0 src=1; b1 dst=2",
     {END}},
    {"M35",
     SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [u], "
                                 "timespan: 60s, condition: {gte: 2}")
         CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], timespan: 60s"),
     "a0 u=x; a1 u=x; b2 u=x",
     {2, END}},
    {"M35 other",
     SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [u], "
                                 "timespan: 60s, condition: {gte: 2}")
         CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], "
              "timespan: 60s"),
     "a0 u=x; b1 u=x; a1 u=x; b2 u=y",
     {END}},
    {"M36",
     SAMPLE_CORRELATION("inner", "type: event_count, rules: [a], group-by: [h], "
                                 "timespan: 60s, condition: {gte: 2}")
         CORR("type: temporal_ordered, rules: [inner, b], group-by: [u], timespan: 60s"),
     "a0 u=x h=1; a1 u=x h=1; b2 u=x h=2",
     {2, END}},
    {"M37", COUNT3, "a0 u=x", {END}},
    {"two windows close",
     CORR("type: event_count, rules: [a], timespan: 60s, "
          "condition: {eq: 2}"),
     "a0; a1; a100; a101; a300",
     {1, 101, END}},
    {"neq",
     CORR("type: event_count, rules: [a], timespan: 60s, condition: {neq: 1}"),
     "a0; a100; a101",
     {101, END}},
    {"joined by or",
     CORR("type: temporal, rules: [a, b, c], timespan: 60s, "
          "condition: (a or b) and c"),
     "b0; c5",
     {5, END}},
    {"either of two rules counts",
     CORR("type: event_count, rules: [a, b], timespan: 60s, "
          "condition: {gte: 3}"),
     "a0; b1; a2",
     {2, END}},
    {"late step in order",
     CORR("type: temporal_ordered, rules: [a, b], timespan: 60s"),
     "b20; a10",
     {20, END}},
    {"late value",
     CORR("type: value_count, rules: [a], timespan: 60s, "
          "condition: {field: d, gte: 3}"),
     "a0 d=p; a50 d=q; a20 d=r",
     {50, END}},
    {"a rule by two names is one",
     CORR("type: temporal, rules: [a, a, b], timespan: 60s"),
     "a0; b1",
     {1, END}},
    {"steps of one rule",
     CORR("type: temporal_ordered, rules: [a, b, a], timespan: 60s"),
     "a0; b1; a2",
     {2, END}},
    {"no time", COUNT3, "a- u=x; a- u=x; a- u=x", {END}},
};

static void cases_by_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct correlate_case *k = &cases[i];
        struct correlated *c = run(k->rules, k->events);
        correlator_advance(c->correlator, INT64_MAX);
        size_t want = 0, got = 0;
        while (k->alerts[want] != END) {
            want++;
        }
        for (size_t f = 0; f < c->count; f++) {
            bool ours = str_eq(c->facts[f].rule_name, STR("n"));
            bool fits =
                !ours || (got < want && correlated_seconds(c->facts[f].last) == k->alerts[got]);
            if (!fits) {
                fail_msg("%s: a finding at %d", k->id, correlated_seconds(c->facts[f].last));
            }
            got += ours;
        }
        if (got != want) {
            fail_msg("%s: %zu findings, not %zu", k->id, got, want);
        }
        correlated_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
