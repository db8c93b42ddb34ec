/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finding_fact - a finding that says all by itself: what correlate writes to the ledger and
 * `tocsin scan` hands to incident grouping. No index into a rule set, no process's memory.
 */
#ifndef MODEL_FINDING_FACT_H
#define MODEL_FINDING_FACT_H

#include "model/fact.h"
#include "model/finding.h"

#define FINDING_NO_POSITION UINT64_MAX

/* One record that the finding rests on. */
struct record_ref {
    uint64_t position; /* in the ledger; FINDING_NO_POSITION in a scan */
    uint8_t digest[HASH_SHA256_BYTES];
    struct str source; /* name of the source, or path of the file */
    uint64_t number;   /* line or record within it */
};

enum {
    FINDING_FACT_MAX_RECORDS = 64, /* a correlation over more lists the first of them */
    FINDING_FACT_MAX_TAGS = 32,
};

/* All text is foreign but rule_*, level and type; borrowed. */
struct finding_fact {
    uint8_t id[FINDING_ID_BYTES];
    struct str rule_id, rule_title, rule_name;
    enum level level;
    const struct str *tags; /* "attack.t1110.003" … as the rule has them */
    uint32_t tag_count;
    struct str type; /* of a correlation: "event_count" …; empty for a rule on one record */
    /* Of the events: the first and the last; equal for a rule on one record. */
    struct walltime first, last;
    struct walltime received; /* when the last record came in; in a scan: last */
    struct str host;
    uint64_t event_count; /* records that the finding rests on, also those not listed */
    const struct record_ref *records;
    uint32_t record_count;
    /* The least that any of its records deserves, its twins in other sources counted in. */
    enum trust trust;
    uint32_t source_count; /* sources that said the same independently */
    const struct matched *matched;
    uint32_t matched_count;
    const struct entity *entities; /* of a correlation: those of its last step first */
    uint32_t entity_count;
    const struct matched *keys; /* what a correlation was grouped by */
    uint32_t key_count;
};

/*
 * The key in the ledger: of id and trust, so that a finding whose twin of greater trust comes
 * late is stored again, as another fact with the same id.
 */
void finding_fact_key(const struct finding_fact *f, uint8_t out[static FACT_KEY_BYTES]);

/*
 * finding_fact_encode - the canonical JSON, at most FACT_CAP_BYTES: matched values, entities
 * and records past what fits are dropped and counted in "left_out".
 */
void finding_fact_encode(struct buf *out, const struct finding_fact *f);

/*
 * finding_fact_decode - the reverse.
 * fails  SYNTAX, MALFORMED (a key is missing, of the wrong type or out of range), ARENA_FULL
 */
MUST_USE struct rc finding_fact_decode(struct str json, struct arena *a,
                                       struct finding_fact *out);

#endif
