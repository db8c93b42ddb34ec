/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_program - what a binary XML template compiles to: a flat list of operations, one for
 * each attribute or text that becomes a field. Running it needs the substitution values only.
 */
#ifndef DECODE_EVTX_PROGRAM_H
#define DECODE_EVTX_PROGRAM_H

#include "decode/evtx_binxml.h"
#include "model/value.h"

/* Inside which element we are; it decides how elements below are named. */
enum evtx_place {
    EVTX_IN_DOCUMENT,
    EVTX_IN_EVENT,
    EVTX_IN_SYSTEM,
    EVTX_IN_RENDERING, /* RenderingInfo repeats names of System with other values */
    EVTX_IN_DATA,      /* EventData, UserData and whatever is below */
};

/* Fields that the event itself also wants. */
enum evtx_role { EVTX_ROLE_NONE, EVTX_ROLE_TIME, EVTX_ROLE_NUMBER, EVTX_ROLE_HOST };

enum evtx_part_kind {
    EVTX_PART_LITERAL,
    EVTX_PART_NORMAL,   /* a substitution; empty text when it is null */
    EVTX_PART_OPTIONAL, /* a substitution; nothing when it is null */
    EVTX_PART_FRAGMENT, /* binary XML in the chunk; in programs that are not kept only */
};

struct evtx_part {
    struct bytes literal; /* UTF-16LE */
    uint32_t from, to;    /* of the fragment, in the chunk */
    uint16_t index;       /* of the substitution */
    uint8_t kind;
};

enum { EVTX_NO_GATE = 0xFFFF };

struct evtx_parts {
    uint32_t first, count;
};

/*
 * gate == EVTX_NO_GATE: makes a field of `parts`.
 * Otherwise: when substitution `gate` is null, go on at operation `next`.
 */
struct evtx_op {
    struct str name; /* empty: the name of the field that this program stands in */
    struct evtx_parts parts;
    struct evtx_parts name_parts; /* count != 0: the name is only known at run time */
    uint32_t next;
    uint16_t gate;
    uint16_t id;   /* of the name, FIELD_NONE when no rule uses it */
    uint8_t role;  /* enum evtx_role */
    uint8_t place; /* enum evtx_place, for binary XML in a substitution */
};

/* Where the definition names something by an offset that differs from chunk to chunk. */
struct evtx_ref {
    uint32_t at; /* bytes into the definition's tokens */
    struct evtx_name name;
};

struct evtx_program {
    const struct evtx_op *ops;
    const struct evtx_part *parts;
    const struct evtx_ref *refs;
    uint32_t op_count, ref_count;
    uint32_t end;        /* in the chunk it was compiled from: where its tokens ended */
    struct bytes tokens; /* a copy, when it is kept */
};

#endif
