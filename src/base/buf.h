/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * buf - a growing byte buffer with a cap. Past the cap writes are dropped and `full` stays
 * set until buf_clear: check it once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/rc.h"
#include "base/str.h"

#include <stdarg.h>

struct buf {
    char *p; /* heap, owned */
    size_t n, room;
    size_t cap; /* bytes; 0 means no cap */
    bool full;
};

#define BUF_WITH_CAP(bytes) ((struct buf){.cap = (bytes)})

void buf_free(struct buf *b);
void buf_clear(struct buf *b);
/* Room for n more bytes; false (and full) past the cap. */
bool buf_reserve(struct buf *b, size_t n);
void buf_put(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *literal);
void buf_putc(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t count);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_hex(struct buf *b, struct bytes bytes);
/* For numbers and our own text; never for text that came from a log. */
PRINTF_LIKE(2, 3) void buf_printf(struct buf *b, const char *fmt, ...);
/* Little-endian integers, for messages between our processes. */
void buf_le(struct buf *b, uint64_t v, unsigned width_bytes);
/* 32-bit length, then the bytes. */
void buf_lstr(struct buf *b, struct str s);

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}

#define AUTO_BUF __attribute__((cleanup(buf_free))) struct buf

#endif
