/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/event_json.h"

#include "base/jsonw.h"
#include "base/map.h"

static void put_time(struct jsonw *w, struct walltime t)
{
    if (!walltime_known(t)) {
        jsonw_null(w);
        return;
    }
    char room[64];
    struct buf text = {.p = room, .room = sizeof(room), .cap = sizeof(room)};
    walltime_format(&text, t);
    jsonw_str(w, buf_str(&text));
}

/* category: null, a text, or a list when the event answers several. */
static void put_logsource(struct jsonw *w, const struct logsource *l)
{
    static const struct logsource unknown;
    l = l == NULL ? &unknown : l;
    jsonw_object(w);
    jsonw_key_str(w, "product", l->product);
    jsonw_key(w, STR("category"));
    if (l->categories[1].n == 0) {
        jsonw_str(w, l->categories[0]);
    } else {
        jsonw_array(w);
        for (size_t i = 0; i < LOGSOURCE_MAX_CATEGORIES && l->categories[i].n != 0; i++) {
            jsonw_str(w, l->categories[i]);
        }
        jsonw_end_array(w);
    }
    jsonw_key_str(w, "service", l->service);
    jsonw_end_object(w);
}

static struct rc put_value(struct jsonw *w, struct value v, struct arena *scratch)
{
    struct str text = {0};
    TRY(value_text(v, scratch, &text));
    switch ((enum value_type)v.type) {
    case VALUE_NULL:
        jsonw_null(w);
        break;
    case VALUE_OBJECT: /* its members stand beside it under their own paths */
        jsonw_object(w);
        jsonw_end_object(w);
        break;
    case VALUE_EMPTY_LIST:
        jsonw_array(w);
        jsonw_end_array(w);
        break;
    case VALUE_BOOL:
    case VALUE_WIN_BOOL:
    case VALUE_NUMBER:
    case VALUE_SIGNED:
    case VALUE_UNSIGNED:
        jsonw_raw(w, text);
        break;
    case VALUE_FLOAT: /* may be infinite, which JSON has no number for */
    case VALUE_TEXT:
    case VALUE_JSON_TEXT:
    case VALUE_UTF16:
    case VALUE_HEX:
    case VALUE_BINARY:
    case VALUE_GUID:
    case VALUE_FILETIME:
    case VALUE_SYSTEMTIME:
    case VALUE_SID:
    case VALUE_TYPE_COUNT:
        jsonw_str(w, text);
        break;
    }
    return RC_OK;
}

/*
 * Pairs of one name become one key; they need not stand together, so a map finds the first of
 * each and the rest are chained behind it.
 */
static struct rc put_fields(struct jsonw *w, const struct field *f, size_t count, uint64_t seed,
                            struct arena *scratch)
{
    uint32_t *next = arena_alloc(scratch, count * sizeof(*next));
    uint32_t *last = arena_alloc(scratch, count * sizeof(*last));
    bool *follows = arena_zalloc(scratch, count, sizeof(*follows));
    if (next == NULL || last == NULL || follows == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    struct map first = {.seed = seed};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = map_add(&first, f[i].name, i);
        next[i] = MAP_NONE;
        last[i] = i;
        follows[i] = at != i;
        if (at != i) {
            next[last[at]] = i;
            last[at] = i;
        }
    }
    map_free(&first);
    jsonw_object(w);
    for (uint32_t i = 0; i < count; i++) {
        if (follows[i]) {
            continue;
        }
        jsonw_key(w, f[i].name);
        if (next[i] == MAP_NONE) {
            TRY(put_value(w, f[i].value, scratch));
            continue;
        }
        jsonw_array(w);
        for (uint32_t k = i; k != MAP_NONE; k = next[k]) {
            TRY(put_value(w, f[k].value, scratch));
        }
        jsonw_end_array(w);
    }
    jsonw_end_object(w);
    return RC_OK;
}

static const struct logsource *row(const struct event_json_opts *opts, enum logsource_id id)
{
    return id == LOGSOURCE_CUSTOM ? opts->custom : logsource_row(id);
}

static struct rc put_views(struct jsonw *w, const struct event_json_opts *opts,
                           const struct event *e, struct arena *scratch)
{
    jsonw_key(w, STR("views"));
    jsonw_array(w);
    for (uint32_t i = 0; i < e->view_count; i++) {
        const struct view *view = &e->views[i];
        jsonw_object(w);
        jsonw_key(w, STR("logsource"));
        put_logsource(w, row(opts, view->logsource));
        jsonw_key(w, STR("fields"));
        TRY(put_fields(w, view->fields, view->count, opts->seed, scratch));
        jsonw_key(w, STR("hidden"));
        jsonw_array(w);
        for (uint32_t k = 0; k < view->hidden_count; k++) {
            jsonw_str(w, fields_name(opts->fields, view->hidden[k]));
        }
        jsonw_end_array(w);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    return RC_OK;
}

struct rc event_json(const struct event_json_opts *opts, const struct event *e,
                     struct arena *scratch, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    jsonw_key_str(&w, "source", opts->source);
    jsonw_key_u64(&w, "record", e->number);
    jsonw_key(&w, STR("time"));
    put_time(&w, e->time);
    jsonw_key_str(&w, "host", e->host);
    jsonw_key_str(&w, "shape", str_of(e->shape == NULL ? "unknown" : e->shape));
    if (e->recovered) {
        jsonw_key(&w, STR("recovered"));
        jsonw_bool(&w, true);
    }
    jsonw_key(&w, STR("logsource"));
    put_logsource(&w, row(opts, e->logsource));
    jsonw_key(&w, STR("fields"));
    TRY(put_fields(&w, e->fields, e->count, opts->seed, scratch));
    if (e->view_count != 0) {
        TRY(put_views(&w, opts, e, scratch));
    }
    jsonw_end_object(&w);
    buf_putc(out, '\n');
    return RC_OK;
}
