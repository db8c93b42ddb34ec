/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/lease.h"

#include "base/hash.h"

/* An ended lease answers for late copies of its proposals: as long as they are not stale. */
#define KEPT_US (INT64_C(2) * 120 * 1000000)

struct lease_table lease_table_open(void)
{
    return (struct lease_table){.by_id = {.seed = hash_random_seed()},
                                .next = {.us = INT64_MAX}};
}

void lease_table_close(struct lease_table *t)
{
    for (size_t i = 0; i < t->all.n; i++) {
        heap_free(t->all.p[i]);
    }
    vec_free(&t->all);
    map_free(&t->by_id);
}

static struct str key_of(const uint8_t id[static ACTION_ID_BYTES])
{
    return str_bytes((struct bytes){id, ACTION_ID_BYTES});
}

struct lease *lease_find(const struct lease_table *t, const uint8_t id[static ACTION_ID_BYTES])
{
    uint32_t i = map_get(&t->by_id, key_of(id));
    return i == MAP_NONE ? NULL : t->all.p[i];
}

struct action lease_action(const struct lease *l)
{
    struct action a = {.kind = l->kind,
                       .address = l->address,
                       .account = {l->account, l->account_bytes},
                       .lease_s = l->lease_s};
    memcpy(a.id, l->id, sizeof(a.id));
    memcpy(a.incident, l->incident, sizeof(a.incident));
    return a;
}

bool lease_is_momentary(enum action_kind kind)
{
    return kind == ACTION_END_SESSION;
}

static struct lease *add(struct lease_table *t, const struct action *a)
{
    if (t->all.n >= LEASE_CAP || a->account.n > ACTION_MAX_ACCOUNT_BYTES) {
        return NULL;
    }
    struct lease *l = heap_zalloc(1, sizeof(*l));
    memcpy(l->id, a->id, sizeof(l->id));
    memcpy(l->incident, a->incident, sizeof(l->incident));
    l->kind = a->kind;
    l->address = a->address;
    if (a->account.n > 0) {
        memcpy(l->account, a->account.p, a->account.n);
    }
    l->account_bytes = a->account.n;
    l->event.us = WALLTIME_NONE;
    l->until.us = WALLTIME_NONE;
    l->state = LEASE_ENDED;
    map_set(&t->by_id, key_of(l->id), (uint32_t)t->all.n);
    vec_push(&t->all, l);
    return l;
}

struct lease *lease_begin(struct lease_table *t, const struct action_fact *f)
{
    struct lease *l = lease_find(t, f->action.id);
    l = l != NULL ? l : add(t, &f->action);
    bool shadow = f->kind == FACT_DECISION;
    bool turns_real = l != NULL && l->state == LEASE_SHADOW && !shadow;
    if (l == NULL || (f->evidence.event_time.us <= l->event.us && !turns_real)) {
        return l;
    }
    l->lease_s = f->action.lease_s;
    l->event = f->evidence.event_time;
    l->began = f->at;
    l->until =
        shadow ? (struct walltime){.us = f->at.us + INT64_C(1000000) * l->lease_s} : f->until;
    l->state = shadow ? LEASE_SHADOW : LEASE_LIVE;
    l->released = false;
    memset(l->said, 0, sizeof(l->said));
    l->asked = (struct instant){0};
    t->next = l->until.us < t->next.us ? l->until : t->next;
    return l;
}

bool lease_outcome(struct lease *l, enum act act, enum outcome outcome)
{
    bool same = l->said[act] && l->outcome[act] == outcome;
    l->said[act] = true;
    l->outcome[act] = outcome;
    /* an undo that is answered after the lease was renewed ends nothing */
    bool over = act == ACT_APPLY ? l->state == LEASE_LIVE && lease_is_momentary(l->kind)
                                 : l->state == LEASE_UNDOING || l->state == LEASE_LAPSING;
    if (over && outcome != OUTCOME_UNKNOWN) {
        l->state = LEASE_ENDED;
    }
    return !same;
}

