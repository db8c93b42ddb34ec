/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_text - a notice as the lint reads it: markup gone, entities decoded, small letters
 * without accents, invisible characters dropped, look-alike punctuation made plain; and where
 * in the notice each byte came from.
 */
#ifndef INFORM_LINT_TEXT_H
#define INFORM_LINT_TEXT_H

#include "base/arena.h"
#include "inform/notice.h"

struct lint_text {
    const char *p;
    const uint32_t *at; /* offset in the notice of each byte of p */
    size_t n;
    const uint32_t *strange; /* offsets of letters of other scripts and of bidi controls */
    uint32_t strange_count;
    const uint32_t *active; /* offsets of comments, scripts and what loads things */
    uint32_t active_count;
};

enum { LINT_TEXT_MAX_NOTED = 64 };

/* text is UTF-8. fails  ARENA_FULL */
MUST_USE struct rc lint_text_make(struct str text, enum notice_format format, struct arena *a,
                                  struct lint_text *out);
/* A name, folded as a text is; empty when the arena is full. Not longer than s. */
struct str lint_text_fold(struct str s, struct arena *a);

#endif
