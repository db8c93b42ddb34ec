/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/keywords.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "detect/sigma/table.h"

#include <hs.h>

/* One code point of a needle tells too little; 64 bytes tell enough. */
enum { MIN_BYTES = 2, MAX_BYTES = 64 };

struct keywords {
    uint32_t *atoms; /* heap, owned */
    uint32_t count;
    struct table needles;
    uint32_t *always; /* atoms with a pattern that has no needle; heap, owned */
    uint32_t always_count;
    bool in_numerals;
    hs_database_t *literals;
};

/* Vectorscan ignores the case of ASCII only, so a needle must be ASCII to be looked for so. */
static struct str needle_of(const struct pattern *p)
{
    bool whole;
    struct str s = pattern_needle(p, &whole);
    s = str_upto(s, MAX_BYTES);
    return unicode_is_ascii(s) && s.n >= MIN_BYTES ? s : STR("");
}

static bool may_be_in_numeral(struct str needle)
{
    for (size_t i = 0; i < needle.n; i++) {
        if (str_find_char(STR(VALUE_NUMERAL_BYTES), str_lower(needle.p[i])) == SIZE_MAX) {
            return false;
        }
    }
    return true;
}

static void add_atom(struct keywords *k, uint32_t number, const struct atom *atom)
{
    for (uint32_t i = 0; i < atom->pattern_count; i++) {
        if (needle_of(&atom->patterns[i]).n == 0) {
            k->always[k->always_count++] = number;
            return;
        }
    }
    for (uint32_t i = 0; i < atom->pattern_count; i++) {
        struct str needle = needle_of(&atom->patterns[i]);
        table_add(&k->needles, needle, number, NULL);
        k->in_numerals |= may_be_in_numeral(needle);
    }
}

static void compile(struct keywords *k)
{
    uint32_t count = k->needles.key_count;
    AUTO_HEAP const char **texts = heap_zalloc((size_t)count + 1, sizeof(const char *));
    AUTO_HEAP unsigned *flags = heap_zalloc((size_t)count + 1, sizeof(unsigned));
    AUTO_HEAP unsigned *ids = heap_zalloc((size_t)count + 1, sizeof(unsigned));
    AUTO_HEAP size_t *lengths = heap_zalloc((size_t)count + 1, sizeof(size_t));
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = k->needles.keys[i].p;
        lengths[i] = k->needles.keys[i].n;
        flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
        ids[i] = i;
    }
    hs_compile_error_t *error = NULL;
    if (count > 0 && hs_compile_lit_multi(texts, flags, ids, lengths, count, HS_MODE_BLOCK,
                                          NULL, &k->literals, &error) != HS_SUCCESS) {
        /* not known to happen for literals this short: then every atom is asked */
        hs_free_compile_error(error);
        k->literals = NULL;
        memcpy(k->always, k->atoms, k->count * sizeof(*k->atoms));
        k->always_count = k->count;
    }
}

struct keywords *keywords_open(const struct atom *all, const uint32_t *atoms, uint32_t count)
{
    struct keywords *k = heap_zalloc(1, sizeof(*k));
    k->atoms = heap_zalloc((size_t)count + 1, sizeof(*k->atoms));
    k->always = heap_zalloc((size_t)count + 1, sizeof(*k->always));
    k->count = count;
    for (uint32_t i = 0; i < count; i++) {
        k->atoms[i] = atoms[i];
        add_atom(k, atoms[i], &all[atoms[i]]);
    }
    table_sort(&k->needles, TABLE_FORWARD);
    compile(k);
    return k;
}

void keywords_close(struct keywords *k)
{
    if (k != NULL) {
        table_free(&k->needles);
        hs_free_database(k->literals);
        heap_free(k->atoms);
        heap_free(k->always);
        heap_free(k);
    }
}

bool keywords_equal(const struct keywords *k, const uint32_t *atoms, uint32_t count)
{
    return k->count == count &&
           (count == 0 || memcmp(k->atoms, atoms, count * sizeof(*atoms)) == 0);
}

bool keywords_in_numerals(const struct keywords *k)
{
    return k->in_numerals;
}

void keywords_scratch(const struct keywords *k, struct hs_scratch **scratch)
{
    if (k->literals != NULL) {
        check(hs_alloc_scratch(k->literals, scratch) == HS_SUCCESS);
    }
}

static void may_hold(struct matcher_run *run, uint32_t atom)
{
    if (run->seen[atom] != run->round) {
        run->seen[atom] = run->round;
        run->atoms[run->count++] = atom;
    }
}

struct scan {
    const struct table *needles;
    struct matcher_run *run;
};

static int on_needle(unsigned id, unsigned long long from, unsigned long long to,
                     unsigned flags, void *context)
{
    (void)from, (void)to, (void)flags;
    const struct scan *scan = context;
    const struct table *t = scan->needles;
    for (uint32_t i = t->starts[id]; i < t->starts[id + 1]; i++) {
        may_hold(scan->run, t->entries[i].atom);
    }
    return 0;
}

void keywords_scan(const struct keywords *k, struct str text, struct matcher_run *run)
{
    for (uint32_t i = 0; i < k->always_count; i++) {
        may_hold(run, k->always[i]);
    }
    if (k->literals != NULL && text.n > 0) {
        struct scan scan = {&k->needles, run};
        hs_error_t status =
            hs_scan(k->literals, text.p, (unsigned)text.n, 0, run->scratch, on_needle, &scan);
        check(status == HS_SUCCESS);
    }
}
