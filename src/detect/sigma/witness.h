/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * witness - for a rule, atoms one of which must hold whenever the rule does. Only these are
 * looked for in every event; the rule is evaluated when one of them was found.
 */
#ifndef DETECT_SIGMA_WITNESS_H
#define DETECT_SIGMA_WITNESS_H

#include "detect/sigma/expr.h"

/*
 * witness_find - the set that is expected to hold most rarely.
 *
 * atoms  their `uses` are final
 * a      for the result
 * out    ascending; none when nothing is sure to be found (`not x`, `field: null`)
 * fails  ARENA_FULL
 */
MUST_USE struct rc witness_find(const struct expr *e, const struct atoms *atoms,
                                struct arena *a, const uint32_t **out, uint32_t *out_count);

#endif
