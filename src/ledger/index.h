/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * index - what a ledger keeps in memory about its batches, built anew at each start: where
 * each source is, the keys of all facts, and marks to find a position or a time.
 */
#ifndef LEDGER_INDEX_H
#define LEDGER_INDEX_H

#include "base/vec.h"
#include "ledger/batch.h"
#include "ledger/payload.h"
#include "ledger/walk_io.h"

enum {
    INDEX_MAX_SOURCES = 4096, /* each takes 700 bytes; a site has tens */
    INDEX_MARK_BATCHES = 64,  /* from a mark so many batches are read at most */
};

struct index_source {
    uint32_t id;
    uint64_t seq; /* of its last batch */
    size_t name_n, cursor_n;
    char name[BATCH_NAME_BYTES]; /* in its last batch */
    uint8_t cursor[BATCH_CURSOR_BYTES];
};

/* before_us: the latest time of all batches before this place. */
struct index_mark {
    struct walk_place place;
    int64_t before_us;
};

struct index_fact;

/* Zero-initialise but for the seed (hash_random_seed). */
struct index {
    VEC(struct index_source) sources; /* by id */
    VEC(struct index_mark) marks;
    struct index_fact *facts; /* open addressing; heap, owned; a power of two */
    size_t fact_room, fact_count;
    int64_t latest_us;
    uint64_t seed;
};

void index_free(struct index *index);

/* What a batch with this number would be. */
enum index_order { INDEX_NEXT, INDEX_DUPLICATE, INDEX_GAP, INDEX_FULL };
enum index_order index_order(const struct index *index, uint32_t source, uint64_t seq);

/* Batches in the order of the ledger. Of records the number was INDEX_NEXT. */
void index_add(struct index *index, const struct batch_header *header,
               const struct walk_place *place);
/* False when the key is there already; then nothing changes. */
bool index_add_fact(struct index *index, const uint8_t key[static PAYLOAD_KEY_BYTES],
                    uint64_t position);

MUST_USE bool index_find_fact(const struct index *index,
                              const uint8_t key[static PAYLOAD_KEY_BYTES],
                              uint64_t *out_position);
/* NULL: nothing came from it. Until the next index_add. */
const struct index_source *index_find_source(const struct index *index, uint32_t source);
/* The last mark at or before the position; NULL without batches. */
const struct index_mark *index_find_position(const struct index *index, uint64_t position);
/* The last mark before which no batch is as late as this; NULL without batches. */
const struct index_mark *index_find_time(const struct index *index, int64_t us);

#endif
