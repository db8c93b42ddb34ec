/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/groups.h"

#include "base/hash.h"

enum { FIRST_ROOM = 64 };

struct groups {
    struct group **slots;
    size_t room, count, entries;
    struct group *oldest, *newest;
    uint64_t seed, evicted;
};

struct groups *groups_open(uint64_t seed)
{
    struct groups *t = heap_zalloc(1, sizeof(*t));
    t->room = FIRST_ROOM;
    t->slots = heap_zalloc(t->room, sizeof(struct group *));
    t->seed = seed;
    return t;
}

void groups_close(struct groups *t)
{
    if (t == NULL) {
        return;
    }
    while (t->oldest != NULL) {
        groups_drop(t, t->oldest);
    }
    heap_free(t->slots);
    heap_free(t);
}

static struct group **slot_of(const struct groups *t, struct str key)
{
    return &t->slots[hash_64(bytes_of(key), t->seed) & (t->room - 1)];
}

static void unlink_group(struct groups *t, struct group *g)
{
    struct group **older = g->newer == NULL ? &t->newest : &g->newer->older;
    struct group **newer = g->older == NULL ? &t->oldest : &g->older->newer;
    *older = g->older;
    *newer = g->newer;
}

static void link_newest(struct groups *t, struct group *g)
{
    g->newer = NULL;
    g->older = t->newest;
    *(t->newest == NULL ? &t->oldest : &t->newest->newer) = g;
    t->newest = g;
}

void groups_drop(struct groups *t, struct group *g)
{
    struct group **at = slot_of(t, g->key);
    while (*at != g) {
        at = &(*at)->next;
    }
    *at = g->next;
    unlink_group(t, g);
    t->entries -= g->entries.n;
    t->count--;
    vec_free(&g->entries);
    heap_free(g);
}

static void grow(struct groups *t)
{
    heap_free(t->slots);
    t->room *= 2;
    t->slots = heap_zalloc(t->room, sizeof(struct group *));
    for (struct group *g = t->oldest; g != NULL; g = g->newer) {
        struct group **slot = slot_of(t, g->key);
        g->next = *slot;
        *slot = g;
    }
}

static struct group *make(struct groups *t, struct str key)
{
    struct group *g = heap_zalloc(1, sizeof(*g) + key.n);
    char *own = (char *)(g + 1);
    if (key.n != 0) {
        memcpy(own, key.p, key.n);
    }
    g->key = (struct str){own, key.n};
    g->last_us = INT64_MIN;
    if (t->count == GROUPS_MAX) {
        groups_drop(t, t->oldest);
        t->evicted++;
    }
    if (t->count == t->room) {
        grow(t);
    }
    struct group **slot = slot_of(t, key);
    g->next = *slot;
    *slot = g;
    t->count++;
    return g;
}

struct group *groups_at(struct groups *t, struct str key)
{
    struct group *g = *slot_of(t, key);
    while (g != NULL && !str_eq(g->key, key)) {
        g = g->next;
    }
    if (g == NULL) {
        g = make(t, key);
    } else {
        unlink_group(t, g);
    }
    link_newest(t, g);
    return g;
}

static bool is_before(const struct group_entry *a, const struct group_entry *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->arrival < b->arrival;
}

size_t groups_insert(struct groups *t, struct group *g, const struct group_entry *e)
{
    vec_push(&g->entries, *e);
    size_t at = g->entries.n - 1;
    while (at > 0 && is_before(e, &g->entries.p[at - 1])) {
        at--;
    }
    memmove(&g->entries.p[at + 1], &g->entries.p[at],
            (g->entries.n - 1 - at) * sizeof(g->entries.p[0]));
    g->entries.p[at] = *e;
    t->entries++;
    while (t->entries > GROUPS_MAX_ENTRIES && t->oldest != g) {
        groups_drop(t, t->oldest);
        t->evicted++;
    }
    return at;
}

void groups_remove(struct groups *t, struct group *g, size_t at)
{
    memmove(&g->entries.p[at], &g->entries.p[at + 1],
            (g->entries.n - 1 - at) * sizeof(g->entries.p[0]));
    g->entries.n--;
    t->entries--;
}

void groups_remove_first(struct groups *t, struct group *g, size_t n)
{
    if (n == 0) {
        return;
    }
    memmove(g->entries.p, g->entries.p + n, (g->entries.n - n) * sizeof(g->entries.p[0]));
    g->entries.n -= n;
    t->entries -= n;
    if (g->entries.n == 0) {
        vec_free(&g->entries);
    }
}

struct group *groups_oldest(const struct groups *t)
{
    return t->oldest;
}

uint64_t groups_evicted(const struct groups *t)
{
    return t->evicted;
}
