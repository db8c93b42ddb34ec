/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/jsonw.h"

#include "base/unicode.h"

static void separate(struct jsonw *w)
{
    if (w->comma) {
        buf_putc(w->out, ',');
    }
    w->comma = true;
}

void jsonw_object(struct jsonw *w)
{
    separate(w);
    buf_putc(w->out, '{');
    w->comma = false;
}

void jsonw_end_object(struct jsonw *w)
{
    buf_putc(w->out, '}');
    w->comma = true;
}

void jsonw_array(struct jsonw *w)
{
    separate(w);
    buf_putc(w->out, '[');
    w->comma = false;
}

void jsonw_end_array(struct jsonw *w)
{
    buf_putc(w->out, ']');
    w->comma = true;
}

/* Would this code point, shown raw, move the cursor or reorder the text around it? */
static bool is_hazard(uint32_t c)
{
    return (c >= 0x7F && c <= 0x9F) || c == 0x061C || (c >= 0x200E && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

static void put_escape(struct buf *out, uint32_t c)
{
    switch (c) {
    case '"':
        buf_puts(out, "\\\"");
        return;
    case '\\':
        buf_puts(out, "\\\\");
        return;
    case '\n':
        buf_puts(out, "\\n");
        return;
    case '\r':
        buf_puts(out, "\\r");
        return;
    case '\t':
        buf_puts(out, "\\t");
        return;
    default: /* not an enum */
        buf_printf(out, "\\u%04x", (unsigned)c);
    }
}

static void put_text(struct buf *out, struct str s)
{
    size_t plain = 0; /* start of the run that is copied as it is */
    unsigned n;
    for (size_t i = 0; i < s.n; i += n) {
        unsigned char byte = (unsigned char)s.p[i];
        n = 1;
        if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
            continue;
        }
        uint32_t c = unicode_decode(str_from(s, i), &n);
        bool ill = unicode_is_ill_formed(str_from(s, i), c, n);
        if (c >= 0x80 && !ill && !is_hazard(c)) {
            continue;
        }
        buf_put(out, (struct str){s.p + plain, i - plain});
        plain = i + n;
        if (ill) {
            buf_puts(out, "\xEF\xBF\xBD");
        } else {
            put_escape(out, c);
        }
    }
    buf_put(out, str_from(s, plain));
}

static void put_quoted(struct buf *out, struct str s)
{
    buf_putc(out, '"');
    put_text(out, s);
    buf_putc(out, '"');
}

void jsonw_key(struct jsonw *w, struct str key)
{
    separate(w);
    put_quoted(w->out, key);
    buf_putc(w->out, ':');
    w->comma = false;
}

void jsonw_str(struct jsonw *w, struct str text)
{
    separate(w);
    put_quoted(w->out, text);
}

void jsonw_u64(struct jsonw *w, uint64_t v)
{
    separate(w);
    buf_u64(w->out, v);
}

void jsonw_i64(struct jsonw *w, int64_t v)
{
    separate(w);
    buf_i64(w->out, v);
}

void jsonw_bool(struct jsonw *w, bool v)
{
    separate(w);
    buf_puts(w->out, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
    separate(w);
    buf_puts(w->out, "null");
}

void jsonw_raw(struct jsonw *w, struct str token)
{
    separate(w);
    buf_put(w->out, token);
}
