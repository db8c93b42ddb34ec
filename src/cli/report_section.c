/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_section.h"

#include "base/escape.h"
#include "cli/style.h"

enum { FAULTS_SHOWN = 20, BLIND_NAME_COLUMNS = 36 };

void report_section_title(const struct report_section *s, const char *title)
{
    buf_putc(s->out, '\n');
    style_on(s->out, s->opts->colour, STYLE_BOLD);
    buf_puts(s->out, title);
    style_off(s->out, s->opts->colour);
    buf_putc(s->out, '\n');
}

void report_section_more(const struct report_section *s, uint64_t all, uint64_t shown)
{
    if (all > shown) {
        buf_puts(s->out, "  \xE2\x80\xA6 and ");
        style_number(s->out, all - shown);
        buf_puts(s->out, " more\n");
    }
}

void report_section_tally(const struct report_section *s, const uint64_t levels[LEVEL_COUNT])
{
    struct buf *out = s->out;
    uint64_t all = 0;
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        all += levels[i];
    }
    style_on(out, s->opts->colour, STYLE_BOLD);
    if (all == 0) {
        buf_puts(out, "No findings");
    } else {
        style_count(out, all, "finding", "findings");
    }
    style_off(out, s->opts->colour);
    const char *before = ": ";
    for (unsigned i = LEVEL_COUNT; i-- > 0;) {
        if (levels[i] != 0) {
            buf_puts(out, before);
            style_level_on(out, s->opts->colour, (enum level)i);
            style_number(out, levels[i]);
            buf_putc(out, ' ');
            buf_put(out, level_name((enum level)i));
            style_off(out, s->opts->colour);
            before = ", ";
        }
    }
}

/* "evtx 8,248, json winlogbeat 12": what the inputs were found to be. */
static void put_shapes(const struct report_section *s)
{
    for (size_t i = 0; i < s->summary->shape_count; i++) {
        const struct report_shape *shape = &s->summary->shapes[i];
        buf_puts(s->out, i == 0 ? "Formats: " : ", ");
        buf_put(s->out, shape->format);
        if (shape->shape.n != 0 && !str_eq(shape->shape, shape->format)) {
            buf_putc(s->out, ' ');
            escape_text(s->out, shape->shape);
        }
        buf_putc(s->out, ' ');
        style_number(s->out, shape->records);
    }
    if (s->summary->shape_count != 0) {
        buf_puts(s->out, ".\n");
    }
}

void report_section_read(const struct report_section *s)
{
    const struct scan_summary *u = s->summary;
    buf_puts(s->out, "Read ");
    style_count(s->out, u->records, "record", "records");
    buf_puts(s->out, " of ");
    style_count(s->out, u->inputs, "input", "inputs");
    buf_puts(s->out, " (");
    style_bytes(s->out, u->bytes);
    buf_puts(s->out, ") in ");
    style_duration(s->out, u->elapsed_ns);
    if (u->elapsed_ns >= 1000000) {
        buf_puts(s->out, ", ");
        style_number(s->out, (uint64_t)((double)u->records * 1e9 / (double)u->elapsed_ns));
        buf_puts(s->out, " a second");
    }
    buf_puts(s->out, ".\n");
    if (u->ignored != 0) {
        style_count(s->out, u->ignored, "input is not a log and was passed over",
                    "inputs are not logs and were passed over");
        buf_puts(s->out, ".\n");
    }
    put_shapes(s);
}

/* Two lines of a path are enough to find the file. */
static void put_path(const struct report_section *s, struct str path)
{
    style_cell_end(s->out, path, 2 * (size_t)s->opts->width);
}

/* The reason stands once above the inputs that follow each other with it. */
static void put_unread(const struct report_section *s, size_t i)
{
    const struct report_unread *row = &s->summary->unread[i];
    if (i == 0 || !str_eq(row->reason, row[-1].reason)) {
        buf_puts(s->out, "  ");
        escape_text(s->out, row->reason);
        buf_puts(s->out, ":\n");
    }
    buf_puts(s->out, "    ");
    put_path(s, row->path);
    buf_putc(s->out, '\n');
}

static void put_fault(const struct report_section *s, const struct report_fault *f)
{
    buf_puts(s->out, "  ");
    put_path(s, f->path);
    if (f->number != 0) {
        buf_puts(s->out, ": record ");
        buf_u64(s->out, f->number);
        buf_puts(s->out, ", byte ");
    } else {
        buf_puts(s->out, ": byte ");
    }
    style_number(s->out, f->offset);
    buf_puts(s->out, ": ");
    buf_puts(s->out, rc_text(f->rc));
    buf_putc(s->out, '\n');
}

void report_section_unread(const struct report_section *s)
{
    const struct scan_summary *u = s->summary;
    if (u->unread_count == 0 && u->problems == 0) {
        return;
    }
    report_section_title(s, "WHAT COULD NOT BE READ");
    if (u->unread_count != 0) {
        style_count(s->out, u->unread_count, "input.", "inputs.");
        buf_putc(s->out, '\n');
    }
    for (size_t i = 0; i < u->unread_count; i++) {
        put_unread(s, i);
    }
    if (u->problems != 0) {
        style_count(s->out, u->problems, "damaged record or line was skipped",
                    "damaged records or lines were skipped");
        buf_puts(s->out, u->fault_count != 0 ? ":\n" : ".\n");
    }
    size_t shown = u->fault_count < FAULTS_SHOWN ? u->fault_count : FAULTS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        put_fault(s, &u->faults[i]);
    }
    if (shown != 0) {
        report_section_more(s, u->problems, shown);
    }
}

