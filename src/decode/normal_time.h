/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_time - the time formats of log shippers.
 */
#ifndef DECODE_NORMAL_TIME_H
#define DECODE_NORMAL_TIME_H

#include "base/walltime.h"

/*
 * ISO 8601 in its variants, "/Date(ms)/", seconds, milliseconds, microseconds or nanoseconds
 * since 1970 (by magnitude, with or without fraction), "10/18/2020 2:17:17 AM" (month first).
 * *out_zoned: the text itself says which time zone, so that it is UTC for sure.
 * False and the outputs untouched when it is none of them.
 */
MUST_USE bool normal_time_parse(struct str s, struct walltime *out, bool *out_zoned);

#endif
