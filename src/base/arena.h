/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arena - memory that is given back all at once, with a cap.
 * At its cap an arena refuses (NULL), which callers report as ERR_ARENA_FULL: hostile
 * input is normal. When malloc itself fails the process aborts.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/rc.h"
#include "base/str.h"

struct arena;

/* cap_bytes: the most that may be handed out between two resets. */
struct arena *arena_open(size_t cap_bytes);
void arena_close(struct arena *a);

/* Everything handed out is gone; blocks are kept up to 1 MiB, the rest is freed. */
void arena_reset(struct arena *a);

/* 16-byte aligned, not zeroed; NULL at the cap. n may be 0. */
MUST_USE void *arena_alloc(struct arena *a, size_t n);
/* Zeroed; NULL at the cap or when count * size overflows. */
MUST_USE void *arena_zalloc(struct arena *a, size_t count, size_t size);
/* 1-byte aligned: for text. */
MUST_USE char *arena_text(struct arena *a, size_t n);
/* A copy of s owned by the arena; *out untouched on failure. */
MUST_USE struct rc arena_copy(struct arena *a, struct str s, struct str *out);
/* A NUL-terminated copy, for the system call edge; NULL at the cap or if s holds a NUL. */
MUST_USE char *arena_cstr(struct arena *a, struct str s);
/* Give back the unused tail of the newest arena_text of n bytes. */
void arena_shrink_text(struct arena *a, const char *text, size_t n, size_t used);
size_t arena_used(const struct arena *a);

void arena_auto_close(struct arena **a);
#define AUTO_ARENA __attribute__((cleanup(arena_auto_close))) struct arena *

#endif
