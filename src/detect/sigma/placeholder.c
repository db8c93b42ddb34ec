/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/placeholder.h"

enum {
    MAX_PER_VALUE = 8, /* combinations multiply */
    MAX_TEXT_BYTES = 64 * 1024,
    MAX_LISTS = 1000,
};

/* A stretch of literal text and the list that follows it. */
struct part {
    struct str literal;
    const struct placeholder *list; /* NULL after the last */
};

struct parts {
    struct part p[MAX_PER_VALUE + 1];
    size_t n;
};

static bool is_name(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '_' || c == '-' || c == '.';
}

/* The offset of the %name% at or after from, with its whole length; false when none is left. */
static bool find_name(struct str s, size_t from, size_t *out_at, size_t *out_bytes)
{
    for (size_t i = from; i < s.n; i++) {
        if (s.p[i] != '%' || (i > 0 && s.p[i - 1] == '\\')) {
            continue;
        }
        size_t end = i + 1;
        while (end < s.n && is_name(s.p[end])) {
            end++;
        }
        if (end < s.n && s.p[end] == '%' && end > i + 1) {
            *out_at = i;
            *out_bytes = end + 1 - i;
            return true;
        }
        i = end - 1; /* what was read as a name holds no percent sign */
    }
    return false;
}

static struct rc find_list(struct loader *l, const struct node *at, struct str name,
                           const struct placeholder **out)
{
    for (uint32_t i = 0; i < l->opts->placeholder_count; i++) {
        const struct placeholder *p = &l->opts->placeholders[i];
        if (str_eq(p->name, name) && p->value_count == 0) {
            return loader_reject(l, at, "the list '%.*s' for |expand is empty",
                                 LOADER_SHOW(name));
        }
        if (str_eq(p->name, name)) {
            *out = p;
            return RC_OK;
        }
    }
    return loader_reject(l, at,
                         "no list named '%.*s' for |expand: name your own values in a file, "
                         "`%.*s: [value, …]`, and pass it with --placeholders",
                         LOADER_SHOW(name), LOADER_SHOW(name));
}

static struct rc split(struct loader *l, const struct rule_value *value, struct parts *out)
{
    struct node where = {.line = value->line, .column = value->column};
    struct str s = value->text;
    size_t from = 0, at, n;
    out->n = 0;
    while (find_name(s, from, &at, &n)) {
        struct part part = {.literal = {s.p + from, at - from}};
        if (out->n == MAX_PER_VALUE) {
            return loader_reject(l, &where, "more than %d placeholders in one value",
                                 MAX_PER_VALUE);
        }
        TRY(find_list(l, &where, (struct str){s.p + at + 1, n - 2}, &part.list));
        out->p[out->n++] = part;
        from = at + n;
    }
    out->p[out->n++] = (struct part){.literal = str_from(s, from)};
    return RC_OK;
}

/* `\%` becomes `%`. */
static void put_literal(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\\' || i + 1 == s.n || s.p[i + 1] != '%') {
            buf_putc(b, s.p[i]);
        }
    }
}

static void put_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (strchr("\\^$.[]|()*+?{}-", s.p[i]) != NULL && s.p[i] != '\0') {
            buf_putc(b, '\\');
        }
        buf_putc(b, s.p[i]);
    }
}

/* One combination: `turn` counts through all of them. */
static void put_combination(struct buf *b, const struct parts *parts, uint64_t turn, bool regex)
{
    for (size_t i = 0; i < parts->n; i++) {
        const struct part *p = &parts->p[i];
        put_literal(b, p->literal);
        if (p->list == NULL) {
            continue;
        }
        struct str value = p->list->values[turn % p->list->value_count];
        turn /= p->list->value_count;
        if (regex) {
            put_escaped(b, value);
        } else {
            buf_put(b, value);
        }
    }
}

struct rc placeholder_expand(struct loader *l, const struct rule_value *value,
                             const struct placeholder_opts *opts,
                             struct placeholder_values *out)
{
    struct parts parts;
    struct node where = {.line = value->line, .column = value->column};
    uint64_t turns = 1;
    TRY(split(l, value, &parts));
    for (size_t i = 0; i + 1 < parts.n; i++) {
        check(parts.p[i].list != NULL); /* all but the last have one */
        if (__builtin_mul_overflow(turns, parts.p[i].list->value_count, &turns)) {
            turns = UINT64_MAX;
        }
    }
    TRY(loader_spend(l, &where, turns));
    AUTO_BUF text = BUF_WITH_CAP(MAX_TEXT_BYTES);
    for (uint64_t turn = 0; turn < turns; turn++) {
        struct rule_value v = *value;
        buf_clear(&text);
        put_combination(&text, &parts, turn, opts->regex);
        if (text.full) {
            return loader_reject(l, &where,
                                 "longer than %d bytes once its placeholders are "
                                 "replaced",
                                 MAX_TEXT_BYTES);
        }
        TRY(loader_copy(l, buf_str(&text), &v.text));
        vec_push(out, v);
    }
    return RC_OK;
}

static struct rc read_list(struct loader *l, const struct node_pair *pair,
                           const struct node *map, struct placeholder *out)
{
    struct str name = pair->key->text;
    TRY(loader_copy(l, name, &out->name));
    TRY(loader_get_texts(l, map, name, &out->values, &out->value_count));
    if (out->value_count == 0) {
        return loader_reject(l, pair->key, "the list '%.*s' is empty", LOADER_SHOW(name));
    }
    return RC_OK;
}

struct rc placeholder_read(struct loader *l, struct str text, struct ruleset_opts *out)
{
    struct document_reader reader = {.text = text};
    struct document_fault fault = {0};
    const struct node *root;
    struct placeholder *lists = NULL;
    struct rc rc = RC_OK;
    if (rc_failed(document_next(&reader, l->scratch, &fault, &root))) {
        struct node at = {.line = fault.line, .column = fault.column};
        return loader_reject(l, &at, "%s", fault.text);
    }
    if (root == NULL || root->kind != NODE_MAP || root->count > MAX_LISTS) {
        return loader_reject(l, root, "must be a map of at most %d lists, `name: [value, …]`",
                             MAX_LISTS);
    }
    TRY(loader_alloc(l, root->count, sizeof(*lists), (void **)&lists));
    for (uint32_t i = 0; i < root->count; i++) {
        loader_gather(&rc, read_list(l, &root->pairs[i], root, &lists[i]));
    }
    out->placeholders = lists;
    out->placeholder_count = root->count;
    return rc;
}
