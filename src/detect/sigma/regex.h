/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regex - regular expressions over Vectorscan: linear in the text, no backtracking. Search
 * semantics, case counts, `.` is a code point, `$` also matches before a final newline.
 *
 * An expression that names only ASCII is matched on the text with each other code point
 * narrowed to one byte: it cannot tell them apart, and byte automata compile six times faster
 * than those of UTF-8. (So U+017F and U+212A are not s and k, whatever their case.)
 */
#ifndef DETECT_SIGMA_REGEX_H
#define DETECT_SIGMA_REGEX_H

#include "base/arena.h"
#include "base/map.h"
#include "detect/sigma/subject.h"

enum regex_flag { REGEX_IGNORE_CASE = 1, REGEX_MULTI_LINE = 2, REGEX_DOT_ALL = 4 };

/* Owned by the regexes that it was compiled in. */
struct regex {
    struct str text;
    uint32_t flags;    /* enum regex_flag */
    struct str needle; /* folded text that every match contains; empty when none is known */
    const struct hs_database *database;
    bool narrow;
};

/* All expressions of an engine, each compiled once. */
struct regexes {
    struct regex *p; /* heap, owned */
    uint32_t n, room;
    struct map index;
    struct arena *arena; /* borrowed */
};

struct regexes regexes_open(struct arena *arena, uint64_t seed);
void regexes_free(struct regexes *r);

enum { REGEX_MAX_REASON_BYTES = 160 };

/*
 * regexes_add - compile text, unless it is there already.
 * fails  REJECTED with what Vectorscan says in `reason`, ARENA_FULL
 */
MUST_USE struct rc regexes_add(struct regexes *r, struct str text, uint32_t flags,
                               char reason[static REGEX_MAX_REASON_BYTES], struct regex *out);

/* Room to scan with any of them, added to *scratch. */
void regexes_scratch(const struct regexes *r, struct hs_scratch **scratch);

/* Is it found in s? s->memory has the scratch. */
bool regex_match(const struct regex *x, struct subject *s);

#endif
