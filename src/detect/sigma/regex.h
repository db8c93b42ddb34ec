/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regex - regular expressions over Vectorscan: linear in the text, no backtracking. Search
 * semantics, case counts, `.` is a code point, `$` also matches before a final newline.
 *
 * An expression that names only ASCII is matched on the text with each other code point
 * narrowed to one byte: it cannot tell them apart, and byte automata compile six times faster
 * than those of UTF-8. (So U+017F and U+212A are not s and k, whatever their case.)
 *
 * Expressions are checked while rules load and compiled where first needed: SigmaHQ's take
 * longer to compile than all else together, and most logs need few of them.
 */
#ifndef DETECT_SIGMA_REGEX_H
#define DETECT_SIGMA_REGEX_H

#include "base/arena.h"
#include "base/map.h"
#include "detect/sigma/subject.h"

enum regex_flag { REGEX_IGNORE_CASE = 1, REGEX_MULTI_LINE = 2, REGEX_DOT_ALL = 4 };

struct regex {
    const char *text;  /* owned by the arena of its regexes */
    uint32_t flags;    /* enum regex_flag */
    uint32_t number;   /* among its regexes */
    struct str needle; /* folded text that every match contains; empty when none is known */
    bool narrow;
};

/* All expressions of an engine, each once. */
struct regexes {
    struct regex *p; /* heap, owned */
    uint32_t n, room;
    struct map index;
    struct arena *arena; /* borrowed */
    bool thorough;       /* compile each once when it is added, to see whether it can be */
};

struct regexes regex_open(struct arena *arena, uint64_t seed);
void regex_free(struct regexes *r);

enum { REGEX_MAX_REASON_BYTES = 160 };

/*
 * regex_add - check text, unless it is there already.
 * fails  REJECTED with what Vectorscan says in `reason`, ARENA_FULL
 */
MUST_USE struct rc regex_add(struct regexes *r, struct str text, uint32_t flags,
                             char reason[static REGEX_MAX_REASON_BYTES], struct regex *out);

/* One worker's compiled expressions. */
struct regex_cache;
struct regex_cache *regex_cache_open(const struct regexes *r);
void regex_cache_close(struct regex_cache *c);
/* How many could not be compiled after all (too large), and whether this one is among them. */
uint32_t regex_cache_refused_count(const struct regex_cache *c);
bool regex_cache_refused(const struct regex_cache *c, uint32_t number);

/* Is x found in s? s->memory has the cache. A refused expression is found nowhere. */
bool regex_match(const struct regex *x, struct subject *s);

#endif
