/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/markdown.h"

#include "base/escape.h"

/* What begins a list, a heading or a quote when it begins a line. */
static bool begins_block(struct str s)
{
    if (s.n != 0 && (s.p[0] == '-' || s.p[0] == '+' || s.p[0] == '=')) {
        return true;
    }
    size_t digits = 0;
    while (digits < s.n && str_is_digit(s.p[digits])) {
        digits++;
    }
    return digits != 0 && digits < s.n && (s.p[digits] == '.' || s.p[digits] == ')') &&
           (digits + 1 == s.n || s.p[digits + 1] == ' ');
}

static void put_text(struct buf *out, struct str s)
{
    AUTO_BUF plain = {0};
    escape_text(&plain, s);
    struct str text = buf_str(&plain);
    size_t at = 0;
    if (begins_block(text)) {
        while (at < text.n && str_is_digit(text.p[at])) {
            buf_putc(out, text.p[at++]);
        }
        buf_putc(out, '\\');
        buf_putc(out, text.p[at++]);
    }
    for (; at < text.n; at++) {
        if (str_find_char(STR("\\`*_[]<>|#&~"), text.p[at]) != SIZE_MAX) {
            buf_putc(out, '\\');
        }
        buf_putc(out, text.p[at]);
    }
}

static void put_row(struct buf *out, const struct notice_block *b)
{
    for (uint32_t i = 0; i < b->cell_count; i++) {
        buf_puts(out, "| ");
        put_text(out, b->cells[i]);
        buf_putc(out, ' ');
    }
    buf_puts(out, "|\n");
    for (uint32_t i = 0; b->kind == NOTICE_HEAD && i < b->cell_count; i++) {
        buf_puts(out, i + 1 == b->cell_count ? "|---|\n" : "|---");
    }
}

static void put_block(struct buf *out, const struct notice_block *b)
{
    switch (b->kind) {
    case NOTICE_HEADING:
        buf_puts(out, "## ");
        put_text(out, b->cells[0]);
        buf_puts(out, "\n");
        return;
    case NOTICE_PARAGRAPH:
        put_text(out, b->cells[0]);
        buf_puts(out, "\n");
        return;
    case NOTICE_ITEM:
        buf_puts(out, "- ");
        put_text(out, b->cells[0]);
        buf_puts(out, "\n");
        return;
    case NOTICE_HEAD:
    case NOTICE_ROW:
        put_row(out, b);
        return;
    }
    check(false);
}

/* Items stay together and so do the rows of a table; all else stands apart. */
static bool joins(enum notice_kind before, enum notice_kind now)
{
    return (before == NOTICE_ITEM && now == NOTICE_ITEM) ||
           ((before == NOTICE_HEAD || before == NOTICE_ROW) && now == NOTICE_ROW);
}

void markdown_write(struct buf *out, const struct notice *n)
{
    buf_put(out, tlp_name(n->tlp));
    buf_puts(out, "\n\n");
    if (n->institution.n != 0) {
        char first = n->institution.p[0]; /* "the Court …": here it begins a line of its own */
        bool small = first >= 'a' && first <= 'z';
        if (small) {
            buf_putc(out, (char)(first - 'a' + 'A'));
        }
        put_text(out, str_from(n->institution, small ? 1 : 0));
        buf_puts(out, "\n\n");
    }
    buf_puts(out, "# ");
    put_text(out, n->title);
    buf_puts(out, "\n\n");
    if (n->reference.n != 0) {
        put_text(out, n->reference);
        buf_puts(out, "\n\n");
    }
    put_text(out, n->date);
    buf_puts(out, "\n");
    for (uint32_t i = 0; i < n->block_count; i++) {
        if (i == 0 || !joins(n->blocks[i - 1].kind, n->blocks[i].kind)) {
            buf_putc(out, '\n');
        }
        put_block(out, &n->blocks[i]);
    }
    buf_puts(out, "\n");
    buf_put(out, tlp_name(n->tlp));
    buf_puts(out, "\n");
}
