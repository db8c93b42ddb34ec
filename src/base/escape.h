/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * escape - foreign text for a terminal or a log line: nothing in it can move the cursor,
 * set a colour, reorder text or break the line.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* Control, bidi and ill-formed bytes become \n, \t, \xHH or \u{HHHH}; a backslash stays. */
void escape_text(struct buf *out, struct str s);
/* The same, cut to max_columns terminal columns, the last one an ellipsis when cut. */
void escape_columns(struct buf *out, struct str s, size_t max_columns);
/*
 * Is s text that may reach a terminal as it is: UTF-8 without control characters but newlines,
 * C1 (U+0080 to U+009F) among them? For what a process that read hostile bytes has escaped.
 */
bool escape_is_plain(struct str s);
/* Columns that escape_text(s) takes. */
size_t escape_width(struct str s);

#endif
