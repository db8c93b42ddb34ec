/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlation - rules over the matches of other rules: read, validated and their references
 * resolved. They are evaluated in detect/correlate.
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
 * correlation_resolve - find what every correlation refers to, drop those that cannot be
 * (unknown reference, cycle; with a message), and set `targets` of the rest.
 *
 * out_order  room for all->n: what is left of `all`, each after all that it refers to
 * Returns how many were dropped.
 */
size_t correlation_resolve(struct loader *l, struct correlation_readings *all,
                           const struct correlation_targets *targets, uint32_t *out_order);

#endif
