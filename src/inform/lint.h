/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint - what the bytes of a notice must not say to their audience: run over what was produced,
 * and again over what people made of it. It looks through markup, defanging and other
 * spellings. src: inform/lint_rule.def
 */
#ifndef INFORM_LINT_H
#define INFORM_LINT_H

#include "inform/notice.h"

enum lint_rule {
#define LINT_RULE(identifier, name, audiences, why, instead) LINT_##identifier,
#include "inform/lint_rule.def"
#undef LINT_RULE
    LINT_RULE_COUNT
};

struct str lint_rule_name(enum lint_rule r);
struct str lint_rule_why(enum lint_rule r);
struct str lint_rule_instead(enum lint_rule r);
bool lint_rule_applies(enum lint_rule r, enum notice_audience to);

enum {
    LINT_MAX_BYTES = 512 << 10, /* of a notice: some hundred pages */
    LINT_MAX_REFUSALS = 200,    /* listed; all are counted */
    LINT_MAX_FOUND_BYTES = 80,
};

struct lint_opts {
    enum notice_audience audience;
    enum notice_format format;
    const struct incident *incident; /* NULL: what it names is not known, nor what is done */
    struct str institution[PHRASE_LANGUAGE_COUNT];
    struct str contact;  /* with the institutions' names, what may be said in any case */
    struct walltime now; /* WALLTIME_NONE: the next update may lie in the past */
};

/* line and column count from 1, columns in characters; 0: the notice as a whole. */
struct lint_refusal {
    enum lint_rule rule;
    uint32_t line, column;
    struct str found; /* as it stands there: foreign */
};

/* In the order of the text. Owned by the arena. */
struct lint_result {
    const struct lint_refusal *refusals;
    uint32_t count; /* listed */
    uint64_t all;
};

/* Is it a page? What begins with a tag is. */
enum notice_format lint_guess_format(struct str text);

/* fails  TOO_LONG, ENCODING (no UTF-8), TOO_MANY (words), ARENA_FULL: then it is not checked */
MUST_USE struct rc lint_run(struct str text, const struct lint_opts *o, struct arena *a,
                            struct lint_result *out);

/* "path:line:column: [rule] "found": why; write …", escaped, a line each. */
void lint_print(struct buf *out, struct str path, const struct lint_result *r);
void lint_print_json(struct buf *out, struct str path, const struct lint_result *r);

#endif
