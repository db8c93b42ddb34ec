/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan - reads evidence with confined workers and puts their answers together in the order of
 * the inputs. This process opens files and writes output; it never looks into evidence.
 */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include "cli/output.h"
#include "cli/report.h"
#include "cli/scan_collect.h"
#include "cli/scan_correlate.h"
#include "cli/scan_sink.h"
#include "cli/scan_worker.h"

enum { SCAN_MAX_JOBS = 256 };

/* Everything is borrowed. */
struct scan_opts {
    struct scan_job job;
    const char *const *paths;
    size_t path_count;
    unsigned jobs;            /* 1 to SCAN_MAX_JOBS */
    enum scan_task_kind kind; /* READ or CHECK */
    enum format format;
    bool hash;
    bool split; /* large files may be read by several workers */
    bool quiet; /* no notes on standard error */
    bool verbose;
    bool progress; /* a line on standard error, which is a terminal */
    bool colour;
    unsigned width;                   /* of that terminal */
    struct report *report;            /* NULL: workers print events, or findings go to sink */
    const struct scan_sink *sink;     /* or NULL */
    struct scan_correlate *correlate; /* is given what correlations look at; or NULL */
    struct output *output;
    struct scan_collect *collect;
    /* Takes the COVERAGE bytes of one worker; NULL: none wanted. False: malformed. */
    bool (*coverage)(void *context, struct bytes in);
    void *coverage_context;
};

struct scan_result {
    bool interrupted;
    bool coverage_partial; /* a worker died, or was not asked any more */
};

/*
 * scan_run - until all is read, the user stops it or nobody reads the output.
 * fails  SYSTEM, CHILD_DIED: workers cannot be started or confined; nothing was read
 */
MUST_USE struct rc scan_run(const struct scan_opts *opts, struct scan_result *out);

#endif