void lease_release(struct lease *l)
{
    l->released = true;
    l->asked = (struct instant){0};
    if (l->state != LEASE_ENDED) {
        l->state = l->state == LEASE_SHADOW ? LEASE_ENDED : LEASE_UNDOING;
    }
}

void lease_fold(struct lease_table *t, const struct action_fact *f)
{
    struct lease *l = lease_find(t, f->action.id);
    switch (f->kind) {
    case FACT_DECISION:
        if (f->verdict == VERDICT_SHADOW) {
            (void)lease_begin(t, f);
        }
        break;
    case FACT_INTENT:
        (void)lease_begin(t, f);
        break;
    case FACT_OUTCOME:
        if (l != NULL && f->at.us >= l->began.us) {
            (void)lease_outcome(l, f->act, f->outcome);
        }
        break;
    case FACT_RELEASE:
        if (l != NULL && f->at.us >= l->began.us) {
            lease_release(l);
        }
        break;
    case FACT_FINDING:
    case FACT_INCIDENT:
    case FACT_NOTICE:
    case FACT_ROLE:
    case FACT_GAP:
    case FACT_KIND_COUNT:
        break;
    }
}

bool lease_same_target(const struct lease *l, const struct action *a)
{
    return l->kind == a->kind && ipaddr_eq(&l->address, &a->address) &&
           str_eq((struct str){l->account, l->account_bytes}, a->account);
}

/* A person released that target, for whatever incident, and its time is not over. */
static bool was_released(const struct lease_table *t, const struct action *a,
                         struct walltime now)
{
    for (size_t i = 0; i < t->all.n; i++) {
        const struct lease *l = t->all.p[i];
        if (l->released && l->until.us > now.us && lease_same_target(l, a)) {
            return true;
        }
    }
    return false;
}

bool lease_knows(const struct lease_table *t, const struct action *a, const struct evidence *e,
                 struct walltime now)
{
    if (e->person) {
        return false;
    }
    const struct lease *l = lease_find(t, a->id);
    if (l != NULL && (e->event_time.us <= l->event.us ||
                      (l->until.us > now.us && l->state != LEASE_ENDED))) {
        return true;
    }
    return was_released(t, a, now);
}

const struct lease *lease_holding(const struct lease_table *t, const struct action *a)
{
    const struct lease *best = NULL;
    for (size_t i = 0; i < t->all.n; i++) {
        const struct lease *l = t->all.p[i];
        if (l->state == LEASE_LIVE && lease_same_target(l, a) &&
            (best == NULL || l->until.us > best->until.us)) {
            best = l;
        }
    }
    return best;
}

struct lease *lease_expire(struct lease_table *t, struct walltime now)
{
    if (now.us < t->next.us) {
        return NULL;
    }
    struct walltime next = {.us = INT64_MAX};
    for (size_t i = 0; i < t->all.n; i++) {
        struct lease *l = t->all.p[i];
        if (l->state != LEASE_LIVE && l->state != LEASE_SHADOW) {
            continue;
        }
        if (l->until.us <= now.us) {
            l->state = l->state == LEASE_SHADOW || lease_is_momentary(l->kind) ? LEASE_ENDED
                                                                               : LEASE_LAPSING;
            l->asked = (struct instant){0};
            return l; /* next stays: there may be more */
        }
        next = l->until.us < next.us ? l->until : next;
    }
    t->next = next;
    return NULL;
}

void lease_sweep(struct lease_table *t, struct walltime now)
{
    size_t kept = 0;
    map_clear(&t->by_id);
    for (size_t i = 0; i < t->all.n; i++) {
        struct lease *l = t->all.p[i];
        if (l->state == LEASE_ENDED && l->until.us < now.us - KEPT_US) {
            heap_free(l);
            continue;
        }
        map_set(&t->by_id, key_of(l->id), (uint32_t)kept);
        t->all.p[kept++] = l;
    }
    t->all.n = kept;
}
