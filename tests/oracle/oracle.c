/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "oracle.h"

#include "oracle_value.h"

#include "base/vec.h"

#include <stdlib.h>

struct routed {
    uint32_t *p;
    size_t n, room;
    bool made;
};

struct oracle {
    const struct rule *rules;
    size_t count;
    const struct fields *fields;
    struct oracle_item ***items; /* [rule][item], prepared on first use */
    struct arena *scratch;       /* of one call */
    struct routed routed[LOGSOURCE_COUNT];
    VEC(uint32_t) fired;
    bool *fired_flag; /* per rule, while one event is looked at */
};

/* What an item is asked about: one reading of one event. */
struct reading {
    const struct oracle *o;
    const struct event *e;
    const struct view *view;
};

static size_t count_items(const struct rule *r)
{
    size_t n = 0;
    for (uint32_t s = 0; s < r->selection_count; s++) {
        for (uint32_t b = 0; b < r->selections[s].branch_count; b++) {
            n += r->selections[s].branches[b].item_count;
        }
    }
    return n;
}

struct oracle *oracle_open(const struct rule *rules, size_t count, const struct fields *fields)
{
    struct oracle *o = heap_zalloc(1, sizeof(*o));
    o->rules = rules;
    o->count = count;
    o->fields = fields;
    o->items = heap_zalloc(count, sizeof(*o->items));
    o->fired_flag = heap_zalloc(count, sizeof(*o->fired_flag));
    o->scratch = arena_open((size_t)256 << 20);
    return o;
}

void oracle_close(struct oracle *o)
{
    for (size_t r = 0; r < o->count; r++) {
        for (size_t i = 0; o->items[r] != NULL && i < count_items(&o->rules[r]); i++) {
            oracle_item_close(o->items[r][i]);
        }
        heap_free(o->items[r]);
    }
    for (size_t i = 0; i < LOGSOURCE_COUNT; i++) {
        vec_free(&o->routed[i]);
    }
    vec_free(&o->fired);
    heap_free(o->fired_flag);
    heap_free(o->items);
    arena_close(o->scratch);
    heap_free(o);
}

/* Has this reading its own pairs of that name, or does it hide the record's? */
static bool replaced(const struct reading *in, struct str name)
{
    for (uint32_t i = 0; in->view != NULL && i < in->view->count; i++) {
        if (str_eq(in->view->fields[i].name, name)) {
            return true;
        }
    }
    for (uint32_t i = 0; in->view != NULL && i < in->view->hidden_count; i++) {
        if (str_eq(fields_name(in->o->fields, in->view->hidden[i]), name)) {
            return true;
        }
    }
    return false;
}