static void put_blind(const struct report_section *s, const struct report_blind *b)
{
    enum { INDENT = 2, GAP = 2, COUNT_COLUMNS = 7, NEEDS_COLUMNS = 6 };
    size_t left = s->opts->width - INDENT - COUNT_COLUMNS - GAP;
    size_t name = b->hint.n == 0 ? left : BLIND_NAME_COLUMNS;
    char digits[32];
    struct buf number = {.p = digits, .room = sizeof(digits), .cap = sizeof(digits)};
    style_number(&number, b->rules);
    buf_fill(s->out, ' ', INDENT);
    style_cell(s->out, buf_str(&number), COUNT_COLUMNS, STYLE_RIGHT);
    buf_fill(s->out, ' ', GAP);
    if (b->is_field) {
        buf_puts(s->out, "field ");
        name -= sizeof("field ") - 1;
    }
    if (b->hint.n == 0) {
        escape_columns(s->out, b->missing, name);
    } else {
        style_cell(s->out, b->missing, name, STYLE_LEFT);
        buf_puts(s->out, "  needs ");
        escape_columns(s->out, b->hint, left - BLIND_NAME_COLUMNS - GAP - NEEDS_COLUMNS);
    }
    buf_putc(s->out, '\n');
}

static void put_correlations(const struct report_section *s)
{
    const struct scan_summary *u = s->summary;
    if (u->correlations != 0) {
        style_count(s->out, u->correlations, "correlation rule", "correlation rules");
        if (u->correlations_unevaluated != 0) {
            buf_puts(s->out, ", of which ");
            style_number(s->out, u->correlations_unevaluated);
            buf_puts(s->out, " cannot be evaluated (tocsin rules check says why)");
        }
        buf_puts(s->out, ".\n");
    }
    if (u->correlation_timeless != 0) {
        style_count(s->out, u->correlation_timeless, "record has", "records have");
        buf_puts(s->out, " no time, and so no place in a correlation.\n");
    }
    if (u->correlation_parts > 1) {
        buf_puts(s->out, "There was too much to correlate at once. It was done in ");
        style_number(s->out, u->correlation_parts);
        buf_puts(s->out, " parts, in the order of\nthe inputs: a campaign that lies in two of "
                         "them may have been missed.\n");
    }
    if (u->correlation_lost != 0) {
        buf_puts(s->out, "Correlation ran out of memory and forgot ");
        style_count(s->out, u->correlation_lost, "event or group", "events and groups");
        buf_puts(s->out, ": slow campaigns may\nhave been missed. Scan fewer files at once, or "
                         "a shorter span (--from, --to).\n");
    }
}

static void put_rules(const struct report_section *s)
{
    const struct scan_summary *u = s->summary;
    style_count(s->out, u->rules_loaded, "rule", "rules");
    if (s->opts->rules_origin.n != 0) {
        buf_puts(s->out, " from ");
        escape_text(s->out, s->opts->rules_origin);
    }
    buf_puts(s->out, ": ");
    style_number(s->out, u->rules_active);
    buf_puts(s->out, " active");
    if (u->rules_rejected != 0) {
        buf_puts(s->out, ", ");
        style_number(s->out, u->rules_rejected);
        buf_puts(s->out, " rejected");
    }
    buf_puts(s->out, ".\n");
    put_correlations(s);
}

void report_section_blind(const struct report_section *s)
{
    const struct scan_summary *u = s->summary;
    report_section_title(s, "WHAT THE RULES COULD NOT SEE");
    put_rules(s);
    if (u->interrupted) {
        buf_puts(s->out,
                 "Which rules could not fire is not known: the scan was interrupted.\n");
        return;
    }
    if (u->rules_unable == 0) {
        buf_puts(s->out, "Every active rule had records of its kind to look at.\n");
        return;
    }
    style_count(s->out, u->rules_unable, "active rule", "active rules");
    buf_puts(s->out, " could not fire, because this was not in the data:\n");
    size_t shown = u->blind_count < s->opts->top ? u->blind_count : s->opts->top;
    for (size_t i = 0; i < shown; i++) {
        put_blind(s, &u->blind[i]);
    }
    report_section_more(s, u->blind_count, shown);
}

/* Paths are evidence here: never cut. The layout is that of sha256sum. */
void report_section_hashes(const struct report_section *s)
{
    if (s->summary->hash_count == 0) {
        return;
    }
    report_section_title(s, "SHA-256 OF THE INPUTS");
    for (size_t i = 0; i < s->summary->hash_count; i++) {
        const struct report_hash *h = &s->summary->hashes[i];
        buf_hex(s->out, (struct bytes){h->sha256, sizeof(h->sha256)});
        buf_puts(s->out, "  ");
        escape_text(s->out, h->path);
        buf_putc(s->out, '\n');
    }
}
