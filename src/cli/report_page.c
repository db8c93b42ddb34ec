/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_page.h"

#include "base/escape.h"
#include "cli/report_section.h"
#include "cli/report_story.h"
#include "cli/style.h"

#include <stdlib.h>

enum {
    INDENT = 2,
    GAP = 2,
    NUMBER_BYTES = 32,
    WORD_COLUMNS = 8, /* "CRITICAL" */
    TIME_COLUMNS = 19,
    WIDE = 120, /* from here hosts show the time of their first finding */
};

static const char dash[] = ".";

/* The columns of a table by level: only levels that occurred. */
struct columns {
    size_t width[LEVEL_COUNT]; /* 0: not shown */
    size_t name;               /* columns of the first one */
    bool time;
};

struct number {
    char text[NUMBER_BYTES];
    size_t n;
};

static struct number number_of(uint64_t v)
{
    struct number out;
    struct buf b = {.p = out.text, .room = sizeof(out.text), .cap = sizeof(out.text)};
    style_number(&b, v);
    out.n = b.n;
    return out;
}

static struct report_section section_of(const struct report_page *p)
{
    return (struct report_section){p->opts, p->summary, p->out};
}

static void title(const struct report_page *p, const char *text)
{
    struct report_section s = section_of(p);
    report_section_title(&s, text);
}

static void more(const struct report_page *p, uint64_t all, uint64_t shown)
{
    struct report_section s = section_of(p);
    report_section_more(&s, all, shown);
}

static struct columns columns_of(const struct report_page *p, bool time)
{
    struct columns c = {.time = time && p->opts->width >= WIDE};
    size_t taken = INDENT + (c.time ? GAP + TIME_COLUMNS : 0);
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        if (p->text->levels[i] != 0) {
            size_t word = style_level_word((enum level)i).n;
            size_t number = number_of(p->text->levels[i]).n;
            c.width[i] = word > number ? word : number;
            taken += GAP + c.width[i];
        }
    }
    enum { NAME_MIN = 16, NAME_MAX = 60 };
    size_t left = p->opts->width > taken ? p->opts->width - taken : 0;
    c.name = left < NAME_MIN ? NAME_MIN : left > NAME_MAX ? NAME_MAX : left;
    return c;
}

static void table_head(const struct report_page *p, const struct columns *c, const char *name)
{
    buf_putc(p->out, '\n');
    style_on(p->out, p->opts->colour, STYLE_BOLD);
    style_cell(p->out, str_of(name), INDENT + c->name, STYLE_LEFT);
    for (unsigned i = LEVEL_COUNT; i-- > 0;) {
        if (c->width[i] != 0) {
            buf_fill(p->out, ' ', GAP);
            style_cell(p->out, style_level_word((enum level)i), c->width[i], STYLE_RIGHT);
        }
    }
    if (c->time) {
        buf_puts(p->out, "  FIRST (UTC)");
    }
    style_off(p->out, p->opts->colour);
    buf_putc(p->out, '\n');
}

static void table_row(const struct report_page *p, const struct columns *c, struct str name,
                      const uint64_t levels[LEVEL_COUNT])
{
    buf_fill(p->out, ' ', INDENT);
    style_cell(p->out, name, c->name, STYLE_LEFT);
    for (unsigned i = LEVEL_COUNT; i-- > 0;) {
        if (c->width[i] == 0) {
            continue;
        }
        struct number n = number_of(levels[i]);
        buf_fill(p->out, ' ', GAP);
        if (levels[i] == 0) {
            style_cell(p->out, str_of(dash), c->width[i], STYLE_RIGHT);
            continue;
        }
        buf_fill(p->out, ' ', c->width[i] - n.n);
        style_level_on(p->out, p->opts->colour, (enum level)i);
        buf_put(p->out, (struct str){n.text, n.n});
        style_off(p->out, p->opts->colour);
    }
}

static uint64_t sum(const uint64_t levels[LEVEL_COUNT])
{
    uint64_t all = 0;
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        all += levels[i];
    }
    return all;
}

