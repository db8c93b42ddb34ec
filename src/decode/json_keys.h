/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_keys - the keys that the objects of one JSON text have shown so far, so that a second
 * one of the same name is seen at once, whatever the size of the object.
 */
#ifndef DECODE_JSON_KEYS_H
#define DECODE_JSON_KEYS_H

#include "base/arena.h"

enum { JSON_KEYS_SMALL = 128 }; /* as many need no memory but this struct: nearly every event */

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
    uint64_t seed;
    struct json_key small_keys[JSON_KEYS_SMALL];
    uint32_t small_slots[2 * JSON_KEYS_SMALL];
};

void json_keys_init(struct json_keys *k, struct arena *arena);

/*
 * Note a key (unescaped, borrowed until the text is done) of an object.
 * fails DUPLICATE, ARENA_FULL
 */
MUST_USE struct rc json_keys_add(struct json_keys *k, struct str key, uint32_t object);

#endif
