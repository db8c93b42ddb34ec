/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_text.h"

#include "base/hash.h"

#include <stdlib.h>

/* Room for the longest names that a frame brings. */
#define NAMES_CAP_BYTES ((size_t)REPORT_TEXT_MAX_HOSTS * (FINDING_MAX_VALUE_BYTES + 16))

struct report_text *report_text_open(size_t rule_count, size_t keep, size_t told_max)
{
    check(keep > 0 && told_max > 0);
    struct report_text *t = heap_zalloc(1, sizeof(*t));
    t->rule_count = rule_count;
    t->keep = keep;
    t->told_max = told_max;
    t->rules = heap_zalloc(rule_count, sizeof(*t->rules));
    t->host_ids.seed = hash_random_seed();
    t->names = arena_open(NAMES_CAP_BYTES);
    t->hosts = heap_zalloc(REPORT_TEXT_MAX_HOSTS, sizeof(*t->hosts));
    t->pairs = tally_open(REPORT_TEXT_MAX_PAIRS);
    t->told = heap_zalloc(told_max, sizeof(*t->told));
    t->first.us = t->last.us = WALLTIME_NONE;
    return t;
}

void report_text_close(struct report_text *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->told_count; i++) {
        heap_free(t->told[i].own);
    }
    heap_free(t->told);
    heap_free(t->rules);
    heap_free(t->hosts);
    map_free(&t->host_ids);
    arena_close(t->names);
    tally_close(t->pairs);
    heap_free(t);
}

/* Is a before b? What has no time comes last. */
static bool is_earlier(struct walltime a, struct walltime b)
{
    if (!walltime_known(a) || !walltime_known(b)) {
        return walltime_known(a) && !walltime_known(b);
    }
    return a.us != b.us ? a.us < b.us : a.below < b.below;
}

static uint32_t host_of(struct report_text *t, const struct report_item *item)
{
    struct str name = item->finding->host, own;
    enum level level = item->rule->level;
    if (name.n == 0) {
        t->no_host[level]++;
        return (uint32_t)REPORT_TEXT_NO_HOST;
    }
    uint32_t id = map_get(&t->host_ids, name);
    if (id == MAP_NONE) {
        if (t->host_count == REPORT_TEXT_MAX_HOSTS ||
            rc_failed(arena_copy(t->names, name, &own))) {
            t->other_hosts[level]++;
            return (uint32_t)REPORT_TEXT_NO_HOST;
        }
        id = map_add(&t->host_ids, own, (uint32_t)t->host_count);
        t->hosts[id].name = own;
        t->hosts[id].first.us = WALLTIME_NONE;
        t->host_count++;
    }
    struct report_text_host *h = &t->hosts[id];
    h->levels[level]++;
    if (is_earlier(item->finding->time, h->first)) {
        h->first = item->finding->time;
    }
    return id;
}

static void count_tactics(struct report_text *t, const struct report_item *item)
{
    for (unsigned i = 0; i < TACTIC_COUNT; i++) {
        if ((item->tactics >> i & 1) != 0) {
            t->tactics[i][item->rule->level]++;
        }
    }
    if (item->tactics == 0) {
        t->tactics[TACTIC_COUNT][item->rule->level]++;
    }
}

static void count_rule(struct report_text *t, uint32_t rule, uint32_t host)
{
    enum { BITS = 64 };
    struct report_text_rule *r = &t->rules[rule];
    r->count++;
    if (host < BITS) {
        r->hosts |= (uint64_t)1 << host;
    } else {
        r->many_hosts |= host != (uint32_t)REPORT_TEXT_NO_HOST;
    }
}

static void pair_key(uint32_t rule, uint32_t host, uint8_t out[static TALLY_KEY_BYTES])
{
    memset(out, 0, TALLY_KEY_BYTES);
    memcpy(out, &rule, sizeof(rule));
    memcpy(out + sizeof(rule), &host, sizeof(host));
}

uint64_t report_text_alike(const struct report_text *t, size_t entry)
{
    const struct report_text_entry *e = &t->told[entry];
    uint64_t told = 0;
    for (size_t i = 0; i < t->told_count; i++) {
        bool same = t->told[i].rule == e->rule && t->told[i].host == e->host;
        if (same && i > entry) {
            return 0; /* a later one says it */
        }
        told += same;
    }
    uint8_t key[TALLY_KEY_BYTES];
    pair_key(e->rule, e->host, key);
    uint64_t all = tally_get(t->pairs, key);
    return e->host != (uint32_t)REPORT_TEXT_NO_HOST && all > told ? all - told : 0;
}

/*
 * Does a matter more than b? By level; then what is new (the first of its rule and host before
 * any second one, so that a noisy rule does not hide the rest); then the earlier one.
 */
static bool matters_more(const struct report_text_entry *a, const struct report_text_entry *b)
{
    if (a->level != b->level) {
        return a->level > b->level;
    }
    if (a->nth != b->nth) {
        return a->nth < b->nth;
    }
    if (is_earlier(a->time, b->time) || is_earlier(b->time, a->time)) {
        return is_earlier(a->time, b->time);
    }
    return a->order < b->order;
}

