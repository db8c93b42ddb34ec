/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/grouping.h"

#include "base/heap.h"
#include "base/vec.h"
#include "incident/recent.h"
#include "incident/signal.h"

/*
 * Weights are in tenths. An entity weighs its kind's base, less the more others go with it: an
 * account used from many addresses, an address or a file seen with many hosts, is a hub.
 * Enough is what one rare address or account weighs, or several lesser things together.
 */
enum {
    WEIGHT_ENOUGH = 40,
    PARTNERS_MAX = 16,
    YEARS_MAX = 64,
    PULL_MAX = INCIDENT_MAX_FINDINGS, /* findings that one new member may pull in */
};
static const int64_t window_us = INT64_C(1000000) * GROUPING_WINDOW_S;

struct year {
    int32_t year;
    uint32_t last;
};

struct grouping {
    struct recent *recent;
    VEC(struct group *) groups;
    struct year years[YEARS_MAX];
    size_t year_count;
    uint64_t round; /* of gathering */
};

struct grouping *grouping_open(void)
{
    struct grouping *g = heap_zalloc(1, sizeof(*g));
    g->recent = recent_open();
    return g;
}

/* Members that are still among the recent ones are forgotten there. */
static void group_free(struct group *group)
{
    for (uint32_t i = 0; i < group->listed_count; i++) {
        struct kept *k = (struct kept *)(uintptr_t)group->findings[i];
        k->group = NULL;
        k->listed = false;
        if (!k->recent) {
            kept_free(k);
        }
    }
    heap_free(group);
}

void grouping_close(struct grouping *g)
{
    if (g == NULL) {
        return;
    }
    for (size_t i = 0; i < g->groups.n; i++) {
        group_free(g->groups.p[i]);
    }
    vec_free(&g->groups);
    recent_close(g->recent);
    heap_free(g);
}

static struct year *year_of(struct grouping *g, int32_t year)
{
    for (size_t i = 0; i < g->year_count; i++) {
        if (g->years[i].year == year) {
            return &g->years[i];
        }
    }
    /* years past the room share the last row: names stay different */
    size_t at = g->year_count < YEARS_MAX ? g->year_count++ : YEARS_MAX - 1;
    if (g->years[at].last == 0) {
        g->years[at].year = year;
    }
    return &g->years[at];
}

void grouping_take_name(struct grouping *g, struct str name)
{
    size_t dash = str_find_char(name, '-');
    uint64_t year, number;
    if (dash != 4 || !str_to_u64(str_upto(name, dash), &year) ||
        !str_to_u64(str_from(name, dash + 1), &number) || number > UINT16_MAX) {
        return;
    }
    struct year *y = year_of(g, (int32_t)year);
    y->last = number > y->last ? (uint32_t)number : y->last;
}

static unsigned base_weight(const struct entity *e)
{
    switch (e->kind) {
    case ENTITY_ADDRESS:
    case ENTITY_HASH:
    case ENTITY_EVENT:
        return 80;
    case ENTITY_ACCOUNT: /* root is shared by people: with the host it is enough, alone not */
        return str_eq(e->value, STR("root")) || str_eq_nocase(e->value, STR("Administrator"))
                   ? 30
                   : 80;
    case ENTITY_DOMAIN:
        return 60;
    case ENTITY_FILE:
        return 50;
    case ENTITY_HOST:
    case ENTITY_PROCESS:
    case ENTITY_SERVICE:
    case ENTITY_KIND_COUNT:
        break;
    }
    return 10;
}

static bool is_near(const struct kept *a, const struct kept *b)
{
    struct walltime x = kept_time(a), y = kept_time(b);
    if (!walltime_known(x) || !walltime_known(y)) {
        return true;
    }
    /* known times may still be years apart in both directions: compare without overflow */
    return x.us > y.us ? (uint64_t)x.us - (uint64_t)y.us <= (uint64_t)window_us
                       : (uint64_t)y.us - (uint64_t)x.us <= (uint64_t)window_us;
}

