/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/memo.h"

#include "base/hash.h"
#include "base/heap.h"

enum {
    WAYS = 4, /* slots of one set: a cache line */
    SETS = 1 << 14,
    RING_WORDS = 1 << 22, /* 16 MiB: some 100,000 values of ordinary length */
    /* An entry: bytes of the value; field and type; atoms; then the value, then the atoms. */
    HEAD_WORDS = 3,
    MAX_ENTRY_WORDS = HEAD_WORDS + MEMO_MAX_VALUE_BYTES / 4 + 1 + MEMO_MAX_ATOMS,
};

/* at: words written before the entry, counted from 1, so that 0 is a free slot. */
struct slot {
    uint64_t hash, at;
};

struct memo {
    uint64_t seed;
    uint64_t written; /* words ever written, plus one */
    struct slot *slots;
    uint32_t *ring; /* RING_WORDS and room for one entry that starts at the last of them */
};

struct memo *memo_open(uint64_t seed)
{
    struct memo *m = heap_zalloc(1, sizeof(*m));
    m->seed = seed;
    m->written = 1;
    m->slots = heap_zalloc((size_t)SETS * WAYS, sizeof(*m->slots));
    m->ring = heap_zalloc((size_t)RING_WORDS + MAX_ENTRY_WORDS, sizeof(*m->ring));
    return m;
}

void memo_close(struct memo *m)
{
    if (m != NULL) {
        heap_free(m->slots);
        heap_free(m->ring);
        heap_free(m);
    }
}

struct memo_key memo_key(const struct memo *m, uint16_t field, struct value value)
{
    uint64_t mix = (uint64_t)field << 8 | value.type;
    struct bytes bytes = {value.p, value.n};
    return (struct memo_key){value, field, hash_64(bytes, m->seed ^ mix * 0x9E3779B97F4A7C15U)};
}

static uint32_t tag_of(const struct memo_key *key)
{
    return (uint32_t)key->field << 8 | key->value.type;
}

/* Is the slot's entry still in the ring? */
static bool is_live(const struct memo *m, const struct slot *s)
{
    return s->at != 0 && m->written - s->at <= RING_WORDS;
}

static struct slot *set_of(const struct memo *m, uint64_t hash)
{
    return &m->slots[(hash % SETS) * WAYS];
}

struct memo_atoms memo_get(const struct memo *m, const struct memo_key *key)
{
    const struct slot *set = set_of(m, key->hash);
    for (uint32_t way = 0; way < WAYS; way++) {
        if (set[way].hash != key->hash || !is_live(m, &set[way])) {
            continue;
        }
        const uint32_t *entry = &m->ring[set[way].at % RING_WORDS];
        uint32_t n = key->value.n;
        if (entry[0] == n && entry[1] == tag_of(key) &&
            (n == 0 || memcmp(entry + HEAD_WORDS, key->value.p, n) == 0)) {
            return (struct memo_atoms){entry + HEAD_WORDS + (n + 3) / 4, entry[2]};
        }
    }
    return (struct memo_atoms){0};
}

void memo_put(struct memo *m, const struct memo_key *key, const uint32_t *atoms, uint32_t n)
{
    if (n > MEMO_MAX_ATOMS) {
        return;
    }
    check(key->value.n <= MEMO_MAX_VALUE_BYTES);
    struct slot *set = set_of(m, key->hash), *oldest = set;
    for (uint32_t way = 1; way < WAYS; way++) {
        oldest = set[way].at < oldest->at ? &set[way] : oldest;
    }
    /*
     * An entry may run over the end into the spare room, never around it; the words at the
     * start of the ring that it did not use are simply skipped.
     */
    uint32_t words = HEAD_WORDS + (key->value.n + 3) / 4 + n;
    uint32_t *entry = &m->ring[m->written % RING_WORDS];
    *oldest = (struct slot){key->hash, m->written};
    entry[0] = key->value.n;
    entry[1] = tag_of(key);
    entry[2] = n;
    if (key->value.n > 0) {
        memcpy(entry + HEAD_WORDS, key->value.p, key->value.n);
    }
    if (n > 0) {
        memcpy(entry + HEAD_WORDS + (key->value.n + 3) / 4, atoms, n * sizeof(*atoms));
    }
    m->written += words;
}
