/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/watch.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "detect/correlate/tell.h"
#include "detect/sigma/correlation_keys.h"

enum {
    IDS_MAX = 16384,         /* findings of correlations whose equal ones are counted */
    CLASS_MAX_TEMPORAL = 16, /* entries of one rule in a group: the first, and the newest */
    CLASS_MAX_VALUES = 2,
};

static const int64_t slack_us = (int64_t)CORRELATOR_SLACK_S * 1000000;

void watch_open(struct watch *c)
{
    size_t count = c->tell->opts->count;
    c->groups = heap_zalloc(count + 1, sizeof(struct groups *));
    c->next_close_us = heap_zalloc(count + 1, sizeof(*c->next_close_us));
    c->ids = ages_open(IDS_MAX, c->seed);
    for (size_t i = 0; i < count; i++) {
        c->groups[i] = groups_open(c->seed);
        c->next_close_us[i] = INT64_MAX;
    }
}

void watch_close(struct watch *c)
{
    for (size_t i = 0; i < c->tell->opts->count; i++) {
        groups_close(c->groups[i]);
    }
    ages_close(c->ids);
    vec_free(&c->pending);
    buf_free(&c->key);
    heap_free(c->groups);
    heap_free(c->next_close_us);
}

uint64_t watch_evicted(const struct watch *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < c->tell->opts->count; i++) {
        n += groups_evicted(c->groups[i]);
    }
    return n;
}

static const struct str *field_of(const struct watch_news *n, struct str name)
{
    for (uint32_t i = 0; i < n->field_count; i++) {
        if (str_eq(n->fields[i].field, name)) {
            return &n->fields[i].value;
        }
    }
    return NULL;
}

/* The values of `names` into c->key, each with its length. False: one is missing. */
static bool put_key(struct watch *c, const struct watch_news *n, const struct plan_use *use,
                    const struct str *names, uint32_t count)
{
    const struct correlation *rule = &c->tell->opts->correlations[use->correlation];
    buf_clear(&c->key);
    for (uint32_t i = 0; i < count; i++) {
        const struct str *value = field_of(n, correlation_keys_field(rule, use->at, names[i]));
        if (value == NULL) {
            return false;
        }
        buf_lstr(&c->key, *value);
    }
    return true;
}

/*
 * A class that is full folds its second oldest entry into the oldest: the oldest shows since
 * when, the newest are what later events are ordered after.
 */
static void fold_class(struct groups *t, struct group *g, const struct group_entry *e,
                       uint32_t most)
{
    size_t first = SIZE_MAX, second = SIZE_MAX;
    uint32_t count = 0;
    for (size_t i = 0; i < g->entries.n; i++) {
        const struct group_entry *x = &g->entries.p[i];
        if (x->target != e->target || x->value != e->value || x->echo) {
            continue;
        }
        second = count == 1 ? i : second;
        first = count == 0 ? i : first;
        count++;
    }
    if (count >= most && second != SIZE_MAX) {
        g->entries.p[first].count += g->entries.p[second].count;
        groups_remove(t, g, second);
    }
}

static void make_room(const struct watch *c, uint32_t correlation, struct group *g,
                      const struct group_entry *e)
{
    struct groups *t = c->groups[correlation];
    switch (c->tell->opts->correlations[correlation].kind) {
    case CORRELATION_VALUE_COUNT:
        fold_class(t, g, e, CLASS_MAX_VALUES);
        break;
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED:
        fold_class(t, g, e, CLASS_MAX_TEMPORAL);
        break;
    case CORRELATION_EVENT_COUNT:
        /* One that is judged when its window closes may see any number. */
        if (g->entries.n >= CORRELATION_MAX_COUNT) {
            g->entries.p[0].count += g->entries.p[1].count;
            groups_remove(t, g, 1);
        }
        break;
    case CORRELATION_VALUE_SUM:
    case CORRELATION_VALUE_AVG:
    case CORRELATION_VALUE_PERCENTILE:
    case CORRELATION_VALUE_MEDIAN:
    case CORRELATION_LEGACY:
    case CORRELATION_KIND_COUNT:
        break;
    }
}

/* An alert has one echo in a group, which moves. */
static void drop_echo(struct groups *t, struct group *g, const struct group_entry *e)
{
    for (size_t i = 0; i < g->entries.n; i++) {
        const struct group_entry *x = &g->entries.p[i];
        if (x->echo && x->target == e->target && x->item == e->item) {
            groups_remove(t, g, i);
            return;
        }
    }
}

/* Copies of pairs, for as long as what follows from this event is worked out. */
static bool copy_fields(struct watch *c, struct matched *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (rc_failed(arena_copy(c->tell->arena, list[i].field, &list[i].field)) ||
            rc_failed(arena_copy(c->tell->arena, list[i].value, &list[i].value))) {
            return false;
        }
    }
    return true;
}