/* Who goes with the entity in this finding: for an account the address, else the host. */
static struct str partner_of(const struct kept *k, enum entity_kind kind)
{
    if (kind != ENTITY_ACCOUNT) {
        return k->fact.host;
    }
    for (uint32_t i = 0; i < k->fact.entity_count; i++) {
        if (k->fact.entities[i].kind == ENTITY_ADDRESS) {
            return k->fact.entities[i].value;
        }
    }
    return (struct str){"", 0};
}

struct rarity {
    unsigned weight;
    uint32_t seen; /* findings of the last day that name it */
};

static struct rarity rarity_of(const struct grouping *g, const struct kept *k,
                               const struct entity *e)
{
    struct str partners[PARTNERS_MAX];
    size_t partner_count = 0;
    struct rarity r = {0};
    struct recent_walk w = recent_walk(g->recent, e->kind, e->value);
    for (struct kept *o = recent_next(&w); o != NULL; o = recent_next(&w)) {
        if (!is_near(k, o)) {
            continue;
        }
        r.seen++;
        struct str partner = partner_of(o, e->kind);
        size_t i = 0;
        while (i < partner_count && !str_eq(partners[i], partner)) {
            i++;
        }
        if (i == partner_count && i < PARTNERS_MAX && partner.n > 0) {
            partners[partner_count++] = partner;
        }
    }
    unsigned halvings = 0; /* floor of the logarithm */
    for (size_t n = partner_count; n > 1; n /= 2) {
        halvings++;
    }
    r.weight = base_weight(e) * 3 / (3 + halvings);
    return r;
}

/* A finding that shares entities with the one at hand. */
struct candidate {
    struct kept *kept;   /* the newest that does; of a group: of its members */
    struct group *group; /* NULL: waits */
    unsigned weight;
    struct entity by; /* what weighs most */
    unsigned by_weight;
    uint32_t seen;
    uint32_t counted; /* the entity that was counted last, from 1 */
};

struct candidate_vec VEC_OF(struct candidate);

/* Findings and groups remember where in the list of this round they stand. */
static struct candidate *candidate_of(struct candidate_vec *all, uint64_t round, struct kept *k)
{
    struct kept_mark *mark = k->group != NULL ? &k->group->mark : &k->mark;
    if (mark->round != round) {
        *mark = (struct kept_mark){round, (uint32_t)all->n};
        vec_push(all, ((struct candidate){.kept = k, .group = k->group}));
    }
    return &all->p[mark->at];
}

static void weigh(const struct grouping *g, const struct kept *k, const struct entity *e,
                  uint32_t number, struct candidate_vec *all)
{
    struct rarity r = rarity_of(g, k, e);
    struct recent_walk w = recent_walk(g->recent, e->kind, e->value);
    for (struct kept *o = recent_next(&w); o != NULL; o = recent_next(&w)) {
        if (o == k || !is_near(k, o)) {
            continue;
        }
        struct candidate *c = candidate_of(all, g->round, o);
        if (c->counted == number) {
            continue; /* this entity was counted for that group */
        }
        c->counted = number;
        c->weight += r.weight;
        if (r.weight > c->by_weight) {
            c->by_weight = r.weight;
            c->by = *e;
            c->seen = r.seen;
            c->kept = o;
        }
    }
}

static void gather(struct grouping *g, const struct kept *k, struct candidate_vec *all)
{
    g->round++;
    uint32_t number = 0;
    bool host_named = false;
    for (uint32_t i = 0; i < k->fact.entity_count; i++) {
        const struct entity *e = &k->fact.entities[i];
        if (kept_can_link(k, e)) {
            weigh(g, k, e, ++number, all);
            host_named |= e->kind == ENTITY_HOST && str_eq(e->value, k->fact.host);
        }
    }
    const struct entity host = {.kind = ENTITY_HOST, .value = k->fact.host};
    if (!host_named && kept_can_link(k, &host)) {
        weigh(g, k, &host, ++number, all);
    }
}

