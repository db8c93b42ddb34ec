/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/lower.h"

#include "detect/sigma/shape.h"

#include <stdarg.h>
#include <stdio.h>

struct rc lower_reject(const struct lower *l, uint32_t line, uint32_t column, const char *fmt,
                       ...)
{
    char text[DIAG_MAX_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    int shown = n < 0 ? 0 : n >= (int)sizeof(text) ? (int)sizeof(text) - 1 : n;
    struct diag_place at = {l->rule->path, line == 0 ? l->rule->line : line, column};
    diag_add(l->diag, DIAG_ERROR, at, "%.*s", shown, text);
    return rc_make(ERR_REJECTED);
}

/* An expression over children, which are copied; one child of AND or OR is itself. */
static struct rc make(const struct lower *l, enum expr_kind kind,
                      const struct expr *const *children, uint32_t count,
                      const struct expr **out)
{
    if (count == 1 && (kind == EXPR_AND || kind == EXPR_OR)) {
        *out = children[0];
        return RC_OK;
    }
    struct expr *e = arena_zalloc(l->arena, 1, sizeof(*e));
    const struct expr **own = arena_zalloc(l->arena, count == 0 ? 1 : count, sizeof(*own));
    if (e == NULL || own == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < count; i++) {
        own[i] = children[i];
    }
    *e = (struct expr){.kind = kind, .children = own, .child_count = count};
    *out = e;
    return RC_OK;
}

static struct rc make_atom(const struct lower *l, const struct atom *atom,
                           const struct expr **out)
{
    struct expr *e = arena_zalloc(l->arena, 1, sizeof(*e));
    if (e == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    e->kind = EXPR_ATOM;
    TRY(expr_atoms_add(l->atoms, atom, &e->atom));
    *out = e;
    return RC_OK;
}

static struct rc negate(const struct lower *l, bool negated, const struct expr **e)
{
    return negated ? make(l, EXPR_NOT, e, 1, e) : RC_OK;
}

static struct rc field_id(const struct lower *l, const struct rule_item *item, struct str name,
                          uint16_t *out)
{
    *out = name.n == 0 ? (uint16_t)ATOM_KEYWORDS : fields_add(l->fields, name);
    if (*out == FIELD_NONE || (name.n != 0 && *out == ATOM_KEYWORDS)) {
        return lower_reject(l, item->line, item->column, "too many field names in all rules");
    }
    return RC_OK;
}

static struct rc lower_exists(const struct lower *l, const struct rule_item *item,
                              const struct expr **out)
{
    const struct rule_value *value = &item->values[0];
    if (item->value_count != 1 || value->kind != RULE_VALUE_BOOL) {
        return lower_reject(l, value->line, value->column,
                            "`exists` takes one boolean: true or false, without quotes");
    }
    struct atom atom = {.kind = ATOM_EXISTS};
    TRY(field_id(l, item, item->field, &atom.field));
    TRY(make_atom(l, &atom, out));
    return negate(l, !value->b, out);
}

static struct rc lower_fieldref(const struct lower *l, const struct rule_item *item,
                                const struct item_shape *shape, const struct rule_value *value,
                                const struct expr **out)
{
    struct glyphs name = {0};
    bool text = value->kind == RULE_VALUE_TEXT && value->text.n > 0;
    if (text) {
        TRY(glob_parse(value->text, l->arena, &name));
    }
    if (!text || glob_has_wildcard(name)) {
        return lower_reject(l, value->line, value->column,
                            "`fieldref` takes the name of a field, without wildcards");
    }
    struct atom atom = {.kind = ATOM_FIELDREF, .anchor = shape->anchor};
    TRY(field_id(l, item, item->field, &atom.field));
    TRY(field_id(l, item, value->text, &atom.other));
    return make_atom(l, &atom, out);
}

static struct rc lower_null(const struct lower *l, const struct rule_item *item,
                            const struct item_shape *shape, const struct rule_value *value,
                            const struct expr **out)
{
    if (item->field.n == 0 || shape->text || shape->regex || shape->cidr || shape->compares ||
        shape->timed) {
        return lower_reject(l, value->line, value->column,
                            "null goes with a field and without modifiers of text or number");
    }
    struct atom atom = {.kind = ATOM_NULL};
    TRY(field_id(l, item, item->field, &atom.field));
    return make_atom(l, &atom, out);
}

static struct rc value_atom(const struct lower *l, const struct rule_item *item,
                            const struct pattern_list *patterns, const struct expr **out)
{
    struct atom atom = {
        .kind = ATOM_VALUE, .patterns = patterns->p, .pattern_count = patterns->n};
    TRY(field_id(l, item, item->field, &atom.field));
    return make_atom(l, &atom, out);
}

/* Each value its own part: for |all, null and fieldref. */
static struct rc lower_apart(const struct lower *l, const struct rule_item *item,
                             const struct item_shape *shape, const struct rule_value *value,
                             const struct expr **out)
{
    if (shape->fieldref) {
        return lower_fieldref(l, item, shape, value, out);
    }
    if (value->kind == RULE_VALUE_NULL) {
        return lower_null(l, item, shape, value, out);
    }
    struct pattern_list patterns = {0};
    TRY(values_lower(l, item, shape, value, &patterns));
    return value_atom(l, item, &patterns, out);
}

static struct rc lower_item(const struct lower *l, const struct rule_item *item,
                            const struct expr **out)
{
    struct item_shape shape;
    TRY(shape_read(l, item, &shape));
    if (shape.exists) {
        return lower_exists(l, item, out);
    }
    const struct expr **parts =
        arena_zalloc(l->arena, (size_t)item->value_count + 1, sizeof(*parts));
    if (parts == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    struct pattern_list joined = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < item->value_count; i++) {
        const struct rule_value *value = &item->values[i];
        if (shape.all || shape.fieldref || value->kind == RULE_VALUE_NULL) {
            TRY(lower_apart(l, item, &shape, value, &parts[n++]));
        } else {
            TRY(values_lower(l, item, &shape, value, &joined));
        }
    }
    if (joined.n > 0) {
        TRY(value_atom(l, item, &joined, &parts[n++]));
    }
    const struct expr *e;
    TRY(make(l, shape.all ? EXPR_AND : EXPR_OR, parts, n, &e));
    TRY(negate(l, shape.negated, &e));
    *out = e;
    return RC_OK;
}

/* The items of the selection are appended at *items, which moves on. */
static struct rc lower_selection(const struct lower *l, const struct rule_selection *selection,
                                 const struct expr ***items, const struct expr **out)
{
    const struct expr **parts =
        arena_zalloc(l->arena, (size_t)selection->branch_count + 1, sizeof(*parts));
    if (parts == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < selection->branch_count; i++) {
        const struct rule_branch *branch = &selection->branches[i];
        const struct expr **first = *items;
        for (uint32_t k = 0; k < branch->item_count; k++) {
            TRY(lower_item(l, &branch->items[k], (*items)++));
        }
        TRY(make(l, EXPR_AND, first, branch->item_count, &parts[i]));
    }
    return make(l, EXPR_OR, parts, selection->branch_count, out);
}

static struct rc lower_condition(const struct lower *l, const struct condition *c,
                                 const struct expr *const *selections, uint32_t depth,
                                 const struct expr **out)
{
    static const enum expr_kind kinds[] = {
        [CONDITION_NOT] = EXPR_NOT,
        [CONDITION_AND] = EXPR_AND,
        [CONDITION_OR] = EXPR_OR,
        [CONDITION_AT_LEAST] = EXPR_AT_LEAST,
    };
    if (depth > CONDITION_MAX_DEPTH) {
        return lower_reject(l, 0, 0, "the condition is nested too deeply");
    }
    if (c->kind == CONDITION_SELECTION) {
        check(c->selection < l->rule->selection_count);
        *out = selections[c->selection];
        return RC_OK;
    }
    const struct expr **parts =
        arena_zalloc(l->arena, (size_t)c->child_count + 1, sizeof(*parts));
    struct expr *e = arena_zalloc(l->arena, 1, sizeof(*e));
    if (parts == NULL || e == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < c->child_count; i++) {
        TRY(lower_condition(l, c->children[i], selections, depth + 1, &parts[i]));
    }
    *e = (struct expr){.kind = kinds[c->kind],
                       .count = c->count,
                       .children = parts,
                       .child_count = c->child_count};
    *out = e;
    return RC_OK;
}

static size_t count_items(const struct rule *rule)
{
    size_t count = 0;
    for (uint32_t i = 0; i < rule->selection_count; i++) {
        for (uint32_t b = 0; b < rule->selections[i].branch_count; b++) {
            count += rule->selections[i].branches[b].item_count;
        }
    }
    return count;
}

struct rc lower_rule(const struct lower *l, const struct expr **out,
                     const struct expr *const **out_items)
{
    const struct rule *rule = l->rule;
    const struct expr **selections =
        arena_zalloc(l->arena, (size_t)rule->selection_count + 1, sizeof(*selections));
    const struct expr **items = arena_zalloc(l->arena, count_items(rule) + 1, sizeof(*items));
    if (selections == NULL || items == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    const struct expr **next = items;
    for (uint32_t i = 0; i < rule->selection_count; i++) {
        TRY(lower_selection(l, &rule->selections[i], &next, &selections[i]));
    }
    TRY(lower_condition(l, rule->condition, selections, 0, out));
    *out_items = items;
    return RC_OK;
}
