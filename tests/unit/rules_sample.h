/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rules_sample - load rule text in a test and see what became of it.
 */
#ifndef TESTS_UNIT_RULES_SAMPLE_H
#define TESTS_UNIT_RULES_SAMPLE_H

#include "test.h"

#include "detect/sigma/ruleset.h"

#include <stdio.h>

struct sample {
    struct diag diag;
    struct ruleset *set;
    struct ruleset_counts counts;
    const struct rule *rules;
    size_t rule_count;
};

static inline struct sample sample_with(const struct ruleset_opts *opts, const char *text)
{
    struct sample s = {.diag = diag_open(), .set = ruleset_open(opts)};
    ruleset_add(s.set, STR("sample.yml"), str_of(text), &s.diag);
    ruleset_finish(s.set, &s.diag);
    s.counts = ruleset_counts(s.set);
    s.rules = ruleset_rules(s.set, &s.rule_count);
    return s;
}

static inline struct sample sample_of(const char *text)
{
    return sample_with(&(struct ruleset_opts){0}, text);
}

static inline void sample_close(struct sample *s)
{
    ruleset_close(s->set);
    diag_close(&s->diag);
}

static inline void sample_print(const struct sample *s)
{
    AUTO_BUF out = {0};
    for (size_t i = 0; i < s->diag.count; i++) {
        diag_print(&out, &s->diag.messages[i]);
    }
    print_message("%.*s", (int)out.n, out.p == NULL ? "" : out.p);
}

/* Is there a message at line:column that holds `part`? */
static inline void sample_says(const struct sample *s, uint32_t line, uint32_t column,
                               const char *part)
{
    for (size_t i = 0; i < s->diag.count; i++) {
        const struct diag_message *m = &s->diag.messages[i];
        if (m->line == line && m->column == column &&
            str_find(m->text, str_of(part)) != SIZE_MAX) {
            return;
        }
    }
    print_error("no message at %u:%u with \"%s\" among:\n", line, column, part);
    sample_print(s);
    fail();
}

#define RULE_HEAD                                                                              \
    "title: Sample\nid: 6f3e2987-db24-4c78-a860-b4f4095a7095\nlevel: low\n"                    \
    "logsource: {product: windows}\n"
/* The body begins in line 6. */
#define DETECTION(body) RULE_HEAD "detection:\n" body

/* The rule is rejected with a message at line:column that holds `part`. */
static inline void rejects(const char *text, uint32_t line, uint32_t column, const char *part)
{
    struct sample s = sample_of(text);
    sample_says(&s, line, column, part);
    assert_int_equal(s.rule_count, 0);
    assert_true(s.counts.rejected > 0);
    sample_close(&s);
}

/* One rule, with that many warnings. */
static inline struct sample accepts(const char *text, size_t warnings)
{
    struct sample s = sample_of(text);
    if (s.rule_count != 1 || s.diag.errors != 0 || s.diag.warnings != warnings) {
        sample_print(&s);
    }
    assert_int_equal(s.rule_count, 1);
    assert_int_equal(s.counts.rejected, 0);
    assert_int_equal(s.diag.errors, 0);
    assert_int_equal(s.diag.warnings, warnings);
    return s;
}

#endif
