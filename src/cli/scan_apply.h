/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_apply - a worker's frame, checked, and (when its task is at the head of the queue)
 * turned into output and sums. Pure.
 */
#ifndef CLI_SCAN_APPLY_H
#define CLI_SCAN_APPLY_H

#include "cli/report.h"
#include "cli/scan_collect.h"
#include "cli/scan_correlate.h"
#include "cli/scan_queue.h"
#include "cli/scan_sink.h"

/* Everything is borrowed. */
struct scan_apply {
    struct report *report;
    const struct scan_sink *sink;     /* neither this nor report: frames hold text */
    struct scan_correlate *correlate; /* NULL: nothing correlates */
    struct scan_collect *collect;
    struct arena *arena;
    struct buf *out;
    const struct rule *rules;
    uint32_t rule_count;
    enum level level; /* of findings that are reported */
};

/*
 * scan_apply_check - is this a well-formed FINDINGS, PROBLEMS, TEXT or DONE? Changes nothing.
 * fails  any error: the worker is compromised
 */
MUST_USE struct rc scan_apply_check(const struct scan_apply *a, struct bytes frame);

/* A frame that was checked, of a unit of the input at the head. */
void scan_apply_frame(const struct scan_apply *a, struct scan_unit *unit, struct bytes frame);

/* The kept frames of unit, in order. */
void scan_apply_kept(const struct scan_apply *a, struct scan_queue *q, struct scan_unit *unit);

#endif
