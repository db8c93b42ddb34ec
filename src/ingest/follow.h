/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * follow - a file that grows: its lines as records, and where to go on after a restart.
 */
#ifndef INGEST_FOLLOW_H
#define INGEST_FOLLOW_H

#include "base/buf.h"
#include "base/hash.h"
#include "model/record.h"

enum {
    FOLLOW_HEAD_BYTES = 256, /* of a file's beginning: what tells it from another */
    FOLLOW_BLOCK_BYTES = 64 << 10,
    FOLLOW_CURSOR_BYTES = 8 * 3 + 2 + 1 + HASH_SHA256_BYTES + 1,
};

/*
 * Where reading of a source goes on. The device is noted, not compared: its number may be
 * another one after the next boot.
 */
struct follow_cursor {
    uint64_t device, inode;
    uint64_t offset;
    bool inside;         /* a line that was cut: the rest of it is passed over */
    uint16_t head_bytes; /* at most FOLLOW_HEAD_BYTES and offset */
    uint8_t head[HASH_SHA256_BYTES];
};

void follow_cursor_encode(struct buf *out, const struct follow_cursor *c);
/* fails SHORT, TRAILING, MALFORMED, UNSUPPORTED (of another version) */
MUST_USE struct rc follow_cursor_decode(struct bytes in, struct follow_cursor *out);

struct follow_record {
    struct str text; /* without its LF or CR LF; borrowed from the block */
    bool cut;        /* to be ended by RECORD_CUT_MARK: the rest is no record of its own, as
                      * whoever wrote a long line could make it look like one */
};

/*
 * follow_next - the next record of a block; false: none is whole.
 *
 * c      offset and inside move on with the block
 * block  what the file has at c->offset, up to FOLLOW_BLOCK_BYTES; left: what was not used
 * ended  nothing will be written to this file any more: a line without its LF counts
 * Empty lines are no records, and zeros at the start of a line are passed over: a writer that
 * goes on at its old offset after a truncation leaves a hole.
 */
MUST_USE bool follow_next(struct follow_cursor *c, struct bytes *block, bool ended,
                          struct follow_record *out);

#endif
