/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_story.h"

#include "base/escape.h"
#include "cli/report_section.h"
#include "cli/style.h"

enum {
    INDENT = 2,
    GAP = 2,
    TEXT_BYTES = 64,
    CLOCK_COLUMNS = 8,
    WORD_COLUMNS = 8,                                                 /* "CRITICAL" */
    LEFT_COLUMNS = INDENT + CLOCK_COLUMNS + GAP + WORD_COLUMNS + GAP, /* up to the host */
    WIDE = 160, /* from here one line is enough */
};

/* One finding being told: its parts that are ours, ready. */
struct telling {
    const struct report_page *page;
    const struct report_text_entry *entry;
    char alike[TEXT_BYTES]; /* " (+44 alike)", or nothing */
    size_t alike_n;
    char record[TEXT_BYTES]; /* ":4242" */
    size_t record_n;
};

static struct telling telling_of(const struct report_page *p, size_t entry)
{
    const struct report_text_entry *e = &p->text->told[entry];
    struct telling t = {.page = p, .entry = e};
    struct buf alike = {.p = t.alike, .room = TEXT_BYTES, .cap = TEXT_BYTES};
    struct buf record = {.p = t.record, .room = TEXT_BYTES, .cap = TEXT_BYTES};
    uint64_t more = report_text_alike(p->text, entry);
    if (more != 0) {
        buf_puts(&alike, " (+");
        style_number(&alike, more);
        buf_puts(&alike, " alike)");
    }
    buf_putc(&record, ':');
    buf_u64(&record, e->record);
    t.alike_n = alike.n;
    t.record_n = record.n;
    return t;
}

/* a - b, but never below zero: numbers in a line may be longer than foreseen. */
static size_t less(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

/* A name with a domain that does not fit is cut at its first dot: the table has it in full. */
static void put_host(const struct telling *t, size_t columns)
{
    struct buf *out = t->page->out;
    struct str name = t->entry->host_name;
    struct str first = str_upto(name, str_find_char(name, '.'));
    size_t takes = escape_width(first) + 1;
    if (escape_width(name) > columns && takes <= columns && first.n < name.n) {
        escape_text(out, first);
        buf_puts(out, "\xE2\x80\xA6");
        buf_fill(out, ' ', columns - takes);
    } else {
        style_cell(out, name.n == 0 ? STR("(not stated)") : name, columns, STYLE_LEFT);
    }
    buf_fill(out, ' ', GAP);
}

/* The rule's title and how many more are like this one. */
static void put_title(const struct telling *t, size_t columns)
{
    struct str title = t->page->opts->rules[t->entry->rule].title;
    escape_columns(t->page->out, title, less(columns, t->alike_n));
    buf_put(t->page->out, (struct str){t->alike, t->alike_n});
}

static size_t title_columns(const struct telling *t)
{
    return escape_width(t->page->opts->rules[t->entry->rule].title) + t->alike_n;
}

/* Of a path the end says more, of a command line the start. */
static bool is_path(struct str field)
{
    static const struct str ends[] = {STR_INIT("Image"),       STR_INIT("Filename"),
                                      STR_INIT("ImageLoaded"), STR_INIT("TargetObject"),
                                      STR_INIT("process"),     STR_INIT("file")};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (str_ends(field, ends[i])) {
            return true;
        }
    }
    return false;
}

/* "CommandLine: whoami /all", filled up; a keyword stands alone. */
static void put_value(const struct telling *t, size_t columns)
{
    enum { FIELD_COLUMNS = 24 };
    struct buf *out = t->page->out;
    if (t->entry->field.n != 0) {
        size_t field = escape_width(t->entry->field);
        size_t most = columns / 2 < FIELD_COLUMNS ? columns / 2 : FIELD_COLUMNS;
        field = field < most ? field : most;
        escape_columns(out, t->entry->field, field);
        buf_puts(out, ": ");
        columns = less(columns, field + 2);
    }
    if (is_path(t->entry->field) && escape_width(t->entry->value) > columns) {
        size_t start = out->n;
        style_cell_end(out, t->entry->value, columns);
        size_t takes = escape_width((struct str){out->p + start, out->n - start});
        buf_fill(out, ' ', less(columns, takes));
    } else {
        style_cell(out, t->entry->value, columns, STYLE_LEFT);
    }
    buf_fill(out, ' ', GAP);
}

/* Columns for "path:4242", at most max. */
static size_t place_columns(const struct telling *t, size_t max)
{
    size_t n = escape_width(t->entry->path) + t->record_n;
    return n < max ? n : max;
}

