/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rules look at which kind of event. */
#include "base/heap.h"
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

/* The keyword atoms that are witnesses of the bucket's rules, looked for together. */
static void fill_keywords(struct engine *e, struct bucket *b, const uint32_t *all,
                          uint32_t all_count)
{
    AUTO_HEAP uint32_t *atoms = heap_zalloc((size_t)all_count + 1, sizeof(*atoms));
    uint32_t count = 0;
    for (uint32_t i = 0; i < all_count; i++) {
        bool wanted = false;
        for (uint32_t w = e->witness_starts[all[i]]; w < e->witness_starts[all[i] + 1]; w++) {
            uint32_t rule = e->witness_rules[w];
            wanted |= (b->rules[rule / 64] >> rule % 64 & 1) != 0;
        }
        if (wanted) {
            atoms[count++] = all[i];
        }
    }
    for (uint32_t i = 0; count > 0 && i < e->keywords_count; i++) {
        if (keywords_equal(e->keywords[i], atoms, count)) {
            b->keywords = e->keywords[i];
        }
    }
    if (count > 0 && b->keywords == NULL) {
        e->keywords[e->keywords_count] = keywords_open(e->atoms.p, atoms, count);
        b->keywords = e->keywords[e->keywords_count++];
    }
}

static void route_keywords(struct engine *e, bool shared)
{
    AUTO_HEAP uint32_t *all = heap_zalloc((size_t)e->atoms.n + 1, sizeof(*all));
    uint32_t count = 0;
    for (uint32_t a = 0; a < e->atoms.n; a++) {
        if (e->eager[a] && e->atoms.p[a].field == (uint16_t)ATOM_KEYWORDS) {
            all[count++] = a;
        }
    }
    for (uint32_t id = 0; id < LOGSOURCE_COUNT; id++) {
        if (shared && id > 0) {
            e->buckets[id].keywords = e->buckets[0].keywords;
        } else {
            fill_keywords(e, &e->buckets[id], all, count);
        }
    }
}

static struct rc fill(struct engine *e, struct bucket *b, const struct logsource *have,
                      bool all)
{
    b->rules = arena_zalloc(e->arena, parts_words(e) + 1, sizeof(*b->rules));
    b->wants = arena_zalloc(e->arena, e->slot_count, sizeof(*b->wants));
    AUTO_HEAP uint32_t *always = heap_zalloc((size_t)e->rule_count + 1, sizeof(*always));
    if (b->rules == NULL || b->wants == NULL) {
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
    uint32_t *kept = arena_zalloc(e->arena, (size_t)b->always_count + 1, sizeof(*kept));
    if (kept == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(kept, always, b->always_count * sizeof(*kept));
    b->always = kept;
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
        route_keywords(e, true);
        return RC_OK;
    }
    for (uint32_t id = 0; id < LOGSOURCE_CUSTOM; id++) {
        TRY(fill(e, &e->buckets[id], logsource_row((enum logsource_id)id), false));
    }
    TRY(fill(e, &e->buckets[LOGSOURCE_CUSTOM], &e->custom, false));
    route_keywords(e, false);
    return RC_OK;
}
