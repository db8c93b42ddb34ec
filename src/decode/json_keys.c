/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_keys.h"

#include "base/hash.h"

void json_keys_init(struct json_keys *k, struct arena *arena)
{
    k->arena = arena;
    k->keys = k->small_keys;
    k->slots = k->small_slots;
    k->count = 0;
    k->slot_count = COUNT_OF(k->small_slots);
    memset(k->small_slots, 0, sizeof(k->small_slots));
    /*
     * Who writes a log cannot know where this process keeps its stack and heap, so cannot
     * choose keys that collide. No result depends on it. src: the constants are wyhash's
     */
    static const uint64_t constants[] = {0xA0761D6478BD642F, 0xE7037ED1A0B428DB,
                                         0x8EBC6AF09C88C6E3, 0x589965CC75374CC3};
    uint64_t place = json_keys_mix((uint64_t)(uintptr_t)k ^ constants[0],
                                   (uint64_t)(uintptr_t)arena ^ constants[1]);
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        k->seeds[i] = json_keys_mix(place ^ constants[i], constants[3 - i]);
    }
}

/* The same hash for a short key as where it need not be copied. */
uint32_t json_keys_hash_slowly(const struct json_keys *k, struct str key, uint32_t object)
{
    if (key.n > JSON_KEYS_SHORT) {
        return (uint32_t)hash_64(bytes_of(key), k->seeds[0] + object);
    }
    char padded[JSON_KEYS_SHORT] = {0};
    if (key.n != 0) {
        memcpy(padded, key.p, key.n);
    }
    return json_keys_hash_short(k, (struct str){padded, key.n}, object);
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

struct rc json_keys_add_slowly(struct json_keys *k, const struct json_key *key)
{
    if (k->count >= k->slot_count / 2) {
        TRY(grow(k));
    }
    uint32_t at = key->hash & (k->slot_count - 1);
    while (k->slots[at] != 0) {
        if (is_key(&k->keys[k->slots[at] - 1], key)) {
            return rc_make(ERR_DUPLICATE);
        }
        at = (at + 1) & (k->slot_count - 1);
    }
    k->keys[k->count] = *key;
    k->slots[at] = ++k->count;
    return RC_OK;
}