/* The end of a path says more than its start. */
static void put_place(const struct telling *t, size_t columns)
{
    struct buf *out = t->page->out;
    style_on(out, t->page->opts->colour, STYLE_DIM);
    style_cell_end(out, t->entry->path, less(columns, t->record_n));
    buf_put(out, (struct str){t->record, t->record_n});
    style_off(out, t->page->opts->colour);
    buf_putc(out, '\n');
}

/* Two lines: host and title; below them what matched, and where. */
static void put_narrow(const struct telling *t)
{
    enum { HOST = 18, PLACE = 24, BELOW = INDENT + CLOCK_COLUMNS + GAP };
    size_t width = t->page->opts->width;
    size_t place = place_columns(t, PLACE);
    put_host(t, HOST);
    put_title(t, width - LEFT_COLUMNS - HOST - GAP);
    buf_putc(t->page->out, '\n');
    buf_fill(t->page->out, ' ', BELOW);
    put_value(t, width - BELOW - GAP - place);
    put_place(t, place);
}

static void put_wide(const struct telling *t)
{
    enum { HOST = 24, TITLE = 52 };
    size_t width = t->page->opts->width, place = place_columns(t, width / 6);
    size_t title = title_columns(t);
    put_host(t, HOST);
    put_title(t, TITLE);
    buf_fill(t->page->out, ' ', GAP + (title < TITLE ? TITLE - title : 0));
    put_value(t, width - LEFT_COLUMNS - HOST - GAP - TITLE - GAP - GAP - place);
    put_place(t, place);
}

/* "2025-11-27" on a line of its own, so that the lines below need the clock only. */
static void put_day(const struct report_page *p, struct walltime t)
{
    char text[TEXT_BYTES];
    struct buf b = {.p = text, .room = TEXT_BYTES, .cap = TEXT_BYTES};
    style_time(&b, t);
    style_on(p->out, p->opts->colour, STYLE_BOLD);
    if (walltime_known(t)) {
        buf_put(p->out, str_upto(buf_str(&b), b.n - CLOCK_COLUMNS - 1));
    } else {
        buf_puts(p->out, "Without a time");
    }
    style_off(p->out, p->opts->colour);
    buf_putc(p->out, '\n');
}

static void put_clock(const struct report_page *p, struct walltime t)
{
    char text[TEXT_BYTES];
    struct buf b = {.p = text, .room = TEXT_BYTES, .cap = TEXT_BYTES};
    style_time(&b, t);
    buf_fill(p->out, ' ', INDENT);
    style_cell(p->out,
               walltime_known(t) ? str_from(buf_str(&b), b.n - CLOCK_COLUMNS) : STR("-"),
               CLOCK_COLUMNS + GAP, STYLE_LEFT);
}

static void put_entry(const struct report_page *p, size_t entry)
{
    struct telling t = telling_of(p, entry);
    const struct report_text_entry *e = t.entry;
    struct str word = style_level_word(e->level);
    put_clock(p, e->time);
    style_level_on(p->out, p->opts->colour, e->level);
    buf_put(p->out, word);
    style_off(p->out, p->opts->colour);
    buf_fill(p->out, ' ', WORD_COLUMNS - word.n + GAP);
    if (p->opts->width >= WIDE) {
        put_wide(&t);
    } else {
        put_narrow(&t);
    }
}

static int64_t day_of(struct walltime t)
{
    static const int64_t us_per_day = 86400000000;
    return !walltime_known(t) ? INT64_MAX : t.us / us_per_day - (t.us % us_per_day < 0);
}

static void put_left_out(const struct report_page *p)
{
    uint64_t all = p->text->order, told = p->text->told_count;
    if (all == told) {
        return;
    }
    buf_puts(p->out, "  ");
    style_number(p->out, all - told);
    buf_puts(p->out, " of ");
    style_number(p->out, all);
    buf_puts(p->out, " findings are not told here: they are of lower\n"
                     "  level, like one that is, or later.\n");
}

void report_story_write(const struct report_page *p)
{
    struct report_section s = {p->opts, p->summary, p->out};
    int64_t day = INT64_MIN;
    report_text_sort(p->text);
    report_section_title(&s, "THE STORY, in time order (UTC)");
    for (size_t i = 0; i < p->text->told_count; i++) {
        const struct report_text_entry *e = &p->text->told[i];
        if (day_of(e->time) != day) {
            day = day_of(e->time);
            put_day(p, e->time);
        }
        put_entry(p, i);
    }
    put_left_out(p);
}
