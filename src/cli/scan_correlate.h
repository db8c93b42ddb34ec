/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_correlate - findings that correlations look at, kept until all are there, then put into
 * the order of time whatever file they come from, and correlated. Pure; memory is bounded.
 */
#ifndef CLI_SCAN_CORRELATE_H
#define CLI_SCAN_CORRELATE_H

#include "detect/correlate/correlator.h"

enum {
    /* 512 MiB: two million failed log-ons. When it is full what is kept is correlated, and the
     * rest begins a new part: events of one campaign in two parts may be missed. */
    SCAN_CORRELATE_MAX_BYTES = 512 << 20,
};

struct scan_correlate;

/* opts->correlations_only is understood; max_bytes 0: SCAN_CORRELATE_MAX_BYTES. Its lists are
 * borrowed until scan_correlate_close. */
struct scan_correlate *scan_correlate_open(const struct correlator_opts *opts,
                                           size_t max_bytes);
void scan_correlate_close(struct scan_correlate *s);

/*
 * Keep a finding, if correlations look at its rule. Findings of one path come one after the
 * other; the order of paths is that in which they first came.
 */
void scan_correlate_add(struct scan_correlate *s, struct str path, const struct finding *f);

/* All have come: correlate them. Findings reach the sink; then everything is forgotten. */
void scan_correlate_end(struct scan_correlate *s);

/* Into how many parts the input had to be cut (1: none), and what else was lost. */
uint64_t scan_correlate_parts(const struct scan_correlate *s);
struct correlator_counts scan_correlate_counts(const struct scan_correlate *s);

#endif
