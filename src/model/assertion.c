/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/assertion.h"

static const struct {
    struct str name;
    enum tlp tlp;
} rows[ASSERTION_KIND_COUNT] = {
#define ASSERTION(identifier, name, tlp, value, extra)                                         \
    [ASSERTION_##identifier] = {STR_INIT(name), TLP_##tlp},
#include "model/assertion.def"
#undef ASSERTION
};

struct str assertion_name(enum assertion_kind k)
{
    check(k < ASSERTION_KIND_COUNT);
    return rows[k].name;
}

enum tlp assertion_tlp(enum assertion_kind k)
{
    check(k < ASSERTION_KIND_COUNT);
    return rows[k].tlp;
}

struct str assertion_status_name(enum assertion_status s)
{
    static const struct str names[ASSERTION_STATUS_COUNT] = {
        [ASSERTION_KNOWN] = STR_INIT("known"),
        [ASSERTION_ASSESSED] = STR_INIT("assessed"),
        [ASSERTION_UNKNOWN] = STR_INIT("unknown"),
        [ASSERTION_WITHDRAWN] = STR_INIT("withdrawn"),
    };
    check(s < ASSERTION_STATUS_COUNT);
    return names[s];
}
