/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"
#include "base/heap.h"
#include "detect/parts.h"
#include "detect/sigma/lower.h"
#include "detect/sigma/witness.h"

/* 1 GiB: SigmaHQ takes 20 MiB. Rules are ours to trust, but a bound is a bound. */
#define ENGINE_CAP_BYTES ((size_t)1 << 30)

static void lower_all(struct engine *e, struct fields *fields, struct diag *diag)
{
    for (uint32_t i = 0; i < e->rule_count; i++) {
        struct lower l = {e->arena, fields, &e->atoms, &e->regexes, diag, &e->rules[i]};
        struct compiled_rule *c = &e->compiled[i];
        struct rc rc = lower_rule(&l, &c->expr, &c->items);
        if (!rc_failed(rc)) {
            rc = program_build(c->expr, e->arena, &c->program);
        }
        if (rc_failed(rc)) {
            c->expr = NULL;
        }
        if (rc_failed(rc) && rc.code != ERR_REJECTED) {
            struct diag_place at = {l.rule->path, l.rule->line, 0};
            diag_add(diag, DIAG_ERROR, at, "the rule is too large");
        }
    }
}

static void count_uses(const struct expr *e, uint32_t *uses, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    for (uint32_t i = 0; i < e->child_count; i++) {
        count_uses(e->children[i], uses, depth + 1);
    }
    if (e->kind == EXPR_ATOM) {
        uses[e->atom]++;
    }
}

static struct rc find_witnesses(struct engine *e)
{
    for (uint32_t i = 0; i < e->rule_count; i++) {
        if (e->compiled[i].expr != NULL) {
            count_uses(e->compiled[i].expr, e->atoms.uses, 0);
        }
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        struct compiled_rule *c = &e->compiled[i];
        if (c->expr != NULL) {
            TRY(witness_find(c->expr, &e->atoms, e->arena, &c->witness, &c->witness_count));
        }
    }
    return RC_OK;
}

/* The rules of each witness, in one array ordered by atom. */
static struct rc index_witnesses(struct engine *e)
{
    size_t total = 0;
    uint32_t *starts = arena_zalloc(e->arena, (size_t)e->atoms.n + 2, sizeof(*starts));
    if (starts == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        const struct compiled_rule *c = &e->compiled[i];
        for (uint32_t w = 0; c->expr != NULL && w < c->witness_count; w++) {
            starts[c->witness[w] + 2]++;
            total++;
        }
    }
    for (uint32_t a = 2; a < e->atoms.n + 2; a++) {
        starts[a] += starts[a - 1];
    }
    e->witness_rules = arena_zalloc(e->arena, total + 1, sizeof(*e->witness_rules));
    if (e->witness_rules == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        const struct compiled_rule *c = &e->compiled[i];
        for (uint32_t w = 0; c->expr != NULL && w < c->witness_count; w++) {
            e->witness_rules[starts[c->witness[w] + 1]++] = i;
        }
    }
    e->witness_starts = starts;
    return RC_OK;
}

static struct matcher *matcher_of(struct engine *e, const struct atom *atom)
{
    struct matcher **m = &e->matchers[parts_slot(e, atom->field)];
    if (*m == NULL) {
        *m = matcher_open(e->seed);
    }
    return *m;
}

/* Atoms that are some rule's witness are looked for in every value. */
static void build_matchers(struct engine *e)
{
    for (uint32_t a = 0; a < e->atoms.n; a++) {
        if (e->witness_starts[a + 1] == e->witness_starts[a]) {
            continue;
        }
        e->eager[a] = true;
        if (e->atoms.p[a].field != (uint16_t)ATOM_KEYWORDS) { /* those: route.c */
            matcher_add(matcher_of(e, &e->atoms.p[a]), a, &e->atoms.p[a]);
        }
    }
    for (uint32_t i = 0; i < e->slot_count; i++) {
        if (e->matchers[i] != NULL) {
            matcher_build(e->matchers[i]);
        }
    }
}

/* Decoders keep, and name, the fields that somebody asks for: correlations too. */
static void add_keys(const struct engine *e, struct fields *fields)
{
    for (uint32_t i = 0; i < e->rule_count; i++) {
        for (uint32_t k = 0; k < e->rules[i].key_count; k++) {
            fields_add(fields, e->rules[i].keys[k]);
        }
    }
}

static struct rc compile(struct engine *e, const struct engine_opts *opts, struct diag *diag)
{
    e->compiled = arena_zalloc(e->arena, (size_t)e->rule_count + 1, sizeof(*e->compiled));
    if (e->compiled == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    lower_all(e, opts->fields, diag);
    add_keys(e, opts->fields);
    e->slot_count = (uint32_t)fields_count(opts->fields) + 1;
    e->matchers = arena_zalloc(e->arena, e->slot_count, sizeof(struct matcher *));
    e->eager = arena_zalloc(e->arena, (size_t)e->atoms.n + 1, sizeof(*e->eager));
    if (e->matchers == NULL || e->eager == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    TRY(find_witnesses(e));
    TRY(index_witnesses(e));
    build_matchers(e);
    for (uint32_t i = 0; i < e->rule_count; i++) {
        e->active_count += e->compiled[i].expr != NULL;
    }
    return route_build(e, opts);
}

struct rc engine_compile(const struct rule *rules, size_t rule_count,
                         const struct engine_opts *opts, struct diag *diag, struct engine **out)
{
    check(rule_count < UINT32_MAX);
    struct engine *e = heap_zalloc(1, sizeof(*e));
    e->arena = arena_open(ENGINE_CAP_BYTES);
    e->rules = rules;
    e->rule_count = (uint32_t)rule_count;
    e->fields = opts->fields;
    e->seed = hash_random_seed();
    e->atoms = expr_atoms_open(e->arena, e->seed);
    e->regexes = regex_open(e->arena, e->seed);
    e->regexes.thorough = opts->thorough;
    if (opts->custom != NULL) {
        e->custom = *opts->custom;
    }
    if (rc_failed(compile(e, opts, diag))) {
        engine_close(e);
        return rc_make(ERR_INTERNAL);
    }
    *out = e;
    return RC_OK;
}

void engine_close(struct engine *e)
{
    if (e != NULL) {
        for (uint32_t i = 0; e->matchers != NULL && i < e->slot_count; i++) {
            matcher_close(e->matchers[i]);
        }
        for (uint32_t i = 0; i < e->keywords_count; i++) {
            keywords_close(e->keywords[i]);
        }
        expr_atoms_free(&e->atoms);
        regex_free(&e->regexes);
        arena_close(e->arena);
        heap_free(e);
    }
}

size_t engine_active_count(const struct engine *e)
{
    return e->active_count;
}

bool engine_is_active(const struct engine *e, size_t rule)
{
    return rule < e->rule_count && e->compiled[rule].expr != NULL;
}

size_t engine_routed_count(const struct engine *e, enum logsource_id id)
{
    return e->buckets[id].rule_count;
}