static bool has_uses(const struct watch *c, uint32_t correlation)
{
    size_t count;
    plan_uses(c->plan, (struct correlation_target){true, correlation}, &count);
    return count != 0;
}

static void fire(struct watch *c, uint32_t correlation, struct group *g, struct window w)
{
    const struct correlation *rule = &c->tell->opts->correlations[correlation];
    const struct tell_window what = {correlation, g, w};
    struct finding_fact f;
    struct evidence_alert alert;
    uint8_t digest[HASH_SHA256_BYTES], key[AGES_KEY_BYTES];
    if (rc_failed(tell_window(c->tell, &what, &f, &alert, digest))) {
        c->lost++;
        return;
    }
    memcpy(key, digest, AGES_KEY_BYTES - sizeof(correlation));
    memcpy(key + AGES_KEY_BYTES - sizeof(correlation), &correlation, sizeof(correlation));
    finding_id(f.rule_id, digest, ages_at(c->ids, key)->count++, f.id);
    AUTO_BUF fact = {0};
    finding_fact_encode(&fact, &f);
    alert.fact = buf_str(&fact);
    alert.told = f.trust;
    size_t bytes;
    struct evidence_alert *kept = evidence_alert_make(&alert, &bytes);
    g->alert = pool_add(c->tell->pool, plan_alert_lane(c->plan, correlation), kept, bytes,
                        alert.last_us);
    struct watch_news n = {.of = {true, correlation},
                           .entry = {.time_us = alert.last_us,
                                     .arrival = c->arrival,
                                     .item = g->alert,
                                     .record = alert.record,
                                     .count = 1},
                           .fields = alert.fields,
                           .field_count = alert.field_count};
    if (has_uses(c, correlation) && copy_fields(c, alert.fields, alert.field_count)) {
        vec_push(&c->pending, n);
    }
    if (!rule->silent) {
        c->give(c->context, &f);
    }
}

/* The campaign behind an earlier finding goes on: say so to what looks at that finding. */
static void echo(struct watch *c, uint32_t correlation, const struct group *g,
                 const struct watch_news *n)
{
    const struct correlation *rule = &c->tell->opts->correlations[correlation];
    struct matched *fields = arena_zalloc(c->tell->arena, EVIDENCE_MAX_FIELDS, sizeof(*fields));
    struct cursor key = cursor_of(bytes_of(g->key));
    uint32_t count = 0;
    if (fields == NULL) {
        return;
    }
    for (uint32_t i = 0; i < rule->group_count; i++) {
        fields[count].field = rule->groups[i];
        fields[count++].value = cursor_lstr(&key);
    }
    const struct watch_news own = {.fields = fields, .field_count = count};
    for (uint32_t i = 0; i < n->field_count && count < EVIDENCE_MAX_FIELDS; i++) {
        if (field_of(&own, n->fields[i].field) == NULL) {
            fields[count++] = n->fields[i];
        }
    }
    struct watch_news out = {.of = {true, correlation},
                             .entry = {.time_us = n->entry.time_us,
                                       .arrival = n->entry.arrival,
                                       .item = g->alert,
                                       .record = n->entry.record,
                                       .count = 1,
                                       .echo = true},
                             .fields = fields,
                             .field_count = count};
    if (copy_fields(c, fields, count)) {
        vec_push(&c->pending, out);
    }
}

/* Entries that no window with an event of now can hold. */
static void trim(struct groups *t, struct group *g, int64_t span_us)
{
    size_t old = 0;
    int64_t newest = g->entries.n == 0 ? 0 : g->entries.p[g->entries.n - 1].time_us;
    newest = g->last_us > newest ? g->last_us : newest;
    const int64_t before = newest - span_us - slack_us;
    while (old < g->entries.n && g->entries.p[old].time_us < before) {
        old++;
    }
    groups_remove_first(t, g, old);
}

static void close_later(struct watch *c, uint32_t correlation, const struct group *g)
{
    int64_t at = g->entries.p[0].time_us + c->tell->opts->correlations[correlation].timespan_us;
    c->next_close_us[correlation] =
        at < c->next_close_us[correlation] ? at : c->next_close_us[correlation];
}

/* True: the group is quiet, and this was all there is to do. */
static bool stay_quiet(struct watch *c, uint32_t correlation, struct group *g,
                       const struct watch_news *n)
{
    const int64_t span = c->tell->opts->correlations[correlation].timespan_us;
    const int64_t time = n->entry.time_us;
    if (!g->quiet) {
        return false;
    }
    bool over = g->last_us < time && time - g->last_us > span;
    bool gone =
        pool_get(c->tell->pool, plan_alert_lane(c->plan, correlation), g->alert) == NULL;
    if (over || gone) {
        g->quiet = false;
        return false;
    }
    g->last_us = time > g->last_us ? time : g->last_us;
    pool_touch(c->tell->pool, plan_alert_lane(c->plan, correlation), g->alert, g->last_us);
    if (has_uses(c, correlation)) {
        echo(c, correlation, g, n);
    }
    return true;
}

