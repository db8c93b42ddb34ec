/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_inner - what the parts of the lint share: the text, its words, and the list of refusals.
 */
#ifndef INFORM_LINT_INNER_H
#define INFORM_LINT_INNER_H

#include "inform/lint.h"
#include "inform/lint_word.h"

/* Bytes of the folded text. */
struct lint_span {
    uint32_t from, to;
};

enum { LINT_MAX_ALLOWED = 256 };

struct lint {
    const struct lint_opts *o;
    struct str in; /* the notice */
    struct lint_text text;
    struct lint_words words;
    struct arena *a;
    struct str phrases;                         /* all words of statements and notes, folded */
    struct lint_span allowed[LINT_MAX_ALLOWED]; /* our own name, our contact */
    uint32_t allowed_count;
    struct lint_refusal *refusals; /* LINT_MAX_REFUSALS */
    struct lint_span *spans;       /* of each; {0, 0}: the notice as a whole */
    uint32_t count;
    uint64_t all;
};

/* The bytes from..to of the folded text are refused, if the rule applies and they are not what
 * may be said in any case. */
void lint_refuse(struct lint *l, enum lint_rule rule, size_t from, size_t to);
/* What these bytes say may be said, whatever rule comes later. */
void lint_allow(struct lint *l, size_t from, size_t to);
/* The notice as a whole. */
void lint_refuse_whole(struct lint *l, enum lint_rule rule);

#endif
