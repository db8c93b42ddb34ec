/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syslog_time - the times at the start of log lines. Each reads a time at the start of s and
 * returns its length in bytes, 0 when there is none (then *out is untouched).
 */
#ifndef DECODE_SYSLOG_TIME_H
#define DECODE_SYSLOG_TIME_H

#include "base/walltime.h"

/*
 * "Jun 14 15:16:01", with fraction or year ("Jun 14 2016 15:16:01"). Without a year it is of
 * the last one that has this day and in which it is not after latest_s (seconds since 1970)
 * and a day, for zones; when that is 0 or there is none, *out is WALLTIME_NONE.
 */
size_t syslog_time_3164(struct str s, int64_t latest_s, struct walltime *out);
/* "Mon Jun  6 18:43:28 2016" */
size_t syslog_time_ctime(struct str s, struct walltime *out);
/* "10/Oct/2000:13:55:36 -0700", as web servers write it */
size_t syslog_time_clf(struct str s, struct walltime *out);
/* "1337845201.174", up to the first other byte */
size_t syslog_time_epoch(struct str s, struct walltime *out);
/* "@" and 24 hex digits: seconds since 1970 plus 2^62, nanoseconds */
size_t syslog_time_tai64n(struct str s, struct walltime *out);

#endif