static bool has_literal(const struct event *e, struct str name)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if ((e->fields[i].flags & FIELD_LITERAL) != 0 && str_eq(e->fields[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* All values of a field, in order; owned by the scratch arena. */
static size_t lookup(const struct reading *in, struct str name, struct value **out)
{
    bool own = replaced(in, name);
    const struct field *from = own ? in->view->fields : in->e->fields;
    uint32_t count = own ? in->view->count : in->e->count;
    bool literal = !own && has_literal(in->e, name);
    *out = arena_zalloc(in->o->scratch, count + 1, sizeof(**out));
    check(*out != NULL);
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool hidden = literal && (from[i].flags & FIELD_LITERAL) == 0;
        if (!hidden && from[i].id != FIELD_NONE && str_eq(from[i].name, name)) {
            (*out)[n++] = from[i].value;
        }
    }
    return n;
}

static struct str text_of(const struct oracle *o, struct value v)
{
    struct str s;
    struct rc rc = value_text(v, o->scratch, &s);
    check(!rc_failed(rc));
    return s;
}

static bool any_value_holds(const struct reading *in, const struct oracle_item *item,
                            size_t which, const struct value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (value_is_scalar(values[i]) &&
            oracle_item_holds(item, which, values[i], text_of(in->o, values[i]))) {
            return true;
        }
    }
    return false;
}

static bool keyword_holds(const struct reading *in, const struct oracle_item *item,
                          size_t which)
{
    const struct event *e = in->e;
    for (uint32_t i = 0; i < e->count; i++) {
        if ((e->fields[i].flags & FIELD_DERIVED) == 0 &&
            any_value_holds(in, item, which, &e->fields[i].value, 1)) {
            return true;
        }
    }
    struct value line = value_text_of(e->text);
    return e->text.n != 0 && any_value_holds(in, item, which, &line, 1);
}

static bool is_null(const struct value *values, size_t n)
{
    bool null = n == 0;
    for (size_t i = 0; i < n; i++) {
        null |= values[i].type == VALUE_NULL;
    }
    return null;
}

static bool fieldref_holds(const struct reading *in, const struct oracle_item *item,
                           size_t which, const struct value *values, size_t n)
{
    struct value *others;
    size_t m = lookup(in, oracle_item_reference(item, which), &others);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            if (value_is_scalar(values[i]) && value_is_scalar(others[j]) &&
                oracle_item_compare(item, text_of(in->o, values[i]),
                                    text_of(in->o, others[j]))) {
                return true;
            }
        }
    }
    return false;
}

static bool one_value(const struct reading *in, const struct oracle_item *item, size_t which,
                      const struct value *values, size_t n)
{
    switch (oracle_item_kind(item, which)) {
    case ORACLE_NULL:
        return is_null(values, n);
    case ORACLE_EXISTS:
        return (n != 0) == oracle_item_wants_presence(item, which);
    case ORACLE_FIELDREF:
        return fieldref_holds(in, item, which, values, n);
    case ORACLE_KEYWORD:
        return keyword_holds(in, item, which);
    case ORACLE_VALUE:
        break;
    }
    return any_value_holds(in, item, which, values, n);
}

/* The field, or the one it is compared with, is not there. */
static bool says_nothing(const struct reading *in, const struct oracle_item *item, size_t which,
                         size_t n)
{
    struct value *others;
    bool reference = oracle_item_kind(item, which) == ORACLE_FIELDREF;
    return oracle_item_field(item).n != 0 &&
           (n == 0 ||
            (reference && lookup(in, oracle_item_reference(item, which), &others) == 0));
}

static bool is_partial(const struct reading *in)
{
    return in->view != NULL && in->view->logsource != LOGSOURCE_CUSTOM &&
           logsource_row(in->view->logsource)->reading == LOGSOURCE_READING_PARTIAL;
}

/*
 * denied: under an odd number of nots. In a partial reading a comparison with an absent field
 * is what keeps the rule from firing: false, or true where it is denied.
 */
static bool item_holds(const struct reading *in, const struct oracle_item *item, bool denied)
{
    struct value *values;
    bool negated = oracle_item_negated(item);
    size_t n = lookup(in, oracle_item_field(item), &values);
    size_t held = 0, count = oracle_item_count(item);
    for (size_t i = 0; i < count; i++) {
        bool unknown = is_partial(in) && says_nothing(in, item, i, n);
        held += unknown ? denied != negated : one_value(in, item, i, values, n);
    }
    bool truth = oracle_item_needs_all(item) ? held == count : held != 0;
    return truth != negated;
}

static bool selection_holds(const struct reading *in, struct oracle_item **items,
                            const struct rule *r, uint32_t selection, bool denied)
{
    size_t at = 0;
    bool any = false;
    for (uint32_t s = 0; s <= selection; s++) {
        for (uint32_t b = 0; b < r->selections[s].branch_count; b++) {
            bool all = true;
            for (uint32_t i = 0; i < r->selections[s].branches[b].item_count; i++) {
                all = s == selection && all && item_holds(in, items[at], denied);
                at++;
            }
            any |= s == selection && all;
        }
    }
    return any;
}

