/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * found - a hit of the engine as a finding, and findings with their positions as they travel
 * from detect to correlate (HITS of model/wire.def).
 */
#ifndef DETECT_FOUND_H
#define DETECT_FOUND_H

#include "detect/engine.h"
#include "model/finding.h"

/* What all findings on one record share; computed once. */
struct found_record {
    uint8_t digest[HASH_SHA256_BYTES];   /* of the raw record */
    uint8_t identity[HASH_SHA256_BYTES]; /* of event.identity, or of the record */
};

void found_digest(const struct event *e, struct found_record *out);

/*
 * found_make - the finding for a hit: matched fields, entities, keys for correlations.
 *
 * rules  as they were given to engine_compile
 * a      owns its lists; values may lie in the event
 * fails  ARENA_FULL
 */
MUST_USE struct rc found_make(const struct rule *rules, const struct event *e,
                              const struct hit *hit, const struct found_record *record,
                              struct arena *a, struct finding *out);

/* One finding and the position of its record, as an item of a list (wire_list). */
void found_put(struct buf *list, uint64_t position, const struct finding *f);

/*
 * found_next - take the next item of a list that is not empty.
 * a      owns the lists of *out
 * fails  SHORT, and as finding_decode: the sender is compromised
 */
MUST_USE struct rc found_next(struct bytes *list, uint32_t rule_count, struct arena *a,
                              uint64_t *out_position, struct finding *out);

#endif
