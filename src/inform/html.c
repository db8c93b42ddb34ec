/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/html.h"

#include "base/escape.h"

/*
 * TLP labels: upper case, on black, right-aligned, at least 12 pt, in header and footer; on
 * paper on each page, for which the bars are head and foot of a table: those repeat. src:
 * FIRST, TLP 2.0, "TLP in messaging and documents"
 */
static const char style[] =
    "@page{size:A4;margin:14mm 18mm}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:#fff;color:#1a1a1a;"
    "font:12pt/1.5 'Source Serif 4','Noto Serif','DejaVu Serif',Georgia,serif}"
    ".page{width:100%;max-width:46rem;margin:0 auto;border-collapse:collapse}"
    ".wide{max-width:72rem}"
    ".page>thead>tr>td,.page>tbody>tr>td,.page>tfoot>tr>td{padding:0 1.5rem}"
    ".tlp{margin:1rem 0;text-align:right}"
    ".tlp span{display:inline-block;background:#000;padding:.15rem .6rem;"
    "font:700 12pt/1.4 'DejaVu Sans Mono',Consolas,monospace;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    ".clear{color:#fff}.green{color:#33ff00}.amber{color:#ffc000}.red{color:#ff2b2b}"
    ".institution{margin:1.5rem 0 0;font-variant-caps:small-caps;letter-spacing:.03em;"
    "font-size:13pt;color:#333}"
    ".institution::first-letter{text-transform:uppercase}"
    "h1{font-size:22pt;line-height:1.2;margin:.3rem 0 .6rem;text-wrap:balance}"
    ".meta{margin:0 0 1.6rem;padding-bottom:.9rem;border-bottom:1px solid #999;color:#444}"
    "h2{font-size:13.5pt;line-height:1.3;margin:1.7rem 0 .4rem;break-after:avoid}"
    "p{margin:.5rem 0;orphans:3;widows:3}"
    "ul{margin:.5rem 0;padding-left:1.2rem}"
    "li{margin:.3rem 0}"
    ".scroll{overflow-x:auto}"
    ".data{width:100%;border-collapse:collapse;font:10pt/1.4 'Noto Sans','DejaVu Sans',"
    "Arial,sans-serif}"
    ".data th,.data td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;"
    "border-bottom:1px solid #ccc}"
    ".data .long{overflow-wrap:anywhere;min-width:9em}"
    ".data .when{white-space:nowrap}"
    ".data th{border-bottom:1px solid #555;white-space:nowrap;overflow-wrap:normal}"
    ".data tr{break-inside:avoid}"
    "@media print{.page{max-width:none}.page>*>tr>td{padding:0!important}"
    ".tlp{margin:0 0 6mm}tfoot .tlp{margin:6mm 0 0}.scroll{overflow:visible}"
    ".data{font-size:8.5pt}}";

static void put_text(struct buf *out, struct str s)
{
    AUTO_BUF plain = {0};
    escape_text(&plain, s);
    for (size_t i = 0; i < plain.n; i++) {
        switch (plain.p[i]) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        case '\'':
            buf_puts(out, "&#39;");
            break;
        default:
            buf_putc(out, plain.p[i]);
        }
    }
}

static void put_element(struct buf *out, const char *open, struct str text, const char *close)
{
    buf_puts(out, open);
    put_text(out, text);
    buf_puts(out, close);
}

static const char *tlp_class(enum tlp t)
{
    switch (t) {
    case TLP_CLEAR:
        return "clear";
    case TLP_GREEN:
        return "green";
    case TLP_AMBER:
    case TLP_AMBER_STRICT:
        return "amber";
    case TLP_RED:
        return "red";
    case TLP_COUNT:
        break;
    }
    check(false);
    return "";
}

static void put_bar(struct buf *out, const char *part, enum tlp t)
{
    buf_printf(out, "<%s><tr><td><p class=\"tlp\"><span class=\"%s\">", part, tlp_class(t));
    buf_put(out, tlp_name(t));
    buf_printf(out, "</span></p></td></tr></%s>\n", part);
}

static bool is_table(enum notice_kind k)
{
    return k == NOTICE_HEAD || k == NOTICE_ROW;
}

