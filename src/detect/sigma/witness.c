/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/witness.h"

#include <stdlib.h>

/* rarity: the higher, the more rarely it holds; only meaningful when found. */
struct choice {
    bool found;
    int32_t rarity;
};

struct search {
    const struct atoms *atoms;
    uint32_t *out; /* room for every atom of the rule, with repetitions */
    uint32_t count;
};

static int32_t log2_of(uint32_t n)
{
    return n <= 1 ? 0 : 31 - __builtin_clz(n);
}

/*
 * What many rules ask for (powershell.exe, EventID 4688) is what many events hold: each
 * doubling of the uses costs as much as two bytes less of text to find.
 */
static int32_t atom_rarity(const struct atoms *atoms, uint32_t number)
{
    const struct atom *atom = &atoms->p[number];
    uint32_t rarity = UINT32_MAX;
    for (uint32_t i = 0; i < atom->pattern_count; i++) {
        uint32_t r = pattern_rarity(&atom->patterns[i]);
        rarity = r < rarity ? r : rarity;
    }
    return (int32_t)rarity - log2_of(atom->pattern_count) - 2 * log2_of(atoms->uses[number]);
}

static struct choice choose(const struct search *s, const struct expr *e, bool negated,
                            uint32_t depth);

/* The child of a conjunction that is found most rarely, or NULL. */
static const struct expr *rarest(const struct search *s, const struct expr *e, bool negated,
                                 uint32_t depth, struct choice *out)
{
    const struct expr *best = NULL;
    for (uint32_t i = 0; i < e->child_count; i++) {
        struct choice c = choose(s, e->children[i], negated, depth + 1);
        if (c.found && (best == NULL || c.rarity > out->rarity)) {
            best = e->children[i];
            *out = c;
        }
    }
    return best;
}

/* Must all children hold for e to be `!negated`? Else one of them must, or none need to. */
static bool is_conjunction(const struct expr *e, bool negated)
{
    bool at_least_all = e->kind == EXPR_AT_LEAST && e->count == e->child_count;
    return negated ? e->kind == EXPR_OR : e->kind == EXPR_AND || at_least_all;
}

static bool is_disjunction(const struct expr *e, bool negated)
{
    return negated ? e->kind == EXPR_AND : e->kind == EXPR_OR || e->kind == EXPR_AT_LEAST;
}

static struct choice choose(const struct search *s, const struct expr *e, bool negated,
                            uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    struct choice out = {0};
    if (e->kind == EXPR_ATOM) {
        bool usable = !negated && s->atoms->p[e->atom].kind == ATOM_VALUE;
        return usable ? (struct choice){true, atom_rarity(s->atoms, e->atom)} : out;
    }
    if (e->kind == EXPR_NOT) {
        return choose(s, e->children[0], !negated, depth + 1);
    }
    if (is_conjunction(e, negated)) {
        (void)rarest(s, e, negated, depth, &out);
        return out;
    }
    if (!is_disjunction(e, negated) || (e->kind == EXPR_AT_LEAST && e->count == 0)) {
        return out;
    }
    for (uint32_t i = 0; i < e->child_count; i++) {
        struct choice c = choose(s, e->children[i], negated, depth + 1);
        if (!c.found) {
            return (struct choice){0};
        }
        out.rarity = !out.found || c.rarity < out.rarity ? c.rarity : out.rarity;
        out.found = true;
    }
    out.rarity -= log2_of(e->child_count);
    return out;
}

/* Append the atoms that choose() chose. */
static void collect(struct search *s, const struct expr *e, bool negated, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    struct choice unused = {0};
    if (e->kind == EXPR_ATOM) {
        s->out[s->count++] = e->atom;
    } else if (e->kind == EXPR_NOT) {
        collect(s, e->children[0], !negated, depth + 1);
    } else if (is_conjunction(e, negated)) {
        const struct expr *best = rarest(s, e, negated, depth, &unused);
        check(best != NULL);
        collect(s, best, negated, depth + 1);
    } else {
        for (uint32_t i = 0; i < e->child_count; i++) {
            collect(s, e->children[i], negated, depth + 1);
        }
    }
}

static uint32_t count_atoms(const struct expr *e, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    uint32_t n = e->kind == EXPR_ATOM;
    for (uint32_t i = 0; i < e->child_count; i++) {
        n += count_atoms(e->children[i], depth + 1);
    }
    return n;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void sort_unique(uint32_t *p, uint32_t *count)
{
    qsort(p, *count, sizeof(*p), by_number);
    uint32_t n = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (n == 0 || p[n - 1] != p[i]) {
            p[n++] = p[i];
        }
    }
    *count = n;
}

struct rc witness_find(const struct expr *e, const struct atoms *atoms, struct arena *a,
                       const uint32_t **out, uint32_t *out_count)
{
    struct search s = {.atoms = atoms};
    *out_count = 0;
    *out = NULL;
    if (!choose(&s, e, false, 0).found) {
        return RC_OK;
    }
    s.out = arena_zalloc(a, count_atoms(e, 0), sizeof(*s.out));
    if (s.out == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    collect(&s, e, false, 0);
    sort_unique(s.out, &s.count);
    *out = s.out;
    *out_count = s.count;
    return RC_OK;
}
