/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/heap.h"
#include "base/unicode.h"
#include "detect/parts.h"

#include <hs.h>
#include <stdlib.h>

/* 256 MiB: a record of 16 MiB is unescaped, repaired (x3) and folded (x2), each once. */
#define EVENT_CAP_BYTES ((size_t)256 << 20)

/* Kept allocated between events. */
enum { KEEP_LEAVES_BYTES = 1 << 20 };

struct detector *detector_open(const struct engine *e)
{
    struct detector *d = heap_zalloc(1, sizeof(*d));
    d->engine = e;
    d->memo = memo_open(e->seed);
    d->memory.arena = arena_open(EVENT_CAP_BYTES);
    d->stamps = heap_zalloc((size_t)e->atoms.n + 1, sizeof(*d->stamps));
    d->slots = heap_zalloc(e->slot_count, sizeof(*d->slots));
    d->touched = heap_zalloc(e->slot_count, sizeof(*d->touched));
    d->candidates = heap_zalloc((size_t)parts_words(e) + 1, sizeof(*d->candidates));
    d->run.atoms = heap_zalloc((size_t)e->atoms.n + 1, sizeof(*d->run.atoms));
    d->run.seen = heap_zalloc((size_t)e->atoms.n + 1, sizeof(*d->run.seen));
    for (uint32_t i = 0; i < e->slot_count; i++) {
        if (e->matchers[i] != NULL) {
            matcher_scratch(e->matchers[i], &d->run.scratch);
        }
    }
    d->memory.regexes = regex_cache_open(&e->regexes);
    for (uint32_t i = 0; i < e->keywords_count; i++) {
        keywords_scratch(e->keywords[i], &d->run.scratch);
    }
    d->leaves = BUF_WITH_CAP(EVENT_CAP_BYTES);
    d->coverage = coverage_open(e);
    return d;
}

void detector_close(struct detector *d)
{
    if (d == NULL) {
        return;
    }
    memo_close(d->memo);
    arena_close(d->memory.arena);
    heap_free(d->stamps);
    heap_free(d->slots);
    heap_free(d->touched);
    heap_free(d->candidates);
    heap_free(d->run.atoms);
    heap_free(d->run.seen);
    heap_free(d->pairs.p);
    heap_free(d->hits.p);
    buf_free(&d->leaves);
    hs_free_scratch(d->run.scratch);
    regex_cache_close(d->memory.regexes);
    coverage_close(d->coverage);
    heap_free(d);
}

/* Stamps hold 2 * epoch + 1, rounds count up: start over before either wraps. */
static void next_epoch(struct detector *d)
{
    const struct engine *e = d->engine;
    if (d->epoch >= UINT32_MAX / 2 - 1) {
        memset(d->stamps, 0, e->atoms.n * sizeof(*d->stamps));
        memset(d->slots, 0, e->slot_count * sizeof(*d->slots));
        d->epoch = 0;
    }
    d->epoch++;
    if (d->run.round >= UINT32_MAX / 2) {
        memset(d->run.seen, 0, e->atoms.n * sizeof(*d->run.seen));
        d->run.round = 0;
    }
}

/* These atoms hold; the rules whose witness they are become candidates. */
static void hold(struct detector *d, const struct bucket *b, struct memo_atoms atoms)
{
    const struct engine *e = d->engine;
    for (uint32_t i = 0; i < atoms.n; i++) {
        uint32_t atom = atoms.p[i];
        if (d->stamps[atom] == 2 * d->epoch + 1) {
            continue;
        }
        d->stamps[atom] = 2 * d->epoch + 1;
        for (uint32_t w = e->witness_starts[atom]; w < e->witness_starts[atom + 1]; w++) {
            uint32_t rule = e->witness_rules[w];
            d->candidates[rule / 64] |= b->rules[rule / 64] & (uint64_t)1 << rule % 64;
        }
    }
}

static void match_pair(struct detector *d, const struct bucket *b, uint32_t slot,
                       struct pair *pair)
{
    struct value v = pair->subject.value;
    bool remember = v.n <= MEMO_MAX_VALUE_BYTES;
    struct memo_key key;
    if (!value_is_scalar(v)) {
        return;
    }
    if (remember) {
        key = memo_key(d->memo, (uint16_t)slot, v);
        struct memo_atoms known = memo_get(d->memo, &key);
        if (known.p != NULL) {
            hold(d, b, known);
            return;
        }
    }
    d->run.round++;
    d->run.count = 0;
    matcher_run(d->engine->matchers[slot], &pair->subject, &d->run);
    if (remember && !d->memory.full) {
        memo_put(d->memo, &key, d->run.atoms, d->run.count);
    }
    hold(d, b, (struct memo_atoms){d->run.atoms, d->run.count});
}

static void match_values(struct detector *d, const struct bucket *b, enum logsource_id id)
{
    for (uint32_t i = 0; i < d->touched_count; i++) {
        uint32_t slot = d->touched[i];
        uint32_t first = truth_first(d, slot);
        if (first != PAIR_NONE && slot < d->engine->slot_count - 1) {
            coverage_field(d->coverage, id, (uint16_t)slot);
        }
        if ((b->wants[slot] & WANT_MATCHED) == 0) {
            continue;
        }
        for (uint32_t p = first; p != PAIR_NONE; p = d->pairs.p[p].next) {
            match_pair(d, b, slot, &d->pairs.p[p]);
        }
    }
}

