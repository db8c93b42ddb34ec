/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suggest - the name that somebody probably meant: the nearest of those offered.
 */
#ifndef DETECT_SIGMA_SUGGEST_H
#define DETECT_SIGMA_SUGGEST_H

#include "base/str.h"

enum { SUGGEST_MAX_BYTES = 64, SUGGEST_MAX_OFFERS = 1000 };

/* Zero-initialise, set word; then offer names. best stays empty when none is near. */
struct suggest {
    struct str word, best;
    unsigned distance; /* of best */
    unsigned offers;
};

/* Near: ASCII case aside, at most one edit in three characters. Ignores what is past the caps.
 */
void suggest_offer(struct suggest *s, struct str name);

#endif
