/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage - which kinds of event and which fields the data held, and what that means for
 * each rule: a rule that cannot fire on the data at hand is named, never silently dead.
 */
#ifndef DETECT_COVERAGE_H
#define DETECT_COVERAGE_H

#include "base/buf.h"
#include "base/cursor.h"
#include "detect/engine.h"

struct coverage;

struct coverage *coverage_open(const struct engine *e);
void coverage_close(struct coverage *c);
/* What a detector saw so far. */
const struct coverage *detector_coverage(const struct detector *d);

struct regex_cache;

/* Counting, for the detector. */
void coverage_event(struct coverage *c, enum logsource_id id);
void coverage_field(struct coverage *c, enum logsource_id id, uint16_t field);

/* Remember which regular expressions proved too large. */
void coverage_refused(struct coverage *c, const struct regex_cache *regexes);

/* Both from the same engine. */
void coverage_merge(struct coverage *into, const struct coverage *from);
uint64_t coverage_events(const struct coverage *c, enum logsource_id id);
bool coverage_has_field(const struct coverage *c, enum logsource_id id, uint16_t field);

/* For a message from worker to parent: the bytes of c. */
void coverage_encode(const struct coverage *c, struct buf *out);
/*
 * Add what coverage_encode wrote; into is untouched on failure.
 * fails  SHORT, MALFORMED (of another engine, or damaged), TRAILING
 */
MUST_USE struct rc coverage_decode(struct coverage *into, struct bytes in);

enum coverage_verdict {
    COVERAGE_COULD_FIRE,
    COVERAGE_REJECTED,     /* the rule did not compile, or a regular expression of it */
    COVERAGE_NO_LOGSOURCE, /* no event of a kind that the rule looks at */
    COVERAGE_NO_FIELDS     /* there were, but fields it needs were never in them */
};

struct coverage_reason {
    enum coverage_verdict verdict;
    struct logsource_want wanted; /* NO_LOGSOURCE: what the rule states */
    uint64_t events;              /* that were routed to it */
    const uint16_t *fields;       /* NO_FIELDS: ids of the missing ones; in the arena */
    uint32_t field_count;
};

/* Why rule cannot have fired on this data. fails  ARENA_FULL */
MUST_USE struct rc coverage_explain(const struct coverage *c, size_t rule, struct arena *a,
                                    struct coverage_reason *out);

#endif
