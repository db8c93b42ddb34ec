/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include "base/heap.h"
#include "cli/report_csv.h"
#include "cli/report_jsonl.h"
#include "cli/report_page.h"
#include "cli/report_section.h"
#include "cli/report_text.h"
#include "cli/style.h"
#include "cli/tally.h"

enum {
    WIDTH_DEFAULT = 80,
    WIDTH_MIN = 72, /* narrower terminals wrap: a table has to stand somewhere */
    WIDTH_MAX = 240,
    TOP_DEFAULT = 10,
    KEEP_DEFAULT = 3,
    STORY_DEFAULT = 50,
    /* 2^18 findings of one source, 16 MiB: more are told apart by their record's number. */
    IDS_MAX = 1 << 18,
};

struct report {
    struct report_opts opts;
    struct buf path;    /* of the current source */
    struct tally *ids;  /* of the current source: id with ordinal 0 → how many */
    struct rule *rules; /* those given, and a head (id, title, level, tags) per correlation */
    uint32_t *tactics;  /* per rule of these */
    uint64_t levels[LEVEL_COUNT];
    struct report_text *text; /* TEXT only */
};

/* To tables and stories a correlation is a rule like others, after the last of them. */
static void join_rules(struct report *r, const struct report_opts *opts)
{
    size_t count = opts->rule_count + opts->correlation_count;
    r->rules = heap_zalloc(count + 1, sizeof(*r->rules));
    if (opts->rule_count != 0) {
        memcpy(r->rules, opts->rules, opts->rule_count * sizeof(*r->rules));
    }
    for (size_t i = 0; i < opts->correlation_count; i++) {
        const struct correlation *c = &opts->correlations[i];
        r->rules[opts->rule_count + i] = (struct rule){.id = c->id,
                                                       .title = c->title,
                                                       .name = c->name,
                                                       .level = c->level,
                                                       .path = c->path,
                                                       .line = c->line,
                                                       .tags = c->tags,
                                                       .tag_count = c->tag_count};
    }
    r->opts.rules = r->rules;
    r->opts.rule_count = count;
}

struct report *report_open(const struct report_opts *opts)
{
    struct report *r = heap_zalloc(1, sizeof(*r));
    unsigned keep = opts->top == 0 ? KEEP_DEFAULT : opts->top;
    r->opts = *opts;
    r->opts.width = opts->width == 0 ? WIDTH_DEFAULT : opts->width;
    r->opts.width = r->opts.width < WIDTH_MIN ? WIDTH_MIN : r->opts.width;
    r->opts.width = r->opts.width > WIDTH_MAX ? WIDTH_MAX : r->opts.width;
    r->opts.top = opts->top == 0 ? TOP_DEFAULT : opts->top;
    r->opts.story = opts->story == 0 ? STORY_DEFAULT : opts->story;
    r->ids = tally_open(IDS_MAX);
    join_rules(r, opts);
    r->tactics = heap_zalloc(r->opts.rule_count, sizeof(*r->tactics));
    for (size_t i = 0; i < r->opts.rule_count; i++) {
        r->tactics[i] = tactic_set(r->rules[i].tags, r->rules[i].tag_count);
    }
    if (opts->output == REPORT_TEXT) {
        r->text = report_text_open(r->opts.rule_count, keep, r->opts.story);
    }
    return r;
}

void report_close(struct report *r)
{
    if (r != NULL) {
        report_text_close(r->text);
        tally_close(r->ids);
        heap_free(r->tactics);
        heap_free(r->rules);
        buf_free(&r->path);
        heap_free(r);
    }
}

void report_begin(struct report *r, struct buf *out)
{
    if (r->opts.output == REPORT_CSV) {
        report_csv_header(out);
    }
}

void report_source(struct report *r, struct str path)
{
    buf_clear(&r->path);
    buf_put(&r->path, path);
    tally_clear(r->ids);
}