static struct walltime earlier(struct walltime a, struct walltime b)
{
    return !walltime_known(a) || (walltime_known(b) && b.us < a.us) ? b : a;
}

static struct walltime later(struct walltime a, struct walltime b)
{
    return !walltime_known(a) || (walltime_known(b) && b.us > a.us) ? b : a;
}

/* What the group says of itself, from a member that is new or has grown. */
static void absorb(struct group *group, struct kept *k)
{
    group->level = k->fact.level > group->level ? k->fact.level : group->level;
    group->first = earlier(group->first, k->fact.first);
    group->last = later(group->last, k->fact.last);
    group->tactics |= k->tactics;
    group->success |= k->success;
    k->change = ++group->changes;
}

/* No link may name, or borrow from, what is not listed. */
static void unlink_finding(struct group *group, const uint8_t id[static FINDING_ID_BYTES])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < group->link_count; i++) {
        struct incident_link *l = &group->links[i];
        if (memcmp(l->finding, id, FINDING_ID_BYTES) != 0 &&
            memcmp(l->to, id, FINDING_ID_BYTES) != 0) {
            group->links[n++] = *l;
        }
    }
    group->link_count = n;
}

/*
 * Room for k in a list that is full: the oldest of the least trust gives way, if it is believed
 * less, or as much and k says that somebody got in. A flood of lines that anybody can write
 * must not hide what was done.
 */
static bool displace(struct group *group, const struct kept *k)
{
    uint32_t at = 0; /* findings[0] may be the seed */
    for (uint32_t i = 0; i < group->listed_count; i++) {
        const struct kept *o = group->findings[i];
        bool first = group->findings[at] == group->seed;
        if (o != group->seed && (first || o->fact.trust < group->findings[at]->fact.trust)) {
            at = i;
        }
    }
    struct kept *o = (struct kept *)(uintptr_t)group->findings[at];
    if (o->fact.trust > k->fact.trust || (o->fact.trust == k->fact.trust && !signal_seed(k))) {
        return false;
    }
    unlink_finding(group, o->fact.id);
    memmove(&group->findings[at], &group->findings[at + 1],
            (group->listed_count - at - 1) * sizeof(group->findings[0]));
    group->listed_count--;
    o->listed = false;
    if (!o->recent) {
        kept_free(o);
    }
    return true;
}

static void join(struct group *group, struct kept *k, const struct candidate *why)
{
    k->group = group;
    group->finding_count++;
    absorb(group, k);
    if (group->listed_count == INCIDENT_MAX_FINDINGS && !displace(group, k)) {
        return;
    }
    k->listed = true;
    group->findings[group->listed_count++] = k;
    if (why == NULL || group->link_count == INCIDENT_MAX_LINKS || !why->kept->listed) {
        return;
    }
    struct incident_link *l = &group->links[group->link_count++];
    memcpy(l->finding, k->fact.id, FINDING_ID_BYTES);
    memcpy(l->to, why->kept->fact.id, FINDING_ID_BYTES);
    l->kind = why->by.kind;
    l->value = why->by.value;
    l->seen_in = why->seen;
}

/* What waits and is linked to a new member joins too, and so on, as far as PULL_MAX. */
static void pull(struct grouping *g, struct group *group, struct kept *k)
{
    struct kept *queue[PULL_MAX + 1];
    size_t from = 0, to = 0;
    queue[to++] = k;
    while (from < to) {
        struct kept *member = queue[from++];
        struct candidate_vec all = {0};
        gather(g, member, &all);
        for (size_t i = 0; i < all.n && to <= PULL_MAX; i++) {
            struct candidate *c = &all.p[i];
            if (c->group != NULL || c->weight < WEIGHT_ENOUGH) {
                continue;
            }
            struct kept *other = c->kept;
            c->kept = member;
            join(group, other, c);
            queue[to++] = other;
        }
        vec_free(&all);
    }
}