/* What has to be closed or opened between two blocks. */
static void put_between(struct buf *out, const struct notice_block *before,
                        const struct notice_block *now)
{
    bool item = before != NULL && before->kind == NOTICE_ITEM;
    bool table = before != NULL && is_table(before->kind);
    bool next_item = now != NULL && now->kind == NOTICE_ITEM;
    bool next_table = now != NULL && now->kind == NOTICE_ROW;
    if (item && !next_item) {
        buf_puts(out, "</ul>\n");
    }
    if (table && !next_table) {
        buf_puts(out, "</tbody></table></div>\n");
    }
    if (next_item && !item) {
        buf_puts(out, "<ul>\n");
    }
    if (now != NULL && now->kind == NOTICE_HEAD) {
        buf_puts(out, "<div class=\"scroll\"><table class=\"data\">\n");
    }
}

/*
 * Does it hold a word that would push a table off the page? Others stay whole: "203.0.113.6"
 * over "6" is another address to whoever reads fast.
 */
static bool has_long_word(struct str s)
{
    enum { WORD_COLUMNS = 18 };
    size_t run = 0;
    for (size_t i = 0; i < s.n && run <= WORD_COLUMNS; i++) {
        run = s.p[i] == ' ' || s.p[i] == '-' ? 0 : run + 1;
    }
    return run > WORD_COLUMNS;
}

/* "2026-11-24 12:25:07": a browser would break the line within the date. */
static bool is_time(struct str s)
{
    return s.n == 19 && s.p[4] == '-' && s.p[7] == '-' && s.p[10] == ' ' && s.p[13] == ':';
}

static void put_row(struct buf *out, const struct notice_block *b)
{
    bool head = b->kind == NOTICE_HEAD;
    buf_puts(out, head ? "<thead><tr>" : "<tr>");
    for (uint32_t i = 0; i < b->cell_count; i++) {
        const char *cell = is_time(b->cells[i])         ? "<td class=\"when\">"
                           : has_long_word(b->cells[i]) ? "<td class=\"long\">"
                                                        : "<td>";
        put_element(out, head ? "<th scope=\"col\">" : cell, b->cells[i],
                    head ? "</th>" : "</td>");
    }
    buf_puts(out, head ? "</tr></thead>\n<tbody>\n" : "</tr>\n");
}

static void put_block(struct buf *out, const struct notice_block *b)
{
    switch (b->kind) {
    case NOTICE_HEADING:
        put_element(out, "<h2>", b->cells[0], "</h2>\n");
        return;
    case NOTICE_PARAGRAPH:
        put_element(out, "<p>", b->cells[0], "</p>\n");
        return;
    case NOTICE_ITEM:
        put_element(out, "<li>", b->cells[0], "</li>\n");
        return;
    case NOTICE_HEAD:
    case NOTICE_ROW:
        put_row(out, b);
        return;
    }
    check(false);
}

static void put_head(struct buf *out, const struct notice *n)
{
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"");
    buf_put(out, phrase_language_name(n->language));
    buf_puts(out, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    put_element(out, "<title>", n->title, "</title>\n<style>");
    buf_puts(out, style);
    buf_puts(out, "</style>\n</head>\n<body>\n");
}

void html_write(struct buf *out, const struct notice *n)
{
    put_head(out, n);
    buf_puts(out, n->audience == NOTICE_INTERNAL
                      ? "<table class=\"page wide\" role=\"presentation\">\n"
                      : "<table class=\"page\" role=\"presentation\">\n");
    put_bar(out, "thead", n->tlp);
    buf_puts(out, "<tbody><tr><td><main>\n");
    if (n->institution.n != 0) {
        put_element(out, "<p class=\"institution\">", n->institution, "</p>\n");
    }
    put_element(out, "<h1>", n->title, "</h1>\n<p class=\"meta\">");
    if (n->reference.n != 0) {
        put_element(out, "", n->reference, "<br>");
    }
    put_element(out, "", n->date, "</p>\n");
    for (uint32_t i = 0; i < n->block_count; i++) {
        put_between(out, i == 0 ? NULL : &n->blocks[i - 1], &n->blocks[i]);
        put_block(out, &n->blocks[i]);
    }
    put_between(out, n->block_count == 0 ? NULL : &n->blocks[n->block_count - 1], NULL);
    buf_puts(out, "</main></td></tr></tbody>\n");
    put_bar(out, "tfoot", n->tlp);
    buf_puts(out, "</table>\n</body>\n</html>\n");
}
