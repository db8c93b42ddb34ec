/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_event.h"

static size_t without_blanks(struct str s, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != ' ') {
            out[n++] = s.p[i];
        }
    }
    return n;
}

/* Names that a rule spells with a blank have an id and stay as they are. */
static bool is_blank_name(const struct field *f)
{
    return f->id == FIELD_NONE && f->name.n != 0 && memchr(f->name.p, ' ', f->name.n) != NULL;
}

static struct rc strip_names(struct normal_event *x, uint32_t from)
{
    struct event *e = x->e;
    struct field *own = arena_alloc(x->batch, (size_t)e->count * sizeof(*own));
    if (own == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(own, e->fields, (size_t)e->count * sizeof(*own));
    for (uint32_t i = from; i < e->count; i++) {
        if (!is_blank_name(&own[i])) {
            continue;
        }
        char *room = arena_text(x->batch, own[i].name.n);
        if (room == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        own[i].name = (struct str){room, without_blanks(own[i].name, room)};
        own[i].id = fields_find(x->names, own[i].name);
    }
    e->fields = own;
    return RC_OK;
}

struct rc normal_event_open(struct normal_event *x, struct event *e, const struct fields *names,
                            struct arena *batch)
{
    *x = (struct normal_event){.e = e, .batch = batch, .names = names};
    for (uint32_t i = 0; i < e->count; i++) {
        if (is_blank_name(&e->fields[i])) {
            TRY(strip_names(x, i));
            break;
        }
    }
    for (uint32_t i = 0; i < e->count; i++) {
        uint16_t id = e->fields[i].id;
        if (id != FIELD_NONE && id < FIELD_FIRST_FROM_RULES && x->known[id] == NULL) {
            x->known[id] = &e->fields[i];
        }
    }
    return RC_OK;
}

void normal_event_add(struct normal_event *x, uint16_t id, struct value value)
{
    if (x->added_count < NORMAL_EVENT_MAX_ADDED) {
        x->added[x->added_count++] = (struct field){.name = fields_name(x->names, id),
                                                    .value = value,
                                                    .id = id,
                                                    .flags = FIELD_DERIVED};
    }
}

struct rc normal_event_finish(struct normal_event *x)
{
    struct event *e = x->e;
    if (x->added_count == 0) {
        return RC_OK;
    }
    size_t count = (size_t)e->count + x->added_count;
    struct field *all = arena_alloc(x->batch, count * sizeof(*all));
    if (all == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    if (e->count != 0) {
        memcpy(all, e->fields, (size_t)e->count * sizeof(*all));
    }
    memcpy(all + e->count, x->added, (size_t)x->added_count * sizeof(*all));
    e->fields = all;
    e->count = (uint32_t)count;
    return RC_OK;
}

bool normal_event_has(const struct normal_event *x, enum field_id id)
{
    return x->known[id] != NULL && value_is_scalar(x->known[id]->value);
}

struct rc normal_event_text(const struct normal_event *x, enum field_id id, struct str *out)
{
    if (!normal_event_has(x, id)) {
        *out = STR("");
        return RC_OK;
    }
    return value_text(x->known[id]->value, x->batch, out);
}
