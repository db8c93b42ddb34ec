/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlation_rule - a correlation as it was written, its references resolved. Everything is
 * owned by the arena of the rule set that holds it.
 * src: sigma-specification 2.1.0, sigma-correlation-rules-specification
 */
#ifndef DETECT_SIGMA_CORRELATION_RULE_H
#define DETECT_SIGMA_CORRELATION_RULE_H

#include "detect/sigma/rule.h"

enum correlation_kind {
    CORRELATION_EVENT_COUNT,
    CORRELATION_VALUE_COUNT,
    CORRELATION_VALUE_SUM,
    CORRELATION_VALUE_AVG,
    CORRELATION_VALUE_PERCENTILE,
    CORRELATION_VALUE_MEDIAN,
    CORRELATION_TEMPORAL,
    CORRELATION_TEMPORAL_ORDERED,
    CORRELATION_LEGACY, /* of `| min(x) by` and its like, which modern Sigma lacks */
    CORRELATION_KIND_COUNT
};

enum correlation_compare {
    CORRELATION_GT,
    CORRELATION_GTE,
    CORRELATION_LT,
    CORRELATION_LTE,
    CORRELATION_EQ,
    CORRELATION_NEQ,
    CORRELATION_COMPARE_COUNT
};

struct correlation_test {
    enum correlation_compare compare;
    double number;
};

/* For the events of one rule, the field that is meant by the alias. */
struct correlation_alias {
    struct str name, rule, field;
};

/* What a reference names: a rule of the set, or another correlation of it. */
struct correlation_target {
    bool is_correlation;
    uint32_t index;
};

enum {
    CORRELATION_MAX_RULES = 1000,
    /* Fields that it groups by, and that it counts: what a finding has room for. */
    CORRELATION_MAX_GROUPS = 6,
    CORRELATION_MAX_FIELDS = 2,
    /* Events that one finding of event_count or value_count may need: they are all held. */
    CORRELATION_MAX_COUNT = 10000,
};

struct correlation {
    struct str id, title, name, path; /* id: lower case, or empty */
    struct str type;                  /* "event_count" … */
    enum correlation_kind kind;
    enum level level; /* one without it is MEDIUM, as of rules */
    uint32_t line;
    bool legacy; /* lowered from `| count() by` */
    const struct str *tags;
    uint32_t tag_count;
    const struct str *rules;                  /* ids (lower case) or names, as written */
    const struct correlation_target *targets; /* as many: after ruleset_finish */
    uint32_t rule_count;
    const struct str *groups; /* group-by: fields or aliases */
    uint32_t group_count;
    const struct correlation_alias *aliases;
    uint32_t alias_count;
    int64_t timespan_us;
    struct correlation_test tests[CORRELATION_COMPARE_COUNT]; /* all must hold */
    uint32_t test_count;
    const struct condition *condition; /* over `rules`, or NULL */
    const struct str *fields;          /* what is counted: one value is one of each */
    uint32_t field_count;
    bool generate;           /* the rules it refers to make findings of their own */
    bool silent;             /* as rule.silent */
    const char *unevaluated; /* why it makes no findings; NULL: it does. Static text */
};

#endif