/* Fields that say nothing by themselves, and those that tell most. */
static int telling(struct str field)
{
    static const struct str most[] = {
        STR_INIT("CommandLine"),       STR_INIT("ScriptBlockText"), STR_INIT("Payload"),
        STR_INIT("ParentCommandLine"), STR_INIT("Details"),         STR_INIT("QueryName"),
        STR_INIT("ImagePath"),         STR_INIT("TargetObject"),    STR_INIT("TargetFilename")};
    static const struct str least[] = {STR_INIT("EventID"),
                                       STR_INIT("Channel"),
                                       STR_INIT("Provider_Name"),
                                       STR_INIT("EventType"),
                                       STR_INIT("IntegrityLevel"),
                                       STR_INIT("Level"),
                                       STR_INIT("Keywords"),
                                       STR_INIT("eventSource"),
                                       STR_INIT("LogonType"),
                                       STR_INIT("Status"),
                                       STR_INIT("SubStatus"),
                                       STR_INIT("Initiated"),
                                       STR_INIT("AccessMask"),
                                       STR_INIT("AccessList"),
                                       STR_INIT("ObjectType"),
                                       STR_INIT("ObjectServer"),
                                       STR_INIT("OperationType"),
                                       STR_INIT("LogonProcessName"),
                                       STR_INIT("AuthenticationPackageName"),
                                       STR_INIT("TicketEncryptionType"),
                                       STR_INIT("TicketOptions")};
    enum { PLAIN = (int)COUNT_OF(most) };
    for (size_t i = 0; i < COUNT_OF(most); i++) {
        if (str_eq(field, most[i])) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < COUNT_OF(least); i++) {
        if (str_eq(field, least[i])) {
            return PLAIN + 2;
        }
    }
    return field.n == 0 ? PLAIN + 1 : PLAIN;
}

/*
 * The matched pair that tells most. When it tells nothing (an event id), the first entity that
 * is not the host does: an account, an address.
 */
static void most_telling(const struct finding *f, struct str *out_field, struct str *out_value)
{
    *out_field = *out_value = STR("");
    int best = 0;
    for (uint32_t i = 0; i < f->matched_count; i++) {
        int rank = telling(f->matched[i].field);
        if (i == 0 || rank < best) {
            best = rank;
            *out_field = f->matched[i].field;
            *out_value = f->matched[i].value;
        }
    }
    bool mute = f->matched_count == 0 || telling(*out_field) > telling(STR(""));
    for (uint32_t i = 0; mute && i < f->entity_count; i++) {
        if (f->entities[i].kind != ENTITY_HOST) {
            *out_field = finding_kind_name(f->entities[i].kind);
            *out_value = f->entities[i].value;
            return;
        }
    }
}

static struct str keep_text(char **at, struct str s)
{
    if (s.n != 0) {
        memcpy(*at, s.p, s.n);
    }
    struct str own = {*at, s.n};
    *at += s.n;
    return own;
}

static void own_text(struct report_text_entry *e)
{
    e->own = heap_alloc(e->host_name.n + e->field.n + e->value.n + e->path.n + 1);
    char *at = e->own;
    e->host_name = keep_text(&at, e->host_name);
    e->field = keep_text(&at, e->field);
    e->value = keep_text(&at, e->value);
    e->path = keep_text(&at, e->path);
}

static void tell(struct report_text *t, struct report_text_entry e)
{
    if (t->told_count < t->told_max) {
        own_text(&e);
        t->told[t->told_count++] = e;
    } else if (matters_more(&e, &t->told[t->worst])) {
        own_text(&e);
        heap_free(t->told[t->worst].own);
        t->told[t->worst] = e;
    } else {
        return;
    }
    for (size_t i = 0; i < t->told_count; i++) {
        t->worst = i == 0 || matters_more(&t->told[t->worst], &t->told[i]) ? i : t->worst;
    }
}

static void widen(struct report_text *t, struct walltime time)
{
    if (!walltime_known(time)) {
        return;
    }
    if (is_earlier(time, t->first)) {
        t->first = time;
    }
    if (!walltime_known(t->last) || is_earlier(t->last, time)) {
        t->last = time;
    }
}

void report_text_add(struct report_text *t, const struct report_item *item)
{
    const struct finding *f = item->finding;
    check(f->rule < t->rule_count);
    t->levels[item->rule->level]++;
    widen(t, f->time);
    count_tactics(t, item);
    uint32_t host = host_of(t, item);
    count_rule(t, f->rule, host);
    struct report_text_entry e = {
        .level = item->rule->level,
        .time = f->time,
        .order = t->order++,
        .rule = f->rule,
        .host = host,
        .record = f->record,
        .host_name = f->host,
        .path = item->path,
    };
    uint8_t key[TALLY_KEY_BYTES];
    pair_key(f->rule, host, key);
    if (tally_add(t->pairs, key, &e.nth) && e.nth >= t->keep) {
        return;
    }
    most_telling(f, &e.field, &e.value);
    tell(t, e);
}

static int by_time(const void *a, const void *b)
{
    const struct report_text_entry *x = a, *y = b;
    if (is_earlier(x->time, y->time)) {
        return -1;
    }
    if (is_earlier(y->time, x->time)) {
        return 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

void report_text_sort(struct report_text *t)
{
    qsort(t->told, t->told_count, sizeof(*t->told), by_time);
}
