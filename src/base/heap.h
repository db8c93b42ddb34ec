/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * heap - malloc that never returns NULL: when memory really is out, the process aborts
 * and its supervisor restarts it. The only place that calls malloc and free.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "base/attr.h"

void heap_free(void *p);

MUST_USE ALLOCATES(heap_free) void *heap_alloc(size_t n);
/* Zeroed; count * size must not overflow (checked). */
MUST_USE ALLOCATES(heap_free) void *heap_zalloc(size_t count, size_t size);
/* Like realloc for count elements of size bytes. */
MUST_USE __attribute__((returns_nonnull)) void *heap_resize(void *p, size_t count, size_t size);

void heap_auto_free(void *pointer_to_pointer);
/* AUTO_HEAP char *p = heap_alloc(n); */
#define AUTO_HEAP __attribute__((cleanup(heap_auto_free)))

#endif