/*
 * Keyword needles are ASCII and looked for in any case of ASCII: text need only be folded when
 * it holds one of the two code points above ASCII that fold into it.
 */
static bool folds_to_ascii(struct str text)
{
    static const struct str folding[] = {STR_INIT("\xC5\xBF"), STR_INIT("\xE2\x84\xAA")};
    for (size_t i = 0; i < COUNT_OF(folding); i++) {
        /* memchr on the first byte: many times faster than memmem on so short a text */
        struct str rest = text;
        for (size_t at = str_find_char(rest, folding[i].p[0]); at != SIZE_MAX;
             at = str_find_char(rest, folding[i].p[0])) {
            rest = str_from(rest, at);
            if (str_starts(rest, folding[i])) {
                return true;
            }
            rest = str_from(rest, 1);
        }
    }
    return false;
}

/*
 * One look at all text of the record; the few atoms that may hold are then asked value by
 * value, and the rest are known not to hold.
 */
static struct rc match_keywords(struct detector *d, const struct bucket *b)
{
    struct str text;
    if (b->keywords == NULL) {
        return RC_OK;
    }
    if (!reading_leaves(d, b->keywords, &text)) {
        return rc_make(ERR_ARENA_FULL);
    }
    if (folds_to_ascii(text)) {
        char *folded = arena_text(d->memory.arena, UNICODE_FOLD_GROWTH * text.n);
        if (folded == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        text = (struct str){folded, unicode_fold(text, folded)};
    }
    d->run.round++;
    d->run.count = 0;
    keywords_scan(b->keywords, text, &d->run);
    for (uint32_t i = 0; i < d->run.count; i++) {
        if (truth_ask_value(d, d->run.atoms[i])) {
            hold(d, b, (struct memo_atoms){&d->run.atoms[i], 1});
        }
    }
    return RC_OK;
}

static bool has_fired(const struct detector *d, uint32_t rule, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++) {
        if (d->hits.p[i].rule == rule) {
            return true;
        }
    }
    return false;
}

static struct rc add_hit(struct detector *d, uint32_t rule, enum logsource_id id)
{
    struct hit hit = {.rule = rule, .logsource = id};
    TRY(hit_fill(d, &hit));
    if (d->hits.n == d->hits.room) {
        d->hits.room = d->hits.room == 0 ? 64 : 2 * d->hits.room;
        d->hits.p = heap_resize(d->hits.p, d->hits.room, sizeof(*d->hits.p));
    }
    d->hits.p[d->hits.n++] = hit;
    return RC_OK;
}

static struct rc evaluate(struct detector *d, enum logsource_id id)
{
    uint32_t before = d->hits.n;
    for (uint32_t word = 0; word < parts_words(d->engine); word++) {
        uint64_t bits = d->candidates[word];
        for (; bits != 0; bits &= bits - 1) {
            uint32_t rule = 64 * word + (uint32_t)__builtin_ctzll(bits);
            const struct compiled_rule *c = &d->engine->compiled[rule];
            if (program_run(&c->program, truth_of, d) && !has_fired(d, rule, before)) {
                TRY(add_hit(d, rule, id));
            }
        }
    }
    return RC_OK;
}

static struct rc run_reading(struct detector *d, const struct event *e, const struct view *view)
{
    enum logsource_id id = view == NULL ? e->logsource : view->logsource;
    check(id < LOGSOURCE_COUNT);
    const struct bucket *b = &d->engine->buckets[id];
    coverage_event(d->coverage, id);
    if (b->rule_count == 0) {
        return RC_OK;
    }
    next_epoch(d);
    d->partial = parts_is_partial(id);
    memset(d->candidates, 0, parts_words(d->engine) * sizeof(*d->candidates));
    reading_load(d, b, e, view);
    match_values(d, b, id);
    TRY(match_keywords(d, b));
    for (uint32_t i = 0; i < b->always_count; i++) {
        d->candidates[b->always[i] / 64] |= (uint64_t)1 << b->always[i] % 64;
    }
    TRY(evaluate(d, id));
    return d->memory.full ? rc_make(ERR_ARENA_FULL) : RC_OK;
}

static int by_rule(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

struct rc detector_run(struct detector *d, const struct event *e, const struct hit **out_hits,
                       size_t *out_count)
{
    arena_reset(d->memory.arena);
    if (d->leaves.room > KEEP_LEAVES_BYTES) {
        buf_free(&d->leaves);
        d->leaves = BUF_WITH_CAP(EVENT_CAP_BYTES);
    }
    d->memory.full = false;
    d->hits.n = 0;
    TRY(run_reading(d, e, NULL));
    for (uint32_t i = 0; i < e->view_count; i++) {
        TRY(run_reading(d, e, &e->views[i]));
    }
    if (e->view_count > 0 && d->hits.n > 1) {
        qsort(d->hits.p, d->hits.n, sizeof(*d->hits.p), by_rule);
    }
    coverage_refused(d->coverage, d->memory.regexes);
    *out_hits = d->hits.p;
    *out_count = d->hits.n;
    return RC_OK;
}

const struct coverage *detector_coverage(const struct detector *d)
{
    return d->coverage;
}
