/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/effect.h"

struct str effect_kind_name(enum effect_kind k)
{
    static const struct str names[EFFECT_KIND_COUNT] = {
        [EFFECT_TOUCHED] = STR_INIT("touched"),
        [EFFECT_READ] = STR_INIT("read"),
        [EFFECT_TAKEN] = STR_INIT("taken"),
        [EFFECT_ALTERED] = STR_INIT("altered"),
    };
    check(k < EFFECT_KIND_COUNT);
    return names[k];
}

struct str effect_status_name(enum effect_status s)
{
    static const struct str names[EFFECT_STATUS_COUNT] = {
        [EFFECT_CONFIRMED] = STR_INIT("confirmed"),
        [EFFECT_SUSPECTED] = STR_INIT("suspected"),
        [EFFECT_NONE_SO_FAR] = STR_INIT("none found so far"),
        [EFFECT_UNKNOWN] = STR_INIT("unknown"),
    };
    check(s < EFFECT_STATUS_COUNT);
    return names[s];
}
