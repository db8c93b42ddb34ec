/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/role.h"

static const struct str names[] = {
#define ROLE(identifier, name, untrusted, powers) STR_INIT(name),
#include "model/role.def"
#undef ROLE
};

struct str role_name(enum role role)
{
    return names[role];
}

bool role_parse(struct str s, enum role *out)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (str_eq(s, names[i])) {
            *out = (enum role)i;
            return true;
        }
    }
    return false;
}
