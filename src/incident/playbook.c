/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/playbook.h"

#include "base/heap.h"
#include "incident/page.h"
#include "incident/signal.h"

enum { ARENA_CAP_BYTES = 16 << 20 };

struct playbooks {
    struct arena *arena;
    struct playbook *books[PLAYBOOK_MAX_COUNT];
    size_t count;
    struct playbook_sensor *sensors[PLAYBOOK_MAX_SENSORS];
    size_t sensor_count;
};

struct playbooks *playbook_open(void)
{
    struct playbooks *p = heap_zalloc(1, sizeof(*p));
    p->arena = arena_open(ARENA_CAP_BYTES);
    return p;
}

void playbook_close(struct playbooks *p)
{
    if (p != NULL) {
        arena_close(p->arena);
        heap_free(p);
    }
}

size_t playbook_count(const struct playbooks *p)
{
    return p->count;
}

/* "90s", "10m", "4h", "2d". */
static bool read_lease(struct str s, uint32_t *out_s)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t n;
    if (s.n < 2 || !str_to_u64(str_upto(s, s.n - 1), &n)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (units[i].unit == s.p[s.n - 1] && n > 0 && n <= ACTION_MAX_LEASE_S) {
            uint64_t seconds = n * units[i].seconds;
            *out_s = (uint32_t)seconds;
            return seconds <= ACTION_MAX_LEASE_S;
        }
    }
    return false;
}

static void read_action(struct page *page, const struct node *map, struct playbook_action *out)
{
    static const char *const keys[] = {"do", "role", "lease", "sensors", "reason"};
    page_only(page, map, keys, COUNT_OF(keys));
    if (map->kind != NODE_MAP) {
        return;
    }
    if (!action_kind_parse(page_text(page, map, "do", true), &out->kind)) {
        page_fault(page, map, "'do' is block-address, end-session or suspend-account");
    }
    out->role = page_text(page, map, "role", false);
    out->reason = page_text(page, map, "reason", true);
    struct str lease = page_text(page, map, "lease", out->kind != ACTION_END_SESSION);
    if (lease.n > 0 && !read_lease(lease, &out->lease_s)) {
        page_fault(page, map, "'lease' is a number with s, m, h or d, at most 7d");
    }
    struct str sensors = page_text(page, map, "sensors", false);
    uint64_t n = 1;
    if (sensors.n > 0 && (!str_to_u64(sensors, &n) || n < 1 || n > 9)) {
        page_fault(page, map, "'sensors' is a number from 1 to 9");
    }
    out->sensors = (uint32_t)n;
}

static void read_actions(struct page *page, const struct node *map, struct playbook *out)
{
    const struct node *list = document_get(map, STR("actions"));
    if (list == NULL || list->kind != NODE_LIST || list->count > PLAYBOOK_MAX_ACTIONS) {
        page_fault(page, list == NULL ? map : list,
                   "'actions' is a list of at most 8 things to do");
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        read_action(page, list->items[i], &out->actions[i]);
    }
    out->action_count = list->count;
}

static void read_book(struct playbooks *p, struct page *page, const struct node *map)
{
    static const char *const keys[] = {"name", "title", "type", "entry", "when", "actions"};
    page_only(page, map, keys, COUNT_OF(keys));
    struct playbook *b = arena_zalloc(p->arena, 1, sizeof(*b));
    if (b == NULL || p->count == PLAYBOOK_MAX_COUNT) {
        page_fault(page, map, "more playbooks than can be held: put some aside");
        return;
    }
    b->name = page_text(page, map, "name", true);
    b->title = page_text(page, map, "title", true);
    b->type = page_text(page, map, "type", true);
    b->entry = page_text(page, map, "entry", false);
    b->rule_count = page_texts(page, map, "when", b->rules);
    if (b->rule_count == 0) {
        page_fault(page, map, "'when' names the rules that this playbook is for");
    }
    read_actions(page, map, b);
    if (!page->bad) {
        p->books[p->count++] = b;
    }
}

