/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/regex.h"

#include "base/buf.h"
#include "base/heap.h"
#include "base/unicode.h"
#include "detect/sigma/regex_needle.h"

#include <hs.h>

struct regexes regex_open(struct arena *arena, uint64_t seed)
{
    return (struct regexes){.arena = arena, .index = {.seed = seed}};
}

void regex_free(struct regexes *r)
{
    heap_free(r->p);
    map_free(&r->index);
    *r = (struct regexes){0};
}

static void copy_reason(const char *text, char reason[static REGEX_MAX_REASON_BYTES])
{
    size_t n = strnlen(text, REGEX_MAX_REASON_BYTES - 1);
    memcpy(reason, text, n);
    reason[n] = '\0';
}

static unsigned flags_of(const struct regex *x)
{
    unsigned flags = HS_FLAG_ALLOWEMPTY | (x->narrow ? 0U : HS_FLAG_UTF8);
    flags |= (x->flags & REGEX_IGNORE_CASE) != 0 ? HS_FLAG_CASELESS : 0U;
    flags |= (x->flags & REGEX_MULTI_LINE) != 0 ? HS_FLAG_MULTILINE : 0U;
    flags |= (x->flags & REGEX_DOT_ALL) != 0 ? HS_FLAG_DOTALL : 0U;
    return flags;
}

/* The database, or NULL with the reason. */
static hs_database_t *compile(const struct regex *x, char reason[static REGEX_MAX_REASON_BYTES])
{
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_compile(x->text, flags_of(x), HS_MODE_BLOCK, NULL, &database, &error) !=
        HS_SUCCESS) {
        copy_reason(error == NULL ? "it cannot be compiled" : error->message, reason);
        hs_free_compile_error(error);
        return NULL;
    }
    return database;
}

/* Syntax and constructs, without building the automaton. */
static bool is_accepted(const struct regex *x, char reason[static REGEX_MAX_REASON_BYTES])
{
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    bool good = hs_expression_info(x->text, flags_of(x), &info, &error) == HS_SUCCESS;
    if (!good) {
        copy_reason(error == NULL ? "it cannot be compiled" : error->message, reason);
        hs_free_compile_error(error);
    }
    heap_free(info); /* Vectorscan took it from malloc */
    return good;
}

static struct rc check_expression(const struct regexes *r, const struct regex *x,
                                  char reason[static REGEX_MAX_REASON_BYTES])
{
    if (!is_accepted(x, reason)) {
        return rc_make(ERR_REJECTED);
    }
    if (r->thorough) {
        hs_database_t *database = compile(x, reason);
        hs_free_database(database);
        return database == NULL ? rc_make(ERR_REJECTED) : RC_OK;
    }
    return RC_OK;
}

struct rc regex_add(struct regexes *r, struct str text, uint32_t flags,
                    char reason[static REGEX_MAX_REASON_BYTES], struct regex *out)
{
    AUTO_BUF key = {0};
    buf_le(&key, flags, 1);
    buf_put(&key, text);
    uint32_t known = map_get(&r->index, buf_str(&key));
    if (known != MAP_NONE) {
        *out = r->p[known];
        return RC_OK;
    }
    struct str own;
    TRY(arena_copy(r->arena, buf_str(&key), &own));
    struct regex x = {.text = arena_cstr(r->arena, text), .flags = flags, .number = r->n};
    if (x.text == NULL) {
        copy_reason("it holds a NUL byte; write \\x00", reason);
        return rc_make(ERR_REJECTED);
    }
    x.narrow = regex_needle_is_ascii(text);
    TRY(regex_needle(text, r->arena, &x.needle));
    TRY(check_expression(r, &x, reason));
    if (r->n == r->room) {
        r->room = r->room == 0 ? 64 : 2 * r->room;
        r->p = heap_resize(r->p, r->room, sizeof(*r->p));
    }
    r->p[r->n] = x;
    (void)map_add(&r->index, own, r->n++);
    *out = x;
    return RC_OK;
}

struct regex_cache {
    hs_database_t **databases; /* per expression; NULL: not yet compiled, or refused */
    bool *refused;
    uint32_t count, refused_count;
    hs_scratch_t *scratch; /* large enough for all that are compiled */
};

struct regex_cache *regex_cache_open(const struct regexes *r)
{
    struct regex_cache *c = heap_zalloc(1, sizeof(*c));
    c->count = r->n;
    c->databases = heap_zalloc((size_t)r->n + 1, sizeof(hs_database_t *));
    c->refused = heap_zalloc((size_t)r->n + 1, sizeof(*c->refused));
    return c;
}

void regex_cache_close(struct regex_cache *c)
{
    if (c == NULL) {
        return;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        hs_free_database(c->databases[i]);
    }
    hs_free_scratch(c->scratch);
    heap_free(c->databases);
    heap_free(c->refused);
    heap_free(c);
}

uint32_t regex_cache_refused_count(const struct regex_cache *c)
{
    return c->refused_count;
}

bool regex_cache_refused(const struct regex_cache *c, uint32_t number)
{
    check(number < c->count);
    return c->refused[number];
}

static const hs_database_t *database_of(struct regex_cache *c, const struct regex *x)
{
    check(x->number < c->count);
    if (c->databases[x->number] == NULL && !c->refused[x->number]) {
        char reason[REGEX_MAX_REASON_BYTES];
        hs_database_t *database = compile(x, reason);
        if (database == NULL) {
            c->refused[x->number] = true;
            c->refused_count++;
        } else {
            check(hs_alloc_scratch(database, &c->scratch) == HS_SUCCESS);
        }
        c->databases[x->number] = database;
    }
    return c->databases[x->number];
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    (void)id, (void)from, (void)to, (void)flags;
    *(bool *)context = true;
    return 1; /* one is enough */
}

bool regex_match(const struct regex *x, struct subject *s)
{
    struct regex_cache *c = s->memory->regexes;
    if (x->needle.n > 0 && str_find(subject_folded(s), x->needle) == SIZE_MAX) {
        return false;
    }
    const hs_database_t *database = database_of(c, x);
    if (database == NULL) {
        return false;
    }
    struct str text = x->narrow ? subject_narrow(s) : subject_repaired(s);
    bool found = false;
    hs_error_t status = hs_scan(database, text.n == 0 ? "" : text.p, (unsigned)text.n, 0,
                                c->scratch, on_match, &found);
    check(status == HS_SUCCESS || status == HS_SCAN_TERMINATED);
    return found;
}
