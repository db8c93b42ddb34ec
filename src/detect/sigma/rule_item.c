/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/rule_item.h"

#include "detect/sigma/lint.h"
#include "detect/sigma/modifier.h"
#include "detect/sigma/placeholder.h"
#include "detect/sigma/scalar.h"

static struct rc add_modifier(struct loader *l, const struct node *key, struct str name,
                              struct rule_item *item)
{
    if (item->modifier_count == ITEM_MAX_MODIFIERS) {
        return loader_reject(l, key, "more than %d modifiers on one field", ITEM_MAX_MODIFIERS);
    }
    if (modifier_parse(name, &item->modifiers[item->modifier_count])) {
        item->modifier_count++;
        return RC_OK;
    }
    struct str nearest = modifier_nearest(name);
    if (name.n == 0) {
        return loader_reject(l, key, "a modifier is missing after `|`");
    }
    if (nearest.n != 0) {
        return loader_reject(l, key, "unknown modifier |%.*s: did you mean |%.*s?",
                             LOADER_SHOW(name), LOADER_SHOW(nearest));
    }
    return loader_reject(l, key, "unknown modifier |%.*s", LOADER_SHOW(name));
}

/* field|modifier|modifier */
static struct rc read_key(struct loader *l, const struct node *key, struct rule_item *item)
{
    struct str rest = key->text;
    size_t bar = str_find_char(rest, '|');
    TRY(loader_copy(l, str_upto(rest, bar), &item->field));
    while (bar != SIZE_MAX) {
        rest = str_from(rest, bar + 1);
        bar = str_find_char(rest, '|');
        TRY(add_modifier(l, key, str_upto(rest, bar), item));
    }
    return RC_OK;
}

static struct rc read_value(struct loader *l, const struct node *n, struct rule_value *out)
{
    const char *reason;
    if (n->kind != NODE_SCALAR) {
        return loader_reject(l, n,
                             "a value cannot be a %s: write text, a number, true, false "
                             "or null",
                             n->kind == NODE_LIST ? "list in a list" : "map");
    }
    if (rc_failed(scalar_read(n, out, &reason))) {
        return loader_reject(l, n, "'%.*s' is %s: put it in quotes to compare it as text",
                             LOADER_SHOW(n->text), reason);
    }
    return loader_copy(l, out->text, &out->text);
}

static struct rc read_values(struct loader *l, const struct node *at,
                             const struct node *const *nodes, uint32_t count,
                             struct rule_item *item)
{
    struct rule_value *values = NULL;
    struct rc rc = RC_OK;
    TRY(loader_spend(l, at, count));
    TRY(loader_alloc(l, count, sizeof(*values), (void **)&values));
    for (uint32_t i = 0; i < count; i++) {
        loader_gather(&rc, read_value(l, nodes[i], &values[i]));
    }
    item->values = values;
    item->value_count = count;
    return rc;
}

/* Takes |expand out of the list; an item's other modifiers then apply to what it gave. */
static void drop_expand(struct rule_item *item)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        if (item->modifiers[i] != MODIFIER_EXPAND) {
            item->modifiers[kept++] = item->modifiers[i];
        }
    }
    item->modifier_count = kept;
}

static struct rc expand_all(struct loader *l, const struct rule_item *item,
                            struct placeholder_values *out)
{
    struct placeholder_opts opts = {.regex = modifier_is_on(item, MODIFIER_RE)};
    for (uint32_t i = 0; i < item->value_count; i++) {
        const struct rule_value *v = &item->values[i];
        struct node at = {.line = v->line, .column = v->column};
        if (v->kind != RULE_VALUE_TEXT) {
            return loader_reject(l, &at, "|expand takes text: '%.*s' is none",
                                 LOADER_SHOW(v->text));
        }
        TRY(placeholder_expand(l, v, &opts, out));
    }
    return RC_OK;
}

static struct rc expand(struct loader *l, struct rule_item *item)
{
    if (!modifier_is_on(item, MODIFIER_EXPAND)) {
        return RC_OK;
    }
    struct rule_value *values = NULL;
    struct placeholder_values out = {0};
    struct rc rc = expand_all(l, item, &out);
    if (!rc_failed(rc)) {
        rc = loader_alloc(l, out.n, sizeof(*values), (void **)&values);
    }
    if (!rc_failed(rc)) {
        check(out.p != NULL); /* each value gives at least one */
        memcpy(values, out.p, out.n * sizeof(*values));
        item->values = values;
        item->value_count = (uint32_t)out.n;
        drop_expand(item);
    }
    vec_free(&out);
    return rc;
}

struct rc rule_item_read(struct loader *l, const struct node *key, const struct node *value,
                         struct rule_item *out)
{
    struct rule_item item = {.line = key->line, .column = key->column};
    bool is_list = value->kind == NODE_LIST;
    TRY(loader_spend(l, key, 1));
    TRY(read_key(l, key, &item));
    if (is_list && value->count == 0) {
        return loader_reject(l, key,
                             "'%.*s' has an empty list: give it a value, or write "
                             "`null` if the field must be absent",
                             LOADER_SHOW(key->text));
    }
    TRY(read_values(l, key, is_list ? value->items : &value, is_list ? value->count : 1,
                    &item));
    TRY(lint_item(l, key, &item, is_list));
    TRY(expand(l, &item));
    TRY(modifier_check_order(l, key, &item));
    TRY(modifier_check_values(l, key, &item));
    *out = item;
    return RC_OK;
}

struct rc rule_item_read_keywords(struct loader *l, const struct node *const *items,
                                  uint32_t count, struct rule_item *out)
{
    struct rule_item item = {
        .field = {"", 0}, .line = items[0]->line, .column = items[0]->column};
    TRY(read_values(l, items[0], items, count, &item));
    TRY(modifier_check_values(l, items[0], &item));
    *out = item;
    return RC_OK;
}
