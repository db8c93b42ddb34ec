/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/explain.h"

#include "base/escape.h"
#include "base/heap.h"
#include "detect/parts.h"
#include "detect/sigma/modifier.h"

enum { SHOWN_VALUES = 6, SHOWN_PAIRS = 4, SHOWN_COLUMNS = 100 };

struct explainer {
    struct detector *d;
    const struct rule *rule;
    const struct compiled_rule *compiled;
    struct buf *out;
};

static void put_name(struct buf *out, struct str name)
{
    escape_columns(out, name, SHOWN_COLUMNS);
}

static void put_truth(struct buf *out, bool truth)
{
    buf_puts(out, truth ? ": true" : ": false");
}

static void put_logsource(struct buf *out, const struct logsource *l)
{
    const struct str parts[] = {l->product, l->service, l->categories[0], l->categories[1]};
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].n > 0) {
            buf_puts(out, any ? " / " : "");
            put_name(out, parts[i]);
            any = true;
        }
    }
    buf_puts(out, any ? "" : "unknown log source");
    buf_puts(out, l->reading != LOGSOURCE_READING_RECORD ? " (converted)" : "");
}

static void put_wanted(struct buf *out, const struct logsource_want *w)
{
    const struct {
        const char *key;
        struct str value;
    } parts[] = {
        {" product: ", w->product}, {" category: ", w->category}, {" service: ", w->service}};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].value.n > 0) {
            buf_puts(out, parts[i].key);
            put_name(out, parts[i].value);
        }
    }
}

static void put_item(struct buf *out, const struct rule_item *item)
{
    put_name(out, item->field.n == 0 ? STR("keyword") : item->field);
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        buf_putc(out, '|');
        buf_put(out, modifier_name(item->modifiers[i]));
    }
    for (uint32_t i = 0; i < item->value_count && i < SHOWN_VALUES; i++) {
        buf_puts(out, i == 0 ? " '" : ", '");
        put_name(out, item->values[i].text);
        buf_putc(out, '\'');
    }
    if (item->value_count > SHOWN_VALUES) {
        buf_printf(out, " and %u more", item->value_count - SHOWN_VALUES);
    }
}

/* What the event has under the item's field. */
static void put_seen(struct explainer *x, uint32_t slot)
{
    struct detector *d = x->d;
    uint32_t first = truth_first(d, slot), shown = 0;
    bool keywords = slot == d->engine->slot_count - 1;
    buf_puts(x->out, keywords             ? "; no value of the record has it"
                     : first != PAIR_NONE ? "; the value is"
                     : d->partial ? "; this reading has no such field: unknown, so that no "
                                    "exclusion rests on it"
                                  : "; the field is absent");
    for (uint32_t i = first; !keywords && i != PAIR_NONE; i = d->pairs.p[i].next) {
        struct subject *s = &d->pairs.p[i].subject;
        if (shown++ == SHOWN_PAIRS) {
            buf_puts(x->out, " …");
            return;
        }
        if (value_is_scalar(s->value)) {
            buf_puts(x->out, " \"");
            escape_columns(x->out, subject_text(s), SHOWN_COLUMNS);
            buf_putc(x->out, '"');
        } else {
            buf_puts(x->out, s->value.type == VALUE_NULL     ? " null"
                             : s->value.type == VALUE_OBJECT ? " an object"
                                                             : " an empty list");
        }
    }
}

/* The value that satisfied the first atom of e that one satisfied. */
static bool put_hit(struct explainer *x, const struct expr *e, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    for (uint32_t i = 0; i < e->child_count; i++) {
        if (put_hit(x, e->children[i], depth + 1)) {
            return true;
        }
    }
    if (e->kind != EXPR_ATOM) {
        return false;
    }
    const struct atom *a = &x->d->engine->atoms.p[e->atom];
    for (uint32_t i = truth_first(x->d, parts_slot(x->d->engine, a->field));
         a->kind == ATOM_VALUE && i != PAIR_NONE; i = x->d->pairs.p[i].next) {
        struct pair *pair = &x->d->pairs.p[i];
        if (truth_of_pair(x->d, e->atom, pair)) {
            buf_puts(x->out, "; by \"");
            escape_columns(x->out, subject_text(&pair->subject), SHOWN_COLUMNS);
            buf_putc(x->out, '"');
            return true;
        }
    }
    return false;
}

static bool put_items(struct explainer *x, const struct rule_branch *b, uint32_t item)
{
    bool all = true;
    for (uint32_t i = 0; i < b->item_count; i++) {
        const struct expr *e = x->compiled->items[item + i];
        bool truth = expr_holds(e, truth_of, x->d, 0);
        uint16_t field = b->items[i].field.n == 0
                             ? (uint16_t)ATOM_KEYWORDS
                             : fields_find(x->d->engine->fields, b->items[i].field);
        buf_puts(x->out, "      ");
        put_item(x->out, &b->items[i]);
        put_truth(x->out, truth);
        if (!truth || !put_hit(x, e, 0)) {
            put_seen(x, parts_slot(x->d->engine, field));
        }
        buf_putc(x->out, '\n');
        all = all && truth;
    }
    return all;
}

