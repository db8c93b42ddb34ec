/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_worker - the process that reads evidence: it gets open descriptors from its parent,
 * decodes, detects, and answers with frames. It has no powers.
 */
#ifndef CLI_SCAN_WORKER_H
#define CLI_SCAN_WORKER_H

#include "cli/scan_wire.h"
#include "detect/engine.h"

/* What parent and workers share: made before the first fork, constant from then on. */
struct scan_job {
    const struct engine *engine; /* NULL: print events instead of detecting (tocsin decode) */
    const struct fields *fields;
    const struct rule *rules;
    size_t rule_count;
    enum level level;         /* rules below it are not reported */
    struct walltime from, to; /* to is not part of it; WALLTIME_NONE: no bound */
    bool carve;
    enum logsource_id logsource;
    const struct logsource *custom; /* the row of LOGSOURCE_CUSTOM, or NULL */
};

/* The body of the process, for spawn_fork; context is a const struct scan_job. */
int scan_worker_run(void *context, int channel);

#endif
