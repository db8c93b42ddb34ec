/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/detection.h"

#include "detect/sigma/rule_item.h"

static struct rc read_map(struct loader *l, const struct node *map, struct rule_branch *out)
{
    struct rule_item *items = NULL;
    struct rc rc = RC_OK;
    if (map->count == 0) {
        return loader_reject(l, map,
                             "an empty map matches nothing: name a field and its value");
    }
    TRY(loader_spend(l, map, map->count));
    TRY(loader_alloc(l, map->count, sizeof(*items), (void **)&items));
    for (uint32_t i = 0; i < map->count; i++) {
        loader_gather(&rc,
                      rule_item_read(l, map->pairs[i].key, map->pairs[i].value, &items[i]));
    }
    *out = (struct rule_branch){items, map->count};
    return rc;
}

static struct rc read_keywords(struct loader *l, const struct node *const *nodes,
                               uint32_t count, struct rule_branch *out)
{
    struct rule_item *item = NULL;
    TRY(loader_alloc(l, 1, sizeof(*item), (void **)&item));
    TRY(rule_item_read_keywords(l, nodes, count, item));
    *out = (struct rule_branch){item, 1};
    return RC_OK;
}

/* Neighbouring scalars are one branch: keywords, any of which will do. */
static struct rc read_list(struct loader *l, const struct node *list,
                           struct rule_branch *branches, uint32_t *out_count)
{
    struct rc rc = RC_OK;
    uint32_t count = 0;
    for (uint32_t i = 0, end; i < list->count; i = end) {
        const struct node *n = list->items[i];
        end = i + 1;
        if (n->kind == NODE_MAP) {
            loader_gather(&rc, read_map(l, n, &branches[count++]));
            continue;
        }
        if (n->kind == NODE_LIST) {
            return loader_reject(l, n, "a list in a list means nothing: write one list");
        }
        while (end < list->count && list->items[end]->kind == NODE_SCALAR) {
            end++;
        }
        loader_gather(&rc, read_keywords(l, list->items + i, end - i, &branches[count++]));
    }
    *out_count = count;
    return rc;
}

static bool is_null(const struct node *n)
{
    return n->kind == NODE_SCALAR && n->style == NODE_PLAIN && n->text.n == 0;
}

static struct rc read_selection(struct loader *l, const struct node_pair *pair,
                                struct rule_selection *out)
{
    const struct node *n = pair->value;
    struct rule_branch *branches = NULL;
    TRY(loader_copy(l, pair->key->text, &out->name));
    if ((n->kind != NODE_SCALAR && n->count == 0) || is_null(n)) {
        return loader_reject(l, pair->key, "the selection '%.*s' is empty",
                             LOADER_SHOW(pair->key->text));
    }
    uint32_t room = n->kind == NODE_LIST ? n->count : 1;
    TRY(loader_spend(l, n, room));
    TRY(loader_alloc(l, room, sizeof(*branches), (void **)&branches));
    out->branches = branches;
    out->branch_count = 1;
    if (n->kind == NODE_MAP) {
        return read_map(l, n, branches);
    }
    return n->kind == NODE_LIST ? read_list(l, n, branches, &out->branch_count)
                                : read_keywords(l, &n, 1, branches);
}

/* `timeframe` belongs to the legacy aggregations, `rules` to filters. */
static bool is_selection(struct str name)
{
    return !str_eq(name, STR("condition")) && !str_eq(name, STR("timeframe")) &&
           !str_eq(name, STR("rules"));
}

struct rc detection_read(struct loader *l, const struct node *map, struct detection *out)
{
    struct rule_selection *selections = NULL;
    struct rc rc = RC_OK;
    const struct node **keys = arena_alloc(l->scratch, map->count * sizeof(*keys));
    uint32_t count = 0;
    if (keys == NULL) {
        return loader_reject(l, map, "the file needs more memory than a rule file may use");
    }
    TRY(loader_spend(l, map, map->count));
    TRY(loader_alloc(l, map->count, sizeof(*selections), (void **)&selections));
    for (uint32_t i = 0; i < map->count; i++) {
        const struct node_pair *pair = &map->pairs[i];
        if (!is_selection(pair->key->text)) {
            continue;
        }
        keys[count] = pair->key;
        loader_gather(&rc, read_selection(l, pair, &selections[count++]));
    }
    *out = (struct detection){selections, keys, count};
    return rc;
}

struct rc detection_names(struct loader *l, const struct detection *d,
                          struct condition_names *out)
{
    struct str *names = NULL;
    bool *used = NULL;
    TRY(loader_alloc(l, d->count, sizeof(*names), (void **)&names));
    TRY(loader_alloc(l, d->count, sizeof(*used), (void **)&used));
    for (uint32_t i = 0; i < d->count; i++) {
        names[i] = d->selections[i].name;
    }
    *out = (struct condition_names){names, d->count, used, "selection"};
    return RC_OK;
}

static bool is_usable_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) && s.p[i] != '_' && s.p[i] != '-') {
            return false;
        }
    }
    return s.n != 0;
}

void detection_warn_unused(struct loader *l, const struct detection *d,
                           const struct condition_names *names)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (!names->used[i]) {
            loader_warn(l, d->keys[i], "the condition never uses '%.*s'%s",
                        LOADER_SHOW(names->names[i]),
                        is_usable_name(names->names[i])
                            ? ""
                            : ", nor can it: name it with letters, digits, _ and -");
        }
    }
}
