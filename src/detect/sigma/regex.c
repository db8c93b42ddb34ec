/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/regex.h"

#include "base/buf.h"
#include "base/heap.h"
#include "base/unicode.h"
#include "detect/sigma/regex_needle.h"

#include <hs.h>

struct regexes regexes_open(struct arena *arena, uint64_t seed)
{
    return (struct regexes){.arena = arena, .index = {.seed = seed}};
}

void regexes_free(struct regexes *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        hs_database_t *database;
        memcpy(&database, &r->p[i].database, sizeof(database)); /* ours: const only for users */
        hs_free_database(database);
    }
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

static struct rc compile(struct regexes *r, struct regex *x,
                         char reason[static REGEX_MAX_REASON_BYTES])
{
    char *expression = arena_cstr(r->arena, x->text);
    if (expression == NULL) {
        copy_reason("it holds a NUL byte; write \\x00", reason);
        return rc_make(ERR_REJECTED);
    }
    unsigned flags = HS_FLAG_ALLOWEMPTY | (x->narrow ? 0U : HS_FLAG_UTF8);
    flags |= (x->flags & REGEX_IGNORE_CASE) != 0 ? HS_FLAG_CASELESS : 0U;
    flags |= (x->flags & REGEX_MULTI_LINE) != 0 ? HS_FLAG_MULTILINE : 0U;
    flags |= (x->flags & REGEX_DOT_ALL) != 0 ? HS_FLAG_DOTALL : 0U;
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_compile(expression, flags, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
        copy_reason(error == NULL ? "it cannot be compiled" : error->message, reason);
        hs_free_compile_error(error);
        return rc_make(ERR_REJECTED);
    }
    x->database = database;
    return RC_OK;
}

struct rc regexes_add(struct regexes *r, struct str text, uint32_t flags,
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
    struct regex x = {.text = str_from(own, 1), .flags = flags};
    x.narrow = regex_is_ascii(text);
    TRY(regex_needle(text, r->arena, &x.needle));
    TRY(compile(r, &x, reason));
    if (r->n == r->room) {
        r->room = r->room == 0 ? 64 : 2 * r->room;
        r->p = heap_resize(r->p, r->room, sizeof(*r->p));
    }
    r->p[r->n] = x;
    (void)map_add(&r->index, own, r->n++);
    *out = x;
    return RC_OK;
}

void regexes_scratch(const struct regexes *r, struct hs_scratch **scratch)
{
    for (uint32_t i = 0; i < r->n; i++) {
        check(hs_alloc_scratch(r->p[i].database, scratch) == HS_SUCCESS);
    }
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
    struct str text = x->narrow ? subject_narrow(s) : subject_repaired(s);
    bool found = false;
    hs_error_t status = hs_scan(x->database, text.n == 0 ? "" : text.p, (unsigned)text.n, 0,
                                s->memory->regex_scratch, on_match, &found);
    check(status == HS_SUCCESS || status == HS_SCAN_TERMINATED);
    return found;
}
