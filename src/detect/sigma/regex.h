/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regex - sets of regular expressions over Vectorscan: linear in the text, no backtracking.
 * Search semantics, case counts, `.` is a code point, `$` also matches before a final newline.
 */
#ifndef DETECT_SIGMA_REGEX_H
#define DETECT_SIGMA_REGEX_H

#include "base/arena.h"
#include "detect/sigma/pattern.h"

#include <hs.h>

enum { REGEX_MAX_REASON_BYTES = 160 };

/* Why Vectorscan refuses p (as text in `reason`), or true. A quick look, not the last word. */
bool regex_check(const struct pattern *p, char reason[static REGEX_MAX_REASON_BYTES]);

/* Several databases only where one would be too large. */
struct regex_set {
    hs_database_t **databases; /* heap, owned */
    uint32_t count, room;
};

/*
 * regex_set_build - compile patterns; a match reports the pattern's index.
 * Returns UINT32_MAX, or the index of a pattern that is refused, with the reason; then the set
 * is empty.
 */
uint32_t regex_set_build(struct regex_set *set, const struct pattern *const *patterns,
                         uint32_t count, char reason[static REGEX_MAX_REASON_BYTES]);
void regex_set_free(struct regex_set *set);
/* Make scratch large enough for the set. */
void regex_set_scratch(const struct regex_set *set, hs_scratch_t **scratch);

/* text is valid UTF-8. Each pattern that is found is reported once. */
void regex_set_scan(const struct regex_set *set, struct str text, hs_scratch_t *scratch,
                    match_event_handler on_match, void *context);

#endif
