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

/*
 * 10 minutes: an honest worker says something every 4 MiB that it reads, and the slowest of
 * disks gives that much sooner. One that was taken over, or loops, must not hold the scan.
 */
enum { SCAN_POOL_SILENCE_MS = 600000 };

struct scan_worker {
    struct spawned process; /* pid 0: none */
    struct scan_unit *unit; /* what it works on, or NULL */
    bool confined;          /* HELLO came */
    unsigned silent_ms;     /* how long it was waited for since its last frame */
};

struct scan_pool {
    const struct scan_opts *opts;
    const struct scan_apply *apply;
    struct scan_queue *queue;
    struct scan_worker *workers; /* heap, owned; opts->jobs of them */
    uint8_t *room;               /* heap, owned; one frame */
    int landlock_abi;            /* of the last HELLO; -1 before */
    int interrupt_fd;            /* readable when the user wants an end; -1: none */
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
/*
 * Every worker that was heard in vain for ms more: one that reads a file and is silent for
 * SCAN_POOL_SILENCE_MS is ended, its unit FINISHED and lost. A stream may be silent for ever.
 */
void scan_pool_wait(struct scan_pool *p, unsigned ms);
/* All work is done: gather coverage; not for long, and not against the user's will. */
void scan_pool_finish(struct scan_pool *p);

#endif
