/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/pool.h"

#include "base/heap.h"

#include <string.h>

enum { FIRST_ROOM = 16 };

struct slot {
    void *item;
    size_t bytes;
    int64_t time_us;
};

/* Items first to first + count - 1, item n in slots[n % room]; room is a power of two. */
struct lane {
    struct slot *slots;
    size_t room, count, bytes;
    uint64_t first;
};

struct pool {
    struct lane *lanes;
    struct pool_opts opts;
    uint64_t evicted;
};

struct pool *pool_open(const struct pool_opts *opts)
{
    struct pool *p = heap_zalloc(1, sizeof(*p));
    p->opts = *opts;
    p->lanes = heap_zalloc(opts->lanes, sizeof(*p->lanes));
    return p;
}

static struct slot *slot_of(const struct lane *l, uint64_t number)
{
    return &l->slots[number & (l->room - 1)];
}

static void forget_oldest(struct lane *l)
{
    struct slot *s = slot_of(l, l->first);
    heap_free(s->item);
    l->bytes -= s->bytes;
    l->first++;
    l->count--;
}

void pool_close(struct pool *p)
{
    if (p == NULL) {
        return;
    }
    for (uint32_t i = 0; i < p->opts.lanes; i++) {
        while (p->lanes[i].count != 0) {
            forget_oldest(&p->lanes[i]);
        }
        heap_free(p->lanes[i].slots);
    }
    heap_free(p->lanes);
    heap_free(p);
}

static void grow(struct lane *l)
{
    size_t room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
    struct lane wider = *l;
    wider.slots = heap_zalloc(room, sizeof(*wider.slots));
    wider.room = room;
    for (uint64_t n = l->first; n < l->first + l->count; n++) {
        *slot_of(&wider, n) = *slot_of(l, n);
    }
    heap_free(l->slots);
    *l = wider;
}

uint64_t pool_add(struct pool *p, uint32_t lane, void *item, size_t bytes, int64_t time_us)
{
    struct lane *l = &p->lanes[lane];
    if (l->count == l->room) {
        grow(l);
    }
    uint64_t number = l->first + l->count++;
    *slot_of(l, number) = (struct slot){item, bytes, time_us};
    l->bytes += bytes;
    while (l->count > 1 && (l->count > p->opts.lane_items || l->bytes > p->opts.lane_bytes)) {
        forget_oldest(l);
        p->evicted++;
    }
    return number;
}

void *pool_get(const struct pool *p, uint32_t lane, uint64_t number)
{
    const struct lane *l = &p->lanes[lane];
    bool held = number >= l->first && number - l->first < l->count;
    return held ? slot_of(l, number)->item : NULL;
}

void pool_touch(struct pool *p, uint32_t lane, uint64_t number, int64_t time_us)
{
    if (pool_get(p, lane, number) != NULL) {
        slot_of(&p->lanes[lane], number)->time_us = time_us;
    }
}

uint64_t pool_span(const struct pool *p, uint32_t lane, uint64_t *out_first)
{
    const struct lane *l = &p->lanes[lane];
    *out_first = l->first;
    return l->first + l->count;
}

void pool_expire(struct pool *p, uint32_t lane, int64_t before_us)
{
    struct lane *l = &p->lanes[lane];
    while (l->count != 0 && slot_of(l, l->first)->time_us < before_us) {
        forget_oldest(l);
    }
}

uint64_t pool_evicted(const struct pool *p)
{
    return p->evicted;
}
