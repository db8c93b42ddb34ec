/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlation_condition - when a correlation holds: numbers to compare with, or rules joined by
 * and, or, not.
 */
#ifndef DETECT_SIGMA_CORRELATION_CONDITION_H
#define DETECT_SIGMA_CORRELATION_CONDITION_H

#include "detect/sigma/loader.h"

/*
 * correlation_condition_read - the condition in `section`, into c, whose kind, type and rules
 * are read already. Says in c->unevaluated what of it cannot be judged yet.
 * fails  REJECTED, with a message for each fault
 */
MUST_USE struct rc correlation_condition_read(struct loader *l, const struct node *section,
                                              struct correlation *c);

#endif
