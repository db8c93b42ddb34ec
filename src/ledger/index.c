/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/index.h"

struct index_fact {
    uint8_t key[PAYLOAD_KEY_BYTES];
    uint64_t position_plus_1; /* 0: free */
};

enum { FIRST_ROOM = 1024 };

void index_free(struct index *index)
{
    vec_free(&index->sources);
    vec_free(&index->marks);
    heap_free(index->facts);
    index->facts = NULL;
    index->fact_room = index->fact_count = 0;
}

/* The first source whose id is not below. */
static size_t source_slot(const struct index *index, uint32_t id)
{
    size_t low = 0, high = index->sources.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->sources.p[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct index_source *index_find_source(const struct index *index, uint32_t source)
{
    size_t slot = source_slot(index, source);
    bool there = slot < index->sources.n && index->sources.p[slot].id == source;
    return there ? &index->sources.p[slot] : NULL;
}

enum index_order index_order(const struct index *index, uint32_t source, uint64_t seq)
{
    const struct index_source *s = index_find_source(index, source);
    uint64_t last = s == NULL ? 0 : s->seq;
    if (seq <= last) {
        return INDEX_DUPLICATE;
    }
    if (seq - last > 1) {
        return INDEX_GAP;
    }
    return s == NULL && index->sources.n == INDEX_MAX_SOURCES ? INDEX_FULL : INDEX_NEXT;
}

static void add_source(struct index *index, const struct batch_header *header)
{
    static const struct index_source none;
    size_t slot = source_slot(index, header->source);
    if (slot == index->sources.n || index->sources.p[slot].id != header->source) {
        check(index->sources.n < INDEX_MAX_SOURCES);
        vec_push(&index->sources, none);
        memmove(&index->sources.p[slot + 1], &index->sources.p[slot],
                (index->sources.n - 1 - slot) * sizeof(index->sources.p[0]));
    }
    struct index_source *s = &index->sources.p[slot];
    s->id = header->source;
    s->seq = header->seq;
    s->name_n = header->name_n;
    memcpy(s->name, header->name, header->name_n);
    s->cursor_n = header->cursor_n;
    memcpy(s->cursor, header->cursor, header->cursor_n);
}

void index_add(struct index *index, const struct batch_header *header,
               const struct walk_place *place)
{
    if (place->leaf % INDEX_MARK_BATCHES == 0) {
        struct index_mark mark = {*place, index->latest_us};
        vec_push(&index->marks, mark);
    }
    if (header->time.us > index->latest_us) {
        index->latest_us = header->time.us;
    }
    if (header->kind == BATCH_RECORDS) {
        add_source(index, header);
    }
}

/* The slot that has the key, or the free one where it goes. room is a power of two. */
static struct index_fact *fact_slot(const struct index *index, const uint8_t *key)
{
    size_t mask = index->fact_room - 1;
    size_t at = (size_t)hash_64((struct bytes){key, PAYLOAD_KEY_BYTES}, index->seed) & mask;
    while (index->facts[at].position_plus_1 != 0 &&
           memcmp(index->facts[at].key, key, PAYLOAD_KEY_BYTES) != 0) {
        at = (at + 1) & mask;
    }
    return &index->facts[at];
}

static void grow(struct index *index)
{
    struct index bigger = *index;
    bigger.fact_room = index->fact_room == 0 ? FIRST_ROOM : 2 * index->fact_room;
    bigger.facts = heap_zalloc(bigger.fact_room, sizeof(*bigger.facts));
    for (size_t i = 0; i < index->fact_room; i++) {
        if (index->facts[i].position_plus_1 != 0) {
            *fact_slot(&bigger, index->facts[i].key) = index->facts[i];
        }
    }
    heap_free(index->facts);
    *index = bigger;
}

bool index_add_fact(struct index *index, const uint8_t key[static PAYLOAD_KEY_BYTES],
                    uint64_t position)
{
    if (3 * (index->fact_count + 1) > 2 * index->fact_room) { /* at most two thirds full */
        grow(index);
    }
    struct index_fact *fact = fact_slot(index, key);
    if (fact->position_plus_1 != 0) {
        return false;
    }
    memcpy(fact->key, key, PAYLOAD_KEY_BYTES);
    fact->position_plus_1 = position + 1;
    index->fact_count++;
    return true;
}

bool index_find_fact(const struct index *index, const uint8_t key[static PAYLOAD_KEY_BYTES],
                     uint64_t *out_position)
{
    if (index->fact_room == 0) {
        return false;
    }
    const struct index_fact *fact = fact_slot(index, key);
    if (fact->position_plus_1 == 0) {
        return false;
    }
    *out_position = fact->position_plus_1 - 1;
    return true;
}

const struct index_mark *index_find_position(const struct index *index, uint64_t position)
{
    size_t low = 0, high = index->marks.n; /* marks below low are at or before it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->marks.p[middle].place.position <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? NULL : &index->marks.p[low - 1];
}

const struct index_mark *index_find_time(const struct index *index, int64_t us)
{
    size_t low = 0, high = index->marks.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->marks.p[middle].before_us < us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (index->marks.n == 0) {
        return NULL;
    }
    return &index->marks.p[low == 0 ? 0 : low - 1];
}
