/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * expr - a rule as a boolean expression over atoms, the smallest things that are true or
 * false of an event. Atoms are shared by all rules that ask the same.
 */
#ifndef DETECT_SIGMA_EXPR_H
#define DETECT_SIGMA_EXPR_H

#include "base/arena.h"
#include "base/map.h"
#include "detect/sigma/pattern.h"

enum atom_kind {
    ATOM_VALUE,   /* some value of the field matches some pattern */
    ATOM_NULL,    /* the field is absent, or one of its values is null */
    ATOM_EXISTS,  /* the field is present, whatever its value */
    ATOM_FIELDREF /* some value of the field equals some value of the other */
};

/* FIELDREF: where in the field's text the other's text stands. */
enum anchor { ANCHOR_WHOLE, ANCHOR_CONTAINS, ANCHOR_START, ANCHOR_END };

/* The field of a keyword item: every scalar of the record is one of its values. */
enum { ATOM_KEYWORDS = UINT16_MAX };

struct atom {
    enum atom_kind kind;
    uint16_t field, other; /* ids; other for FIELDREF */
    enum anchor anchor;
    const struct pattern *patterns; /* VALUE: at least one */
    uint32_t pattern_count;
};

struct atoms {
    struct atom *p; /* heap, owned; index = atom number */
    uint32_t *uses; /* how many rules ask it */
    uint32_t n, room;
    struct map index;
    struct arena *arena; /* keys; borrowed */
};

struct atoms expr_atoms_open(struct arena *arena, uint64_t seed);
void expr_atoms_free(struct atoms *a);
/* The number of an atom equal to it, added if new. ARENA_FULL only. */
MUST_USE struct rc expr_atoms_add(struct atoms *a, const struct atom *atom, uint32_t *out);

enum expr_kind {
    EXPR_ATOM,
    EXPR_NOT,     /* one child */
    EXPR_AND,     /* all; none: true */
    EXPR_OR,      /* one; none: false */
    EXPR_AT_LEAST /* `count` of the children */
};

struct expr {
    enum expr_kind kind;
    uint32_t atom;
    uint32_t count;
    const struct expr *const *children;
    uint32_t child_count;
};

/* Conditions, then selection, branch, item and the parts of an item. */
enum { EXPR_MAX_DEPTH = 64 + 8 };

/*
 * Truth of one atom for the event at hand; denied when the atom stands under an odd number of
 * nots, so that what is unknown can be taken for what keeps the whole from holding.
 */
typedef bool (*expr_truth)(void *context, uint32_t atom, bool denied);

/* depth: 0. e itself stands under an even number of nots. */
bool expr_holds(const struct expr *e, expr_truth truth, void *context, uint32_t depth);

/*
 * Can e come true, or false, on events in which only some fields occur? can_be answers for an
 * atom whether it can have the given truth.
 */
typedef bool (*expr_possible)(void *context, uint32_t atom, bool wanted);
bool expr_can_be(const struct expr *e, bool wanted, expr_possible can_be, void *context,
                 uint32_t depth);

#endif
