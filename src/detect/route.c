/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rules look at which kind of event. */
#include "detect/parts.h"

static void want_atoms(const struct engine *e, struct bucket *b, const struct expr *x,
                       uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    for (uint32_t i = 0; i < x->child_count; i++) {
        want_atoms(e, b, x->children[i], depth + 1);
    }
    if (x->kind != EXPR_ATOM) {
        return;
    }
    const struct atom *atom = &e->atoms.p[x->atom];
    b->wants[parts_slot(e, atom->field)] |= WANT_USED | (e->eager[x->atom] ? WANT_MATCHED : 0);
    if (atom->kind == ATOM_FIELDREF) {
        b->wants[parts_slot(e, atom->other)] |= WANT_USED;
    }
}

static struct rc fill(struct engine *e, struct bucket *b, const struct logsource *have,
                      bool all)
{
    b->rules = arena_zalloc(e->arena, parts_words(e) + 1, sizeof(*b->rules));
    b->wants = arena_zalloc(e->arena, e->slot_count, sizeof(*b->wants));
    uint32_t *always = arena_zalloc(e->arena, (size_t)e->rule_count + 1, sizeof(*always));
    if (b->rules == NULL || b->wants == NULL || always == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        const struct compiled_rule *c = &e->compiled[i];
        if (c->expr == NULL || !(all || logsource_admits(have, &e->rules[i].logsource))) {
            continue;
        }
        b->rules[i / 64] |= (uint64_t)1 << i % 64;
        b->rule_count++;
        if (c->witness_count == 0) {
            always[b->always_count++] = i;
        }
        want_atoms(e, b, c->expr, 0);
    }
    b->always = always;
    return RC_OK;
}

struct rc route_build(struct engine *e, const struct engine_opts *opts)
{
    if (opts->no_routing) {
        struct bucket all = {0};
        TRY(fill(e, &all, NULL, true));
        for (uint32_t id = 0; id < LOGSOURCE_COUNT; id++) {
            e->buckets[id] = all;
        }
        return RC_OK;
    }
    for (uint32_t id = 0; id < LOGSOURCE_CUSTOM; id++) {
        TRY(fill(e, &e->buckets[id], logsource_row((enum logsource_id)id), false));
    }
    return fill(e, &e->buckets[LOGSOURCE_CUSTOM], &e->custom, false);
}
