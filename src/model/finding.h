/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finding - a rule fired on a record: what, when, where, why, and who is in it.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/walltime.h"
#include "model/level.h"
#include "model/trust.h"

enum entity_kind {
    ENTITY_HOST,
    ENTITY_ACCOUNT,
    ENTITY_ADDRESS,
    ENTITY_DOMAIN,
    ENTITY_HASH,
    ENTITY_PROCESS,
    ENTITY_FILE,
    ENTITY_SERVICE,
    ENTITY_EVENT, /* what several records are about: an audit id */
    ENTITY_KIND_COUNT
};

/*
 * value is foreign text, UTF-8; role is ours: "source", "target", "parent", …; trust says how
 * far the value can be believed.
 */
struct entity {
    enum entity_kind kind;
    enum trust trust;
    struct str value;
    struct str role;
};

/* Both foreign. */
struct matched {
    struct str field, value;
};

enum { FINDING_ID_BYTES = 16 };

/*
 * Slices are borrowed: from the worker's batch, or from the message that brought it.
 * The caps keep one finding in a frame of 64 KiB: finding_encode drops what is past them and
 * cuts a longer text at a code point, ending it in an ellipsis.
 */
struct finding {
    uint32_t rule; /* index in the rule set */
    struct walltime time;
    struct str host;
    uint64_t record;
    uint8_t record_digest[HASH_SHA256_BYTES]; /* of the raw record: evidence */
    uint8_t identity[HASH_SHA256_BYTES];      /* of event.identity: what ids are made of */
    enum trust trust;                         /* of the record */
    const struct matched *matched;
    uint32_t matched_count;
    const struct entity *entities;
    uint32_t entity_count;
    /* Fields that correlations over this rule group, sum or compare by, with their values. */
    const struct matched *keys;
    uint32_t key_count;
};

enum {
    FINDING_MAX_MATCHED = 48, /* with the caps below, what fits a frame */
    FINDING_MAX_KEYS = 8,
    FINDING_MAX_ENTITIES = 32,
    FINDING_MAX_NAME_BYTES = 256,
    FINDING_MAX_VALUE_BYTES = 512,
    FINDING_MAX_ROLE_BYTES = 32,
    FINDING_CAP_BYTES = 65536,
};

/* "host", "account" … */
struct str finding_kind_name(enum entity_kind kind);

/*
 * finding_id - the same in scan, live and replay: no path, no rule text.
 *
 * rule_id  the rule's id; a rule without one: its title
 * digest   finding.identity; of a correlation: the digest of the identities of its records
 * ordinal  how many equal records with this finding came before in the source
 */
void finding_id(struct str rule_id, const uint8_t digest[static HASH_SHA256_BYTES],
                uint64_t ordinal, uint8_t out[static FINDING_ID_BYTES]);

/*
 * The body of a frame on the channel from a worker: at most FINDING_CAP_BYTES. What is not
 * UTF-8 is repaired; a time outside the years 0 to 9999 becomes unknown.
 */
void finding_encode(struct buf *out, const struct finding *f);

/*
 * finding_decode - the reverse. The sender has read hostile bytes and is trusted no further
 * than they are: any failure means that it is compromised.
 *
 * frame       borrowed as long as *out lives
 * rule_count  f.rule is below it
 * a           owns the lists of *out
 * fails       SHORT, TRAILING, MALFORMED, ENCODING, TOO_LONG, TOO_MANY, ARENA_FULL
 */
MUST_USE struct rc finding_decode(struct bytes frame, uint32_t rule_count, struct arena *a,
                                  struct finding *out);

#endif
