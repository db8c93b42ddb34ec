/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/action.h"

static const struct str names[VERDICT_COUNT] = {
#define VERDICT(identifier, name, text) [VERDICT_##identifier] = STR_INIT(name),
#include "model/verdict.def"
#undef VERDICT
};

struct str verdict_name(enum verdict verdict)
{
    check(verdict < VERDICT_COUNT);
    return names[verdict];
}

struct str verdict_text(enum verdict verdict)
{
    static const struct str texts[VERDICT_COUNT] = {
#define VERDICT(identifier, name, text) [VERDICT_##identifier] = STR_INIT(text),
#include "model/verdict.def"
#undef VERDICT
    };
    check(verdict < VERDICT_COUNT);
    return texts[verdict];
}

bool verdict_parse(struct str s, enum verdict *out)
{
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (str_eq(s, names[i])) {
            *out = (enum verdict)i;
            return true;
        }
    }
    return false;
}