static void read_sensor(struct playbooks *p, struct page *page, const struct node *map)
{
    static const char *const keys[] = {"sensor", "rules"};
    page_only(page, map, keys, COUNT_OF(keys));
    struct playbook_sensor *s = arena_zalloc(p->arena, 1, sizeof(*s));
    if (s == NULL || p->sensor_count == PLAYBOOK_MAX_SENSORS) {
        page_fault(page, map, "more sensors than can be held: put some together");
        return;
    }
    s->name = page_text(page, map, "sensor", true);
    s->rule_count = page_texts(page, map, "rules", s->rules);
    if (!page->bad) {
        p->sensors[p->sensor_count++] = s;
    }
}

struct rc playbook_load(struct playbooks *p, struct str path, struct str text,
                        struct diag *diag)
{
    if (text.n > PLAYBOOK_CAP_BYTES) {
        return rc_at(ERR_TOO_LONG, PLAYBOOK_CAP_BYTES);
    }
    TRY(arena_copy(p->arena, path, &path));
    struct page page = {.path = path, .diag = diag, .arena = p->arena};
    struct page_reader reader = {.documents = {.text = text}};
    bool bad = false;
    for (;;) {
        page.bad = false;
        const struct node *map = page_next(&page, &reader);
        bad |= page.bad;
        if (map == NULL) {
            break;
        }
        if (map->kind == NODE_MAP && document_get(map, STR("sensor")) != NULL) {
            read_sensor(p, &page, map);
        } else {
            read_book(p, &page, map);
        }
        bad |= page.bad;
    }
    return bad ? rc_make(ERR_REJECTED) : RC_OK;
}

/* A rule is named by its name, its id, or a tag of it. */
static bool names_rule(const struct str *rules, uint32_t count, const struct finding_fact *f)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(rules[i], f->rule_name) || str_eq(rules[i], f->rule_id)) {
            return true;
        }
        for (uint32_t t = 0; t < f->tag_count; t++) {
            if (str_eq(rules[i], f->tags[t])) {
                return true;
            }
        }
    }
    return false;
}

const struct playbook *playbook_of(const struct playbooks *p, const struct group *g)
{
    for (size_t b = 0; b < p->count; b++) {
        for (uint32_t i = 0; i < g->listed_count; i++) {
            if (names_rule(p->books[b]->rules, p->books[b]->rule_count,
                           &g->findings[i]->fact)) {
                return p->books[b];
            }
        }
    }
    return NULL;
}

struct str playbook_sensor(const struct playbooks *p, const struct finding_fact *f)
{
    for (size_t i = 0; i < p->sensor_count; i++) {
        if (names_rule(p->sensors[i]->rules, p->sensors[i]->rule_count, f)) {
            return p->sensors[i]->name;
        }
    }
    return (struct str){"", 0};
}

/* The entity is what an action of this kind is done to; *out is filled but for incident, id. */
static bool make_target(const struct playbook_action *a, const struct entity *e,
                        struct action *out)
{
    bool wants_address = a->kind == ACTION_BLOCK_ADDRESS;
    if (e->kind != (wants_address ? ENTITY_ADDRESS : ENTITY_ACCOUNT) || !signal_telling(e) ||
        (a->role.n > 0 ? !str_eq(a->role, e->role) : str_eq(e->role, STR("destination")))) {
        return false;
    }
    *out = (struct action){.kind = a->kind, .lease_s = a->lease_s, .account = {"", 0}};
    if (wants_address) {
        return ipaddr_parse(e->value, &out->address) && ipaddr_is_single(&out->address);
    }
    out->account = e->value;
    return action_account_ok(e->value);
}

/* Of a correlation no more than the least of its records deserves: forged failures before an
 * honest log-on make it a guessed one. */
static enum trust least_trust(const struct entity *e, const struct finding_fact *f)
{
    return e->trust < f->trust ? e->trust : f->trust;
}

