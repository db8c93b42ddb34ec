/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/ages.h"

#include "base/hash.h"
#include "base/heap.h"

struct slot {
    struct ages_value value;
    uint8_t key[AGES_KEY_BYTES];
    bool used;
};

struct ages {
    struct slot *young, *old; /* room of them, a power of two, at most half full */
    size_t room, count, max;
    uint64_t seed, turns;
};

struct ages *ages_open(size_t max_keys, uint64_t seed)
{
    struct ages *t = heap_zalloc(1, sizeof(*t));
    t->max = max_keys;
    t->room = 2;
    while (t->room < 2 * max_keys) {
        t->room *= 2;
    }
    t->young = heap_zalloc(t->room, sizeof(*t->young));
    t->old = heap_zalloc(t->room, sizeof(*t->old));
    t->seed = seed;
    return t;
}

void ages_close(struct ages *t)
{
    if (t != NULL) {
        heap_free(t->young);
        heap_free(t->old);
        heap_free(t);
    }
}

/* The slot of the key, or the free one where it would go. */
static struct slot *slot_of(const struct ages *t, struct slot *slots, const uint8_t *key)
{
    size_t at = hash_64((struct bytes){key, AGES_KEY_BYTES}, t->seed) & (t->room - 1);
    while (slots[at].used && memcmp(slots[at].key, key, AGES_KEY_BYTES) != 0) {
        at = (at + 1) & (t->room - 1);
    }
    return &slots[at];
}

static void turn(struct ages *t)
{
    struct slot *forgotten = t->old;
    t->old = t->young;
    t->young = forgotten;
    memset(t->young, 0, t->room * sizeof(*t->young));
    t->count = 0;
    t->turns++;
}

struct ages_value *ages_at(struct ages *t, const uint8_t key[static AGES_KEY_BYTES])
{
    struct slot *s = slot_of(t, t->young, key);
    if (s->used) {
        return &s->value;
    }
    const struct slot *before = slot_of(t, t->old, key);
    struct ages_value value = before->used ? before->value : (struct ages_value){0};
    if (t->count == t->max) {
        turn(t);
        s = slot_of(t, t->young, key);
    }
    s->used = true;
    s->value = value;
    memcpy(s->key, key, AGES_KEY_BYTES);
    t->count++;
    return &s->value;
}

uint64_t ages_turns(const struct ages *t)
{
    return t->turns;
}
