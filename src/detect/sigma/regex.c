/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/regex.h"

#include "base/heap.h"

static unsigned flags_of(const struct pattern *p)
{
    unsigned flags = HS_FLAG_UTF8 | HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
    flags |= (p->regex.flags & REGEX_IGNORE_CASE) != 0 ? HS_FLAG_CASELESS : 0U;
    flags |= (p->regex.flags & REGEX_MULTI_LINE) != 0 ? HS_FLAG_MULTILINE : 0U;
    flags |= (p->regex.flags & REGEX_DOT_ALL) != 0 ? HS_FLAG_DOTALL : 0U;
    return flags;
}

static void copy_reason(const char *text, char reason[static REGEX_MAX_REASON_BYTES])
{
    size_t n = strnlen(text, REGEX_MAX_REASON_BYTES - 1);
    memcpy(reason, text, n);
    reason[n] = '\0';
}

/* A NUL-terminated copy, or NULL when the text holds a NUL (which ends a C string early). */
static char *expression_of(const struct pattern *p)
{
    struct str text = p->regex.text;
    if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
        return NULL;
    }
    char *copy = heap_alloc(text.n + 1);
    memcpy(copy, text.n == 0 ? "" : text.p, text.n);
    copy[text.n] = '\0';
    return copy;
}

bool regex_check(const struct pattern *p, char reason[static REGEX_MAX_REASON_BYTES])
{
    char *expression = expression_of(p);
    if (expression == NULL) {
        copy_reason("it holds a NUL byte; write \\x00", reason);
        return false;
    }
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    bool good = hs_expression_info(expression, flags_of(p), &info, &error) == HS_SUCCESS;
    if (!good) {
        copy_reason(error == NULL ? "it cannot be compiled" : error->message, reason);
        hs_free_compile_error(error);
    }
    /* Vectorscan allocates it with the malloc that heap_free gives back to. */
    heap_free(info);
    heap_free(expression);
    return good;
}

struct build {
    const struct pattern *const *patterns;
    char **expressions;
    unsigned *flags, *ids;
    char *reason;
};

/*
 * Patterns first to first+count in one database, or halved until each part is accepted.
 * Returns UINT32_MAX or the pattern to blame. depth: halving 2^32 patterns ends after 32.
 */
static uint32_t build_range(struct regex_set *set, const struct build *b, uint32_t first,
                            uint32_t count, uint32_t depth)
{
    check(depth <= 32);
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    const char *const *expressions = (const char *const *)b->expressions + first;
    if (hs_compile_multi(expressions, b->flags + first, b->ids + first, count, HS_MODE_BLOCK,
                         NULL, &database, &error) == HS_SUCCESS) {
        set->databases[set->count++] = database;
        return UINT32_MAX;
    }
    bool blamed = error != NULL && error->expression >= 0;
    uint32_t culprit = blamed ? first + (uint32_t)error->expression : first;
    copy_reason(error == NULL ? "it cannot be compiled" : error->message, b->reason);
    hs_free_compile_error(error);
    if (blamed || count == 1) {
        return culprit;
    }
    uint32_t half = count / 2;
    uint32_t fault = build_range(set, b, first, half, depth + 1);
    return fault != UINT32_MAX ? fault
                               : build_range(set, b, first + half, count - half, depth + 1);
}

uint32_t regex_set_build(struct regex_set *set, const struct pattern *const *patterns,
                         uint32_t count, char reason[static REGEX_MAX_REASON_BYTES])
{
    *set = (struct regex_set){0};
    if (count == 0) {
        return UINT32_MAX;
    }
    set->databases = heap_zalloc(count, sizeof(hs_database_t *));
    set->room = count;
    struct build b = {
        .patterns = patterns,
        .expressions = heap_zalloc(count, sizeof(char *)),
        .flags = heap_zalloc(count, sizeof(unsigned)),
        .ids = heap_zalloc(count, sizeof(unsigned)),
        .reason = reason,
    };
    for (uint32_t i = 0; i < count; i++) {
        b.expressions[i] = expression_of(patterns[i]);
        check(b.expressions[i] != NULL);
        b.flags[i] = flags_of(patterns[i]);
        b.ids[i] = i;
    }
    uint32_t fault = build_range(set, &b, 0, count, 0);
    for (uint32_t i = 0; i < count; i++) {
        heap_free(b.expressions[i]);
    }
    heap_free(b.expressions);
    heap_free(b.flags);
    heap_free(b.ids);
    if (fault != UINT32_MAX) {
        regex_set_free(set);
    }
    return fault;
}

void regex_set_free(struct regex_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        hs_free_database(set->databases[i]);
    }
    heap_free(set->databases);
    *set = (struct regex_set){0};
}

void regex_set_scratch(const struct regex_set *set, hs_scratch_t **scratch)
{
    for (uint32_t i = 0; i < set->count; i++) {
        check(hs_alloc_scratch(set->databases[i], scratch) == HS_SUCCESS);
    }
}

void regex_set_scan(const struct regex_set *set, struct str text, hs_scratch_t *scratch,
                    match_event_handler on_match, void *context)
{
    for (uint32_t i = 0; i < set->count; i++) {
        hs_error_t status = hs_scan(set->databases[i], text.n == 0 ? "" : text.p,
                                    (unsigned)text.n, 0, scratch, on_match, context);
        check(status == HS_SUCCESS || status == HS_SCAN_TERMINATED);
    }
}