/* The finding names the target; the best trust that it gives it. */
static bool names_target(const struct finding_fact *f, const struct action *a,
                         enum trust *out_trust)
{
    bool found = false;
    *out_trust = TRUST_NONE;
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        struct ipaddr address;
        bool same = a->kind == ACTION_BLOCK_ADDRESS
                        ? e->kind == ENTITY_ADDRESS && ipaddr_parse(e->value, &address) &&
                              ipaddr_eq(&address, &a->address)
                        : e->kind == ENTITY_ACCOUNT && str_eq(e->value, a->account);
        if (same) {
            enum trust trust = least_trust(e, f);
            found = true;
            *out_trust = trust > *out_trust ? trust : *out_trust;
        }
    }
    return found;
}

enum { DISTINCT_MAX = 64 };
#define AHEAD_US INT64_C(120000000) /* as far as contain lets clocks differ */

static bool is_newer(struct walltime a, struct walltime than)
{
    return walltime_known(a) && (!walltime_known(than) || a.us > than.us);
}

static uint32_t add_distinct(struct str *seen, uint32_t count, struct str s)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(seen[i], s)) {
            return count;
        }
    }
    if (s.n > 0 && count < DISTINCT_MAX) {
        seen[count++] = s;
    }
    return count;
}

/* Whence the account was entered; none when the finding has no address that can be believed. */
static struct ipaddr entered_from(const struct finding_fact *f)
{
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        struct ipaddr address;
        if (e->kind == ENTITY_ADDRESS && e->trust >= TRUST_DAEMON &&
            !str_eq(e->role, STR("destination")) && ipaddr_parse(e->value, &address) &&
            ipaddr_is_single(&address)) {
            return address;
        }
    }
    return (struct ipaddr){.family = IPADDR_NONE};
}

struct weighing {
    struct evidence v;
    enum trust best, entered;
    struct walltime newest; /* of all, also of what does not count */
    struct str sensors[DISTINCT_MAX], sources[DISTINCT_MAX];
    uint32_t sensor_count, source_count, twins;
};

static void count_finding(struct weighing *w, const struct kept *k, struct str sensor,
                          enum trust trust)
{
    const struct finding_fact *f = &k->fact;
    w->v.signals++;
    w->sensor_count = add_distinct(w->sensors, w->sensor_count, sensor);
    for (uint32_t r = 0; r < f->record_count; r++) {
        w->source_count = add_distinct(w->sources, w->source_count, f->records[r].source);
    }
    w->twins = f->source_count > w->twins ? f->source_count : w->twins;
    if (is_newer(f->last, w->v.event_time)) {
        w->v.event_time = f->last;
    }
    if (k->success && (!w->v.success || trust >= w->entered)) {
        w->v.success = true;
        w->v.from = entered_from(f);
        w->entered = trust;
    }
}

/* Its time lies past its receipt: written so that all looks stale, or by a clock to mend. */
static bool is_ahead(const struct finding_fact *f)
{
    return walltime_known(f->received) && walltime_known(f->last) && f->last.us > 0 &&
           f->last.us - AHEAD_US > f->received.us;
}

/* What anybody could have written counts for nothing, however often it was written. */
static struct evidence evidence_of(const struct playbooks *p, const struct group *g,
                                   const struct action *a)
{
    const struct walltime unknown = {.us = WALLTIME_NONE};
    bool account = a->kind != ACTION_BLOCK_ADDRESS;
    struct weighing w = {.v = {.event_time = unknown}, .newest = unknown};
    for (uint32_t i = 0; i < g->listed_count; i++) {
        const struct kept *k = g->findings[i];
        enum trust trust;
        if (!names_target(&k->fact, a, &trust)) {
            continue;
        }
        w.best = trust > w.best ? trust : w.best;
        w.newest = is_newer(k->fact.last, w.newest) ? k->fact.last : w.newest;
        if (trust >= TRUST_DAEMON && !is_ahead(&k->fact)) {
            count_finding(&w, k, playbook_sensor(p, &k->fact), trust);
        }
    }
    w.v.trust = account && w.v.success ? w.entered : w.best;
    w.v.from = account ? w.v.from : (struct ipaddr){.family = IPADDR_NONE};
    w.v.event_time = w.v.signals > 0 ? w.v.event_time : w.newest;
    w.v.sensors = w.sensor_count > 0 ? w.sensor_count : w.v.signals > 0;
    w.v.sources = w.source_count > w.twins ? w.source_count : w.twins;
    return w.v;
}

