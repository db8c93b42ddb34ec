/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/ages.h"

#include "base/hash.h"
#include "base/heap.h"

struct slot {
    struct ages_value value;
    uint8_t key[AGES_KEY_BYTES];
    bool used;
};

/* room: a power of two, at most half of it used. */
struct age {
    struct slot *slots;
    size_t room, count;
};

struct ages {
    struct age young, old;
    size_t max;
    uint64_t seed;
};

enum { FIRST_ROOM = 64 };

static struct age age_open(void)
{
    return (struct age){heap_zalloc(FIRST_ROOM, sizeof(struct slot)), FIRST_ROOM, 0};
}

struct ages *ages_open(size_t max_keys, uint64_t seed)
{
    struct ages *t = heap_zalloc(1, sizeof(*t));
    t->max = max_keys;
    t->seed = seed;
    t->young = age_open();
    t->old = age_open();
    return t;
}

void ages_close(struct ages *t)
{
    if (t != NULL) {
        heap_free(t->young.slots);
        heap_free(t->old.slots);
        heap_free(t);
    }
}

/* The slot of the key, or the free one where it would go. */
static struct slot *slot_of(const struct ages *t, const struct age *age, const uint8_t *key)
{
    size_t at = hash_64((struct bytes){key, AGES_KEY_BYTES}, t->seed) & (age->room - 1);
    while (age->slots[at].used && memcmp(age->slots[at].key, key, AGES_KEY_BYTES) != 0) {
        at = (at + 1) & (age->room - 1);
    }
    return &age->slots[at];
}

static void grow(struct ages *t)
{
    struct age wider = {.room = 2 * t->young.room, .count = t->young.count};
    wider.slots = heap_zalloc(wider.room, sizeof(*wider.slots));
    for (size_t i = 0; i < t->young.room; i++) {
        if (t->young.slots[i].used) {
            *slot_of(t, &wider, t->young.slots[i].key) = t->young.slots[i];
        }
    }
    heap_free(t->young.slots);
    t->young = wider;
}

static void turn(struct ages *t)
{
    heap_free(t->old.slots);
    t->old = t->young;
    t->young = age_open();
}

struct ages_value *ages_at(struct ages *t, const uint8_t key[static AGES_KEY_BYTES])
{
    struct slot *s = slot_of(t, &t->young, key);
    if (s->used) {
        return &s->value;
    }
    const struct slot *before = slot_of(t, &t->old, key);
    struct ages_value value = before->used ? before->value : (struct ages_value){0};
    if (t->young.count == t->max) {
        turn(t);
    } else if (2 * (t->young.count + 1) > t->young.room) {
        grow(t);
    }
    s = slot_of(t, &t->young, key);
    s->used = true;
    s->value = value;
    memcpy(s->key, key, AGES_KEY_BYTES);
    t->young.count++;
    return &s->value;
}
