/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include "base/heap.h"

#include <stdio.h>

void buf_free(struct buf *b)
{
    heap_free(b->p);
    *b = (struct buf){.cap = b->cap};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->full = false;
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (b->full || (b->cap != 0 && (n > b->cap || b->n > b->cap - n))) {
        b->full = true;
        return false;
    }
    if (b->room - b->n < n) {
        size_t room = b->room < 256 ? 256 : b->room * 2;
        if (room < b->n + n) {
            room = b->n + n;
        }
        b->p = heap_resize(b->p, room, 1);
        b->room = room;
    }
    return true;
}

void buf_put(struct buf *b, struct str s)
{
    if (s.n != 0 && buf_reserve(b, s.n)) {
        memcpy(b->p + b->n, s.p, s.n);
        b->n += s.n;
    }
}

void buf_puts(struct buf *b, const char *literal)
{
    buf_put(b, str_of(literal));
}

void buf_putc(struct buf *b, char c)
{
    if (buf_reserve(b, 1)) {
        b->p[b->n++] = c;
    }
}

void buf_fill(struct buf *b, char c, size_t count)
{
    if (count != 0 && buf_reserve(b, count)) {
        memset(b->p + b->n, c, count);
        b->n += count;
    }
}

void buf_u64(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    buf_put(b, (struct str){digits + at, sizeof(digits) - at});
}

void buf_i64(struct buf *b, int64_t v)
{
    if (v < 0) {
        buf_putc(b, '-');
    }
    buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_hex(struct buf *b, struct bytes bytes)
{
    static const char digit[] = "0123456789abcdef";
    if (bytes.n > SIZE_MAX / 2 || !buf_reserve(b, bytes.n * 2)) {
        return;
    }
    for (size_t i = 0; i < bytes.n; i++) {
        b->p[b->n++] = digit[bytes.p[i] >> 4];
        b->p[b->n++] = digit[bytes.p[i] & 15];
    }
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    check(n >= 0);
    if ((size_t)n < sizeof(small)) {
        buf_put(b, (struct str){small, (size_t)n});
    } else if (buf_reserve(b, (size_t)n + 1)) {
        va_start(args, fmt);
        (void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, args);
        va_end(args);
        b->n += (size_t)n;
    }
}

void buf_le(struct buf *b, uint64_t v, unsigned width_bytes)
{
    check(width_bytes <= 8);
    for (unsigned i = 0; i < width_bytes; i++) {
        buf_putc(b, (char)(unsigned char)(v >> (8 * i)));
    }
}

void buf_lstr(struct buf *b, struct str s)
{
    check(s.n <= UINT32_MAX);
    buf_le(b, s.n, 4);
    buf_put(b, s);
}
