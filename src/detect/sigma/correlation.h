/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlation - rules over the matches of other rules: read, validated and their references
 * resolved. They are not evaluated here.
 * src: sigma-specification 2.1.0, sigma-correlation-rules-specification
 */
#ifndef DETECT_SIGMA_CORRELATION_H
#define DETECT_SIGMA_CORRELATION_H

#include "base/map.h"
#include "base/vec.h"
#include "detect/sigma/loader.h"

struct correlation_reading {
    struct correlation correlation;
    uint32_t column;
    const struct str *rules; /* ids (lower case) or names */
    uint32_t rule_count;
    bool generate; /* the rules it refers to make findings of their own */
};

struct correlation_readings VEC_OF(struct correlation_reading);

/* REJECTED, with a message for each fault. */
MUST_USE struct rc correlation_read(struct loader *l, const struct node *root,
                                    struct correlation_reading *out);

/* What the references of correlations may name. */
struct correlation_targets {
    struct map rules;        /* id or name → index of a rule */
    struct map correlations; /* id or name → index of a correlation */
};

/*
 * correlation_resolve - find what every correlation refers to.
 *
 * out_bad  one per correlation: true when it was rejected (unknown reference, cycle), with a
 *          message
 */
void correlation_resolve(struct loader *l, const struct correlation_readings *all,
                         const struct correlation_targets *targets, bool *out_bad);

#endif
