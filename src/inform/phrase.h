/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * phrase - what notices say, one row per phrase in every language, so that the languages cannot
 * drift apart; and dates and ordinals as each language writes them.
 * src: inform/phrase.def
 */
#ifndef INFORM_PHRASE_H
#define INFORM_PHRASE_H

#include "base/buf.h"
#include "base/walltime.h"

enum phrase_language { PHRASE_EN, PHRASE_FR, PHRASE_LANGUAGE_COUNT };

enum phrase {
#define PHRASE(identifier, en, fr) PHRASE_##identifier,
#include "inform/phrase.def"
#undef PHRASE
    PHRASE_COUNT
};

enum { PHRASE_MAX_ARGS = 5 };

/* "en", "fr"; as the lang attribute of a page has it. */
struct str phrase_language_name(enum phrase_language l);
MUST_USE bool phrase_language_parse(struct str s, enum phrase_language *out);

struct str phrase_text(enum phrase p, enum phrase_language l);
/* {1} to {5} become args[0] to args[4], as they are: whoever prints the result escapes it. */
void phrase_put(struct buf *out, enum phrase p, enum phrase_language l,
                const struct str args[static PHRASE_MAX_ARGS]);

/* "24 November 2026", "1er décembre 2026", a no-break space behind the day; UTC. */
void phrase_date(struct buf *out, struct walltime t, enum phrase_language l);
/* "24 November 2026, 14:05 UTC", "24 novembre 2026, 14 h 05 UTC". */
void phrase_moment(struct buf *out, struct walltime t, enum phrase_language l);
/* "second", "deuxième"; from 11 on "11th", "11e". n > 0. */
void phrase_ordinal(struct buf *out, uint64_t n, enum phrase_language l);
/* 1234567 as "1,234,567", "1 234 567" with no-break spaces. */
void phrase_number(struct buf *out, uint64_t n, enum phrase_language l);

/* The row of a class of information, an entry vector and so on, by its name in assertions. */
enum phrase_table {
    PHRASE_OF_CLASS,
    PHRASE_OF_ENTRY,
    PHRASE_OF_RSIT, /* the first part of the class */
    PHRASE_OF_INFORMED,
    PHRASE_OF_WORD, /* names of the model: statuses, levels, kinds */
};
MUST_USE bool phrase_find(enum phrase_table table, struct str name, enum phrase *out);

#endif
