/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walltime - UTC time of records, microseconds since 1970. Proleptic Gregorian, no leap
 * seconds.
 */
#ifndef BASE_WALLTIME_H
#define BASE_WALLTIME_H

#include "base/buf.h"
#include "base/str.h"

/* digits: fractional digits that the source gave, 0 to 9; nanoseconds are kept apart. */
struct walltime {
    int64_t us;     /* since 1970-01-01T00:00:00Z; WALLTIME_NONE when unknown */
    uint16_t below; /* nanoseconds below the microsecond, 0 to 999 */
    uint8_t digits;
};

#define WALLTIME_NONE INT64_MIN

/* A date and time of day in UTC. */
struct walltime_parts {
    int32_t year;
    uint8_t month, day, hour, minute, second; /* month and day from 1 */
};

static inline bool walltime_known(struct walltime t)
{
    return t.us != WALLTIME_NONE;
}

/* 100 ns ticks since 1601 (FILETIME); digits is 7. */
struct walltime walltime_from_filetime(uint64_t ticks);
struct walltime walltime_from_unix(int64_t seconds);
struct walltime walltime_from_parts(struct walltime_parts parts);
struct walltime_parts walltime_split(struct walltime t);
/* month from 1 to 12. */
unsigned walltime_days_in_month(int32_t year, unsigned month);
/* ISO 8601 week number, 1 to 53. */
unsigned walltime_iso_week(struct walltime t);

/*
 * ISO 8601 / RFC 3339: "2025-11-27T03:40:10.5Z", a blank for the T, any offset, no offset
 * (taken as UTC), seconds optional, date alone. The whole of s must be a time.
 */
MUST_USE bool walltime_parse(struct str s, struct walltime *out);
/* RFC 3339 in UTC with as many digits as the source gave; "-" when unknown. */
void walltime_format(struct buf *out, struct walltime t);

#endif
