/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sheet - a page of text for a terminal: headings, pairs, items, broken into lines at the width
 * that there is. All text is escaped here: it may be foreign.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/style.h"

enum { SHEET_MIN_COLUMNS = 40, SHEET_MAX_COLUMNS = 200, SHEET_LABEL_COLUMNS = 12 };

struct sheet {
    struct buf *out;
    size_t columns;
    bool colour;
    struct walltime now; /* for "in 2 h", "5 min ago" */
};

void sheet_heading(struct sheet *s, const char *text);
/* "  label       text, broken into lines that stay in their column". */
void sheet_pair(struct sheet *s, struct str label, struct str text);
/* "  · text" */
void sheet_item(struct sheet *s, struct str text);
/* Text at this indent, the first line without it. */
void sheet_wrap(struct sheet *s, size_t indent, struct str text);
/* "2026-11-24 10:22:33 (5 min ago)", "(in 2 h 5 min)", "(now)"; "unknown time". */
void sheet_time(const struct sheet *s, struct buf *out, struct walltime t);

#endif
