/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * level - how bad a rule's author says a match is; the order is Sigma's.
 */
#ifndef MODEL_LEVEL_H
#define MODEL_LEVEL_H

#include "base/str.h"

enum level {
    LEVEL_INFORMATIONAL,
    LEVEL_LOW,
    LEVEL_MEDIUM,
    LEVEL_HIGH,
    LEVEL_CRITICAL,
    LEVEL_COUNT
};

/* "informational" … "critical". */
struct str level_name(enum level level);
/* Case ignored, "info" too; false when it is none of them. */
MUST_USE bool level_parse(struct str s, enum level *out);

#endif
