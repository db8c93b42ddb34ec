/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/matcher.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "detect/sigma/table.h"

#include <hs.h>

enum {
    /* Vectorscan pays off from here; below, memmem over each. */
    FEW_NEEDLES = 4,
    /* Longer literals only make the database larger: the rest is verified. */
    MAX_NEEDLE_BYTES = 64,
    /* A shorter piece of a pattern is found so often that it saves nothing. */
    MIN_NEEDLE_BYTES = 2,
    /* Lengths of "alg" and "hex" that occur: md5, sha1, sha256, imphash and some spare. */
    MAX_TAG_SHAPES = 8,
};

struct tag_shape {
    uint32_t name, digest; /* bytes before and after the '=' */
};

struct single {
    const struct pattern *pattern;
    uint32_t atom;
};

struct matcher {
    uint64_t seed;
    struct table exact, prefix, suffix, needle, tagged;
    struct table foreign; /* needles that begin above ASCII: thousands of emoji */
    struct tag_shape tags[MAX_TAG_SHAPES];
    uint32_t tag_count;
    hs_database_t *literals; /* of the needles; NULL when there are few */
    struct {
        struct single *p; /* heap, owned */
        uint32_t n, room;
    } singles; /* tried one by one */
};

struct matcher *matcher_open(uint64_t seed)
{
    struct matcher *m = heap_zalloc(1, sizeof(*m));
    m->seed = seed;
    return m;
}

void matcher_close(struct matcher *m)
{
    if (m == NULL) {
        return;
    }
    table_free(&m->exact);
    table_free(&m->prefix);
    table_free(&m->suffix);
    table_free(&m->needle);
    table_free(&m->tagged);
    table_free(&m->foreign);
    hs_free_database(m->literals);
    heap_free(m->singles.p);
    heap_free(m);
}

static void add_single(struct matcher *m, uint32_t atom, const struct pattern *p)
{
    if (m->singles.n == m->singles.room) {
        m->singles.room = m->singles.room == 0 ? 8 : 2 * m->singles.room;
        m->singles.p = heap_resize(m->singles.p, m->singles.room, sizeof(*m->singles.p));
    }
    m->singles.p[m->singles.n++] = (struct single){p, atom};
}

