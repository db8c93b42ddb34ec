/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine - Sigma rules compiled for speed. An engine is built once and then constant, so
 * that forked workers share it; a detector is one worker's scratch over it.
 */
#ifndef DETECT_ENGINE_H
#define DETECT_ENGINE_H

#include "base/diag.h"
#include "detect/sigma/rule.h"
#include "model/event.h"

struct engine;
struct detector;

struct engine_opts {
    struct fields *fields; /* names that the rules use are added; decoders use the same table */
    const struct logsource *custom; /* the row of LOGSOURCE_CUSTOM, or NULL */
    bool no_routing;                /* tests: every rule sees every event */
    /*
     * Compile each regular expression to be sure that it can be (`rules check`): half a second
     * for SigmaHQ. Else one that proves too large when first needed is told by coverage.
     */
    bool thorough;
};

/*
 * engine_compile - compile rules (borrowed for the life of the engine).
 *
 * diag   a rule that cannot be compiled is rejected here with its place and the reason
 * fails  INTERNAL only
 */
MUST_USE struct rc engine_compile(const struct rule *rules, size_t rule_count,
                                  const struct engine_opts *opts, struct diag *diag,
                                  struct engine **out);
void engine_close(struct engine *e);

/* Rules that compiled. */
size_t engine_active_count(const struct engine *e);
bool engine_is_active(const struct engine *e, size_t rule);
/* How many rules look at events of this kind. */
size_t engine_routed_count(const struct engine *e, enum logsource_id id);

struct detector *detector_open(const struct engine *e);
void detector_close(struct detector *d);

/* A field whose value made a rule match: the item's field and the value that satisfied it. */
struct hit_field {
    struct str name;
    struct str value; /* UTF-8 */
};

/* A rule that matched an event. */
struct hit {
    uint32_t rule;                   /* index into the rules given to engine_compile */
    enum logsource_id logsource;     /* the reading that matched */
    const struct hit_field *matched; /* positive items that held, in rule order, each once */
    uint32_t matched_count;
};

/*
 * detector_run - the rules that match e, each at most once, in rule order.
 *
 * out_hits  borrowed until the next call
 * fails     ARENA_FULL: the event needs more memory than one event may use
 */
MUST_USE struct rc detector_run(struct detector *d, const struct event *e,
                                const struct hit **out_hits, size_t *out_count);

#endif
