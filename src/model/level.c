/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/level.h"

static const struct str names[LEVEL_COUNT] = {
    [LEVEL_INFORMATIONAL] = STR_INIT("informational"),
    [LEVEL_LOW] = STR_INIT("low"),
    [LEVEL_MEDIUM] = STR_INIT("medium"),
    [LEVEL_HIGH] = STR_INIT("high"),
    [LEVEL_CRITICAL] = STR_INIT("critical"),
};

struct str level_name(enum level level)
{
    check(level < LEVEL_COUNT);
    return names[level];
}

bool level_parse(struct str s, enum level *out)
{
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        if (str_eq_nocase(s, names[i])) {
            *out = (enum level)i;
            return true;
        }
    }
    if (str_eq_nocase(s, STR("info"))) {
        *out = LEVEL_INFORMATIONAL;
        return true;
    }
    return false;
}
