/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_word - the words of a text with their sentences and paragraphs, dates among them, and
 * patterns over words.
 *
 * A pattern is elements with blanks between: "word", "a|b" (one of them), "pre*" (begins so),
 * "apt#" (then digits), "#" (digits), "?word" (may be missing), "..." (up to LINT_WORD_GAP
 * words in between). Several patterns stand in one text, parted by ';'. All of it in small
 * letters without accents; an apostrophe or a hyphen parts words: "l etat".
 */
#ifndef INFORM_LINT_WORD_H
#define INFORM_LINT_WORD_H

#include "base/walltime.h"
#include "inform/lint_text.h"

enum {
    LINT_WORD_MAX = 60000,
    LINT_WORD_GAP = 5,
    LINT_WORD_MAX_ELEMENTS = 12,
};

struct lint_word {
    struct str text; /* letters and digits only */
    uint32_t sentence, paragraph;
    bool date;            /* part of a date or of a time of day */
    struct walltime when; /* at the first word of a full date; else unknown */
};

struct lint_words {
    struct lint_word *p;
    uint32_t n;
};

/* fails  TOO_MANY, ARENA_FULL */
MUST_USE struct rc lint_word_split(const struct lint_text *t, struct arena *a,
                                   struct lint_words *out);

/* Does one of the patterns match at word i, within its sentence? How many words; 0: no. */
uint32_t lint_word_match(const struct lint_words *w, uint32_t i, struct str patterns);
/* Is there a match anywhere in the sentence of word i? Reads all of it: ask once a sentence. */
bool lint_word_near(const struct lint_words *w, uint32_t i, struct str patterns);

/* With which characters the patterns can begin, as a set; is that of a word in it? */
uint32_t lint_word_firsts(struct str patterns);
bool lint_word_may(const struct lint_words *w, uint32_t i, uint32_t firsts);

#endif
