/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/keys.h"

enum {
    /* 4,096 pairs: a longer record is looked at up to here, as many as there are keys times. */
    LOOKED_MAX = 4096,
    VALUE_BYTES_MAX = 6 * FINDING_MAX_VALUE_BYTES, /* six bytes an escape */
};

static bool is_hidden(const struct view *v, uint16_t id)
{
    for (uint32_t i = 0; i < v->hidden_count; i++) {
        if (id != FIELD_NONE && v->hidden[i] == id) {
            return true;
        }
    }
    return false;
}

static const struct field *find_in(const struct field *fields, uint32_t count, struct str name,
                                   const struct view *hiding)
{
    for (uint32_t i = 0; i < count && i < LOOKED_MAX; i++) {
        const struct field *f = &fields[i];
        if ((f->flags & FIELD_ENVELOPE) == 0 && str_eq(f->name, name) &&
            (hiding == NULL || !is_hidden(hiding, f->id))) {
            return f;
        }
    }
    return NULL;
}

/* A field of the view hides those of the record. */
static const struct field *find(const struct event *e, const struct view *v, struct str name)
{
    const struct field *f = v == NULL ? NULL : find_in(v->fields, v->count, name, NULL);
    return f != NULL ? f : find_in(e->fields, e->count, name, v);
}

struct rc keys_extract(const struct rule *rule, const struct event *e, const struct view *view,
                       struct arena *a, struct finding *f)
{
    struct matched *keys = arena_zalloc(a, rule->key_count, sizeof(*keys));
    uint32_t count = 0;
    if (keys == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < rule->key_count; i++) {
        const struct field *at = find(e, view, rule->keys[i]);
        if (at == NULL || !value_is_scalar(at->value)) {
            continue;
        }
        struct value v = at->value;
        v.n = v.n < VALUE_BYTES_MAX ? v.n : VALUE_BYTES_MAX;
        keys[count].field = rule->keys[i];
        TRY(value_text(v, a, &keys[count].value));
        count++;
    }
    f->keys = keys;
    f->key_count = count;
    return RC_OK;
}
