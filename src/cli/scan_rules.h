/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_rules - the rules of a scan: found, read, compiled.
 */
#ifndef CLI_SCAN_RULES_H
#define CLI_SCAN_RULES_H

#include "detect/engine.h"
#include "detect/sigma/ruleset.h"

struct scan_rules_opts {
    const char *const *paths; /* none: tocsin's own rules */
    size_t path_count;
    const char *placeholders;       /* file, or NULL */
    const struct logsource *custom; /* or NULL */
};

struct scan_rules {
    struct arena *texts;
    struct diag diag;
    struct ruleset *set;
    struct fields *fields;
    struct engine *engine;
    const struct rule *rules; /* of set */
    size_t count;
    const char *origin; /* where they come from; foreign */
};

/*
 * scan_rules_load - owned by the caller, also after a failure; then error says what to do.
 * Rules that are rejected are messages in diag, and the rest is used.
 */
MUST_USE bool scan_rules_load(const struct scan_rules_opts *opts, struct scan_rules *out,
                              struct buf *error);
void scan_rules_close(struct scan_rules *r);

/* The first of these folders that is there, NUL-terminated; else empty. Names without a slash
 * in front begin at the program's own folder. */
void scan_rules_find(const char *const *places, size_t count, struct buf *out);

#endif
