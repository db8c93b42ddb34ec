/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keywords - which keyword atoms may hold of a record, from one look at all its text. Most
 * records hold none of the needles, and then no value is looked at on its own.
 */
#ifndef DETECT_SIGMA_KEYWORDS_H
#define DETECT_SIGMA_KEYWORDS_H

#include "detect/sigma/matcher.h"

struct keywords;

/* atoms: ascending numbers; all of kind VALUE on the keyword field. */
struct keywords *keywords_open(const struct atom *all, const uint32_t *atoms, uint32_t count);
void keywords_close(struct keywords *k);
bool keywords_equal(const struct keywords *k, const uint32_t *atoms, uint32_t count);
/* May a needle be in a numeral (value.h)? */
bool keywords_in_numerals(const struct keywords *k);
void keywords_scratch(const struct keywords *k, struct hs_scratch **scratch);

/*
 * text: all values, but numerals only if keywords_in_numerals; a newline between, in any case;
 * U+017F and U+212A, which fold to ASCII, must be folded. The atoms that may hold are appended
 * to run->atoms; others do not hold.
 */
void keywords_scan(const struct keywords *k, struct str text, struct matcher_run *run);

#endif
