/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/action.h"

static const struct str names[OUTCOME_COUNT] = {
    [OUTCOME_EFFECTIVE] = STR_INIT("effective"),
    [OUTCOME_INEFFECTIVE] = STR_INIT("ineffective"),
    [OUTCOME_UNKNOWN] = STR_INIT("unknown"),
};

struct str outcome_name(enum outcome outcome)
{
    check(outcome < OUTCOME_COUNT);
    return names[outcome];
}

bool outcome_parse(struct str s, enum outcome *out)
{
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        if (str_eq(s, names[i])) {
            *out = (enum outcome)i;
            return true;
        }
    }
    return false;
}
