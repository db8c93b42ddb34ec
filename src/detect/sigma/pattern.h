/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pattern - one compiled value of a rule item: what a single value of an event is held
 * against.
 */
#ifndef DETECT_SIGMA_PATTERN_H
#define DETECT_SIGMA_PATTERN_H

#include "base/buf.h"
#include "detect/sigma/cidr.h"
#include "detect/sigma/glob.h"
#include "detect/sigma/regex.h"
#include "detect/sigma/subject.h"

enum pattern_kind { PATTERN_GLOB, PATTERN_REGEX, PATTERN_CIDR, PATTERN_NUMBER, PATTERN_TIME };

enum comparison { COMPARE_EQUAL, COMPARE_LT, COMPARE_LTE, COMPARE_GT, COMPARE_GTE };

enum time_part { TIME_MINUTE, TIME_HOUR, TIME_DAY, TIME_WEEK, TIME_MONTH, TIME_YEAR };

struct pattern {
    enum pattern_kind kind;
    bool cased;                 /* GLOB: held against the text as it is, else folded */
    enum comparison comparison; /* NUMBER, TIME */
    enum time_part part;        /* TIME */
    union {
        struct glob glob;
        struct regex regex;
        struct cidr cidr;
        struct number number; /* NUMBER, TIME */
    };
};

/* s holds a scalar. */
bool pattern_match(const struct pattern *p, struct subject *s);

/*
 * Folded text that stands in every value that p matches, or empty when none is known;
 * *out_whole when a value with it matches p for certain.
 */
struct str pattern_needle(const struct pattern *p, bool *out_whole);

/* Bytes that are equal for two patterns exactly when the patterns are. */
void pattern_key(const struct pattern *p, struct buf *out);

/*
 * How rarely it can be expected to hold, about in bytes of text that must be there; 0 for
 * what every value satisfies.
 */
uint32_t pattern_rarity(const struct pattern *p);

#endif
