/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor - reads bytes like a schema. A read past the end gives 0 and sets a sticky fault;
 * call cursor_done before a value decides an allocation or a loop.
 * One read per statement: the order of two in one expression is not defined.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/rc.h"
#include "base/str.h"

struct cursor {
    const uint8_t *start, *at, *end;
    bool fault; /* a read went past the end */
};

static inline struct cursor cursor_of(struct bytes in)
{
    /* NULL + 0 is undefined */
    return (struct cursor){.start = in.p, .at = in.p, .end = in.n > 0 ? in.p + in.n : in.p};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static inline size_t cursor_offset(const struct cursor *c)
{
    return (size_t)(c->at - c->start);
}

/* n bytes, or an empty slice and the fault. */
static inline struct bytes cursor_take(struct cursor *c, size_t n)
{
    if (UNLIKELY(cursor_left(c) < n)) {
        c->fault = true;
        c->at = c->end;
        return (struct bytes){c->end, 0};
    }
    struct bytes b = {c->at, n};
    c->at += n;
    return b;
}

static inline uint64_t cursor_le(struct cursor *c, unsigned width_bytes)
{
    struct bytes b = cursor_take(c, width_bytes);
    uint64_t v = 0;
    for (size_t i = 0; i < b.n; i++) {
        v |= (uint64_t)b.p[i] << (8 * i);
    }
    return v;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)cursor_le(c, 1);
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)cursor_le(c, 2);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)cursor_le(c, 4);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    return cursor_le(c, 8);
}

/* The counterpart of buf_lstr. */
static inline struct str cursor_lstr(struct cursor *c)
{
    uint32_t n = cursor_u32(c);
    return str_bytes(cursor_take(c, n));
}

/* ERR_SHORT at the fault, else RC_OK. */
MUST_USE static inline struct rc cursor_done(const struct cursor *c)
{
    return c->fault ? rc_at(ERR_SHORT, cursor_offset(c)) : RC_OK;
}

#endif
