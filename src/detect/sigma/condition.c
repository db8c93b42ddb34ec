/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/condition.h"

#include "base/vec.h"
#include "detect/sigma/suggest.h"

/* Kept for the innermost or, and, not, quantifier and name, a list of conditions and filters.
 */
enum { SPARE_DEPTH = 8 };

struct parser {
    struct loader *loader;
    const struct node *node;
    const struct condition_names *names;
    struct str text;
    size_t at;       /* of the current token */
    struct str word; /* the current token; empty at the end */
};

struct children VEC_OF(const struct condition *);

/* Where a byte of the condition is in the file. A block's text is not where its node is. */
static struct node place(const struct parser *p, struct str token)
{
    struct node n = {.line = p->node->line, .column = p->node->column};
    size_t offset = (size_t)(token.p - p->text.p);
    bool one_line = str_find_char(p->text, '\n') == SIZE_MAX;
    if (p->node->style != NODE_BLOCK && one_line) {
        n.column += (uint32_t)offset + (p->node->style == NODE_QUOTED);
    } else if (p->node->style == NODE_BLOCK) {
        n.line++;
        for (size_t i = 0; i < offset; i++) {
            n.line += p->text.p[i] == '\n';
        }
    }
    return n;
}

#define REJECT_AT(p, token, ...)                                                               \
    loader_reject((p)->loader, &(struct node[]){place((p), (token))}[0], __VA_ARGS__)

static bool is_word(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '_' || c == '-' || c == '*' || c == '?';
}

/* Whole words, so that and_b is one name; everything else is a token of one byte. */
static void next(struct parser *p)
{
    size_t i = p->at + p->word.n;
    while (i < p->text.n && str_is_space(p->text.p[i])) {
        i++;
    }
    p->at = i;
    while (i < p->text.n && is_word(p->text.p[i])) {
        i++;
    }
    if (i == p->at && i < p->text.n) {
        i++;
    }
    p->word = (struct str){p->text.p + p->at, i - p->at};
}

static bool is_at(const struct parser *p, const char *word)
{
    return str_eq(p->word, str_of(word));
}

static struct rc node_new(struct loader *l, struct condition c, const struct condition **out)
{
    struct condition *n = NULL;
    TRY(loader_alloc(l, 1, sizeof(*n), (void **)&n));
    *n = c;
    *out = n;
    return RC_OK;
}

struct rc condition_join(struct loader *l, enum condition_kind kind,
                         const struct condition *const *children, uint32_t count,
                         const struct condition **out)
{
    const struct condition **copy = NULL;
    TRY(loader_alloc(l, count, sizeof(*copy), (void **)&copy));
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = children[i];
    }
    return node_new(l, (struct condition){.kind = kind, .children = copy, .child_count = count},
                    out);
}

/* `*` any text, `?` one byte; the whole name must match. Backtracks to the last star only. */
static bool matches(struct str pattern, struct str name)
{
    size_t i = 0, j = 0, star = SIZE_MAX, resume = 0;
    while (j < name.n) {
        if (i < pattern.n && pattern.p[i] == '*') {
            star = i++;
            resume = j;
        } else if (i < pattern.n && (pattern.p[i] == '?' || pattern.p[i] == name.p[j])) {
            i++;
            j++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            j = ++resume;
        } else {
            return false;
        }
    }
    while (i < pattern.n && pattern.p[i] == '*') {
        i++;
    }
    return i == pattern.n;
}

static bool is_pattern(struct str s)
{
    return str_find_char(s, '*') != SIZE_MAX || str_find_char(s, '?') != SIZE_MAX;
}

/* A name with an underscore in front is only meant when the pattern has one too. */
static bool selects(struct str target, struct str name)
{
    bool hidden = name.n > 0 && name.p[0] == '_';
    if (str_eq(target, STR("them"))) {
        return !hidden;
    }
    return (!hidden || (target.n > 0 && target.p[0] == '_')) && matches(target, name);
}

static struct rc add_selected(struct parser *p, struct children *out)
{
    const struct condition_names *names = p->names;
    struct str target = p->word;
    for (uint32_t i = 0; i < names->count; i++) {
        const struct condition *child;
        uint64_t steps = 1 + target.n * names->names[i].n / 64;
        TRY(loader_spend(p->loader, p->node, steps));
        if (!selects(target, names->names[i])) {
            continue;
        }
        names->used[i] = true;
        struct condition c = {.kind = CONDITION_SELECTION, .selection = i};
        TRY(node_new(p->loader, c, &child));
        vec_push(out, child);
    }
    return RC_OK;
}

/* The number of `N of`: how many must hold; 0 for all. */
struct quantifier {
    struct str word;
    uint64_t least;
    bool all;
};