static bool is_hex(char c)
{
    return str_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* "name=hex", lower case, nothing else. */
static bool is_tagged(struct str s, struct tag_shape *out)
{
    enum { SHORTEST_DIGEST = 16, LONGEST = 255 };
    size_t equals = str_find_char(s, '=');
    if (equals == SIZE_MAX || equals == 0 || s.n > LONGEST ||
        s.n - equals - 1 < SHORTEST_DIGEST) {
        return false;
    }
    for (size_t i = equals + 1; i < s.n; i++) {
        if (!is_hex(s.p[i])) {
            return false;
        }
    }
    *out = (struct tag_shape){(uint32_t)equals, (uint32_t)(s.n - equals - 1)};
    return true;
}

static bool add_tag_shape(struct matcher *m, struct tag_shape shape)
{
    for (uint32_t i = 0; i < m->tag_count; i++) {
        if (m->tags[i].name == shape.name && m->tags[i].digest == shape.digest) {
            return true;
        }
    }
    if (m->tag_count == MAX_TAG_SHAPES) {
        return false;
    }
    m->tags[m->tag_count++] = shape;
    return true;
}

static void add_contains(struct matcher *m, uint32_t atom, const struct pattern *p)
{
    bool whole;
    struct str needle = pattern_needle(p, &whole);
    struct tag_shape shape;
    if (needle.n < (whole ? 1 : MIN_NEEDLE_BYTES)) {
        add_single(m, atom, p);
        return;
    }
    if (whole && is_tagged(needle, &shape) && add_tag_shape(m, shape)) {
        table_add(&m->tagged, needle, atom, NULL);
        return;
    }
    struct str cut = unicode_cut(needle, MAX_NEEDLE_BYTES);
    bool sufficient = whole && cut.n == needle.n;
    bool ascii = (uint8_t)needle.p[0] < 0x80;
    if (ascii) {
        table_add(&m->needle, cut, atom, sufficient ? NULL : p);
    } else if (sufficient) {
        table_add(&m->foreign, cut, atom, NULL);
    } else { /* every occurrence is met: verifying each would take quadratic time */
        add_single(m, atom, p);
    }
}

static void add_glob(struct matcher *m, uint32_t atom, const struct pattern *p)
{
    struct str literal = glob_needle(p->glob);
    if (p->cased) {
        add_single(m, atom, p);
        return;
    }
    switch (glob_shape(p->glob)) {
    case GLOB_EXACT:
        table_add(&m->exact, literal, atom, NULL);
        return;
    case GLOB_PREFIX:
        table_add(&m->prefix, literal, atom, NULL);
        return;
    case GLOB_SUFFIX:
        table_add(&m->suffix, literal, atom, NULL);
        return;
    case GLOB_CONTAINS:
    case GLOB_MIXED:
        add_contains(m, atom, p);
        return;
    case GLOB_PRESENT:
        add_single(m, atom, p);
        return;
    }
}

void matcher_add(struct matcher *m, uint32_t number, const struct atom *atom)
{
    for (uint32_t i = 0; i < atom->pattern_count; i++) {
        const struct pattern *p = &atom->patterns[i];
        switch (p->kind) {
        case PATTERN_GLOB:
            add_glob(m, number, p);
            break;
        case PATTERN_REGEX:
            add_contains(m, number, p);
            break;
        case PATTERN_CIDR:
        case PATTERN_NUMBER:
        case PATTERN_TIME:
            add_single(m, number, p);
            break;
        }
    }
}

/* When Vectorscan refuses (it does not for literals this short) memmem serves. */
static void build_literals(struct matcher *m)
{
    uint32_t count = m->needle.key_count;
    if (count <= FEW_NEEDLES) {
        return;
    }
    AUTO_HEAP const char **texts = heap_zalloc(count, sizeof(const char *));
    AUTO_HEAP unsigned *flags = heap_zalloc(count, sizeof(unsigned));
    AUTO_HEAP unsigned *ids = heap_zalloc(count, sizeof(unsigned));
    AUTO_HEAP size_t *lengths = heap_zalloc(count, sizeof(size_t));
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = m->needle.keys[i].p;
        lengths[i] = m->needle.keys[i].n;
        flags[i] = HS_FLAG_SINGLEMATCH;
        ids[i] = i;
    }
    hs_compile_error_t *error = NULL;
    if (hs_compile_lit_multi(texts, flags, ids, lengths, count, HS_MODE_BLOCK, NULL,
                             &m->literals, &error) != HS_SUCCESS) {
        hs_free_compile_error(error);
        m->literals = NULL;
    }
}

void matcher_build(struct matcher *m)
{
    table_sort(&m->exact, TABLE_FORWARD);
    table_index(&m->exact, m->seed);
    table_sort(&m->prefix, TABLE_FORWARD);
    table_sort(&m->suffix, TABLE_BACKWARD);
    table_sort(&m->tagged, TABLE_FORWARD);
    table_index(&m->tagged, m->seed);
    table_sort(&m->foreign, TABLE_FORWARD);
    table_sort(&m->needle, TABLE_FORWARD);
    build_literals(m);
}

void matcher_scratch(const struct matcher *m, struct hs_scratch **scratch)
{
    if (m->literals != NULL) {
        check(hs_alloc_scratch(m->literals, scratch) == HS_SUCCESS);
    }
}

static void found(struct matcher_run *run, uint32_t atom)
{
    if (run->seen[atom] != run->round) {
        run->seen[atom] = run->round;
        run->atoms[run->count++] = atom;
    }
}

