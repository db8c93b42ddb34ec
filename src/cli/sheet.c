/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sheet.h"

#include "base/escape.h"

enum { INDENT = 2 };

void sheet_heading(struct sheet *s, const char *text)
{
    buf_putc(s->out, '\n');
    style_on(s->out, s->colour, STYLE_BOLD);
    buf_puts(s->out, text);
    style_off(s->out, s->colour);
    buf_putc(s->out, '\n');
}

/* The bytes of text that fit into `columns`, to the last blank if there is one. */
static size_t fitting(struct str text, size_t columns)
{
    if (escape_width(text) <= columns) {
        return text.n;
    }
    size_t blank = 0, n = 0;
    for (size_t i = 1; i <= text.n; i++) {
        bool whole = i == text.n || ((unsigned char)text.p[i] & 0xC0) != 0x80;
        if (whole && escape_width(str_upto(text, i)) > columns) {
            break;
        }
        n = whole ? i : n;
        blank = i < text.n && text.p[i] == ' ' ? i : blank;
    }
    return blank > 0 ? blank : n > 0 ? n : 1;
}

void sheet_wrap(struct sheet *s, size_t indent, struct str text)
{
    size_t columns = s->columns > indent + 20 ? s->columns - indent : 20;
    text = str_trim(text);
    for (bool first = true; text.n > 0; first = false) {
        size_t n = fitting(text, columns);
        if (!first) {
            buf_fill(s->out, ' ', indent);
        }
        escape_text(s->out, str_trim(str_upto(text, n)));
        buf_putc(s->out, '\n');
        text = str_trim(str_from(text, n));
    }
}

void sheet_pair(struct sheet *s, struct str label, struct str text)
{
    buf_fill(s->out, ' ', INDENT);
    style_cell(s->out, label, SHEET_LABEL_COLUMNS, STYLE_LEFT);
    buf_putc(s->out, ' ');
    if (text.n == 0) {
        buf_putc(s->out, '\n');
    }
    sheet_wrap(s, INDENT + SHEET_LABEL_COLUMNS + 1, text);
}

void sheet_item(struct sheet *s, struct str text)
{
    buf_puts(s->out, "  - ");
    sheet_wrap(s, INDENT + 2, text);
}

void sheet_time(const struct sheet *s, struct buf *out, struct walltime t)
{
    style_time(out, t);
    if (!walltime_known(t) || !walltime_known(s->now)) {
        return;
    }
    bool past = t.us <= s->now.us;
    uint64_t us =
        past ? (uint64_t)s->now.us - (uint64_t)t.us : (uint64_t)t.us - (uint64_t)s->now.us;
    uint64_t seconds = us / 1000000; /* whole ones: a tenth tells nobody anything */
    if (seconds == 0) {
        buf_puts(out, " (now)");
        return;
    }
    buf_puts(out, past ? " (" : " (in ");
    if (seconds < 10) {
        buf_u64(out, seconds);
        buf_puts(out, " s");
    } else {
        style_duration(out, seconds * 1000000000);
    }
    buf_puts(out, past ? " ago)" : ")");
}
