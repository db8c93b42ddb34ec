/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_csv.h"

#include "base/escape.h"

void report_csv_header(struct buf *out)
{
    buf_puts(out, "id,time,level,rule_id,rule_title,rule_tags,rule_path,host,source_path,"
                  "source_record,matched,entities,tactics,techniques\r\n");
}

/* Would a spreadsheet take this for a formula? src: OWASP, CSV Injection */
static bool is_formula(struct str s)
{
    return s.n > 0 && str_find_char(STR("=+-@\t\r"), s.p[0]) != SIZE_MAX;
}

/* One cell: on one line (control characters escaped), quoted when it must be. */
static void put_cell(struct buf *out, struct str raw)
{
    AUTO_BUF text = {0};
    if (is_formula(raw)) {
        buf_putc(&text, '\'');
    }
    escape_text(&text, raw);
    struct str s = buf_str(&text);
    bool quoted = str_find_char(s, ',') != SIZE_MAX || str_find_char(s, '"') != SIZE_MAX ||
                  (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' '));
    if (!quoted) {
        buf_put(out, s);
        return;
    }
    buf_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') {
            buf_putc(out, '"');
        }
        buf_putc(out, s.p[i]);
    }
    buf_putc(out, '"');
}

static void put_last_cell(struct buf *out, struct buf *raw)
{
    put_cell(out, buf_str(raw));
    buf_clear(raw);
}

static void next_cell(struct buf *out, struct buf *raw)
{
    put_last_cell(out, raw);
    buf_putc(out, ',');
}

/* Several things in one cell stand apart by " | ". */
static void separate(struct buf *raw)
{
    if (raw->n != 0) {
        buf_puts(raw, " | ");
    }
}

static void put_rule(struct buf *out, struct buf *cell, const struct rule *rule)
{
    buf_put(cell, rule->id);
    next_cell(out, cell);
    buf_put(cell, rule->title);
    next_cell(out, cell);
    for (uint32_t i = 0; i < rule->tag_count; i++) {
        separate(cell);
        buf_put(cell, rule->tags[i]);
    }
    next_cell(out, cell);
    buf_put(cell, rule->path);
    next_cell(out, cell);
}

static void put_lists(struct buf *out, struct buf *cell, const struct finding *f)
{
    for (uint32_t i = 0; i < f->matched_count; i++) {
        const struct matched *m = &f->matched[i];
        separate(cell);
        buf_put(cell, m->field.n == 0 ? STR("keywords") : m->field);
        buf_putc(cell, '=');
        buf_put(cell, m->value);
    }
    next_cell(out, cell);
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        separate(cell);
        buf_put(cell, finding_kind_name(e->kind));
        buf_putc(cell, '/');
        buf_put(cell, e->role);
        buf_putc(cell, '=');
        buf_put(cell, e->value);
    }
    next_cell(out, cell);
}

static void put_attack(struct buf *out, struct buf *cell, const struct report_item *item)
{
    for (unsigned t = 0; t < TACTIC_COUNT; t++) {
        if ((item->tactics >> t & 1) != 0) {
            separate(cell);
            buf_put(cell, tactic_slug((enum tactic)t));
        }
    }
    next_cell(out, cell);
    for (uint32_t i = 0; i < item->rule->tag_count; i++) {
        char text[TACTIC_TECHNIQUE_BYTES];
        size_t n;
        if (tactic_technique(item->rule->tags[i], text, &n)) {
            separate(cell);
            buf_put(cell, (struct str){text, n});
        }
    }
    put_last_cell(out, cell);
}

void report_csv_write(struct buf *out, const struct report_item *item)
{
    const struct finding *f = item->finding;
    AUTO_BUF cell = {0};
    buf_hex(&cell, (struct bytes){item->id, FINDING_ID_BYTES});
    next_cell(out, &cell);
    if (walltime_known(f->time)) {
        walltime_format(&cell, f->time);
    }
    next_cell(out, &cell);
    buf_put(&cell, level_name(item->rule->level));
    next_cell(out, &cell);
    put_rule(out, &cell, item->rule);
    buf_put(&cell, f->host);
    next_cell(out, &cell);
    buf_put(&cell, item->path);
    next_cell(out, &cell);
    buf_u64(&cell, f->record);
    next_cell(out, &cell);
    put_lists(out, &cell, f);
    put_attack(out, &cell, item);
    buf_puts(out, "\r\n");
}