/* The heaviest group; of equals the one that began first. */
static struct candidate *best_group(struct candidate_vec *all)
{
    struct candidate *best = NULL;
    for (size_t i = 0; i < all->n; i++) {
        struct candidate *c = &all->p[i];
        if (c->group == NULL || c->weight < WEIGHT_ENOUGH) {
            continue;
        }
        bool heavier =
            best == NULL || c->weight > best->weight ||
            (c->weight == best->weight && strcmp(c->group->name, best->group->name) < 0);
        best = heavier ? c : best;
    }
    return best;
}

static void let_go(struct grouping *g)
{
    size_t quiet = 0;
    for (size_t i = 1; i < g->groups.n; i++) {
        if (g->groups.p[i]->last.us < g->groups.p[quiet]->last.us) {
            quiet = i;
        }
    }
    struct group *group = g->groups.p[quiet];
    /* members that are not listed must not point to what is gone */
    recent_leave(g->recent, group);
    group_free(group);
    memmove(&g->groups.p[quiet], &g->groups.p[quiet + 1],
            (g->groups.n - quiet - 1) * sizeof(*g->groups.p));
    g->groups.n--;
}

static struct group *begin(struct grouping *g, struct kept *k)
{
    if (g->groups.n == GROUPING_MAX_GROUPS) {
        let_go(g);
    }
    struct group *group = heap_zalloc(1, sizeof(*group));
    incident_id(k->fact.id, group->id);
    group->seed = k;
    group->first.us = group->last.us = WALLTIME_NONE;
    group->detected = walltime_known(k->fact.received) ? k->fact.received : kept_time(k);
    struct walltime_parts date = walltime_split(
        walltime_known(group->detected) ? group->detected : walltime_from_unix(0));
    struct year *y = year_of(g, date.year);
    y->last++;
    struct buf name = {
        .p = group->name, .room = sizeof(group->name), .cap = sizeof(group->name)};
    buf_printf(&name, "%04d-%03u", date.year, y->last);
    check(!name.full && name.n < sizeof(group->name));
    group->name[name.n] = '\0';
    vec_push(&g->groups, group);
    join(group, k, NULL);
    return group;
}

static struct group *again(struct kept *k, const struct finding_fact *f)
{
    kept_update(k, f);
    if (k->group != NULL) {
        absorb(k->group, k);
    }
    return k->group;
}

struct group *grouping_add(struct grouping *g, const struct finding_fact *f, uint64_t position)
{
    struct kept *k = recent_find(g->recent, f->id);
    if (k != NULL) {
        return again(k, f);
    }
    k = kept_new(f, position);
    recent_add(g->recent, k);
    struct candidate_vec all = {0};
    gather(g, k, &all);
    struct candidate *best = best_group(&all);
    struct group *group = NULL;
    if (best != NULL) {
        group = best->group;
        join(group, k, best);
    } else if (signal_seed(k)) {
        group = begin(g, k);
    }
    vec_free(&all);
    if (group != NULL) {
        pull(g, group, k);
    }
    return group;
}

bool grouping_has(const struct grouping *g, const uint8_t id[static FINDING_ID_BYTES])
{
    return recent_find(g->recent, id) != NULL;
}

size_t grouping_count(const struct grouping *g)
{
    return g->groups.n;
}

struct group *grouping_at(const struct grouping *g, size_t i)
{
    check(i < g->groups.n);
    return g->groups.p[i];
}

struct group *grouping_find(const struct grouping *g, const uint8_t id[static ACTION_ID_BYTES])
{
    for (size_t i = 0; i < g->groups.n; i++) {
        if (memcmp(g->groups.p[i]->id, id, ACTION_ID_BYTES) == 0) {
            return g->groups.p[i];
        }
    }
    return NULL;
}
