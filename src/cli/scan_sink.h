/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_sink - takes the findings of a scan in the place of a report, for a caller who judges
 * them: findings of an input in its order, then its end. Inputs come one after the other.
 */
#ifndef CLI_SCAN_SINK_H
#define CLI_SCAN_SINK_H

#include "model/finding.h"

/* What reading an input came to. */
struct scan_ended {
    uint64_t records, problems;
    struct str reason; /* why it, or the rest of it, could not be read; empty: it could */
};

/* path is as it was given; everything is borrowed for the call. */
struct scan_sink {
    void *context;
    void (*finding)(void *context, struct str path, const struct finding *f);
    /* Not called for what was left unread when the user stopped the scan. */
    void (*ended)(void *context, struct str path, const struct scan_ended *e);
};

#endif
