/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table - a constant set of texts, each with the atoms that ask for it: looked up whole, by
 * the beginning or by the end of a value. Keys and atoms are borrowed.
 */
#ifndef DETECT_SIGMA_TABLE_H
#define DETECT_SIGMA_TABLE_H

#include "base/map.h"
#include "detect/sigma/pattern.h"

/* verify: the pattern that must still match when the key was found; NULL: the key is enough. */
struct table_entry {
    struct str key;
    const struct pattern *verify;
    uint32_t atom;
};

enum table_order { TABLE_FORWARD, TABLE_BACKWARD };

struct table {
    struct table_entry *entries; /* heap, owned; sorted by key */
    struct str *keys;            /* heap, owned; distinct, sorted */
    uint32_t *starts;            /* key_count + 1: the entries of key i */
    /* The longest other key that key i begins (BACKWARD: ends) with, or UINT32_MAX. */
    uint32_t *parents;
    uint32_t entry_count, key_count, room;
    enum table_order order;
    struct map map; /* only after table_index */
};

void table_add(struct table *t, struct str key, uint32_t atom, const struct pattern *verify);
/* After the last table_add. */
void table_sort(struct table *t, enum table_order order);
/* For table_find. */
void table_index(struct table *t, uint64_t seed);
void table_free(struct table *t);

/* The key that equals s, or UINT32_MAX. */
uint32_t table_find(const struct table *t, struct str s);
/*
 * The longest key that s begins (BACKWARD: ends) with, or UINT32_MAX; the others are its
 * parents, and theirs.
 */
uint32_t table_longest(const struct table *t, struct str s);

#endif