static bool condition_holds(const struct reading *in, struct oracle_item **items,
                            const struct rule *r, const struct condition *c, bool denied)
{
    if (c->kind == CONDITION_SELECTION) {
        return selection_holds(in, items, r, c->selection, denied);
    }
    uint32_t held = 0;
    for (uint32_t i = 0; i < c->child_count; i++) {
        held +=
            condition_holds(in, items, r, c->children[i], denied != (c->kind == CONDITION_NOT));
    }
    switch (c->kind) {
    case CONDITION_NOT:
        return held == 0;
    case CONDITION_AND:
        return held == c->child_count;
    case CONDITION_OR:
        return held != 0;
    case CONDITION_AT_LEAST:
        return held >= c->count;
    case CONDITION_SELECTION:
        break;
    }
    return false;
}

static void prepare(struct oracle *o, size_t rule)
{
    const struct rule *r = &o->rules[rule];
    size_t at = 0;
    o->items[rule] = heap_zalloc(count_items(r), sizeof(**o->items));
    for (uint32_t s = 0; s < r->selection_count; s++) {
        for (uint32_t b = 0; b < r->selections[s].branch_count; b++) {
            for (uint32_t i = 0; i < r->selections[s].branches[b].item_count; i++) {
                o->items[rule][at++] = oracle_item_open(&r->selections[s].branches[b].items[i]);
            }
        }
    }
}

bool oracle_matches(struct oracle *o, size_t rule, const struct event *e,
                    const struct view *view)
{
    check(rule < o->count);
    if (o->items[rule] == NULL) {
        prepare(o, rule);
    }
    struct reading in = {o, e, view};
    bool truth =
        condition_holds(&in, o->items[rule], &o->rules[rule], o->rules[rule].condition, false);
    arena_reset(o->scratch);
    return truth;
}

/* Routing, spelled out once more and apart from logsource_admits. */
static bool routed(const struct rule *r, const struct logsource *have)
{
    const struct logsource_want *want = &r->logsource;
    if ((want->product.n != 0 && !str_eq(want->product, have->product)) ||
        (want->service.n != 0 && !str_eq(want->service, have->service))) {
        return false;
    }
    if (want->category.n == 0) {
        return have->reading == LOGSOURCE_READING_RECORD;
    }
    return str_eq(want->category, have->categories[0]) ||
           str_eq(want->category, have->categories[1]);
}

/* The rules that look at one kind of event; made once per kind. */
static const struct routed *rules_for(struct oracle *o, enum logsource_id id)
{
    struct routed *list = &o->routed[id];
    for (size_t r = 0; !list->made && r < o->count; r++) {
        if (routed(&o->rules[r], logsource_row(id))) {
            vec_push(list, (uint32_t)r);
        }
    }
    list->made = true;
    return list;
}

static void try_rules(struct oracle *o, const struct event *e, const struct view *view)
{
    const struct routed *list = rules_for(o, view == NULL ? e->logsource : view->logsource);
    for (size_t i = 0; i < list->n; i++) {
        bool *seen = &o->fired_flag[list->p[i]];
        if (!*seen && oracle_matches(o, list->p[i], e, view)) {
            *seen = true;
            vec_push(&o->fired, list->p[i]);
        }
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

size_t oracle_fires(struct oracle *o, const struct event *e, const uint32_t **out)
{
    o->fired.n = 0;
    try_rules(o, e, NULL);
    for (uint32_t i = 0; i < e->view_count; i++) {
        try_rules(o, e, &e->views[i]);
    }
    for (size_t i = 0; i < o->fired.n; i++) {
        o->fired_flag[o->fired.p[i]] = false;
    }
    if (o->fired.n != 0) {
        qsort(o->fired.p, o->fired.n, sizeof(*o->fired.p), by_number);
    }
    *out = o->fired.p;
    return o->fired.n;
}
