/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress - one line on a terminal that says how far a scan is. Pure: it makes the bytes,
 * the caller writes them to standard error, and only when that is a terminal.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/buf.h"
#include "base/clock.h"
#include "model/level.h"

enum { PROGRESS_INTERVAL_MS = 100 };

struct progress {
    struct instant start, drawn; /* drawn.ns is 0 until the first line */
    bool colour;
    bool shown; /* a line stands on the terminal */
};

struct progress_state {
    uint64_t done_bytes, total_bytes; /* total 0: unknown (standard input) */
    uint64_t inputs_done, inputs;
    uint64_t findings[LEVEL_COUNT];
    struct str path; /* foreign; what is being read */
};

struct progress progress_start(struct instant now, bool colour);
/* Writes a new line to out, or nothing when the last one is younger than the interval. */
void progress_draw(struct progress *p, const struct progress_state *state, unsigned width,
                   struct instant now, struct buf *out);
/* Takes the line away. */
void progress_clear(struct progress *p, struct buf *out);

#endif