/* The same kind of action on the same target is there already. */
static bool is_there(const struct proposal *list, uint32_t count, const struct action *a)
{
    for (uint32_t i = 0; i < count; i++) {
        if (memcmp(list[i].action.id, a->id, ACTION_ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

struct proposing {
    const struct playbooks *p;
    const struct group *g;
    struct proposal *out;
    uint32_t count;
    const struct kept *news[INCIDENT_MAX_FINDINGS];
    uint32_t news_count;
    bool believed; /* now those whose target can be believed, or those that cannot */
};

/* Each kind has its share: many addresses in a forged log leave room for the account. */
static bool has_room(const struct proposing *o, enum action_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        n += o->out[i].action.kind == kind;
    }
    return n < INCIDENT_MAX_ACTIONS / ACTION_KIND_COUNT;
}

/* Only for whom a new finding names does the evidence differ from the last time. */
static bool is_news(const struct proposing *o, const struct action *a)
{
    for (uint32_t i = 0; i < o->news_count; i++) {
        enum trust trust;
        if (names_target(&o->news[i]->fact, a, &trust)) {
            return true;
        }
    }
    return false;
}

static void propose_for(struct proposing *o, const struct playbook_action *a,
                        const struct finding_fact *f)
{
    for (uint32_t i = 0; i < f->entity_count && has_room(o, a->kind); i++) {
        const struct entity *e = &f->entities[i];
        struct action action;
        if ((least_trust(e, f) >= TRUST_DAEMON) != o->believed || !make_target(a, e, &action) ||
            !is_news(o, &action)) {
            continue;
        }
        memcpy(action.incident, o->g->id, ACTION_ID_BYTES);
        action_id(&action, action.id);
        if (is_there(o->out, o->count, &action)) {
            continue;
        }
        struct evidence v = evidence_of(o->p, o->g, &action);
        if (v.sensors >= a->sensors || v.signals == 0) {
            o->out[o->count++] = (struct proposal){action, v, a->reason};
        }
    }
}

static void propose_kind(struct proposing *o, const struct playbook *b, enum action_kind kind)
{
    for (uint32_t n = 0; n < b->action_count * o->g->listed_count; n++) {
        const uint32_t listed = o->g->listed_count;
        const struct playbook_action *a = &b->actions[n / listed];
        /* the newest first: what an old forgery names has been refused by now */
        const struct finding_fact *f = &o->g->findings[listed - 1 - n % listed]->fact;
        if (a->kind == kind && names_rule(b->rules, b->rule_count, f)) {
            propose_for(o, a, f);
        }
    }
}

uint32_t playbook_propose(const struct playbooks *p, const struct group *g, uint64_t since,
                          struct proposal out[static INCIDENT_MAX_ACTIONS])
{
    const struct playbook *b = playbook_of(p, g);
    struct proposing o = {.p = p, .g = g, .out = out};
    for (uint32_t i = 0; i < g->listed_count; i++) {
        if (g->findings[i]->change > since) {
            o.news[o.news_count++] = g->findings[i];
        }
    }
    for (unsigned n = 0; b != NULL && n < 2 * ACTION_KIND_COUNT; n++) {
        o.believed = n < ACTION_KIND_COUNT;
        propose_kind(&o, b, (enum action_kind)(n % ACTION_KIND_COUNT));
    }
    return o.count;
}
