/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evidence - what is kept of an event on which a rule fired, and of a finding of a correlation,
 * for as long as a window, a twin or another correlation may ask. One block of the heap each.
 */
#ifndef DETECT_CORRELATE_EVIDENCE_H
#define DETECT_CORRELATE_EVIDENCE_H

#include "detect/correlate/correlator.h"

enum {
    EVIDENCE_MAX_SOURCES = 4, /* sources that said the same: more are not counted */
    /* Fields that a finding of a correlation carries on: its groups, and those of its
     * contributors. */
    EVIDENCE_MAX_FIELDS = 16,
    EVIDENCE_NO_EVENT = -1, /* as uint64_t */
};

struct evidence_event {
    uint32_t rule;
    int64_t time_us;   /* that windows go by */
    uint64_t ordinal;  /* how many equal ones came before */
    uint64_t previous; /* the equal one before it, of the same rule, or EVIDENCE_NO_EVENT */
    uint8_t identity[HASH_SHA256_BYTES];
    enum trust trust; /* of the best of its twins */
    uint32_t sources[EVIDENCE_MAX_SOURCES];
    uint32_t source_count;
    uint64_t position;
    struct walltime received;
    struct str source; /* in the block */
    uint8_t *frame;    /* in the block: finding_encode */
    size_t frame_bytes;
};

/* An event that a finding of a correlation rests on. */
struct evidence_leaf {
    uint32_t rule;
    uint64_t item; /* in the pool */
    uint8_t identity[HASH_SHA256_BYTES];
    enum trust trust; /* as last seen */
    uint32_t source_count;
};

struct evidence_alert {
    uint64_t event_count;
    int64_t first_us, last_us;
    uint64_t record; /* of its last contributor */
    enum trust rest; /* the least trust of events that are not listed as leaves */
    enum trust told; /* the trust that it was told with */
    uint32_t leaf_count, field_count;
    struct evidence_leaf *leaves; /* in the block */
    struct matched *fields;       /* in the block */
    struct str fact;              /* in the block: finding_fact_encode */
};

/* What was put in; ARENA_FULL. */
MUST_USE struct rc evidence_event_finding(const struct evidence_event *e, uint32_t rule_count,
                                          struct arena *a, struct finding *out);

/* Blocks for the pool; *out_bytes is their size. */
struct evidence_event *evidence_event_make(const struct correlator_input *in,
                                           size_t *out_bytes);
/* A copy of all that *from points to. */
struct evidence_alert *evidence_alert_make(const struct evidence_alert *from,
                                           size_t *out_bytes);

/* Of entities that both name, take the greater trust. True when one rose. */
bool evidence_raise(struct entity *entities, uint32_t count, const struct entity *by,
                    uint32_t by_count);

/*
 * A twin of the event came from another source: count it, take the greater trust of the record
 * and of its entities. True when the record's trust rose.
 */
bool evidence_event_twin(struct evidence_event *e, const struct correlator_input *twin,
                         uint32_t rule_count, struct arena *scratch);

/* The first 8 bytes of an identity: tells records apart within a group. */
uint64_t evidence_record(const uint8_t identity[static HASH_SHA256_BYTES]);

#endif
