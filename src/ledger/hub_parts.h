/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hub_parts - the inside of a hub, for hub_io and serve_io.
 */
#ifndef LEDGER_HUB_PARTS_H
#define LEDGER_HUB_PARTS_H

#include "base/arena.h"
#include "ledger/feed.h"
#include "ledger/hub_io.h"
#include "ledger/reader_io.h"
#include "ledger/roster.h"
#include "ledger/subscribe.h"
#include "ledger/timing.h"
#include "model/fact.h"

/* Who waits for a sync: FACT_STORED or, of a source, RECORDS_STORED. */
struct hub_fact_wait {
    enum role peer;
    struct wire_fact_stored stored;
};

struct hub_batch_wait {
    enum role peer;
    uint32_t source;
    uint64_t seq; /* the last one */
};

/* A batch that goes to detect after the sync, from memory. */
struct hub_kept {
    uint64_t first;
    uint32_t source, count;
    int64_t received_us;
    size_t offset, bytes; /* its list of records in kept_bytes */
};

/* What a peer that is not live is read from; NULL: nothing is open. */
struct hub_reading {
    struct reader *reader;
    bool held; /* the entry was read and does not go yet */
    struct reader_entry entry;
};

/*
 * 1. While detect is live, and the store was not synced since, kept has each batch of records
 *    that came; else none.
 * 2. A subscriber that is live was sent all facts there are; detect, when live, all records
 *    that are synced.
 */
struct hub {
    int64_t opened_us; /* time of the newest batch when it was opened; 0: none */
    int folder;
    struct store *store;
    struct hub_output out;
    struct arena *arena; /* of the message at hand */
    struct roster roster;
    struct timing timing;
    VEC(struct hub_fact_wait) facts;
    VEC(struct hub_batch_wait) batches;
    VEC(struct hub_kept) kept;
    struct buf kept_bytes, frame;
    VEC(struct payload_entry) entries; /* of the message at hand */
    struct subscribe subscribers[ROLE_COUNT];
    struct feed feed;
    struct hub_reading readings[ROLE_COUNT]; /* [DETECT]: of the feed */
    struct instant sick;                     /* since the disk failed; 0: it did not */
    struct instant probed;
    bool unsynced_records;
    bool over;
};

/* Nothing more can be stored. */
static inline bool hub_is_sick(const struct hub *hub)
{
    return hub->sick.ns != 0;
}

#endif
