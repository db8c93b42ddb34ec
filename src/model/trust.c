/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/trust.h"

static const struct str names[] = {
#define TRUST(identifier, name, meaning) STR_INIT(name),
#include "model/trust.def"
#undef TRUST
};

struct str trust_name(enum trust trust)
{
    return names[trust];
}

bool trust_parse(struct str s, enum trust *out)
{
    for (size_t i = 0; i < TRUST_COUNT; i++) {
        if (str_eq(s, names[i])) {
            *out = (enum trust)i;
            return true;
        }
    }
    return false;
}
