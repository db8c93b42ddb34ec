/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_binxml - the building blocks of binary XML as they stand in a chunk. Every offset is
 * relative to the start of the chunk, and nothing is read outside of it.
 * src: doc/formats/evtx.md section 4
 */
#ifndef DECODE_EVTX_BINXML_H
#define DECODE_EVTX_BINXML_H

#include "base/cursor.h"

enum evtx_token {
    EVTX_TOKEN_END = 0x00,
    EVTX_TOKEN_OPEN = 0x01,
    EVTX_TOKEN_CLOSE_START = 0x02,
    EVTX_TOKEN_CLOSE_EMPTY = 0x03,
    EVTX_TOKEN_CLOSE = 0x04,
    EVTX_TOKEN_VALUE = 0x05,
    EVTX_TOKEN_ATTRIBUTE = 0x06,
    EVTX_TOKEN_CDATA = 0x07,
    EVTX_TOKEN_CHAR_REF = 0x08,
    EVTX_TOKEN_ENTITY_REF = 0x09,
    EVTX_TOKEN_PI_TARGET = 0x0A,
    EVTX_TOKEN_PI_DATA = 0x0B,
    EVTX_TOKEN_INSTANCE = 0x0C,
    EVTX_TOKEN_NORMAL = 0x0D,
    EVTX_TOKEN_OPTIONAL = 0x0E,
    EVTX_TOKEN_FRAGMENT = 0x0F,
    EVTX_TOKEN_COUNT,
    EVTX_TOKEN_MORE = 0x40, /* flag: attributes follow, or more of the same */
};

enum evtx_type {
    EVTX_TYPE_NULL = 0x00,
    EVTX_TYPE_UTF16 = 0x01,
    EVTX_TYPE_ANSI = 0x02,
    EVTX_TYPE_SIZE = 0x10,
    EVTX_TYPE_SID = 0x13,
    EVTX_TYPE_HEX64 = 0x15,
    EVTX_TYPE_BINXML = 0x21,
    EVTX_TYPE_ARRAY = 0x80, /* flag */
};

enum {
    EVTX_GUID_BYTES = 16,
    EVTX_DEFINITION_HEAD_BYTES = 24, /* next offset, GUID, size of what follows */
    EVTX_SPEC_BYTES = 4,             /* size and type of one substitution value */
    EVTX_NAME_HEAD_BYTES = 8,        /* next offset, hash, count of units */
    EVTX_FRAGMENT_HEAD_BYTES = 3,    /* after the token: version and flags */
    EVTX_MAX_NAME_UNITS = 256,       /* XML names are written by people; longer is a lie */
};

/* A name: either in place after its offset field, or elsewhere in the chunk. */
struct evtx_name {
    struct bytes utf16;
    bool in_place;
};

/* A use of a template: which definition, and the values that it puts in. */
struct evtx_instance {
    uint32_t definition; /* offset of a struct evtx_definition */
    uint32_t id;
    struct bytes specs; /* EVTX_SPEC_BYTES for each value */
    struct bytes data;  /* the values, one after the other */
};

struct evtx_definition {
    const uint8_t *guid; /* EVTX_GUID_BYTES */
    uint32_t from, to;   /* its tokens */
};

/* A cursor over chunk[from, to) whose offsets are those of the chunk; from <= to <= size. */
struct cursor evtx_binxml_cursor(struct bytes chunk, size_t from, size_t to);

/*
 * Read the offset of a name, and the name. *c moves past the name when it is in place.
 * fails  SHORT, TOO_LONG, at the offset of the fault
 */
MUST_USE struct rc evtx_binxml_name(struct bytes chunk, struct cursor *c,
                                    struct evtx_name *out);
/*
 * Read a template instance after its token, past a definition that is in place and to the end
 * of its values.
 * fails  SHORT
 */
MUST_USE struct rc evtx_binxml_instance(struct cursor *c, struct evtx_instance *out);
/*
 * The template definition at an offset.
 * fails  SHORT, MALFORMED when its GUID does not begin with id
 */
MUST_USE struct rc evtx_binxml_definition(struct bytes chunk, uint32_t at, uint32_t id,
                                          struct evtx_definition *out);

#endif
