/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * style - the look of our text on a terminal: colour, numbers, columns. Foreign text goes
 * through style_cell or escape.h only.
 */
#ifndef CLI_STYLE_H
#define CLI_STYLE_H

#include "base/buf.h"
#include "base/walltime.h"
#include "model/level.h"

enum style { STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_WARN, STYLE_COUNT };
enum style_align { STYLE_LEFT, STYLE_RIGHT };

/* colour off: the functions below that take it write no escape sequence. */
void style_on(struct buf *out, bool colour, enum style style);
void style_level_on(struct buf *out, bool colour, enum level level);
void style_off(struct buf *out, bool colour);

/* "CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO". */
struct str style_level_word(enum level level);

/* 1234567 as "1,234,567". */
void style_number(struct buf *out, uint64_t v);
/* style_number, a blank, and `one` or `many`. */
void style_count(struct buf *out, uint64_t v, const char *one, const char *many);
/* "0 B", "9.5 kB", "1.2 GB": powers of 1,000. */
void style_bytes(struct buf *out, uint64_t bytes);
/* "40 ms", "1.4 s", "12 s", "3 min 9 s", "2 h 5 min", "3 d 9 h". */
void style_duration(struct buf *out, uint64_t ns);
/* "2025-11-27 03:40:10" (UTC, to the second); "unknown time". */
void style_time(struct buf *out, struct walltime t);
/* Foreign text, escaped, cut to width columns and filled up to it. */
void style_cell(struct buf *out, struct str s, size_t width, enum style_align align);
/* Foreign text, escaped; what does not fit is cut at its start: for paths. Not filled up. */
void style_cell_end(struct buf *out, struct str s, size_t width);

#endif
