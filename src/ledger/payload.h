/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload - the entries of a batch as a frame carries them: a table, then their bytes, packed
 * by zstd.
 * src: doc/formats/ledger.md "Payload"
 */
#ifndef LEDGER_PAYLOAD_H
#define LEDGER_PAYLOAD_H

#include "ledger/batch.h"
#include "ledger/segment.h"

enum {
    PAYLOAD_MAX_ENTRY_BYTES = 1 << 20, /* a longer record is an attack or a file */
    PAYLOAD_KEY_BYTES = 16,
};

/* kind and key are of facts only: an index, not evidence; both stand in the JSON too. */
struct payload_entry {
    struct bytes bytes;
    uint8_t kind;
    uint8_t key[PAYLOAD_KEY_BYTES];
};

/* packed is borrowed from the codec until its next use. */
struct payload_packed {
    struct bytes packed;
    uint32_t raw_bytes;
    struct merkle_hash root;
};

/* Goes through the entries once; raw is borrowed from the codec until its next use. */
struct payload {
    enum batch_kind kind;
    uint32_t left;
    struct cursor table, bytes;
    uint32_t check; /* of the entry that was just read: see payload_sum */
};

/* Owns zstd's state and the buffers. */
struct payload_codec;

struct payload_codec *payload_open(void);
void payload_close(struct payload_codec *codec);

/* fails  MALFORMED without entries; TOO_MANY, TOO_LONG past the limits */
MUST_USE struct rc payload_pack(struct payload_codec *codec, enum batch_kind kind,
                                const struct payload_entry *entries, size_t count,
                                struct payload_packed *out);
/*
 * payload_unpack - the entries of a frame with `count` of them.
 * fails  MALFORMED when it does not unpack to a table and bytes that fit each other
 */
MUST_USE struct rc payload_unpack(struct payload_codec *codec,
                                  const struct segment_frame *frame,
                                  const struct batch_header *header, struct payload *out);
/* False after the last. Borrowed from the codec. */
MUST_USE bool payload_next(struct payload *payload, struct payload_entry *out);
/* What payload->check of an undamaged entry is: the beginning of its leaf's hash. */
uint32_t payload_sum(const struct merkle_hash *leaf);

#endif
