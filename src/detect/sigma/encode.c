/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/encode.h"

#include "base/unicode.h"

static void put_unit(struct glyphs *g, uint32_t unit, bool big)
{
    uint32_t low = unit & 0xFF, high = unit >> 8;
    g->p[g->n++] = GLYPH_BYTE | (big ? high : low);
    g->p[g->n++] = GLYPH_BYTE | (big ? low : high);
}

struct rc encode_utf16(struct glyphs in, enum encode_utf16 how, struct arena *a,
                       struct glyphs *out)
{
    bool big = how == ENCODE_UTF16BE;
    struct glyphs g = {arena_zalloc(a, 4 * (size_t)in.n + 2, sizeof(*g.p)), 0};
    if (g.p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    if (how == ENCODE_UTF16_BOM) {
        put_unit(&g, 0xFEFF, false);
    }
    for (uint32_t i = 0; i < in.n; i++) {
        uint32_t c = in.p[i];
        if (c >= GLYPH_ANY) {
            g.p[g.n++] = c;
        } else if (c >= 0x10000) {
            put_unit(&g, 0xD800 + ((c - 0x10000) >> 10), big);
            put_unit(&g, 0xDC00 + ((c - 0x10000) & 0x3FF), big);
        } else {
            put_unit(&g, c, big);
        }
    }
    *out = g;
    return RC_OK;
}

/* The bytes of in after `shift` zero bytes. */
static struct rc bytes_of_glyphs(struct glyphs in, uint32_t shift, struct arena *a,
                                 struct bytes *out)
{
    char *p = arena_text(a, (size_t)in.n * UNICODE_MAX_UTF8_BYTES + shift);
    if (p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memset(p, 0, shift);
    size_t n = shift;
    for (uint32_t i = 0; i < in.n; i++) {
        if ((in.p[i] & GLYPH_BYTE) != 0) {
            p[n++] = (char)(in.p[i] & 0xFF);
        } else {
            n += unicode_encode(in.p[i], p + n);
        }
    }
    *out = bytes_of((struct str){p, n});
    return RC_OK;
}

static struct rc base64_of(struct bytes in, struct arena *a, struct glyphs *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct glyphs g = {arena_zalloc(a, (in.n + 2) / 3 * 4 + 1, sizeof(*g.p)), 0};
    if (g.p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t group = (uint32_t)in.p[i] << 16;
        group |= left > 1 ? (uint32_t)in.p[i + 1] << 8 : 0;
        group |= left > 2 ? in.p[i + 2] : 0;
        for (unsigned k = 0; k < 4; k++) {
            bool padding = k > left;
            g.p[g.n++] = padding ? '=' : (uint8_t)alphabet[group >> (18 - 6 * k) & 63];
        }
    }
    *out = g;
    return RC_OK;
}

struct rc encode_base64(struct glyphs in, struct arena *a, struct glyphs *out)
{
    struct bytes bytes;
    TRY(bytes_of_glyphs(in, 0, a, &bytes));
    return base64_of(bytes, a, out);
}

struct rc encode_base64_offset(struct glyphs in, uint32_t shift, struct arena *a,
                               struct glyphs *out)
{
    /* characters that hold bits of what comes before and after */
    static const uint32_t cut_start[3] = {0, 2, 3}, cut_end[3] = {0, 3, 2};
    check(shift < COUNT_OF(cut_start));
    struct bytes bytes;
    TRY(bytes_of_glyphs(in, shift, a, &bytes));
    struct glyphs g;
    TRY(base64_of(bytes, a, &g));
    uint32_t start = cut_start[shift], end = g.n - cut_end[bytes.n % 3];
    *out = end > start ? (struct glyphs){g.p + start, end - start} : (struct glyphs){g.p, 0};
    return RC_OK;
}