/* Items are numbered through the selections in order. */
static void put_selection(struct explainer *x, const struct rule_selection *s, uint32_t item)
{
    AUTO_BUF body = {0};
    struct buf *out = x->out;
    bool truth = false;
    x->out = &body;
    for (uint32_t i = 0; i < s->branch_count; i++) {
        if (i > 0) {
            buf_puts(&body, "      or\n");
        }
        bool branch = put_items(x, &s->branches[i], item);
        truth = truth || branch;
        item += s->branches[i].item_count;
    }
    x->out = out;
    buf_puts(out, "    ");
    put_name(out, s->name);
    put_truth(out, truth);
    buf_putc(out, '\n');
    buf_put(out, buf_str(&body));
}

static void put_condition(struct buf *out, const struct rule *rule, const struct condition *c,
                          uint32_t depth)
{
    check(depth <= CONDITION_MAX_DEPTH);
    if (c->kind == CONDITION_SELECTION) {
        put_name(out, rule->selections[c->selection].name);
        return;
    }
    if (c->kind == CONDITION_NOT) {
        buf_puts(out, "not ");
    }
    if (c->kind == CONDITION_AT_LEAST) {
        buf_printf(out, "%u of ", c->count);
    }
    bool brackets = c->kind == CONDITION_AT_LEAST || (depth > 0 && c->child_count > 1);
    buf_puts(out, brackets ? "(" : "");
    for (uint32_t i = 0; i < c->child_count; i++) {
        const char *word = c->kind == CONDITION_AND  ? " and "
                           : c->kind == CONDITION_OR ? " or "
                                                     : ", ";
        buf_puts(out, i > 0 ? word : "");
        put_condition(out, rule, c->children[i], depth + 1);
    }
    buf_puts(out, brackets ? ")" : "");
}

static bool explain_reading(struct explainer *x, const struct event *event,
                            const struct view *view, const struct bucket *everything)
{
    const struct engine *e = x->d->engine;
    enum logsource_id id = view == NULL ? event->logsource : view->logsource;
    uint32_t rule = (uint32_t)(x->rule - e->rules);
    bool routed = (e->buckets[id].rules[rule / 64] >> rule % 64 & 1) != 0;
    buf_puts(x->out, "  as ");
    put_logsource(x->out, id == LOGSOURCE_CUSTOM ? &e->custom : logsource_row(id));
    if (!routed) {
        buf_puts(x->out, ": not looked at; the rule wants");
        put_wanted(x->out, &x->rule->logsource);
        buf_putc(x->out, '\n');
        return false;
    }
    x->d->epoch++;
    x->d->partial = parts_is_partial(id);
    reading_load(x->d, everything, event, view);
    reading_load_keywords(x->d);
    bool matches = expr_holds(x->compiled->expr, truth_of, x->d, 0);
    buf_puts(x->out,
             matches ? ": matches\n    condition " : ": does not match\n    condition ");
    put_condition(x->out, x->rule, x->rule->condition, 0);
    put_truth(x->out, matches);
    buf_putc(x->out, '\n');
    uint32_t item = 0;
    for (uint32_t i = 0; i < x->rule->selection_count; i++) {
        const struct rule_selection *s = &x->rule->selections[i];
        put_selection(x, s, item);
        for (uint32_t b = 0; b < s->branch_count; b++) {
            item += s->branches[b].item_count;
        }
    }
    return matches;
}

struct rc explain_rule(const struct engine *e, size_t rule, const struct event *event,
                       struct buf *out, bool *out_matches)
{
    check(rule < e->rule_count);
    bool matches = false, full = false;
    buf_puts(out, "rule ");
    put_name(out, e->rules[rule].title);
    buf_putc(out, '\n');
    if (e->compiled[rule].expr == NULL) {
        buf_puts(out, "  was rejected when it was loaded; `tocsin rules check` says why\n");
    } else {
        struct bucket everything = {.wants = heap_alloc(e->slot_count)};
        memset(everything.wants, WANT_USED, e->slot_count);
        struct explainer x = {detector_open(e), &e->rules[rule], &e->compiled[rule], out};
        x.d->direct = true;
        matches = explain_reading(&x, event, NULL, &everything);
        for (uint32_t i = 0; i < event->view_count; i++) {
            matches |= explain_reading(&x, event, &event->views[i], &everything);
        }
        full = x.d->memory.full;
        detector_close(x.d);
        heap_free(everything.wants);
    }
    *out_matches = matches;
    return full ? rc_make(ERR_ARENA_FULL) : RC_OK;
}
