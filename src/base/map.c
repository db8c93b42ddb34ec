/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include "base/hash.h"
#include "base/heap.h"

/* The slot that holds the key, or the free one where it belongs. */
static struct map_slot *locate(const struct map *m, struct str key, uint64_t hash)
{
    size_t mask = m->room - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct map_slot *s = &m->slots[i];
        if (s->value == MAP_NONE ||
            (s->hash == (uint32_t)(hash >> 32) && str_eq(s->key, key))) {
            return s;
        }
    }
}

static void grow(struct map *m)
{
    struct map old = *m;
    m->room = old.room == 0 ? 16 : old.room * 2;
    m->slots = heap_alloc(m->room * sizeof(*m->slots));
    for (size_t i = 0; i < m->room; i++) {
        m->slots[i] = (struct map_slot){.value = MAP_NONE};
    }
    for (size_t i = 0; i < old.room; i++) {
        struct map_slot *s = &old.slots[i];
        if (s->value != MAP_NONE) {
            *locate(m, s->key, hash_64(bytes_of(s->key), m->seed)) = *s;
        }
    }
    heap_free(old.slots);
}

void map_free(struct map *m)
{
    heap_free(m->slots);
    *m = (struct map){.seed = m->seed};
}

uint32_t map_get(const struct map *m, struct str key)
{
    return m->count == 0 ? MAP_NONE : locate(m, key, hash_64(bytes_of(key), m->seed))->value;
}

static struct map_slot *insert(struct map *m, struct str key, uint32_t value)
{
    check(value != MAP_NONE);
    if (m->room < (m->count + 1) * 2) {
        grow(m);
    }
    uint64_t hash = hash_64(bytes_of(key), m->seed);
    struct map_slot *s = locate(m, key, hash);
    if (s->value == MAP_NONE) {
        *s = (struct map_slot){.key = key, .hash = (uint32_t)(hash >> 32), .value = value};
        m->count++;
    }
    return s;
}

uint32_t map_add(struct map *m, struct str key, uint32_t value)
{
    return insert(m, key, value)->value;
}

void map_set(struct map *m, struct str key, uint32_t value)
{
    insert(m, key, value)->value = value;
}

void map_clear(struct map *m)
{
    for (size_t i = 0; i < m->room; i++) {
        m->slots[i] = (struct map_slot){.value = MAP_NONE};
    }
    m->count = 0;
}
