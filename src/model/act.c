/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/action.h"

static const struct str names[ACT_COUNT] = {
    [ACT_APPLY] = STR_INIT("apply"),
    [ACT_UNDO] = STR_INIT("undo"),
    [ACT_LAPSE] = STR_INIT("lapse"),
};

struct str act_name(enum act act)
{
    check(act < ACT_COUNT);
    return names[act];
}

bool act_parse(struct str s, enum act *out)
{
    for (size_t i = 0; i < ACT_COUNT; i++) {
        if (str_eq(s, names[i])) {
            *out = (enum act)i;
            return true;
        }
    }
    return false;
}
