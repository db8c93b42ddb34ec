/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regex_needle - what can be said about a regular expression without running it. Cautious:
 * where the syntax is unusual the answer is the one that is always right.
 */
#ifndef DETECT_SIGMA_REGEX_NEEDLE_H
#define DETECT_SIGMA_REGEX_NEEDLE_H

#include "base/arena.h"

/* Does it treat all code points above ASCII alike? */
bool regex_needle_is_ascii(struct str expression);

/*
 * regex_needle - the longest ASCII text, in lower case, that stands in every match whatever
 * its case; empty when none is sure.
 * fails  ARENA_FULL
 */
MUST_USE struct rc regex_needle(struct str expression, struct arena *a, struct str *out);

#endif
