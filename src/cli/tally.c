/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tally.h"

#include "base/hash.h"
#include "base/heap.h"

/* A slot of an older generation is free: clearing is one addition. */
struct slot {
    uint8_t key[TALLY_KEY_BYTES];
    uint64_t count, generation;
};

struct tally {
    struct slot *slots; /* a power of two of them, at most half full */
    size_t room, used, max;
    uint64_t generation, seed;
};

enum { FIRST_ROOM = 64 };

struct tally *tally_open(size_t max_keys)
{
    struct tally *t = heap_zalloc(1, sizeof(*t));
    t->slots = heap_zalloc(FIRST_ROOM, sizeof(*t->slots));
    t->room = FIRST_ROOM;
    t->max = max_keys;
    t->generation = 1;
    t->seed = hash_random_seed();
    return t;
}

void tally_close(struct tally *t)
{
    if (t != NULL) {
        heap_free(t->slots);
        heap_free(t);
    }
}

void tally_clear(struct tally *t)
{
    t->generation++;
    t->used = 0;
}

/* The slot that holds the key, or the free one where it would go. */
static struct slot *slot_of(const struct tally *t, const uint8_t *key)
{
    size_t at = hash_64((struct bytes){key, TALLY_KEY_BYTES}, t->seed) & (t->room - 1);
    while (t->slots[at].generation == t->generation &&
           memcmp(t->slots[at].key, key, TALLY_KEY_BYTES) != 0) {
        at = (at + 1) & (t->room - 1);
    }
    return &t->slots[at];
}

static void grow(struct tally *t)
{
    struct slot *old = t->slots;
    size_t room = t->room;
    t->room *= 2;
    t->slots = heap_zalloc(t->room, sizeof(*t->slots));
    for (size_t i = 0; i < room; i++) {
        if (old[i].generation == t->generation) {
            *slot_of(t, old[i].key) = old[i];
        }
    }
    heap_free(old);
}

bool tally_add(struct tally *t, const uint8_t key[static TALLY_KEY_BYTES], uint64_t *out_before)
{
    struct slot *s = slot_of(t, key);
    if (s->generation != t->generation) {
        if (t->used == t->max) {
            return false;
        }
        if (2 * (t->used + 1) > t->room) {
            grow(t);
            s = slot_of(t, key);
        }
        *s = (struct slot){.generation = t->generation};
        memcpy(s->key, key, TALLY_KEY_BYTES);
        t->used++;
    }
    *out_before = s->count++;
    return true;
}

uint64_t tally_get(const struct tally *t, const uint8_t key[static TALLY_KEY_BYTES])
{
    const struct slot *s = slot_of(t, key);
    return s->generation == t->generation ? s->count : 0;
}
