/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What made a rule true: the positive items on the way to it, each with its value. */
#include "base/unicode.h"
#include "detect/parts.h"
#include "model/finding.h"

struct collect {
    struct detector *d;
    struct hit_field *fields;
    uint32_t n;
};

static void add(struct collect *c, struct str name, struct subject *s)
{
    if (c->n == FINDING_MAX_MATCHED || !value_is_scalar(s->value)) {
        return;
    }
    struct str value = unicode_cut(subject_repaired(s), FINDING_MAX_VALUE_BYTES);
    for (uint32_t i = 0; i < c->n; i++) {
        if (str_eq(c->fields[i].name, name) && str_eq(c->fields[i].value, value)) {
            return;
        }
    }
    c->fields[c->n++] = (struct hit_field){name, value};
}

static void add_atom(struct collect *c, uint32_t number)
{
    struct detector *d = c->d;
    const struct atom *a = &d->engine->atoms.p[number];
    for (uint32_t i = truth_first(d, parts_slot(d->engine, a->field)); i != PAIR_NONE;
         i = d->pairs.p[i].next) {
        struct pair *pair = &d->pairs.p[i];
        if (a->kind == ATOM_VALUE && !truth_of_pair(d, number, pair)) {
            continue;
        }
        bool keyword = a->field == (uint16_t)ATOM_KEYWORDS;
        struct str name = keyword ? pair->name : fields_name(d->engine->fields, a->field);
        add(c, keyword && name.n == 0 ? STR("keyword") : name, &pair->subject);
        return;
    }
}

/* e holds; negated expressions show nothing. */
static void walk(struct collect *c, const struct expr *e, uint32_t depth)
{
    if (e->kind == EXPR_ATOM) {
        add_atom(c, e->atom);
        return;
    }
    for (uint32_t i = 0; e->kind != EXPR_NOT && i < e->child_count; i++) {
        const struct expr *child = e->children[i];
        if (e->kind == EXPR_AND || expr_holds(child, truth_of, c->d, depth + 1)) {
            walk(c, child, depth + 1);
        }
    }
}

struct rc hit_fill(struct detector *d, struct hit *hit)
{
    struct collect c = {.d = d};
    c.fields = arena_zalloc(d->memory.arena, FINDING_MAX_MATCHED, sizeof(*c.fields));
    if (c.fields == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    walk(&c, d->engine->compiled[hit->rule].expr, 0);
    hit->matched = c.fields;
    hit->matched_count = c.n;
    return RC_OK;
}
