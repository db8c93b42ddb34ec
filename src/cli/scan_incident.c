/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_incident.h"

#include "base/escape.h"
#include "base/file.h"
#include "base/vec.h"
#include "cli/scan_rules.h"
#include "effect/impact.h"
#include "incident/docket.h"
#include "incident/playbook_io.h"
#include "incident/signal.h"

#include <stdlib.h>

enum { BATCH_CAP_BYTES = 16 << 20, TEXTS_CAP_BYTES = 4 << 20 };

/* Where tocsin's own playbooks may be, as scan_rules.c has it for rules. */
static const char *const own_playbooks[] = {"../playbooks", "../share/tocsin/playbooks",
                                            TOCSIN_PLAYBOOKS_DIR};

struct waiting {
    struct kept *kept;
    uint64_t order; /* in which it came */
};

struct scan_incident {
    struct playbooks *playbooks;
    struct history *history;
    struct assets *assets;
    struct docket *docket;
    struct arena *texts, *batch;
    VEC(struct waiting) waiting;
    uint64_t dropped;
};

static bool bad_file(struct buf *error, const char *what, const char *path, struct rc rc)
{
    buf_printf(error, "the %s cannot be used: ", what);
    escape_text(error, str_of(path));
    buf_printf(error, " %s", rc_text(rc));
    return false;
}

static bool load_playbooks(struct scan_incident *s, const char *path, struct diag *diag,
                           struct buf *error)
{
    AUTO_BUF found = {0};
    AUTO_FD fd = -1;
    bool own = path == NULL;
    if (own) {
        scan_rules_find(own_playbooks, COUNT_OF(own_playbooks), &found);
        path = found.p;
    }
    if (own && found.n == 0) {
        return true;
    }
    struct rc rc = file_open_read(path, &fd);
    rc = rc_failed(rc) ? rc : playbook_io_read(s->playbooks, str_of(path), fd, diag);
    return rc_failed(rc) ? bad_file(error, "playbooks", path, rc) : true;
}

static bool load_assets(struct scan_incident *s, const char *path, struct diag *diag,
                        struct buf *error)
{
    struct str text;
    if (path == NULL) {
        return true;
    }
    struct rc rc = file_load(path, REGISTER_CAP_BYTES, s->texts, &text);
    rc = rc_failed(rc) ? rc : register_load(s->assets, str_of(path), text, diag);
    return rc_failed(rc) ? bad_file(error, "asset register", path, rc) : true;
}

static bool load_history(struct scan_incident *s, const char *path, struct diag *diag,
                         struct buf *error)
{
    struct str text;
    if (path == NULL) {
        return true;
    }
    struct rc rc = file_load(path, RECURRENCE_CAP_BYTES, s->texts, &text);
    rc = rc_failed(rc) ? rc : recurrence_load(s->history, str_of(path), text, diag);
    return rc_failed(rc) ? bad_file(error, "history", path, rc) : true;
}

struct scan_incident *scan_incident_open(const struct scan_incident_opts *opts,
                                         struct diag *diag, struct buf *error)
{
    struct scan_incident *s = heap_zalloc(1, sizeof(*s));
    s->playbooks = playbook_open();
    s->history = recurrence_open();
    s->assets = register_open();
    s->texts = arena_open(TEXTS_CAP_BYTES);
    s->batch = arena_open(BATCH_CAP_BYTES);
    if (!load_playbooks(s, opts->playbooks, diag, error) ||
        !load_assets(s, opts->assets, diag, error) ||
        !load_history(s, opts->history, diag, error)) {
        scan_incident_close(s);
        return NULL;
    }
    s->docket = docket_open(s->playbooks, s->history);
    return s;
}

void scan_incident_close(struct scan_incident *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->waiting.n; i++) {
        kept_free(s->waiting.p[i].kept);
    }
    vec_free(&s->waiting);
    docket_close(s->docket);
    arena_close(s->batch);
    arena_close(s->texts);
    register_close(s->assets);
    recurrence_close(s->history);
    playbook_close(s->playbooks);
    heap_free(s);
}

