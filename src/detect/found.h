/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * found - a hit of the engine as a finding, and findings with their positions as they travel
 * from detect to correlate (HITS of model/wire.def).
 */
#ifndef DETECT_FOUND_H
#define DETECT_FOUND_H

#include "detect/engine.h"
#include "model/finding.h"

/*
 * found_begin - what all findings on one record share: time, host, number, trust, digests.
 * most  how far the source can be believed at the most; TRUST_KERNEL: as far as the record says
 */
void found_begin(const struct event *e, enum trust most, struct finding *out);

/*
 * found_make - the rest of *f, which found_begin has begun: matched fields, entities (trusted
 * no further than the record), keys for correlations.
 *
 * rule   the hit's
 * a      owns its lists; values may lie in the event
 * fails  ARENA_FULL
 */
MUST_USE struct rc found_make(const struct rule *rule, const struct event *e,
                              const struct hit *hit, struct arena *a, struct finding *f);

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
