/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finding - a rule fired on a record: what, when, where, why, and who is in it.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include "base/hash.h"
#include "base/walltime.h"
#include "model/level.h"

enum entity_kind {
    ENTITY_HOST,
    ENTITY_ACCOUNT,
    ENTITY_ADDRESS,
    ENTITY_DOMAIN,
    ENTITY_HASH,
    ENTITY_PROCESS,
    ENTITY_FILE,
    ENTITY_SERVICE,
    ENTITY_KIND_COUNT
};

/* value is foreign text, UTF-8; role is ours: "source", "target", "parent", … */
struct entity {
    enum entity_kind kind;
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
 * Caps (FINDING_MAX_…) keep one finding under 64 KiB: a longer value is cut at a code point and
 * ends in an ellipsis.
 */
struct finding {
    uint32_t rule; /* index in the rule set */
    struct walltime time;
    struct str host;
    uint64_t record;
    uint8_t record_digest[HASH_SHA256_BYTES];
    const struct matched *matched;
    uint32_t matched_count;
    const struct entity *entities;
    uint32_t entity_count;
};

enum {
    FINDING_MAX_MATCHED = 64,
    FINDING_MAX_ENTITIES = 32,
    FINDING_MAX_VALUE_BYTES = 512,
};

#endif