static void take_event(struct watch *c, uint32_t correlation, struct group *g,
                       const struct watch_news *n, const struct group_entry *entry)
{
    struct groups *t = c->groups[correlation];
    const struct window_rule *rule = &c->plan->rules[correlation];
    struct window w;
    if (entry->echo) {
        drop_echo(t, g, entry);
    } else if (stay_quiet(c, correlation, g, n)) {
        return;
    } else {
        g->last_us = entry->time_us > g->last_us ? entry->time_us : g->last_us;
        make_room(c, correlation, g, entry);
    }
    size_t at = groups_insert(t, g, entry);
    if (rule->closing) {
        close_later(c, correlation, g);
        return;
    }
    if (!g->quiet && window_find(rule, g, at, &w)) {
        fire(c, correlation, g, w);
        g->quiet = true;
        groups_remove_first(t, g, g->entries.n);
        return;
    }
    trim(t, g, rule->correlation->timespan_us);
}

static void observe(struct watch *c, const struct watch_news *n, const struct plan_use *use)
{
    const struct correlation *rule = &c->tell->opts->correlations[use->correlation];
    struct group_entry entry = n->entry;
    entry.target = use->at;
    bool temporal =
        rule->kind == CORRELATION_TEMPORAL || rule->kind == CORRELATION_TEMPORAL_ORDERED;
    if (entry.echo && !temporal) {
        return; /* one finding counts once, however long it goes on */
    }
    if (rule->field_count != 0) {
        if (!put_key(c, n, use, rule->fields, rule->field_count)) {
            return;
        }
        entry.value = hash_64(bytes_of(buf_str(&c->key)), c->seed);
    }
    if (put_key(c, n, use, rule->groups, rule->group_count)) {
        struct group *g = groups_at(c->groups[use->correlation], buf_str(&c->key));
        take_event(c, use->correlation, g, n, &entry);
    }
}

static void spread(struct watch *c, const struct watch_news *n)
{
    size_t count;
    const struct plan_use *uses = plan_uses(c->plan, n->of, &count);
    for (size_t i = 0; i < count; i++) {
        observe(c, n, &uses[i]);
    }
}

/* References have no cycles, so this ends. */
static void drain(struct watch *c)
{
    for (size_t i = 0; i < c->pending.n; i++) {
        const struct watch_news n = c->pending.p[i];
        spread(c, &n);
    }
    c->pending.n = 0;
}

static void close_windows(struct watch *c, uint32_t correlation, struct group *g,
                          int64_t watermark_us)
{
    const struct window_rule *rule = &c->plan->rules[correlation];
    const int64_t span = rule->correlation->timespan_us;
    while (g->entries.n != 0 && g->entries.p[0].time_us + span < watermark_us) {
        struct window w = {0, 0};
        while (w.end < g->entries.n &&
               g->entries.p[w.end].time_us - g->entries.p[0].time_us <= span) {
            w.end++;
        }
        if (window_holds(rule, g, w)) {
            fire(c, correlation, g, w);
        }
        groups_remove_first(c->groups[correlation], g, w.end);
    }
    if (g->entries.n != 0) {
        close_later(c, correlation, g);
    }
}

static void judge(struct watch *c, uint32_t correlation, int64_t watermark_us)
{
    c->next_close_us[correlation] = INT64_MAX;
    for (struct group *g = groups_oldest(c->groups[correlation]); g != NULL; g = g->newer) {
        close_windows(c, correlation, g, watermark_us);
    }
}

static void forget(struct watch *c, uint32_t correlation, int64_t watermark_us)
{
    const int64_t span = c->tell->opts->correlations[correlation].timespan_us;
    const int64_t before = watermark_us - span - slack_us;
    struct groups *t = c->groups[correlation];
    struct group *g;
    while ((g = groups_oldest(t)) != NULL && g->last_us < before &&
           (g->entries.n == 0 || g->entries.p[g->entries.n - 1].time_us < before)) {
        groups_drop(t, g);
    }
}

/* Once round all correlations; true when some window closed. */
static bool close_once(struct watch *c, int64_t watermark_us)
{
    bool closed = false;
    for (size_t i = 0; i < c->tell->opts->count; i++) {
        if (c->next_close_us[i] < watermark_us) {
            judge(c, (uint32_t)i, watermark_us);
            closed = true;
        }
    }
    drain(c);
    return closed;
}

void watch_advance(struct watch *c, int64_t watermark_us)
{
    while (close_once(c, watermark_us)) {
    }
    for (size_t i = 0; watermark_us != INT64_MAX && i < c->tell->opts->count; i++) {
        forget(c, (uint32_t)i, watermark_us);
    }
}

void watch_event(struct watch *c, const struct watch_news *n)
{
    spread(c, n);
    drain(c);
}