static void warn_empty(struct parser *p, const struct quantifier *q)
{
    struct node at = place(p, p->word);
    loader_warn(p->loader, &at, "'%.*s' names no %s, so this is always %s",
                LOADER_SHOW(p->word), p->names->what, q->all ? "true" : "false");
}

/* `1 of`, `any of`, `all of`, `N of`: is it one that begins here? */
static bool is_quantifier(const struct parser *p, struct quantifier *out)
{
    struct parser ahead = *p;
    struct quantifier q = {.word = p->word, .least = 1, .all = is_at(p, "all")};
    bool counted = is_at(p, "any") || q.all || str_to_u64(p->word, &q.least);
    next(&ahead);
    *out = q;
    return counted && str_eq_nocase(ahead.word, STR("of"));
}

static struct rc build_quantifier(struct parser *p, const struct quantifier *q,
                                  struct children *found, const struct condition **out)
{
    uint32_t count = (uint32_t)found->n;
    if (count == 0) {
        warn_empty(p, q);
    } else if (!q->all && q->least > count) {
        struct node at = place(p, q->word);
        loader_warn(p->loader, &at, "only %u match '%.*s': this never holds", count,
                    LOADER_SHOW(p->word));
    }
    if (q->all || q->least == 1) {
        return condition_join(p->loader, q->all ? CONDITION_AND : CONDITION_OR, found->p, count,
                              out);
    }
    struct condition *n = NULL;
    const struct condition *joined;
    TRY(condition_join(p->loader, CONDITION_AT_LEAST, found->p, count, &joined));
    TRY(loader_alloc(p->loader, 1, sizeof(*n), (void **)&n));
    *n = *joined;
    n->count = q->least > UINT32_MAX ? UINT32_MAX : (uint32_t)q->least;
    *out = n;
    return RC_OK;
}

static struct rc parse_quantifier(struct parser *p, const struct quantifier *q,
                                  const struct condition **out)
{
    next(p);
    if (!is_at(p, "of")) {
        return REJECT_AT(p, p->word, "operators are lower case: write `of`");
    }
    next(p);
    if (p->word.n == 0 || !is_word(p->word.p[0])) {
        return REJECT_AT(p, p->word, "`of` needs a name, a pattern or `them` after it");
    }
    if (!q->all && q->least == 0) {
        return REJECT_AT(p, q->word, "`0 of` always holds: write `not 1 of %.*s`",
                         LOADER_SHOW(p->word));
    }
    if (!q->all && q->least != 1) {
        struct node at = place(p, q->word);
        TRY(loader_forbid(p->loader, &at,
                          "`%.*s of` is no Sigma; converters read only `1 of`, "
                          "`any of` and `all of`",
                          LOADER_SHOW(q->word)));
    }
    struct children found = {0};
    struct rc rc = add_selected(p, &found);
    if (!rc_failed(rc)) {
        rc = build_quantifier(p, q, &found, out);
    }
    vec_free(&found);
    next(p);
    return rc;
}

static struct rc reject_name(struct parser *p)
{
    static const char *const operators[] = {"and", "or", "not"};
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (is_at(p, operators[i])) {
            return REJECT_AT(p, p->word, "`%s` needs something to its left", operators[i]);
        }
        if (str_eq_nocase(p->word, str_of(operators[i]))) {
            return REJECT_AT(p, p->word, "operators are lower case: write `%s`", operators[i]);
        }
    }
    if (is_pattern(p->word)) {
        return REJECT_AT(p, p->word,
                         "a pattern needs a quantifier: write `1 of %.*s` or `all "
                         "of %.*s`",
                         LOADER_SHOW(p->word), LOADER_SHOW(p->word));
    }
    struct suggest near = {.word = p->word};
    for (uint32_t i = 0; i < p->names->count; i++) {
        suggest_offer(&near, p->names->names[i]);
    }
    if (near.best.n != 0) {
        return REJECT_AT(p, p->word, "there is no %s '%.*s': did you mean '%.*s'?",
                         p->names->what, LOADER_SHOW(p->word), LOADER_SHOW(near.best));
    }
    return REJECT_AT(p, p->word, "there is no %s '%.*s'", p->names->what, LOADER_SHOW(p->word));
}

static struct rc parse_name(struct parser *p, const struct condition **out)
{
    TRY(loader_spend(p->loader, p->node, 1 + p->names->count / 16));
    for (uint32_t i = 0; i < p->names->count; i++) {
        if (str_eq(p->word, p->names->names[i])) {
            p->names->used[i] = true;
            next(p);
            struct condition c = {.kind = CONDITION_SELECTION, .selection = i};
            return node_new(p->loader, c, out);
        }
    }
    return reject_name(p);
}

static struct rc parse_or(struct parser *p, int depth, const struct condition **out);

