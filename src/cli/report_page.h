/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_page - the text report, laid out for a terminal of some width. All foreign text goes
 * through the escaping writers of style.h and escape.h.
 */
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H

#include "cli/report.h"
#include "cli/report_text.h"

/* Borrowed for the call; text is sorted by it. */
struct report_page {
    const struct report_opts *opts; /* width and top set */
    struct report_text *text;
    const struct scan_summary *summary;
    struct buf *out;
};

/* The whole report, or with opts.quiet its headline and what could not be read. */
void report_page_write(const struct report_page *p);

#endif
