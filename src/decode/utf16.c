/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/utf16.h"

#include "base/heap.h"
#include "base/unicode.h"

enum { BLOCK_UNITS = 16 * 1024 };

struct utf16 {
    utf16_sink *sink;
    void *context;
    bool started, big;
    uint8_t units[2 * BLOCK_UNITS]; /* little-endian; not yet turned */
    size_t n;                       /* bytes in units */
    bool odd;                       /* the last of them is half a unit */
    char out[3 * BLOCK_UNITS];
};

static bool has_mark(struct bytes head)
{
    return head.n >= 2 && ((head.p[0] == 0xFF && head.p[1] == 0xFE) ||
                           (head.p[0] == 0xFE && head.p[1] == 0xFF));
}

/* Two units of ASCII, the byte that says so at `at` of each. */
static bool is_ascii(struct bytes head, size_t at)
{
    bool ascii = head.n >= 4;
    for (size_t i = 0; i < 4 && ascii; i += 2) {
        uint8_t c = head.p[i + at];
        ascii = ((c >= ' ' && c < 0x7F) || str_is_space((char)c)) && head.p[i + 1 - at] == 0;
    }
    return ascii;
}

bool utf16_sniff(struct bytes head)
{
    return has_mark(head) || is_ascii(head, 0) || is_ascii(head, 1);
}

struct utf16 *utf16_open(utf16_sink *sink, void *context)
{
    struct utf16 *u = heap_zalloc(1, sizeof(*u));
    u->sink = sink;
    u->context = context;
    return u;
}

void utf16_close(struct utf16 *u)
{
    heap_free(u);
}

static bool ends_in_half_pair(const struct utf16 *u)
{
    return u->n >= 2 && (u->units[u->n - 1] & 0xFC) == 0xD8;
}

/* Turn what is there; a pair that may be completed by the next block waits for it. */
static struct rc flush(struct utf16 *u, size_t keep)
{
    size_t n = u->n - keep;
    size_t made = unicode_from_utf16le((struct bytes){u->units, n}, u->out);
    memmove(u->units, u->units + n, keep);
    u->n = keep;
    return made == 0 ? RC_OK
                     : u->sink(u->context, (struct bytes){(const uint8_t *)u->out, made});
}

/* One byte of the stream; the bytes of a unit are swapped when the big end comes first. */
static void put(struct utf16 *u, uint8_t byte)
{
    u->units[u->n++] = byte;
    u->odd = !u->odd;
    if (!u->odd && u->big) {
        uint8_t high = u->units[u->n - 2];
        u->units[u->n - 2] = byte;
        u->units[u->n - 1] = high;
    }
}

struct rc utf16_feed(struct utf16 *u, struct bytes in)
{
    if (!u->started) {
        check(utf16_sniff(in));
        u->started = true;
        bool mark = has_mark(in);
        u->big = mark ? in.p[0] == 0xFE : in.p[0] == 0;
        in = mark ? (struct bytes){in.p + 2, in.n - 2} : in;
    }
    for (size_t i = 0; i < in.n; i++) {
        put(u, in.p[i]);
        if (u->n == sizeof(u->units)) {
            TRY(flush(u, ends_in_half_pair(u) ? 2 : 0));
        }
    }
    if (!u->odd) {
        return flush(u, ends_in_half_pair(u) ? 2 : 0);
    }
    return RC_OK;
}

struct rc utf16_end(struct utf16 *u)
{
    u->n -= u->odd;
    u->odd = false;
    return flush(u, 0);
}
