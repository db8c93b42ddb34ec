/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_section - the parts of a report that do not depend on how findings were kept: what
 * was read, what could not be, what the rules could not see. For the text report and for the
 * notes on standard error.
 */
#ifndef CLI_REPORT_SECTION_H
#define CLI_REPORT_SECTION_H

#include "cli/report.h"

/* Borrowed for the call. */
struct report_section {
    const struct report_opts *opts; /* width set */
    const struct scan_summary *summary;
    struct buf *out;
};

/* A title in bold on a line of its own, after a blank line. */
void report_section_title(const struct report_section *s, const char *title);
/* "  … and 12 more\n" when there are more than shown. */
void report_section_more(const struct report_section *s, uint64_t all, uint64_t shown);
/* "No findings" or "1,234 findings: 3 critical, 41 high", without a line end. */
void report_section_tally(const struct report_section *s, const uint64_t levels[LEVEL_COUNT]);
void report_section_read(const struct report_section *s);
void report_section_unread(const struct report_section *s);
void report_section_blind(const struct report_section *s);
void report_section_hashes(const struct report_section *s);

#endif
