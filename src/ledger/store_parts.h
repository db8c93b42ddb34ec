/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_parts - the inside of a store, for store_io, recover_io and reader_io.
 */
#ifndef LEDGER_STORE_PARTS_H
#define LEDGER_STORE_PARTS_H

#include "ledger/store_io.h"

/* offset: where the next frame goes; from there to the end of the file, and to room if the disk
 * gave that much, are zeros. */
struct store {
    int folder, fd;
    uint64_t segment, offset, room, seed;
    struct merkle_tree tree; /* of all batches, synced or not */
    uint64_t next;           /* position of the next entry */
    uint64_t synced_leaves, synced;
    bool broken; /* a write or a sync failed: what is on the disk is not known */
    struct index index;
    struct note_signer *signer;
    struct payload_codec *codec;
    struct hash_stream *hash;
    struct buf header, frame;
};

#endif
