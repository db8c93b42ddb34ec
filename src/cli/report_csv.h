/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_csv - a finding as one line of CSV (RFC 4180), safe to open in a spreadsheet. The
 * columns are stable: doc/findings.md.
 */
#ifndef CLI_REPORT_CSV_H
#define CLI_REPORT_CSV_H

#include "cli/report_item.h"

void report_csv_header(struct buf *out);
void report_csv_write(struct buf *out, const struct report_item *item);

#endif
