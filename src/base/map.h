/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map - text to a 32-bit number. Keys are borrowed: they must outlive the map.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_slot {
    struct str key;
    uint32_t hash; /* high half of the hash, so that most misses compare no bytes */
    uint32_t value;
};

/* Zero-initialise, then set the seed (hash_random_seed where keys are foreign). */
struct map {
    struct map_slot *slots; /* heap, owned; a power of two of them, at most half full */
    size_t room, count;
    uint64_t seed;
};

#define MAP_NONE UINT32_MAX

void map_free(struct map *m);
/* The value, or MAP_NONE. */
uint32_t map_get(const struct map *m, struct str key);
/* Sets the value if the key is new; returns the value that is now there. */
uint32_t map_add(struct map *m, struct str key, uint32_t value);
/* Sets or replaces. */
void map_set(struct map *m, struct str key, uint32_t value);
void map_clear(struct map *m);

#endif
