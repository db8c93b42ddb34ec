/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_compile - binary XML (a template's definition, or elements that stand in a record
 * without one) → a program.
 * src: doc/formats/evtx.md sections 4 and 6
 */
#ifndef DECODE_EVTX_COMPILE_H
#define DECODE_EVTX_COMPILE_H

#include "decode/evtx_program.h"
#include "model/fields.h"

enum {
    EVTX_MAX_ELEMENT_DEPTH = 64, /* Windows' own templates stay below 10 */
};

struct evtx_compiler;

struct evtx_compiler *evtx_compile_open(const struct fields *fields);
void evtx_compile_close(struct evtx_compiler *c);

struct evtx_body {
    struct bytes chunk;
    uint32_t from, to; /* the tokens, in the chunk */
    enum evtx_place place;
    bool in_template; /* elements carry a dependency, and the program is to be kept */
};

/*
 * Compile up to the end token or body->to. The program and all it points to are owned by a,
 * but for fragments, which are in the chunk. Takes time linear in to - from.
 * fails  SHORT, MALFORMED, UNSUPPORTED, DEPTH, TOO_LONG, ARENA_FULL; offsets in the chunk
 */
MUST_USE struct rc evtx_compile_body(struct evtx_compiler *c, const struct evtx_body *body,
                                     struct arena *a, const struct evtx_program **out);

#endif
