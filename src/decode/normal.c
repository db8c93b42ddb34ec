/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal.h"

#include "base/heap.h"
#include "decode/normal_parts.h"
#include "decode/normal_time.h"
#include "decode/normal_view.h"

struct normal *normal_open(const struct fields *fields)
{
    struct normal *n = heap_zalloc(1, sizeof(*n));
    n->names = fields;
    normal_route_open(&n->route);
    normal_alias_open(&n->alias, fields);
    normal_shape_open(&n->shape, fields);
    syslog_ids(fields, &n->line_ids);
    return n;
}

void normal_close(struct normal *n)
{
    if (n != NULL) {
        normal_route_close(&n->route);
        normal_shape_close(&n->shape);
        heap_free(n);
    }
}

/* Sysmon 12 is several kinds of event; EventType tells which. */
static struct rc refine_registry(struct normal_event *x, enum logsource_id *logsource)
{
    struct str type;
    TRY(normal_alias_event_type(x, &type));
    if (*logsource != LOGSOURCE_SYSMON_REGISTRY) {
        return RC_OK;
    }
    if (str_eq_nocase(type, STR("CreateKey"))) {
        *logsource = LOGSOURCE_SYSMON_REGISTRY_ADD;
    } else if (str_eq_nocase(type, STR("DeleteKey")) ||
               str_eq_nocase(type, STR("DeleteValue"))) {
        *logsource = LOGSOURCE_SYSMON_REGISTRY_DELETE;
    }
    return RC_OK;
}

static struct rc registry_alias(struct normal_event *x)
{
    struct str raw, path;
    TRY(normal_event_text(x, FIELD_TARGET_OBJECT, &raw));
    TRY(normal_view_registry_path(raw, x->batch, &path));
    if (!str_eq(raw, path)) {
        normal_event_add(x, FIELD_TARGET_OBJECT, value_text_of(path));
    }
    return RC_OK;
}

static bool is_registry(enum logsource_id id)
{
    return id == LOGSOURCE_SYSMON_REGISTRY || id == LOGSOURCE_SYSMON_REGISTRY_SET ||
           id == LOGSOURCE_SYSMON_REGISTRY_RENAME;
}

static struct rc set_time(struct normal_event *x)
{
    static const enum field_id sources[] = {FIELD_SYSTEM_TIME, FIELD_UTC_TIME};
    for (size_t i = 0; i < COUNT_OF(sources) && !walltime_known(x->e->time); i++) {
        struct str text;
        bool zoned;
        TRY(normal_event_text(x, sources[i], &text));
        if (!normal_time_parse(text, &x->e->time, &zoned)) {
            x->e->time = (struct walltime){.us = WALLTIME_NONE};
        }
    }
    return RC_OK;
}

struct rc normal_windows_as(struct normal *n, struct event *e, enum logsource_id service,
                            struct arena *batch)
{
    struct normal_event x;
    TRY(normal_event_open(&x, e, n->names, batch));
    enum logsource_id found = LOGSOURCE_WINDOWS;
    uint64_t event_id = UINT64_MAX;
    TRY(normal_route_windows(&n->route, &x, &found, &event_id));
    service = found == LOGSOURCE_WINDOWS ? service : found;
    enum logsource_id logsource = normal_route_event(service, event_id);
    if (is_registry(logsource)) {
        TRY(registry_alias(&x));
        TRY(refine_registry(&x, &logsource));
    }
    e->logsource = logsource;
    if (e->host.n == 0) {
        TRY(normal_event_text(&x, FIELD_COMPUTER, &e->host));
    }
    TRY(set_time(&x));
    TRY(normal_alias_add(&n->alias, &x));
    TRY(normal_view_add(&x, service, event_id));
    return normal_event_finish(&x);
}

struct rc normal_windows(struct normal *n, struct event *e, struct arena *batch)
{
    return normal_windows_as(n, e, LOGSOURCE_WINDOWS, batch);
}
