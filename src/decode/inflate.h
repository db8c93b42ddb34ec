/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inflate - gzip and zstd streams, of one or many members, in constant memory.
 */
#ifndef DECODE_INFLATE_H
#define DECODE_INFLATE_H

#include "base/rc.h"
#include "base/str.h"
#include "decode/source.h"

/*
 * The bomb rule. Real logs shrink 20 to 200 times, in the extreme (one line repeated) 1,000 for
 * gzip and 10,000 for zstd. Output beyond INFLATE_FREE_BYTES that is more than
 * INFLATE_MAX_RATIO times the input so far is no log: ERR_BOMB.
 */
enum {
    INFLATE_MAX_RATIO = 10000,
    INFLATE_FREE_BYTES = 64 * 1024 * 1024,
    /* zstd's --long=27; a larger window is refused: it would be held in memory. */
    INFLATE_MAX_WINDOW_LOG = 27,
};

struct inflate;

/* Receives output, in order, a block at a time; a failure ends the feed and is returned. */
typedef struct rc inflate_sink(void *context, struct bytes out);

struct inflate *inflate_open(enum compression compression, inflate_sink *sink, void *context);
void inflate_close(struct inflate *f);
/*
 * fails BOMB, MALFORMED, CHECKSUM, UNSUPPORTED (a window that is too large), or as the sink
 * does; what was delivered stays delivered, more feeding is an error of the caller
 */
MUST_USE struct rc inflate_feed(struct inflate *f, struct bytes in);
/* fails SHORT when the stream ended inside a member */
MUST_USE struct rc inflate_end(const struct inflate *f);

#endif
