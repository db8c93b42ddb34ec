/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec - a growing array on the heap, typed by its declaration:
 *   VEC(struct item) items = {0};  vec_push(&items, item);  vec_free(&items);
 * An anonymous struct, so give it a tag (struct item_vec VEC_OF(struct item)) to pass it on.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/heap.h"

#define VEC_OF(type)                                                                           \
    {                                                                                          \
        type *p;                                                                               \
        size_t n, room;                                                                        \
    }
#define VEC(type) struct VEC_OF(type)

#define vec_reserve(v, count)                                                                  \
    ((count) <= (v)->room                                                                      \
         ? (void)0                                                                             \
         : ((v)->room = (count) < 2 * (v)->room ? 2 * (v)->room : (count),                     \
            (v)->p = heap_resize((v)->p, (v)->room, sizeof(*(v)->p)), (void)0))
#define vec_push(v, item) (vec_reserve((v), (v)->n + 1), (v)->p[(v)->n++] = (item), (void)0)
#define vec_free(v)       (heap_free((v)->p), (v)->p = NULL, (v)->n = (v)->room = 0, (void)0)

#endif
