/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>

void attr_check_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "tocsin: internal error: %s does not hold at %s:%d\n", cond, file, line);
    abort();
}
