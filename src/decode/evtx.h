/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx - Windows event log files → events, through compiled BinXML templates.
 * Fed with the file's bytes in order; a chunk is decoded when its 64 KiB are there.
 * src: doc/formats/evtx.md
 */
#ifndef DECODE_EVTX_H
#define DECODE_EVTX_H

#include "model/event.h"

enum { EVTX_HEADER_BYTES = 4096, EVTX_CHUNK_BYTES = 65536 };

struct evtx;

struct evtx_opts {
    const struct fields *fields; /* borrowed */
    /*
     * Also records in slack: behind the last record of a chunk, and where a chunk should begin
     * but does not. Whole chunks are read wherever they stand, whatever the header counts.
     */
    bool carve;
    /* Offset in the file of the first byte fed: 0, or EVTX_HEADER_BYTES + k * EVTX_CHUNK_BYTES.
     */
    uint64_t start_offset;
    /*
     * Sees each decoded event before the sink does: normalisation (logsource, views, aliases).
     * Returns the event to deliver, borrowed until the next call.
     */
    const struct event *(*normalise)(void *context, struct event *e, struct arena *batch);
    void *normalise_context;
    struct event_sink sink;
};

struct evtx *evtx_open(const struct evtx_opts *opts);
void evtx_close(struct evtx *x);
/*
 * Events and problems go to the sink from inside this call; each problem is one damaged record,
 * chunk or header, and does not end the file. Always RC_OK: nothing in a file is fatal.
 */
MUST_USE struct rc evtx_feed(struct evtx *x, struct bytes in);
/*
 * The file has ended: a truncated last chunk is decoded as far as it goes.
 * fails STUB when the file has not even a whole header
 */
MUST_USE struct rc evtx_end(struct evtx *x);
/* Is this the start of an EVTX file (or, for carving, of a chunk)? */
bool evtx_sniff(struct bytes head);

#endif
