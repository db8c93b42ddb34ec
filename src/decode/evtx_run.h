/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_run - the binary XML of one record → the fields of an event. Values point into the
 * chunk; what had to be put together is owned by the batch arena.
 * src: doc/formats/evtx.md sections 4 to 6
 */
#ifndef DECODE_EVTX_RUN_H
#define DECODE_EVTX_RUN_H

#include "base/arena.h"
#include "model/event.h"

enum {
    EVTX_MAX_FIELDS = 8192,  /* in one event; a 64 KiB record of one-letter strings */
    EVTX_MAX_VALUES = 32768, /* substitution values of a record, nested ones included */
    EVTX_MAX_NESTING = 8,    /* binary XML inside of values; Windows uses 2 */
    EVTX_MAX_RECORD_WORK = 256 * 1024, /* see evtx_run_next_chunk */
    EVTX_MAX_CHUNK_WORK = 1024 * 1024,
    EVTX_BATCH_CAP_BYTES = 16 * 1024 * 1024, /* programs and text of one record */
};

struct evtx_run;

struct evtx_run *evtx_run_open(const struct fields *fields);
void evtx_run_close(struct evtx_run *r);

/*
 * Begin with another chunk; the bytes are borrowed until the next call.
 * Work is what a record makes the decoder do: bytes of templates read, values taken, fields
 * made, text put together. A whole chunk of honest records takes less than three units a byte;
 * a chunk is refused the rest at 16, so that small records with large effects cost little.
 */
void evtx_run_next_chunk(struct evtx_run *r, struct bytes chunk);

/*
 * Decode chunk[from, to). Sets fields, count, number and time (both only if the record says
 * them), host; leaves the rest of *out.
 *
 * batch  owns text that is not in the chunk
 * out    fields are borrowed until the next call; on failure untouched
 * fails  SHORT, MALFORMED, UNSUPPORTED, DEPTH, TOO_MANY, TOO_LONG, ARENA_FULL, with an offset
 *        in the chunk where one is known
 */
MUST_USE struct rc evtx_run_record(struct evtx_run *r, uint32_t from, uint32_t to,
                                   struct arena *batch, struct event *out);

#endif
