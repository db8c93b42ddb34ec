/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_blind - the rules that could not have fired on the data, grouped by what is missing.
 * What belongs to a product that the data has something of comes first, most rules first; the
 * rules of every other product are one row. Pure.
 */
#ifndef CLI_SCAN_BLIND_H
#define CLI_SCAN_BLIND_H

#include "cli/report.h"
#include "detect/coverage.h"

struct scan_blind {
    struct arena *texts;
    struct report_blind *rows; /* heap, owned */
    size_t count;
    size_t rules; /* that could not fire */
};

/* fails  ARENA_FULL */
MUST_USE struct rc scan_blind_find(const struct coverage *coverage, const struct fields *fields,
                                   size_t rule_count, struct scan_blind *out);
void scan_blind_free(struct scan_blind *b);

#endif