static void put_span(const struct report_page *p, struct walltime first, struct walltime last)
{
    style_time(p->out, first);
    buf_puts(p->out, " to ");
    style_time(p->out, last);
    buf_puts(p->out, " UTC (");
    uint64_t us = (uint64_t)last.us - (uint64_t)first.us;
    style_duration(p->out, us > UINT64_MAX / 1000 ? UINT64_MAX : us * 1000);
    buf_putc(p->out, ')');
}

static void put_headline(const struct report_page *p)
{
    const struct report_text *t = p->text;
    const struct scan_summary *u = p->summary;
    struct report_section s = section_of(p);
    report_section_tally(&s, t->levels);
    buf_puts(p->out, ".\n");
    if (u->interrupted) {
        style_on(p->out, p->opts->colour, STYLE_WARN);
        buf_puts(p->out, "Interrupted: this is what was found until then.");
        style_off(p->out, p->opts->colour);
        buf_putc(p->out, '\n');
    }
    if (t->host_count != 0) {
        buf_puts(p->out, sum(t->other_hosts) != 0 ? "On more than " : "On ");
        style_count(p->out, t->host_count, "host", "hosts");
        if (walltime_known(t->first)) {
            buf_puts(p->out, ", from ");
            put_span(p, t->first, t->last);
        }
        buf_puts(p->out, ".\n");
    }
    report_section_read(&s);
    if (walltime_known(u->first) && walltime_known(u->last)) {
        buf_puts(p->out, "Records span ");
        put_span(p, u->first, u->last);
        buf_puts(p->out, ".\n");
    }
}

/* Hosts, worst first: most of the highest level, then of the next. */
static int by_harm(const void *a, const void *b)
{
    const struct report_text_host *x = a, *y = b;
    for (unsigned i = LEVEL_COUNT; i-- > 0;) {
        if (x->levels[i] != y->levels[i]) {
            return x->levels[i] > y->levels[i] ? -1 : 1;
        }
    }
    return str_compare(x->name, y->name);
}

static void put_first(const struct report_page *p, struct walltime t)
{
    if (walltime_known(t)) {
        style_time(p->out, t);
    } else {
        buf_puts(p->out, dash);
    }
}

static void put_hosts(const struct report_page *p)
{
    struct report_text *t = p->text;
    struct columns c = columns_of(p, true);
    qsort(t->hosts, t->host_count, sizeof(*t->hosts), by_harm);
    table_head(p, &c, "HOSTS");
    size_t shown = t->host_count < p->opts->top ? t->host_count : p->opts->top;
    for (size_t i = 0; i < shown; i++) {
        table_row(p, &c, t->hosts[i].name, t->hosts[i].levels);
        if (c.time) {
            buf_fill(p->out, ' ', GAP);
            put_first(p, t->hosts[i].first);
        }
        buf_putc(p->out, '\n');
    }
    more(p, t->host_count, shown);
    if (sum(t->other_hosts) != 0) {
        table_row(p, &c, STR("(hosts past the first 4,096)"), t->other_hosts);
        buf_putc(p->out, '\n');
    }
    if (sum(t->no_host) != 0) {
        table_row(p, &c, STR("(host not stated)"), t->no_host);
        buf_putc(p->out, '\n');
    }
}

static void put_tactics(const struct report_page *p)
{
    struct columns c = columns_of(p, false);
    table_head(p, &c, "TACTICS, in the order of an attack");
    for (unsigned i = 0; i <= TACTIC_COUNT; i++) {
        if (sum(p->text->tactics[i]) != 0) {
            struct str name =
                i == TACTIC_COUNT ? STR("(rule names none)") : tactic_name((enum tactic)i);
            table_row(p, &c, name, p->text->tactics[i]);
            buf_putc(p->out, '\n');
        }
    }
}

/* A rule that fired, with what it is sorted by. */
struct fired {
    uint32_t rule;
    enum level level;
    uint64_t count;
};