/* What correlate writes for a rule on one record. src: detect/correlate/tell.c */
static struct finding_fact fact_of(const struct report_item *item, struct record_ref *ref)
{
    const struct finding *f = item->finding;
    const struct rule *rule = item->rule;
    *ref = (struct record_ref){
        .position = FINDING_NO_POSITION, .source = item->path, .number = f->record};
    memcpy(ref->digest, f->record_digest, sizeof(ref->digest));
    struct finding_fact fact = {.rule_id = rule->id.n != 0 ? rule->id : rule->title,
                                .rule_title = rule->title,
                                .rule_name = rule->name,
                                .level = rule->level,
                                .tags = rule->tags,
                                .tag_count = (uint32_t)rule->tag_count,
                                .type = {"", 0},
                                .first = f->time,
                                .last = f->time,
                                .received = f->time,
                                .host = f->host,
                                .event_count = 1,
                                .records = ref,
                                .record_count = 1,
                                .trust = f->trust,
                                .source_count = 1,
                                .matched = f->matched,
                                .matched_count = f->matched_count,
                                .entities = f->entities,
                                .entity_count = f->entity_count};
    memcpy(fact.id, item->id, sizeof(fact.id));
    return fact;
}

void scan_incident_item(void *context, const struct report_item *item)
{
    struct scan_incident *s = context;
    struct record_ref ref;
    struct finding_fact made;
    const struct finding_fact *fact = item->fact;
    if (fact == NULL) {
        made = fact_of(item, &ref);
        fact = &made;
    }
    bool full = s->waiting.n >= SCAN_INCIDENT_MAX_FINDINGS;
    bool over = s->waiting.n >= (size_t)2 * SCAN_INCIDENT_MAX_FINDINGS;
    if (over || (full && fact->level < LEVEL_HIGH && fact->type.n == 0)) {
        s->dropped++;
        return;
    }
    const struct waiting w = {kept_new(fact, FINDING_NO_POSITION), s->waiting.n};
    vec_push(&s->waiting, w);
}

static int compare_waiting(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;
    int64_t at = kept_time(x->kept).us, other = kept_time(y->kept).us;
    return at != other            ? (at < other ? -1 : 1)
           : x->order != y->order ? (x->order < y->order ? -1 : 1)
                                  : 0;
}

void scan_incident_end(struct scan_incident *s)
{
    if (s->waiting.n > 0) {
        qsort(s->waiting.p, s->waiting.n, sizeof(s->waiting.p[0]), compare_waiting);
    }
    for (size_t i = 0; i < s->waiting.n; i++) {
        (void)docket_finding(s->docket, &s->waiting.p[i].kept->fact, FINDING_NO_POSITION);
        kept_free(s->waiting.p[i].kept);
    }
    s->waiting.n = 0;
}

/* One finding that is no success says nothing more as an incident than it says as a finding. */
static bool is_telling(const struct docket_case *c)
{
    return c->group->success || c->group->finding_count > 1;
}

static bool stand(struct scan_incident *s, struct docket_case *c, struct incident *out)
{
    const struct group *g = c->group;
    const struct finding_fact *findings[INCIDENT_MAX_FINDINGS];
    uint64_t positions[INCIDENT_MAX_FINDINGS];
    for (uint32_t i = 0; i < g->listed_count; i++) {
        findings[i] = &g->findings[i]->fact;
        positions[i] = g->findings[i]->position;
    }
    const struct impact_view view = {findings, positions, g->listed_count, g->success,
                                     g->detected};
    struct impact impact;
    arena_reset(s->batch);
    if (rc_failed(impact_find(s->assets, &view, s->batch, &impact))) {
        return false;
    }
    struct assess_holding *holdings =
        arena_zalloc(s->batch, impact.asset_count, sizeof(*holdings));
    for (uint32_t i = 0; holdings != NULL && i < impact.asset_count; i++) {
        const struct asset *a = impact.assets[i];
        holdings[i] = (struct assess_holding){a->id, a->class, a->service};
    }
    const struct docket_effects effects = {
        impact.effects, impact.effect_count,
        impact.tasks,   impact.task_count,
        holdings,       holdings == NULL ? 0 : impact.asset_count};
    c->version = 1;
    return !rc_failed(docket_incident(s->docket, c, &effects, s->batch, out));
}

void scan_incident_jsonl(struct scan_incident *s, struct buf *out)
{
    for (size_t i = 0; i < docket_count(s->docket); i++) {
        struct incident incident;
        struct docket_case *c = docket_at(s->docket, i);
        if (is_telling(c) && stand(s, c, &incident)) {
            buf_puts(out, "{\"incident\":");
            incident_encode(out, &incident, incident.last);
            buf_puts(out, "}\n");
        }
    }
}