static struct rc parse_operand(struct parser *p, int depth, const struct condition **out)
{
    struct quantifier q;
    if (p->word.n == 0) {
        return REJECT_AT(p, p->word, "the condition ends where a name should be");
    }
    if (is_at(p, "(")) {
        struct str open = p->word;
        next(p);
        TRY(parse_or(p, depth + 1, out));
        if (!is_at(p, ")")) {
            return REJECT_AT(p, open, "this parenthesis is never closed");
        }
        next(p);
        return RC_OK;
    }
    if (!is_word(p->word.p[0])) {
        return REJECT_AT(p, p->word, "'%.*s' stands where a name should be",
                         LOADER_SHOW(p->word));
    }
    return is_quantifier(p, &q) ? parse_quantifier(p, &q, out) : parse_name(p, out);
}

static struct rc parse_not(struct parser *p, int depth, const struct condition **out)
{
    bool negated = false, any = false;
    while (is_at(p, "not")) {
        TRY(loader_spend(p->loader, p->node, 1));
        negated = !negated;
        any = true;
        next(p);
    }
    const struct condition *child;
    TRY(parse_operand(p, depth, &child));
    if (!any || !negated) {
        *out = child;
        return RC_OK;
    }
    return condition_join(p->loader, CONDITION_NOT, &child, 1, out);
}

/* One level of a chain: operands with the same operator between them. */
static struct rc parse_chain(struct parser *p, int depth, enum condition_kind kind,
                             const struct condition **out)
{
    const char *word = kind == CONDITION_AND ? "and" : "or";
    struct children found = {0};
    struct rc rc;
    do {
        const struct condition *child;
        rc = kind == CONDITION_AND ? parse_not(p, depth, &child)
                                   : parse_chain(p, depth, CONDITION_AND, &child);
        if (rc_failed(rc)) {
            break;
        }
        vec_push(&found, child);
    } while (is_at(p, word) && (next(p), true));
    if (!rc_failed(rc) && found.n == 1) {
        *out = found.p[0];
    } else if (!rc_failed(rc)) {
        rc = condition_join(p->loader, kind, found.p, (uint32_t)found.n, out);
    }
    vec_free(&found);
    return rc;
}

static struct rc parse_or(struct parser *p, int depth, const struct condition **out)
{
    /* each parenthesis can add three levels: or, and, not */
    if (depth * 3 + SPARE_DEPTH > CONDITION_MAX_DEPTH) {
        return REJECT_AT(p, p->word, "parentheses nest deeper than %d levels",
                         (CONDITION_MAX_DEPTH - SPARE_DEPTH) / 3);
    }
    return parse_chain(p, depth, CONDITION_OR, out);
}

static struct rc reject_tail(struct parser *p)
{
    static const char *const operators[] = {"and", "or", "not", "of"};
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (str_eq_nocase(p->word, str_of(operators[i])) && !is_at(p, operators[i])) {
            return REJECT_AT(p, p->word, "operators are lower case: write `%s`", operators[i]);
        }
    }
    return REJECT_AT(p, p->word, "'%.*s' stands where `and`, `or` or the end should be",
                     LOADER_SHOW(p->word));
}

struct rc condition_parse(struct loader *l, const struct node *at,
                          const struct condition_names *names, const struct condition **out,
                          struct str *out_rest)
{
    if (at->kind != NODE_SCALAR) {
        return loader_reject(l, at, "a condition must be text");
    }
    struct parser p = {
        .loader = l, .node = at, .names = names, .text = at->text, .word = {at->text.p, 0}};
    *out_rest = (struct str){"", 0};
    next(&p);
    TRY(parse_or(&p, 0, out));
    if (is_at(&p, "|")) {
        *out_rest = str_trim(str_from(p.text, p.at + 1));
    } else if (p.word.n != 0) {
        return reject_tail(&p);
    }
    return RC_OK;
}

/* The depth is bounded by that of the conditions that were parsed. */
static struct rc shift(struct loader *l, const struct condition *c, uint32_t offset, int depth,
                       const struct condition **out)
{
    check(depth <= CONDITION_MAX_DEPTH);
    struct condition copy = *c;
    const struct condition **children = NULL;
    copy.selection += offset;
    TRY(loader_spend(l, NULL, 1));
    TRY(loader_alloc(l, c->child_count, sizeof(*children), (void **)&children));
    for (uint32_t i = 0; i < c->child_count; i++) {
        TRY(shift(l, c->children[i], offset, depth + 1, &children[i]));
    }
    copy.children = children;
    return node_new(l, copy, out);
}

struct rc condition_shift(struct loader *l, const struct condition *c, uint32_t offset,
                          const struct condition **out)
{
    return shift(l, c, offset, 0, out);
}
