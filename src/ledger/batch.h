/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batch - the header of a batch of entries: text that people can read, and the data of one
 * leaf of the ledger's tree.
 * src: doc/formats/ledger.md "Batch header"
 */
#ifndef LEDGER_BATCH_H
#define LEDGER_BATCH_H

#include "base/walltime.h"
#include "ledger/merkle.h"

enum {
    BATCH_HEADER_BYTES = 4096, /* the cap of the text; what the caps below allow is less */
    BATCH_NAME_BYTES = 64,
    BATCH_CURSOR_BYTES = 512,
    BATCH_MAX_ENTRIES = 65536, /* one batch stays in memory with all its tables */
};

enum batch_kind {
    BATCH_RECORDS, /* raw bytes from one source */
    BATCH_FACTS,   /* JSON objects that our roles made */
};

/*
 * first, count  positions of the entries, first + count does not overflow, count from 1
 * root          of the RFC 6962 tree over the entries' bytes
 * Of records only: seq from 1, name of [a-z0-9.-], cursor: where the source goes on, opaque.
 */
struct batch_header {
    enum batch_kind kind;
    uint64_t first;
    uint32_t count;
    struct walltime time; /* of the appending, whole microseconds */
    struct merkle_hash root;
    uint32_t source;
    uint64_t seq;
    size_t name_n, cursor_n;
    char name[BATCH_NAME_BYTES];
    uint8_t cursor[BATCH_CURSOR_BYTES];
};

/* Of a source: [a-z0-9.-]{1,64}. */
MUST_USE bool batch_name_valid(struct str name);
/* False when a value is outside what the header allows. */
MUST_USE bool batch_valid(const struct batch_header *header);
/* The one text that a valid header has, added to out. */
void batch_encode(const struct batch_header *header, struct buf *out);
/*
 * batch_parse - in must be that text to the byte.
 * fails  MALFORMED, TOO_LONG; out is untouched
 */
MUST_USE struct rc batch_parse(struct str in, struct batch_header *out);

static inline struct str batch_name(const struct batch_header *header)
{
    return (struct str){header->name, header->name_n};
}

static inline struct bytes batch_cursor(const struct batch_header *header)
{
    return (struct bytes){header->cursor, header->cursor_n};
}

#endif
