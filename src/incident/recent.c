/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/recent.h"

#include "base/hash.h"
#include "base/heap.h"

enum {
    SLOTS = RECENT_MAX_RAIDS + RECENT_MAX_OTHERS,
    NODES_PER_SLOT = KEPT_MAX_ENTITIES + 2, /* and its id, and its host */
    BUCKETS = 16384,                        /* a power of two */
    NONE = UINT32_MAX,
    KIND_ID = ENTITY_KIND_COUNT, /* the kind of a key that is a finding's id */
};

/* In the chain of its bucket, newest first. */
struct node {
    uint32_t previous, next, bucket;
    uint8_t kind;
    uint8_t entity; /* index in the finding; KEPT_MAX_ENTITIES: its host */
};

struct recent {
    struct kept *slots[SLOTS];
    uint8_t node_counts[SLOTS];
    struct node nodes[SLOTS * NODES_PER_SLOT];
    uint32_t heads[BUCKETS];
    uint32_t next_raid, next_other;
    uint64_t seed;
};

struct recent *recent_open(void)
{
    struct recent *r = heap_zalloc(1, sizeof(*r));
    memset(r->heads, 0xFF, sizeof(r->heads));
    r->seed = hash_random_seed();
    return r;
}

static uint32_t bucket_of(const struct recent *r, unsigned kind, struct str value)
{
    return (uint32_t)hash_64(bytes_of(value), r->seed + kind) & (BUCKETS - 1);
}

static void unlink_node(struct recent *r, uint32_t at)
{
    const struct node *n = &r->nodes[at];
    if (n->previous == NONE) {
        r->heads[n->bucket] = n->next;
    } else {
        r->nodes[n->previous].next = n->next;
    }
    if (n->next != NONE) {
        r->nodes[n->next].previous = n->previous;
    }
}

static void link_node(struct recent *r, uint32_t slot, unsigned kind, uint8_t entity,
                      struct str value)
{
    uint32_t at = slot * NODES_PER_SLOT + r->node_counts[slot];
    uint32_t bucket = bucket_of(r, kind, value);
    r->node_counts[slot]++;
    r->nodes[at] = (struct node){.previous = NONE,
                                 .next = r->heads[bucket],
                                 .bucket = bucket,
                                 .kind = (uint8_t)kind,
                                 .entity = entity};
    if (r->heads[bucket] != NONE) {
        r->nodes[r->heads[bucket]].previous = at;
    }
    r->heads[bucket] = at;
}

static void drop(struct recent *r, uint32_t slot)
{
    struct kept *k = r->slots[slot];
    if (k == NULL) {
        return;
    }
    for (uint32_t i = 0; i < r->node_counts[slot]; i++) {
        unlink_node(r, slot * NODES_PER_SLOT + i);
    }
    r->node_counts[slot] = 0;
    r->slots[slot] = NULL;
    k->recent = false;
    if (!k->listed) {
        kept_free(k);
    }
}

void recent_close(struct recent *r)
{
    if (r == NULL) {
        return;
    }
    for (uint32_t i = 0; i < SLOTS; i++) {
        drop(r, i);
    }
    heap_free(r);
}

/* The same value in two roles is named once. */
static bool is_first(const struct kept *k, uint32_t i)
{
    const struct entity *e = &k->fact.entities[i];
    for (uint32_t j = 0; j < i; j++) {
        if (k->fact.entities[j].kind == e->kind &&
            str_eq(k->fact.entities[j].value, e->value)) {
            return false;
        }
    }
    return true;
}

static bool names_host(const struct kept *k)
{
    for (uint32_t i = 0; i < k->fact.entity_count; i++) {
        const struct entity *e = &k->fact.entities[i];
        if (e->kind == ENTITY_HOST && str_eq(e->value, k->fact.host)) {
            return true;
        }
    }
    return false;
}

void recent_add(struct recent *r, struct kept *k)
{
    bool raid = k->raid != RAID_NONE;
    uint32_t slot = raid ? r->next_raid : RECENT_MAX_RAIDS + r->next_other;
    if (raid) {
        r->next_raid = (r->next_raid + 1) % RECENT_MAX_RAIDS;
    } else {
        r->next_other = (r->next_other + 1) % RECENT_MAX_OTHERS;
    }
    drop(r, slot);
    r->slots[slot] = k;
    k->recent = true;
    link_node(r, slot, KIND_ID, 0, (struct str){(const char *)k->fact.id, FINDING_ID_BYTES});
    for (uint32_t i = 0; i < k->fact.entity_count; i++) {
        const struct entity *e = &k->fact.entities[i];
        if (kept_can_link(k, e) && is_first(k, i)) {
            link_node(r, slot, e->kind, (uint8_t)i, e->value);
        }
    }
    const struct entity host = {.kind = ENTITY_HOST, .value = k->fact.host};
    if (kept_can_link(k, &host) && !names_host(k)) {
        link_node(r, slot, ENTITY_HOST, KEPT_MAX_ENTITIES, k->fact.host);
    }
}

void recent_leave(struct recent *r, const struct group *group)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (r->slots[i] != NULL && r->slots[i]->group == group) {
            r->slots[i]->group = NULL;
        }
    }
}

struct kept *recent_find(const struct recent *r, const uint8_t id[static FINDING_ID_BYTES])
{
    struct str key = {(const char *)id, FINDING_ID_BYTES};
    uint32_t at = r->heads[bucket_of(r, KIND_ID, key)];
    for (; at != NONE; at = r->nodes[at].next) {
        struct kept *k = r->slots[at / NODES_PER_SLOT];
        if (r->nodes[at].kind == KIND_ID && memcmp(k->fact.id, id, FINDING_ID_BYTES) == 0) {
            return k;
        }
    }
    return NULL;
}

struct recent_walk recent_walk(const struct recent *r, enum entity_kind kind, struct str value)
{
    return (struct recent_walk){.recent = r,
                                .kind = kind,
                                .value = value,
                                .node = r->heads[bucket_of(r, kind, value)],
                                .left = RECENT_MAX_WALK};
}

struct kept *recent_next(struct recent_walk *w)
{
    while (w->node != NONE && w->left > 0) {
        const struct node *n = &w->recent->nodes[w->node];
        struct kept *k = w->recent->slots[w->node / NODES_PER_SLOT];
        struct str value = n->kind == KIND_ID               ? (struct str){"", 0}
                           : n->entity == KEPT_MAX_ENTITIES ? k->fact.host
                                                            : k->fact.entities[n->entity].value;
        w->node = n->next;
        if (n->kind == w->kind && str_eq(value, w->value)) {
            w->left--;
            return k;
        }
    }
    return NULL;
}
