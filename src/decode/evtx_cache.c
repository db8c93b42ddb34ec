/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/evtx_cache.h"

#include "base/hash.h"
#include "base/heap.h"

enum {
    NEAR_SLOTS = 256,                         /* a chunk has some ten definitions */
    KEPT_SLOTS = 2 * EVTX_CACHE_MAX_PROGRAMS, /* half full at most */
};

/* By offset, in the chunk at hand. */
struct near {
    uint32_t chunk; /* number of the chunk it is valid for */
    uint32_t at;
    uint32_t id;
    uint8_t place;
    struct rc rc; /* a definition that does not compile is not tried again */
    const struct evtx_program *program;
};

/* By content. */
struct kept {
    uint64_t key;
    const struct evtx_program *program; /* NULL: free */
};

struct evtx_cache {
    struct evtx_compiler *compiler;
    struct arena *arena;
    uint32_t chunk; /* number of the chunk at hand, from 1 */
    size_t count;
    bool full;
    struct near near[NEAR_SLOTS];
    struct kept kept[KEPT_SLOTS];
};

struct evtx_cache *evtx_cache_open(const struct fields *fields)
{
    struct evtx_cache *c = heap_zalloc(1, sizeof(*c));
    c->compiler = evtx_compile_open(fields);
    c->arena = arena_open(EVTX_CACHE_CAP_BYTES);
    c->chunk = 1;
    return c;
}

void evtx_cache_close(struct evtx_cache *c)
{
    if (c != NULL) {
        evtx_compile_close(c->compiler);
        arena_close(c->arena);
        heap_free(c);
    }
}

void evtx_cache_next_chunk(struct evtx_cache *c)
{
    c->chunk++;
    if (c->full || c->chunk == 0) {
        memset(c->near, 0, sizeof(c->near));
        memset(c->kept, 0, sizeof(c->kept));
        arena_reset(c->arena);
        c->chunk = 1;
        c->count = 0;
        c->full = false;
    }
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    return n == 0 || memcmp(a, b, n) == 0;
}

/* Would compiling this definition give that program? */
static bool is_same(const struct evtx_program *p, struct bytes chunk,
                    const struct evtx_definition *d)
{
    const uint8_t *tokens = chunk.p + d->from;
    size_t n = d->to - d->from, at = 0;
    if (n != p->tokens.n) {
        return false;
    }
    for (uint32_t i = 0; i < p->ref_count; i++) {
        const struct evtx_ref *ref = &p->refs[i];
        if (!same_bytes(tokens + at, p->tokens.p + at, ref->at - at)) {
            return false;
        }
        struct cursor c = evtx_binxml_cursor(chunk, d->from + ref->at, d->to);
        struct evtx_name name;
        if (rc_failed(evtx_binxml_name(chunk, &c, &name)) ||
            name.in_place != ref->name.in_place ||
            !str_eq(str_bytes(name.utf16), str_bytes(ref->name.utf16))) {
            return false;
        }
        at = cursor_offset(&c) - d->from;
    }
    return same_bytes(tokens + at, p->tokens.p + at, n - at);
}

static uint64_t key_of(const struct evtx_definition *d, enum evtx_place place)
{
    return hash_64((struct bytes){d->guid, EVTX_GUID_BYTES},
                   (uint64_t)(d->to - d->from) << 8 | (uint64_t)place);
}

static struct rc find(struct evtx_cache *c, const struct evtx_lookup *want, struct near *found,
                      size_t *work)
{
    struct evtx_definition d;
    TRY(evtx_binxml_definition(want->chunk, want->at, want->id, &d));
    uint64_t key = key_of(&d, want->place);
    struct kept *free_slot = NULL;
    for (size_t i = 0; i < EVTX_CACHE_MAX_PROBES && free_slot == NULL; i++) {
        struct kept *k = &c->kept[(key + i) % KEPT_SLOTS];
        if (k->program == NULL) {
            free_slot = k;
        } else if (k->key == key) {
            *work += d.to - d.from;
            if (is_same(k->program, want->chunk, &d)) {
                found->program = k->program;
                found->chunk = c->chunk;
                return RC_OK;
            }
        }
    }
    *work += d.to - d.from;
    struct evtx_body body = {want->chunk, d.from, d.to, want->place, true};
    bool keep = free_slot != NULL && c->count < EVTX_CACHE_MAX_PROGRAMS && !c->full;
    struct rc rc =
        evtx_compile_body(c->compiler, &body, keep ? c->arena : want->batch, &found->program);
    if (keep && rc.code == ERR_ARENA_FULL) {
        keep = false;
        rc = evtx_compile_body(c->compiler, &body, want->batch, &found->program);
    }
    c->full |= !keep;
    if (keep && !rc_failed(rc)) {
        *free_slot = (struct kept){key, found->program};
        c->count++;
    }
    /* What the batch owns must not be found again. */
    found->chunk = keep ? c->chunk : 0;
    return rc;
}

struct rc evtx_cache_get(struct evtx_cache *c, const struct evtx_lookup *want,
                         const struct evtx_program **out, size_t *out_work)
{
    uint32_t mixed = (want->at * 8 + (uint32_t)want->place) * UINT32_C(2654435761);
    struct near *n = &c->near[mixed >> 24];
    *out_work = 0;
    if (n->chunk != c->chunk || n->at != want->at || n->id != want->id ||
        n->place != (uint8_t)want->place) {
        *n = (struct near){c->chunk, want->at, want->id, (uint8_t)want->place, RC_OK, NULL};
        n->rc = find(c, want, n, out_work);
    }
    *out = n->program;
    return n->rc;
}