static void found_key(const struct table *t, uint32_t key, struct subject *s,
                      struct matcher_run *run)
{
    for (uint32_t i = t->starts[key]; i < t->starts[key + 1]; i++) {
        const struct table_entry *e = &t->entries[i];
        bool held = run->seen[e->atom] == run->round || e->verify == NULL ||
                    pattern_match(e->verify, s);
        if (held) {
            found(run, e->atom);
        }
    }
}

static void run_affix(const struct table *t, struct subject *s, struct matcher_run *run)
{
    if (t->key_count == 0) {
        return;
    }
    for (uint32_t key = table_longest(t, subject_folded(s)); key != UINT32_MAX;
         key = t->parents[key]) {
        found_key(t, key, s, run);
    }
}

/* An occurrence of a needle has its '=' at one of the value's. */
static void run_tagged(const struct matcher *m, struct subject *s, struct matcher_run *run)
{
    struct str text = subject_folded(s);
    for (size_t at = 0; m->tag_count > 0 && at < text.n; at++) {
        size_t step = str_find_char(str_from(text, at), '=');
        if (step == SIZE_MAX) {
            return;
        }
        at += step;
        for (uint32_t i = 0; i < m->tag_count; i++) {
            struct tag_shape t = m->tags[i];
            if (at < t.name || text.n - at - 1 < t.digest || !is_hex(text.p[at + t.digest])) {
                continue;
            }
            struct str part = {text.p + (at - t.name), t.name + 1 + (size_t)t.digest};
            uint32_t key = table_find(&m->tagged, part);
            if (key != UINT32_MAX) {
                found_key(&m->tagged, key, s, run);
            }
        }
    }
}

/* Few values hold anything above ASCII, so it is cheaper to look than to compile. */
static void run_foreign(const struct table *t, struct subject *s, struct matcher_run *run)
{
    struct str text = subject_folded(s);
    if (t->key_count == 0 || unicode_is_ascii(text)) {
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        if ((uint8_t)text.p[i] < 0x80) {
            continue;
        }
        for (uint32_t key = table_longest(t, str_from(text, i)); key != UINT32_MAX;
             key = t->parents[key]) {
            found_key(t, key, s, run);
        }
    }
}

struct scan {
    const struct table *table;
    struct subject *subject;
    struct matcher_run *run;
};

static int on_needle(unsigned id, unsigned long long from, unsigned long long to,
                     unsigned flags, void *context)
{
    (void)from, (void)to, (void)flags;
    const struct scan *scan = context;
    found_key(scan->table, id, scan->subject, scan->run);
    return 0;
}

static void run_needles(const struct matcher *m, struct subject *s, struct matcher_run *run)
{
    if (m->needle.key_count == 0) {
        return;
    }
    struct str text = subject_folded(s);
    if (m->literals == NULL) {
        for (uint32_t i = 0; i < m->needle.key_count; i++) {
            if (str_find(text, m->needle.keys[i]) != SIZE_MAX) {
                found_key(&m->needle, i, s, run);
            }
        }
    } else if (text.n > 0) {
        struct scan scan = {&m->needle, s, run};
        hs_error_t status =
            hs_scan(m->literals, text.p, (unsigned)text.n, 0, run->scratch, on_needle, &scan);
        check(status == HS_SUCCESS);
    }
}

void matcher_run(const struct matcher *m, struct subject *s, struct matcher_run *run)
{
    if (m->exact.key_count > 0) {
        uint32_t key = table_find(&m->exact, subject_folded(s));
        if (key != UINT32_MAX) {
            found_key(&m->exact, key, s, run);
        }
    }
    run_affix(&m->prefix, s, run);
    run_affix(&m->suffix, s, run);
    run_tagged(m, s, run);
    run_foreign(&m->foreign, s, run);
    run_needles(m, s, run);
    for (uint32_t i = 0; i < m->singles.n; i++) {
        const struct single *one = &m->singles.p[i];
        if (run->seen[one->atom] != run->round && pattern_match(one->pattern, s)) {
            found(run, one->atom);
        }
    }
}
