/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/escape.h"

#include "base/unicode.h"

enum { PIECE_BYTES = 16 };

/* The next code point of s as it may be shown; its bytes, and its columns in *out_columns. */
static size_t piece(struct str s, char out[static PIECE_BYTES], unsigned *used,
                    unsigned *columns)
{
    struct buf b = {.p = out, .room = PIECE_BYTES, .cap = PIECE_BYTES};
    uint32_t c = unicode_decode(s, used);
    bool ill = unicode_is_ill_formed(s, c, *used);
    bool hazard = c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
                  (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
    if (ill) {
        *used = 1;
        buf_printf(&b, "\\x%02x", (unsigned)(unsigned char)s.p[0]);
    } else if (c == '\n' || c == '\r' || c == '\t') {
        buf_puts(&b, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) {
        buf_printf(&b, "\\x%02x", (unsigned)c);
    } else if (hazard) {
        buf_printf(&b, "\\u{%x}", (unsigned)c);
    } else {
        buf_put(&b, str_upto(s, *used));
        *columns = unicode_width(c);
        return b.n;
    }
    *columns = (unsigned)b.n;
    return b.n;
}

void escape_text(struct buf *out, struct str s)
{
    unsigned used, columns;
    char bytes[PIECE_BYTES];
    for (; s.n > 0; s = str_from(s, used)) {
        size_t n = piece(s, bytes, &used, &columns);
        buf_put(out, (struct str){bytes, n});
    }
}

bool escape_is_plain(struct str s)
{
    enum { C1_LEAD = 0xC2, C1_LAST = 0x9F };
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        bool c0 = (c < ' ' && c != '\n') || c == 0x7F;
        bool c1 = c == C1_LEAD && i + 1 < s.n && (uint8_t)s.p[i + 1] <= C1_LAST;
        if (c0 || c1) {
            return false;
        }
    }
    return unicode_is_utf8(s);
}

size_t escape_width(struct str s)
{
    size_t width = 0;
    unsigned used, columns;
    char bytes[PIECE_BYTES];
    for (; s.n > 0; s = str_from(s, used)) {
        (void)piece(s, bytes, &used, &columns);
        width += columns;
    }
    return width;
}

void escape_columns(struct buf *out, struct str s, size_t max_columns)
{
    size_t at = 0;        /* columns written */
    size_t fits = out->n; /* length of out when one column was still free */
    unsigned used, columns;
    char bytes[PIECE_BYTES];
    for (; s.n > 0; s = str_from(s, used)) {
        size_t n = piece(s, bytes, &used, &columns);
        if (at + columns > max_columns) {
            out->n = fits;
            if (max_columns > 0) {
                buf_puts(out, "\xE2\x80\xA6");
            }
            return;
        }
        buf_put(out, (struct str){bytes, n});
        at += columns;
        if (at < max_columns) {
            fits = out->n;
        }
    }
}
