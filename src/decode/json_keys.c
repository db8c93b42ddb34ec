/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_keys.h"

#include "base/hash.h"

enum { INLINE_HASH_BYTES = 16 };

static const uint64_t mix_a = 0x9E3779B97F4A7C15;
static const uint64_t mix_b = 0xE7037ED1A0B428DB;

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

void json_keys_init(struct json_keys *k, struct arena *arena)
{
    k->arena = arena;
    k->keys = k->small_keys;
    k->slots = k->small_slots;
    k->count = 0;
    k->slot_count = COUNT_OF(k->small_slots);
    /*
     * Who writes a log cannot know where this process keeps its stack and heap, so cannot
     * choose keys that collide. No result depends on it.
     */
    k->seed = mix((uint64_t)(uintptr_t)k ^ mix_a, (uint64_t)(uintptr_t)arena ^ mix_b);
    memset(k->small_slots, 0, sizeof(k->small_slots));
}

static uint64_t load_8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t load_4(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* Every byte of the key counts; the halves of a short one may overlap. */
static uint32_t hash(const struct json_keys *k, struct str key, uint32_t object)
{
    uint64_t seed = k->seed + object * mix_a;
    if (key.n > INLINE_HASH_BYTES) {
        return (uint32_t)hash_64(bytes_of(key), seed);
    }
    uint64_t a = 0, b = 0;
    if (key.n >= 8) {
        a = load_8(key.p);
        b = load_8(key.p + key.n - 8);
    } else if (key.n >= 4) {
        a = load_4(key.p);
        b = load_4(key.p + key.n - 4);
    } else if (key.n > 0) {
        a = (unsigned char)key.p[0];
        b = (uint64_t)(unsigned char)key.p[key.n / 2] << 8 | (unsigned char)key.p[key.n - 1];
    }
    return (uint32_t)mix(mix(a ^ seed, b ^ mix_b) ^ key.n, mix_a);
}

static void place(struct json_keys *k, uint32_t hash, uint32_t index)
{
    uint32_t at = hash & (k->slot_count - 1);
    while (k->slots[at] != 0) {
        at = (at + 1) & (k->slot_count - 1);
    }
    k->slots[at] = index + 1;
}

static struct rc grow(struct json_keys *k)
{
    uint32_t slot_count = k->slot_count * 4;
    struct json_key *keys = arena_alloc(k->arena, slot_count / 2 * sizeof(*keys));
    uint32_t *slots = arena_zalloc(k->arena, slot_count, sizeof(*slots));
    if (keys == NULL || slots == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(keys, k->keys, k->count * sizeof(*keys));
    k->keys = keys;
    k->slots = slots;
    k->slot_count = slot_count;
    for (uint32_t i = 0; i < k->count; i++) {
        place(k, keys[i].hash, i);
    }
    return RC_OK;
}

static bool is_key(const struct json_key *have, const struct json_key *want)
{
    return have->hash == want->hash && have->object == want->object && have->n == want->n &&
           (want->n == 0 || memcmp(have->p, want->p, want->n) == 0);
}

struct rc json_keys_add(struct json_keys *k, struct str key, uint32_t object)
{
    if (UNLIKELY(k->count >= k->slot_count / 2)) {
        TRY(grow(k));
    }
    struct json_key new = {key.p, (uint32_t)key.n, object, hash(k, key, object)};
    uint32_t at = new.hash &(k->slot_count - 1);
    while (k->slots[at] != 0) {
        if (is_key(&k->keys[k->slots[at] - 1], &new)) {
            return rc_make(ERR_DUPLICATE);
        }
        at = (at + 1) & (k->slot_count - 1);
    }
    k->keys[k->count] = new;
    k->slots[at] = ++k->count;
    return RC_OK;
}
