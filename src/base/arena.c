/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include "base/heap.h"

enum {
    FIRST_BLOCK_BYTES = 64 * 1024,
    MAX_BLOCK_BYTES = 1024 * 1024, /* blocks double up to here; a larger request gets its own */
    KEEP_BYTES = 1024 * 1024,      /* kept by a reset, so that a steady batch never mallocs */
    ALIGN_BYTES = 16,
};

struct block {
    struct block *next;
    size_t room;
    _Alignas(ALIGN_BYTES) uint8_t data[];
};

struct arena {
    uint8_t *at, *end;    /* free part of the newest block */
    struct block *blocks; /* newest first */
    size_t cap;
    size_t used; /* handed out since the last reset, padding included */
    size_t next_block_bytes;
};

struct arena *arena_open(size_t cap_bytes)
{
    struct arena *a = heap_zalloc(1, sizeof(*a));
    a->cap = cap_bytes;
    a->next_block_bytes = FIRST_BLOCK_BYTES;
    return a;
}

void arena_close(struct arena *a)
{
    if (a == NULL) {
        return;
    }
    while (a->blocks != NULL) {
        struct block *next = a->blocks->next;
        heap_free(a->blocks);
        a->blocks = next;
    }
    heap_free(a);
}

void arena_auto_close(struct arena **a)
{
    arena_close(*a);
}

void arena_reset(struct arena *a)
{
    struct block *keep = NULL;
    while (a->blocks != NULL) {
        struct block *next = a->blocks->next;
        if (keep == NULL && a->blocks->room <= KEEP_BYTES) {
            keep = a->blocks;
        } else {
            heap_free(a->blocks);
        }
        a->blocks = next;
    }
    a->blocks = keep;
    a->at = a->end = NULL;
    if (keep != NULL) {
        keep->next = NULL;
        a->at = keep->data;
        a->end = keep->data + keep->room;
    }
    a->used = 0;
}

/* Start a block that has room for n bytes. */
static void grow(struct arena *a, size_t n)
{
    size_t room = a->next_block_bytes;
    if (room < MAX_BLOCK_BYTES) {
        a->next_block_bytes *= 2;
    }
    if (room < n + ALIGN_BYTES) {
        room = n + ALIGN_BYTES;
    }
    struct block *b = heap_alloc(sizeof(*b) + room);
    b->next = a->blocks;
    b->room = room;
    a->blocks = b;
    a->at = b->data;
    a->end = b->data + room;
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t pad = a->at == NULL ? 0 : (size_t)(-(uintptr_t)a->at & (ALIGN_BYTES - 1));
    if (UNLIKELY(n > a->cap || a->used > a->cap - n)) {
        return NULL;
    }
    if (UNLIKELY(a->at == NULL || (size_t)(a->end - a->at) < n + pad)) {
        grow(a, n);
        pad = 0;
    }
    uint8_t *p = a->at + pad;
    a->at = p + n;
    a->used += n + pad;
    return p;
}

void *arena_zalloc(struct arena *a, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        return NULL;
    }
    void *p = arena_alloc(a, n);
    return p == NULL ? NULL : memset(p, 0, n);
}

char *arena_text(struct arena *a, size_t n)
{
    if (UNLIKELY(n > a->cap || a->used > a->cap - n)) {
        return NULL;
    }
    if (UNLIKELY(a->at == NULL || (size_t)(a->end - a->at) < n)) {
        grow(a, n);
    }
    char *p = (char *)a->at;
    a->at += n;
    a->used += n;
    return p;
}

void arena_shrink_text(struct arena *a, const char *text, size_t n, size_t used)
{
    check(used <= n);
    if ((const char *)a->at == text + n) {
        a->at -= n - used;
        a->used -= n - used;
    }
}

struct rc arena_copy(struct arena *a, struct str s, struct str *out)
{
    char *p = arena_text(a, s.n);
    if (p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    if (s.n != 0) {
        memcpy(p, s.p, s.n);
    }
    *out = (struct str){p, s.n};
    return RC_OK;
}

char *arena_cstr(struct arena *a, struct str s)
{
    if (str_find_char(s, '\0') != SIZE_MAX) {
        return NULL;
    }
    char *p = arena_text(a, s.n + 1);
    if (p == NULL) {
        return NULL;
    }
    if (s.n != 0) {
        memcpy(p, s.p, s.n);
    }
    p[s.n] = '\0';
    return p;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
