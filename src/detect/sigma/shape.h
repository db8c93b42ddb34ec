/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shape - reads the modifiers of an item, left to right, and refuses what does not go together.
 */
#ifndef DETECT_SIGMA_SHAPE_H
#define DETECT_SIGMA_SHAPE_H

#include "detect/sigma/lower.h"

/* fails  REJECTED (said in diag) */
MUST_USE struct rc shape_read(const struct lower *l, const struct rule_item *item,
                              struct item_shape *out);

#endif
