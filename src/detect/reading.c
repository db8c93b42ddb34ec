/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A reading of an event: its own fields, or a view laid over them. Only fields that the
 * bucket's rules ask for are kept, each slot's values in a chain.
 */
#include "base/heap.h"
#include "detect/parts.h"

/* Pairs kept allocated between events; a hostile record may have millions. */
enum { KEEP_PAIRS = 1 << 16 };

static struct slot_values *slot_of(struct detector *d, uint32_t slot)
{
    struct slot_values *s = &d->slots[slot];
    if (s->epoch != d->epoch) {
        *s = (struct slot_values){.epoch = d->epoch, .first = PAIR_NONE, .last = PAIR_NONE};
        d->touched[d->touched_count++] = slot;
    }
    return s;
}

static void append(struct detector *d, struct slot_values *s, const struct field *f)
{
    if (d->pairs.n == d->pairs.room) {
        d->pairs.room = d->pairs.room == 0 ? 256 : 2 * d->pairs.room;
        d->pairs.p = heap_resize(d->pairs.p, d->pairs.room, sizeof(*d->pairs.p));
    }
    uint32_t at = d->pairs.n++;
    d->pairs.p[at] = (struct pair){f->name, subject_of(f->value, &d->memory), PAIR_NONE};
    if (s->first == PAIR_NONE) {
        s->first = at;
    } else {
        d->pairs.p[s->last].next = at;
    }
    s->last = at;
}

static void load_field(struct detector *d, const struct bucket *b, const struct field *f,
                       bool from_view)
{
    bool known = f->id != FIELD_NONE && f->id < d->engine->slot_count - 1;
    if (!known || b->wants[f->id] == 0 || (f->flags & FIELD_ENVELOPE) != 0) {
        return;
    }
    struct slot_values *s = slot_of(d, f->id);
    bool literal = (f->flags & FIELD_LITERAL) != 0;
    if ((s->closed && !from_view) || (s->literal && !literal)) {
        return;
    }
    if (literal && !s->literal) {
        s->literal = true;
        s->first = s->last = PAIR_NONE;
    }
    append(d, s, f);
}

static bool is_leaf(const struct field *f)
{
    return value_is_scalar(f->value) && (f->flags & FIELD_DERIVED) == 0;
}

/* Every scalar that stands in the record, and the line itself. */
void reading_load_keywords(struct detector *d)
{
    uint32_t slot = d->engine->slot_count - 1;
    const struct event *e = d->event;
    if (d->slots[slot].epoch == d->epoch) {
        return;
    }
    struct slot_values *s = slot_of(d, slot);
    for (uint32_t i = 0; i < e->count; i++) {
        if (is_leaf(&e->fields[i])) {
            append(d, s, &e->fields[i]);
        }
    }
    if (e->text.n > 0) {
        struct field line = {.name = STR(""), .value = value_text_of(e->text)};
        append(d, s, &line);
    }
}

bool reading_leaves(struct detector *d, const struct keywords *keywords, struct str *out)
{
    const struct event *e = d->event;
    struct buf *b = &d->leaves;
    bool numerals = keywords_in_numerals(keywords);
    buf_clear(b);
    for (uint32_t i = 0; i < e->count; i++) {
        const struct field *f = &e->fields[i];
        if (!is_leaf(f) || (!numerals && value_is_numeral(f->value))) {
            continue;
        }
        size_t bound = value_text_bound(f->value);
        if (!buf_reserve(b, (bound == 0 ? f->value.n : bound) + 1)) {
            return false;
        }
        struct str text = value_text_into(f->value, b->p + b->n);
        if (bound == 0 && text.n > 0) {
            memcpy(b->p + b->n, text.p, text.n);
        }
        b->n += text.n;
        b->p[b->n++] = '\n';
    }
    buf_put(b, e->text);
    *out = buf_str(b);
    return !b->full;
}

void reading_load(struct detector *d, const struct bucket *bucket, const struct event *e,
                  const struct view *view)
{
    uint32_t keywords = d->engine->slot_count - 1;
    if (d->pairs.room > KEEP_PAIRS) {
        heap_free(d->pairs.p);
        d->pairs.p = NULL;
        d->pairs.room = 0;
    }
    d->event = e;
    d->pairs.n = 0;
    d->touched_count = 0;
    for (uint32_t i = 0; view != NULL && i < view->count; i++) {
        load_field(d, bucket, &view->fields[i], true);
    }
    for (uint32_t i = 0; i < d->touched_count; i++) {
        d->slots[d->touched[i]].closed = true;
    }
    for (uint32_t i = 0; view != NULL && i < view->hidden_count; i++) {
        if (view->hidden[i] != FIELD_NONE && view->hidden[i] < keywords) {
            slot_of(d, view->hidden[i])->closed = true;
        }
    }
    for (uint32_t i = 0; i < e->count; i++) {
        load_field(d, bucket, &e->fields[i], false);
    }
}
