/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_keys - the keys that the objects of one JSON text have shown so far, so that a second
 * one of the same name is seen at once, whatever the size of the object.
 */
#ifndef DECODE_JSON_KEYS_H
#define DECODE_JSON_KEYS_H

#include "base/arena.h"

enum {
    JSON_KEYS_SMALL = 128,    /* as many need no memory but this struct: nearly every event */
    JSON_KEYS_HALF = 16,      /* bytes that are hashed at once, from either end */
    JSON_KEYS_SHORT = 2 * 16, /* bytes of a key that are hashed without a call */
};

struct json_key {
    const char *p;
    uint32_t n;
    uint32_t object; /* which object it is in */
    uint32_t hash;
};

/* Do not copy: it points into itself. */
struct json_keys {
    struct arena *arena; /* for more than JSON_KEYS_SMALL */
    struct json_key *keys;
    uint32_t *slots; /* index in keys + 1, 0 is free; at most half of them are taken */
    uint32_t count, slot_count;
    uint64_t seeds[4];
    struct json_key small_keys[JSON_KEYS_SMALL];
    uint32_t small_slots[2 * JSON_KEYS_SMALL];
};

void json_keys_init(struct json_keys *k, struct arena *arena);

/*
 * Note a key (unescaped, borrowed until the text is done) of an object.
 * readable  how many bytes may be read from key.p, key.n or more: saves a copy
 * fails     DUPLICATE, ARENA_FULL
 */
MUST_USE static inline struct rc json_keys_add(struct json_keys *k, struct str key,
                                               uint32_t object, size_t readable);

/* What json_keys_add does when it is not simple. */
uint32_t json_keys_hash_slowly(const struct json_keys *k, struct str key, uint32_t object);
struct rc json_keys_add_slowly(struct json_keys *k, const struct json_key *key);

static inline uint64_t json_keys_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t json_keys_load(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/*
 * For at most JSON_KEYS_SHORT bytes, JSON_KEYS_HALF readable: the first and the last half, the
 * same bytes twice when there is but one. No branch on the length, which nobody can predict.
 */
static inline uint32_t json_keys_hash_short(const struct json_keys *k, struct str key,
                                            uint32_t object)
{
    static const uint8_t masks[2 * JSON_KEYS_HALF] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                      0xFF, 0xFF, 0xFF, 0xFF};
    size_t first_n = key.n < JSON_KEYS_HALF ? key.n : JSON_KEYS_HALF;
    const uint8_t *first = (const uint8_t *)key.p;
    const uint8_t *last = first + (key.n - first_n);
    const uint8_t *mask = masks + JSON_KEYS_HALF - first_n;
    uint64_t low = json_keys_load(mask);
    uint64_t high = json_keys_load(mask + sizeof(low));
    uint64_t a = json_keys_mix((json_keys_load(first) & low) ^ k->seeds[0],
                               (json_keys_load(first + sizeof(low)) & high) ^ k->seeds[1]);
    uint64_t b = json_keys_mix((json_keys_load(last) & low) ^ k->seeds[2],
                               (json_keys_load(last + sizeof(low)) & high) ^ k->seeds[3]);
    return (uint32_t)json_keys_mix(a ^ key.n, b + object * k->seeds[0]);
}

static inline struct rc json_keys_add(struct json_keys *k, struct str key, uint32_t object,
                                      size_t readable)
{
    bool is_short = key.n <= JSON_KEYS_SHORT && readable >= JSON_KEYS_HALF;
    uint32_t hash = LIKELY(is_short) ? json_keys_hash_short(k, key, object)
                                     : json_keys_hash_slowly(k, key, object);
    uint32_t at = hash & (k->slot_count - 1);
    if (UNLIKELY(k->slots[at] != 0 || k->count >= k->slot_count / 2)) {
        return json_keys_add_slowly(k,
                                    &(struct json_key){key.p, (uint32_t)key.n, object, hash});
    }
    /* one by one: a copy of the struct would wait for its parts to reach memory */
    struct json_key *new = &k->keys[k->count];
    new->p = key.p;
    new->n = (uint32_t)key.n;
    new->object = object;
    new->hash = hash;
    k->slots[at] = ++k->count;
    return RC_OK;
}

#endif
