/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trust - how far the text of a field can be believed.
 * src: model/trust.def
 */
#ifndef MODEL_TRUST_H
#define MODEL_TRUST_H

#include "base/str.h"

enum trust {
#define TRUST(identifier, name, meaning) TRUST_##identifier,
#include "model/trust.def"
#undef TRUST
    TRUST_COUNT
};

/* "T0" … "T4". */
struct str trust_name(enum trust trust);
MUST_USE bool trust_parse(struct str s, enum trust *out);

#endif