/* A rule without an id goes by its title. */
static void set_id(struct report *r, const struct finding *f, struct report_item *item)
{
    static const uint64_t past_the_table = (uint64_t)1 << 63;
    struct str name = item->rule->id.n != 0 ? item->rule->id : item->rule->title;
    uint64_t ordinal;
    _Static_assert((int)TALLY_KEY_BYTES == (int)FINDING_ID_BYTES, "an id is a key");
    finding_id(name, f->identity, 0, item->id);
    if (!tally_add(r->ids, item->id, &ordinal)) {
        ordinal = past_the_table | f->record;
    }
    if (ordinal != 0) {
        finding_id(name, f->identity, ordinal, item->id);
    }
}

static void write_item(struct report *r, const struct report_item *item, struct buf *out)
{
    r->levels[item->rule->level]++;
    if (r->opts.item != NULL) {
        r->opts.item(r->opts.item_context, item);
    }
    switch (r->opts.output) {
    case REPORT_TEXT:
        report_text_add(r->text, item);
        return;
    case REPORT_JSONL:
        report_jsonl_write(out, item);
        return;
    case REPORT_CSV:
        report_csv_write(out, item);
        return;
    }
}

void report_finding(struct report *r, const struct finding *f, struct buf *out)
{
    check(f->rule < r->opts.rule_count);
    struct report_item item = {
        .finding = f,
        .rule = &r->opts.rules[f->rule],
        .path = buf_str(&r->path),
        .tactics = r->tactics[f->rule],
    };
    if (r->opts.output != REPORT_TEXT || r->opts.item != NULL) {
        set_id(r, f, &item);
    }
    write_item(r, &item, out);
}

/* The rule of that id (or, without one, that title) among the correlations. */
static uint32_t correlation_of(const struct report *r, const struct finding_fact *f)
{
    size_t first = r->opts.rule_count - r->opts.correlation_count;
    for (size_t i = first; i < r->opts.rule_count; i++) {
        const struct rule *rule = &r->rules[i];
        if (str_eq(rule->id.n != 0 ? rule->id : rule->title, f->rule_id) &&
            str_eq(rule->title, f->rule_title)) {
            return (uint32_t)i;
        }
    }
    check(false); /* the caller's correlations are ours */
    return 0;
}

void report_correlation(struct report *r, const struct finding_fact *f, struct buf *out)
{
    const struct record_ref *last = &f->records[f->record_count - 1];
    const struct finding shown = {.rule = correlation_of(r, f),
                                  .time = f->last,
                                  .host = f->host,
                                  .record = last->number,
                                  .trust = f->trust,
                                  .matched = f->keys,
                                  .matched_count = f->key_count,
                                  .entities = f->entities,
                                  .entity_count = f->entity_count};
    struct report_item item = {.finding = &shown,
                               .fact = f,
                               .rule = &r->rules[shown.rule],
                               .path = last->source,
                               .tactics = r->tactics[shown.rule]};
    memcpy(item.id, f->id, sizeof(item.id));
    write_item(r, &item, out);
}

void report_end(struct report *r, const struct scan_summary *s, struct buf *out)
{
    if (r->opts.output == REPORT_TEXT) {
        struct report_page page = {&r->opts, r->text, s, out};
        report_page_write(&page);
    }
}

void report_notes(struct report *r, const struct scan_summary *s, struct buf *out)
{
    struct report_section section = {&r->opts, s, out};
    if (!r->opts.quiet) {
        report_section_tally(&section, r->levels);
        buf_puts(out, s->interrupted ? "; interrupted.\n" : ".\n");
        report_section_read(&section);
    }
    report_section_unread(&section);
    report_section_hashes(&section);
    if (!r->opts.quiet) {
        report_section_blind(&section);
    }
}

uint64_t report_count(const struct report *r, enum level level)
{
    check(level < LEVEL_COUNT);
    return r->levels[level];
}