static void put_line(struct sheet *sheet, const struct incident *i, enum assertion_kind kind,
                     const char *label)
{
    AUTO_BUF text = {0};
    for (uint32_t n = 0; n < i->assertion_count; n++) {
        if (i->assertions[n].kind == kind) {
            buf_puts(&text, text.n == 0 ? "" : ", ");
            buf_put(&text, i->assertions[n].value);
        }
    }
    if (text.n > 0) {
        sheet_pair(sheet, str_of(label), buf_str(&text));
    }
}

static void put_effects(struct sheet *sheet, const struct incident *i)
{
    for (uint32_t n = 0; n < i->effect_count; n++) {
        const struct effect *e = &i->effects[n];
        AUTO_BUF text = {0};
        buf_put(&text, e->name);
        buf_putc(&text, ' ');
        buf_put(&text, effect_kind_name(e->kind));
        buf_puts(&text, ": ");
        buf_put(&text, effect_status_name(e->status));
        buf_puts(&text, "; ");
        buf_put(&text, e->basis);
        sheet_pair(sheet, STR("effect"), buf_str(&text));
    }
}

/* Each entity that holds it together, once. */
static void put_links(struct sheet *sheet, const struct incident *i)
{
    AUTO_BUF text = {0};
    for (uint32_t n = 0; n < i->link_count; n++) {
        const struct incident_link *l = &i->links[n];
        bool told = false;
        for (uint32_t k = 0; k < n; k++) {
            told |= i->links[k].kind == l->kind && str_eq(i->links[k].value, l->value);
        }
        if (!told) {
            buf_puts(&text, text.n == 0 ? "" : ", ");
            buf_put(&text, finding_kind_name(l->kind));
            buf_putc(&text, ' ');
            buf_put(&text, l->value);
        }
    }
    if (text.n > 0) {
        sheet_pair(sheet, STR("held by"), buf_str(&text));
    }
}

static void put_incident(struct sheet *sheet, const struct incident *i)
{
    AUTO_BUF when = {0};
    buf_puts(sheet->out, "\n  ");
    style_level_on(sheet->out, sheet->colour, i->level);
    buf_put(sheet->out, style_level_word(i->level));
    style_off(sheet->out, sheet->colour);
    buf_puts(sheet->out, "  ");
    sheet_wrap(sheet, 4, i->title);
    style_time(&when, i->first);
    buf_puts(&when, " to ");
    style_time(&when, i->last);
    buf_puts(&when, ", ");
    style_count(&when, i->finding_count, "finding", "findings");
    sheet_pair(sheet, STR("when"), buf_str(&when));
    put_line(sheet, i, ASSERTION_SOURCE_ADDRESS, "from");
    put_line(sheet, i, ASSERTION_ACCOUNT_USED, "account");
    put_line(sheet, i, ASSERTION_HOST, "machine");
    put_links(sheet, i);
    put_effects(sheet, i);
    if (i->recurrence.nth > 1) {
        AUTO_BUF before = {0};
        buf_printf(&before, "number %u of this type; before it ", i->recurrence.nth);
        buf_put(&before, i->recurrence.earlier);
        sheet_pair(sheet, STR("before"), buf_str(&before));
    }
}

void scan_incident_text(struct scan_incident *s, struct sheet *sheet)
{
    size_t all = docket_count(s->docket), count = 0;
    for (size_t i = 0; i < all; i++) {
        count += is_telling(docket_at(s->docket, i));
    }
    if (count == 0) {
        return;
    }
    sheet_heading(sheet, "INCIDENTS: FINDINGS THAT BELONG TOGETHER");
    size_t shown = 0;
    for (int level = LEVEL_COUNT - 1; level >= 0; level--) {
        for (size_t i = 0; i < all && shown < SCAN_INCIDENT_SHOWN; i++) {
            struct incident incident;
            struct docket_case *c = docket_at(s->docket, i);
            bool wanted = is_telling(c) && c->group->level == (enum level)level;
            if (wanted && stand(s, c, &incident)) {
                put_incident(sheet, &incident);
                shown++;
            }
        }
    }
    AUTO_BUF more = {0};
    if (count > shown) {
        style_number(&more, count - shown);
        buf_puts(&more, " more, and all of these in full, with --output jsonl. ");
    }
    if (s->dropped > 0) {
        style_count(&more, s->dropped, "finding", "findings");
        buf_puts(&more, " of lower levels had no room and were not looked at for this.");
    }
    if (more.n > 0) {
        buf_puts(sheet->out, "\n  ");
        sheet_wrap(sheet, 2, buf_str(&more));
    }
}
