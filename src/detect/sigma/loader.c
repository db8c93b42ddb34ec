/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/loader.h"

#include <stdarg.h>
#include <stdio.h>

static void say(struct loader *l, enum diag_severity severity, const struct node *at,
                const char *text)
{
    struct diag_place place = {
        .path = l->path, .line = at ? at->line : 0, .column = at ? at->column : 0};
    /* Counted apart, so that warnings never hide why a rule was rejected. */
    uint32_t *told = severity == DIAG_ERROR ? &l->errors : &l->warnings;
    if ((*told)++ < LOADER_MAX_MESSAGES) {
        diag_add(l->diag, severity, place, "%s", text);
    }
}

struct rc loader_reject(struct loader *l, const struct node *at, const char *fmt, ...)
{
    char text[DIAG_MAX_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    say(l, DIAG_ERROR, at, text);
    return rc_make(ERR_REJECTED);
}

void loader_warn(struct loader *l, const struct node *at, const char *fmt, ...)
{
    char text[DIAG_MAX_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    say(l, DIAG_WARNING, at, text);
}

struct rc loader_forbid(struct loader *l, const struct node *at, const char *fmt, ...)
{
    bool strict = l->opts->strict;
    char text[DIAG_MAX_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    say(l, strict ? DIAG_ERROR : DIAG_WARNING, at, text);
    return strict ? rc_make(ERR_REJECTED) : RC_OK;
}

struct rc loader_spend(struct loader *l, const struct node *at, uint64_t steps)
{
    if (steps > l->work) {
        l->work = 0;
        return loader_reject(l, at,
                             "the file means more than %d values, items and selections "
                             "(aliases count wherever they are used): split it",
                             LOADER_MAX_WORK);
    }
    l->work -= steps;
    return RC_OK;
}

static struct rc fail_full(struct loader *l)
{
    return loader_reject(l, NULL, "the rules need more memory than a rule set may use");
}

struct rc loader_alloc(struct loader *l, size_t count, size_t size, void **out)
{
    void *p = arena_zalloc(l->keep, count, size);
    if (p == NULL) {
        return fail_full(l);
    }
    *out = p;
    return RC_OK;
}

struct rc loader_copy(struct loader *l, struct str s, struct str *out)
{
    return rc_failed(arena_copy(l->keep, s, out)) ? fail_full(l) : RC_OK;
}

struct rc loader_copy_lower(struct loader *l, struct str s, struct str *out)
{
    char *p = arena_text(l->keep, s.n);
    if (p == NULL) {
        return fail_full(l);
    }
    for (size_t i = 0; i < s.n; i++) {
        p[i] = str_lower(s.p[i]);
    }
    *out = (struct str){p, s.n};
    return RC_OK;
}

static struct rc copy_scalar(struct loader *l, const struct node *n, struct str key,
                             struct str *out)
{
    if (n->kind != NODE_SCALAR) {
        return loader_reject(l, n, "`%.*s` must be text", LOADER_SHOW(key));
    }
    return loader_copy(l, n->text, out);
}

struct rc loader_get_text(struct loader *l, const struct node *map, struct str key,
                          struct str *out)
{
    const struct node *n = document_get(map, key);
    *out = (struct str){"", 0};
    return n == NULL ? RC_OK : copy_scalar(l, n, key, out);
}

struct rc loader_get_texts(struct loader *l, const struct node *map, struct str key,
                           const struct str **out, uint32_t *out_count)
{
    const struct node *n = document_get(map, key);
    *out = NULL;
    *out_count = 0;
    if (n == NULL || (n->kind == NODE_SCALAR && n->style == NODE_PLAIN && n->text.n == 0)) {
        return RC_OK;
    }
    if (n->kind == NODE_MAP) {
        return loader_reject(l, n, "`%.*s` must be a list of texts", LOADER_SHOW(key));
    }
    uint32_t count = n->kind == NODE_LIST ? n->count : 1;
    struct str *texts = NULL;
    TRY(loader_spend(l, n, count));
    TRY(loader_alloc(l, count, sizeof(*texts), (void **)&texts));
    for (uint32_t i = 0; i < count; i++) {
        TRY(copy_scalar(l, n->kind == NODE_LIST ? n->items[i] : n, key, &texts[i]));
    }
    *out = texts;
    *out_count = count;
    return RC_OK;
}

void loader_begin(struct loader *l)
{
    l->errors = l->warnings = 0;
}
