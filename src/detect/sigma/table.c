/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/table.h"

#include "base/heap.h"

#include <stdlib.h>

void table_add(struct table *t, struct str key, uint32_t atom, const struct pattern *verify)
{
    if (t->entry_count == t->room) {
        t->room = t->room == 0 ? 8 : 2 * t->room;
        t->entries = heap_resize(t->entries, t->room, sizeof(*t->entries));
    }
    t->entries[t->entry_count++] = (struct table_entry){key, verify, atom};
}

void table_free(struct table *t)
{
    heap_free(t->entries);
    heap_free(t->keys);
    heap_free(t->starts);
    heap_free(t->parents);
    map_free(&t->map);
    *t = (struct table){0};
}

/* str_compare on the texts read from their ends. */
static int compare_backward(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    for (size_t i = 1; i <= n; i++) {
        int x = (uint8_t)a.p[a.n - i], y = (uint8_t)b.p[b.n - i];
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a.n > b.n) - (a.n < b.n);
}

static int compare(enum table_order order, struct str a, struct str b)
{
    return order == TABLE_FORWARD ? str_compare(a, b) : compare_backward(a, b);
}

static int entry_forward(const void *a, const void *b)
{
    const struct table_entry *x = a, *y = b;
    int c = str_compare(x->key, y->key);
    return c != 0 ? c : (x->atom > y->atom) - (x->atom < y->atom);
}

static int entry_backward(const void *a, const void *b)
{
    const struct table_entry *x = a, *y = b;
    int c = compare_backward(x->key, y->key);
    return c != 0 ? c : (x->atom > y->atom) - (x->atom < y->atom);
}

static bool opens(enum table_order order, struct str s, struct str key)
{
    return order == TABLE_FORWARD ? str_starts(s, key) : str_ends(s, key);
}

/* keys is sorted, so the keys that key i begins with are its predecessor or among its parents.
 */
static void link_parents(struct table *t)
{
    for (uint32_t i = 0; i < t->key_count; i++) {
        uint32_t parent = i == 0 ? UINT32_MAX : i - 1;
        while (parent != UINT32_MAX && !opens(t->order, t->keys[i], t->keys[parent])) {
            parent = t->parents[parent];
        }
        t->parents[i] = parent;
    }
}

void table_sort(struct table *t, enum table_order order)
{
    t->order = order;
    t->key_count = 0;
    if (t->entry_count == 0) {
        return;
    }
    qsort(t->entries, t->entry_count, sizeof(*t->entries),
          order == TABLE_FORWARD ? entry_forward : entry_backward);
    t->keys = heap_zalloc(t->entry_count, sizeof(*t->keys));
    t->starts = heap_zalloc((size_t)t->entry_count + 1, sizeof(*t->starts));
    t->parents = heap_zalloc(t->entry_count, sizeof(*t->parents));
    for (uint32_t i = 0; i < t->entry_count; i++) {
        if (i == 0 || !str_eq(t->entries[i].key, t->entries[i - 1].key)) {
            t->starts[t->key_count] = i;
            t->keys[t->key_count++] = t->entries[i].key;
        }
    }
    t->starts[t->key_count] = t->entry_count;
    link_parents(t);
}

void table_index(struct table *t, uint64_t seed)
{
    t->map.seed = seed;
    for (uint32_t i = 0; i < t->key_count; i++) {
        map_set(&t->map, t->keys[i], i);
    }
}

uint32_t table_find(const struct table *t, struct str s)
{
    return t->key_count == 0 ? UINT32_MAX : map_get(&t->map, s);
}

uint32_t table_longest(const struct table *t, struct str s)
{
    /* the last key that is not after s: every key that s begins with is it or its parent */
    uint32_t low = 0, high = t->key_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(t->order, t->keys[middle], s) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t key = low == 0 ? UINT32_MAX : low - 1;
    while (key != UINT32_MAX && !opens(t->order, s, t->keys[key])) {
        key = t->parents[key];
    }
    return key;
}
