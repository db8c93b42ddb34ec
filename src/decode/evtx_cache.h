/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_cache - compiled templates: by offset inside the chunk at hand, and by content over
 * chunks. A kept program is used for another chunk only when the definition there is the same
 * byte for byte and names the same names, so no record can plant a program for others.
 */
#ifndef DECODE_EVTX_CACHE_H
#define DECODE_EVTX_CACHE_H

#include "decode/evtx_compile.h"

enum {
    EVTX_CACHE_MAX_PROGRAMS = 1024,         /* a machine's log uses a few hundred */
    EVTX_CACHE_CAP_BYTES = 8 * 1024 * 1024, /* their memory */
    EVTX_CACHE_MAX_PROBES = 8, /* equal hashes looked at, however they came about */
};

struct evtx_cache;

struct evtx_cache *evtx_cache_open(const struct fields *fields);
void evtx_cache_close(struct evtx_cache *c);
/* Another chunk follows. Programs got before may be gone. */
void evtx_cache_next_chunk(struct evtx_cache *c);

struct evtx_lookup {
    struct bytes chunk;
    uint32_t at, id; /* of the definition */
    enum evtx_place place;
    struct arena *batch; /* owns a program that there is no room to keep */
};

/*
 * The program of a definition, borrowed until the next chunk (or batch).
 * out_work  bytes that had to be read for it, 0 when it was at hand
 * fails     as evtx_compile_body and evtx_binxml_definition do
 */
MUST_USE struct rc evtx_cache_get(struct evtx_cache *c, const struct evtx_lookup *want,
                                  const struct evtx_program **out, size_t *out_work);

#endif
