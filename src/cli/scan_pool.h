/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_pool - the workers of a scan as the parent sees them: started when there is work, given
 * tasks, heard, and ended when they die or say what they may not.
 */
#ifndef CLI_SCAN_POOL_H
#define CLI_SCAN_POOL_H

#include "cli/scan.h"
#include "cli/scan_apply.h"
#include "guard/spawn.h"

struct scan_worker {
    struct spawned process; /* pid 0: none */
    struct scan_unit *unit; /* what it works on, or NULL */
    bool confined;          /* HELLO came */
};

struct scan_pool {
    const struct scan_opts *opts;
    const struct scan_apply *apply;
    struct scan_queue *queue;
    struct scan_worker *workers; /* heap, owned; opts->jobs of them */
    uint8_t *room;               /* heap, owned; one frame */
    int landlock_abi;            /* of the last HELLO; -1 before */
    bool coverage_partial;
    uint64_t done_bytes; /* read so far, for progress */
};

struct scan_pool scan_pool_open(const struct scan_opts *opts, const struct scan_apply *apply,
                                struct scan_queue *queue);
/* Kills what still runs. */
void scan_pool_close(struct scan_pool *p);

/* A worker without work, started if need be; NULL: all are busy. */
MUST_USE struct rc scan_pool_idle(struct scan_pool *p, struct scan_worker **out);
/* Give unit to an idle worker. */
void scan_pool_start(struct scan_pool *p, struct scan_worker *w, struct scan_unit *unit);
/* May its next frame be read now? Not when it is ahead and enough is kept. */
bool scan_pool_wanted(const struct scan_pool *p, const struct scan_worker *w);
/*
 * Read one frame of w, or see that it died; then its unit is FINISHED and lost.
 * fails  CHILD_DIED: it ended before it was confined
 */
MUST_USE struct rc scan_pool_hear(struct scan_pool *p, struct scan_worker *w);
/* All work is done: gather coverage. */
void scan_pool_finish(struct scan_pool *p);

#endif
