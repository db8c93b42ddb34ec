/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * role - the processes that tocsind consists of.
 * src: model/role.def
 */
#ifndef MODEL_ROLE_H
#define MODEL_ROLE_H

#include "base/str.h"

enum role {
#define ROLE(identifier, name, untrusted, powers) ROLE_##identifier,
#include "model/role.def"
#undef ROLE
    ROLE_COUNT
};

struct str role_name(enum role role);
MUST_USE bool role_parse(struct str s, enum role *out);

#endif
