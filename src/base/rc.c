/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rc.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
    enum fate fate;
} table[ERR_COUNT] = {
    [ERR_NONE] = {"OK", "is fine", FATE_NONE},
#define ERR(name, fate, text) [ERR_##name] = {#name, text, FATE_##fate},
#include "base/err.def"
#undef ERR
};

struct rc rc_errno(void)
{
    return (struct rc){.code = ERR_SYSTEM, .sys = (uint16_t)errno};
}

void rc_ignore(struct rc rc, const char *reason)
{
    (void)rc;
    (void)reason;
}

const char *rc_text(struct rc rc)
{
    check(rc.code < ERR_COUNT);
    /* an rc may come from another process: a number that is no errno has no text */
    const char *text = rc.code == ERR_SYSTEM && rc.sys != 0 ? strerrordesc_np(rc.sys) : NULL;
    return text != NULL ? text : table[rc.code].text;
}

const char *rc_name(struct rc rc)
{
    check(rc.code < ERR_COUNT);
    return table[rc.code].name;
}

enum fate rc_fate(struct rc rc)
{
    check(rc.code < ERR_COUNT);
    return table[rc.code].fate;
}
