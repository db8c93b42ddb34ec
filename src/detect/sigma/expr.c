/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/expr.h"

#include "base/heap.h"

struct atoms expr_atoms_open(struct arena *arena, uint64_t seed)
{
    return (struct atoms){.arena = arena, .index = {.seed = seed}};
}

void expr_atoms_free(struct atoms *a)
{
    heap_free(a->p);
    heap_free(a->uses);
    map_free(&a->index);
    *a = (struct atoms){0};
}

static void atom_key(const struct atom *atom, struct buf *out)
{
    buf_le(out, (uint64_t)atom->kind << 8 | (uint64_t)atom->anchor, 2);
    buf_le(out, (uint64_t)atom->field << 16 | atom->other, 4);
    for (uint32_t i = 0; i < atom->pattern_count; i++) {
        pattern_key(&atom->patterns[i], out);
    }
}

struct rc expr_atoms_add(struct atoms *a, const struct atom *atom, uint32_t *out)
{
    AUTO_BUF key = {0};
    atom_key(atom, &key);
    uint32_t known = map_get(&a->index, buf_str(&key));
    if (known != MAP_NONE) {
        *out = known;
        return RC_OK;
    }
    struct str own;
    TRY(arena_copy(a->arena, buf_str(&key), &own));
    if (a->n == a->room) {
        a->room = a->room == 0 ? 1024 : 2 * a->room;
        a->p = heap_resize(a->p, a->room, sizeof(*a->p));
        a->uses = heap_resize(a->uses, a->room, sizeof(*a->uses));
    }
    a->p[a->n] = *atom;
    a->uses[a->n] = 0;
    *out = map_add(&a->index, own, a->n++);
    return RC_OK;
}

struct asking {
    expr_truth truth;
    void *context;
};

static bool holds(const struct expr *e, const struct asking *a, bool denied, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    uint32_t held = 0;
    for (uint32_t i = 0; i < e->child_count; i++) {
        held += holds(e->children[i], a, denied != (e->kind == EXPR_NOT), depth + 1);
    }
    switch (e->kind) {
    case EXPR_ATOM:
        return a->truth(a->context, e->atom, denied);
    case EXPR_NOT:
        return held == 0;
    case EXPR_AND:
        return held == e->child_count;
    case EXPR_OR:
        return held > 0;
    case EXPR_AT_LEAST:
        return held >= e->count;
    }
    return false;
}

bool expr_holds(const struct expr *e, expr_truth truth, void *context, uint32_t depth)
{
    struct asking a = {truth, context};
    return holds(e, &a, false, depth);
}

bool expr_can_be(const struct expr *e, bool wanted, expr_possible can_be, void *context,
                 uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    bool asked = e->kind == EXPR_NOT ? !wanted : wanted;
    uint32_t can = 0;
    for (uint32_t i = 0; i < e->child_count; i++) {
        can += expr_can_be(e->children[i], asked, can_be, context, depth + 1);
    }
    switch (e->kind) {
    case EXPR_ATOM:
        return can_be(context, e->atom, wanted);
    case EXPR_NOT:
        return can > 0;
    case EXPR_AND:
        return wanted ? can == e->child_count : can > 0;
    case EXPR_OR:
        return wanted ? can > 0 : can == e->child_count;
    case EXPR_AT_LEAST:
        if (wanted) {
            return can >= e->count;
        }
        return e->count > e->child_count || can > e->child_count - e->count;
    }
    return false;
}
