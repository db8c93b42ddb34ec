/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/tlp.h"

struct str tlp_name(enum tlp t)
{
    static const struct str names[TLP_COUNT] = {
        [TLP_CLEAR] = STR_INIT("TLP:CLEAR"), [TLP_GREEN] = STR_INIT("TLP:GREEN"),
        [TLP_AMBER] = STR_INIT("TLP:AMBER"), [TLP_AMBER_STRICT] = STR_INIT("TLP:AMBER+STRICT"),
        [TLP_RED] = STR_INIT("TLP:RED"),
    };
    check(t < TLP_COUNT);
    return names[t];
}
