/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ruleset - reads Sigma files (text already in memory) into rules: collections, global
 * actions, filters, correlations. What is wrong goes to a diag, with the rule rejected and
 * counted; a rule is never silently dead.
 */
#ifndef DETECT_SIGMA_RULESET_H
#define DETECT_SIGMA_RULESET_H

#include "base/diag.h"
#include "detect/sigma/correlation_rule.h"
#include "detect/sigma/rule.h"

struct ruleset;

/* A list for |expand: name without its percent signs, and its values. */
struct placeholder {
    struct str name;
    const struct str *values;
    uint32_t value_count;
};

struct ruleset_opts {
    const struct placeholder *placeholders;
    uint32_t placeholder_count;
    bool strict; /* reject what the specification forbids but converters accept */
};

struct ruleset *ruleset_open(const struct ruleset_opts *opts);
void ruleset_close(struct ruleset *s);

/*
 * Read one file's text. path and text are copied where needed; messages borrow the copy, so
 * print them before ruleset_close. Faults go to diag and reject the rule they are in; the rest
 * of the file is still read.
 */
void ruleset_add(struct ruleset *s, struct str path, struct str text, struct diag *diag);

/*
 * After the last file: apply filters, resolve correlation references, find duplicate ids.
 * The rules are valid and constant from here until ruleset_close.
 */
void ruleset_finish(struct ruleset *s, struct diag *diag);

const struct rule *ruleset_rules(const struct ruleset *s, size_t *out_count);
const struct correlation *ruleset_correlations(const struct ruleset *s, size_t *out_count);

/* unevaluated: of the correlations, those that make no findings (correlation.unevaluated). */
struct ruleset_counts {
    size_t files, rules, correlations, unevaluated, filters, rejected;
};
struct ruleset_counts ruleset_counts(const struct ruleset *s);

#endif
