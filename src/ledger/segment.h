/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * segment - the bytes of a segment file: one line that names it, then a frame for each batch.
 * What follows the last frame is zeros, room for the next ones.
 * src: doc/formats/ledger.md "Segment"
 */
#ifndef LEDGER_SEGMENT_H
#define LEDGER_SEGMENT_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/rc.h"

enum {
    SEGMENT_BYTES =
        64 << 20, /* a file is not longer, so that it can be copied and checked alone */
    SEGMENT_TITLE_BYTES = 50, /* "tocsin-segment/v1\nfirst-leaf 00000000000000000000\n" */
    SEGMENT_HEAD_BYTES = 36,
    SEGMENT_TAIL_BYTES = 12,
    SEGMENT_MAX_HEADER_BYTES = 4096,
    SEGMENT_MAX_RAW_BYTES = 4 << 20, /* entries of a batch with their table */
    /* what zstd makes of them at most, with room to spare */
    SEGMENT_MAX_PACKED_BYTES = SEGMENT_MAX_RAW_BYTES + (SEGMENT_MAX_RAW_BYTES >> 7) + 512,
    SEGMENT_MAX_FRAME_BYTES = SEGMENT_HEAD_BYTES + SEGMENT_MAX_HEADER_BYTES +
                              SEGMENT_MAX_PACKED_BYTES + SEGMENT_TAIL_BYTES,
    SEGMENT_NAME_BYTES = 48, /* "00000000000000000000.segment", a NUL, room for ".new" */
};

/*
 * leaf    number of the batch in the ledger
 * synced  so many leaves were on the disk for certain when this one was written
 */
struct segment_head {
    uint64_t leaf, synced;
    uint32_t header_bytes, packed_bytes, raw_bytes;
};

/* Slices lie in the bytes that were parsed. */
struct segment_frame {
    struct segment_head head;
    struct str header;
    struct bytes packed;
};

/* Bytes of the whole frame; at most SEGMENT_MAX_FRAME_BYTES for a head that was parsed. */
size_t segment_frame_bytes(const struct segment_head *head);

void segment_title(uint64_t first_leaf, struct buf *out);
/* "00000000000000000042.segment" */
void segment_name(uint64_t first_leaf, char out[static SEGMENT_NAME_BYTES]);
MUST_USE bool segment_name_parse(struct str name, uint64_t *out_first_leaf);

/* The frame's lengths are taken from header and packed, which are within the limits. */
void segment_put(const struct segment_frame *frame, struct buf *out);
/*
 * segment_head_parse - the first SEGMENT_HEAD_BYTES of a frame.
 * fails  MALFORMED when it is none or says too much; SHORT
 */
MUST_USE struct rc segment_head_parse(struct bytes in, struct segment_head *out);
/*
 * segment_frame_parse - in is exactly one frame.
 * fails  as above, CHECKSUM (then *out is set: for looking where the damage is), TRAILING
 */
MUST_USE struct rc segment_frame_parse(struct bytes in, struct segment_frame *out);
/* Offset of the first place at or after `from` where a head parses, or SIZE_MAX. */
size_t segment_find_head(struct bytes in, size_t from, struct segment_head *out);

#endif