static int by_weight(const void *a, const void *b)
{
    const struct fired *x = a, *y = b;
    if (x->level != y->level) {
        return x->level > y->level ? -1 : 1;
    }
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static void put_level(const struct report_page *p, enum level level)
{
    struct str word = style_level_word(level);
    style_level_on(p->out, p->opts->colour, level);
    buf_put(p->out, word);
    style_off(p->out, p->opts->colour);
    buf_fill(p->out, ' ', WORD_COLUMNS - word.n + GAP);
}

enum { FINDINGS_COLUMNS = 12, HOSTS_COLUMNS = 7 };

static size_t rule_name_columns(const struct report_page *p)
{
    enum { NAME_MIN = 16, NAME_MAX = 100 };
    size_t taken = INDENT + WORD_COLUMNS + GAP + FINDINGS_COLUMNS + HOSTS_COLUMNS;
    size_t left = p->opts->width > taken ? p->opts->width - taken : 0;
    return left < NAME_MIN ? NAME_MIN : left > NAME_MAX ? NAME_MAX : left;
}

static void put_rule_row(const struct report_page *p, const struct fired *f)
{
    const struct report_text_rule *r = &p->text->rules[f->rule];
    char text[NUMBER_BYTES];
    struct buf hosts = {.p = text, .room = sizeof(text), .cap = sizeof(text)};
    unsigned known = (unsigned)__builtin_popcountll(r->hosts);
    if (known == 0 && !r->many_hosts) {
        buf_puts(&hosts, dash);
    } else {
        buf_printf(&hosts, "%s%u", r->many_hosts ? ">" : "", known);
    }
    struct number count = number_of(f->count);
    buf_fill(p->out, ' ', INDENT);
    put_level(p, f->level);
    style_cell(p->out, p->opts->rules[f->rule].title, rule_name_columns(p), STYLE_LEFT);
    style_cell(p->out, (struct str){count.text, count.n}, FINDINGS_COLUMNS, STYLE_RIGHT);
    style_cell(p->out, buf_str(&hosts), HOSTS_COLUMNS, STYLE_RIGHT);
    buf_putc(p->out, '\n');
}

static void put_rules(const struct report_page *p)
{
    const struct report_text *t = p->text;
    AUTO_HEAP struct fired *fired = heap_zalloc(t->rule_count + 1, sizeof(*fired));
    size_t n = 0;
    for (uint32_t i = 0; i < t->rule_count; i++) {
        if (t->rules[i].count != 0) {
            fired[n++] = (struct fired){i, p->opts->rules[i].level, t->rules[i].count};
        }
    }
    qsort(fired, n, sizeof(*fired), by_weight);
    buf_putc(p->out, '\n');
    style_on(p->out, p->opts->colour, STYLE_BOLD);
    style_cell(p->out, STR("RULES"), INDENT + WORD_COLUMNS + GAP + rule_name_columns(p),
               STYLE_LEFT);
    style_cell(p->out, STR("FINDINGS"), FINDINGS_COLUMNS, STYLE_RIGHT);
    style_cell(p->out, STR("HOSTS"), HOSTS_COLUMNS, STYLE_RIGHT);
    style_off(p->out, p->opts->colour);
    buf_putc(p->out, '\n');
    size_t shown = n < p->opts->top ? n : p->opts->top;
    for (size_t i = 0; i < shown; i++) {
        put_rule_row(p, &fired[i]);
    }
    more(p, n, shown);
}

static void put_next(const struct report_page *p)
{
    title(p, "WHERE TO LOOK NEXT");
    if (sum(p->text->levels) != 0) {
        buf_puts(
            p->out,
            "  tocsin scan --output jsonl   every finding, with its fields and entities\n");
    }
    buf_puts(p->out,
             "  tocsin rules explain         why a rule did or did not match a record\n");
    if (p->summary->rules_rejected != 0) {
        buf_puts(p->out,
                 "  tocsin rules check           why rules were rejected, and the remedy\n");
    }
    if (p->summary->problems != 0) {
        buf_puts(p->out,
                 "  tocsin decode                what could be read of a damaged file\n");
    }
}

void report_page_write(const struct report_page *p)
{
    struct report_section s = section_of(p);
    bool any = sum(p->text->levels) != 0;
    put_headline(p);
    if (any && !p->opts->quiet) {
        put_hosts(p);
        put_tactics(p);
        put_rules(p);
        report_story_write(p);
    }
    report_section_unread(&s);
    report_section_hashes(&s);
    if (!p->opts->quiet) {
        report_section_blind(&s);
        put_next(p);
    }
}
