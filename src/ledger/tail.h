/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tail - judges what lies behind the last whole batch of a ledger: room, an append that a crash
 * interrupted, or damage to what was promised to be there.
 */
#ifndef LEDGER_TAIL_H
#define LEDGER_TAIL_H

#include "ledger/segment.h"

enum tail { TAIL_ROOM, TAIL_TORN, TAIL_DAMAGED };

/* 512: a disk writes so many aligned bytes whole or not at all. */
enum { TAIL_SECTOR_BYTES = 512 };

/*
 * rest         the last segment from `offset` to its end
 * leaf         number of the batch that would begin here
 * signed_size  batches that the checkpoint counts
 */
struct tail_view {
    struct bytes rest;
    uint64_t offset, leaf, signed_size, seed;
};

/*
 * tail_judge - torn is only what nobody was told to be durable, and what looks like an
 * interrupted write: its end is missing, or a sector of it is all zeros. A frame that is all
 * there and wrong is damage.
 */
enum tail tail_judge(const struct tail_view *view);

#endif
