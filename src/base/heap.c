/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

void heap_free(void *p)
{
    free(p);
}

void heap_auto_free(void *pointer_to_pointer)
{
    void *p;
    memcpy(&p, pointer_to_pointer, sizeof(p));
    free(p);
}

void *heap_alloc(size_t n)
{
    void *p = malloc(n == 0 ? 1 : n);
    check(p != NULL);
    return p;
}

void *heap_zalloc(size_t count, size_t size)
{
    void *p = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    check(p != NULL);
    return p;
}

void *heap_resize(void *p, size_t count, size_t size)
{
    void *grown = reallocarray(p, count == 0 ? 1 : count, size == 0 ? 1 : size);
    check(grown != NULL);
    return grown;
}
