/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_parts.h"

#include "decode/normal_xml.h"

struct rc normal_parts_add(struct normal_parts_build *b, struct field f)
{
    if (b->count == b->room) {
        uint32_t room = b->room == 0 ? 64 : b->room * 2;
        struct field *more = arena_alloc(b->batch, (size_t)room * sizeof(*more));
        if (more == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        if (b->count != 0) {
            memcpy(more, b->fields, (size_t)b->count * sizeof(*more));
        }
        b->fields = more;
        b->room = room;
    }
    b->fields[b->count++] = f;
    return RC_OK;
}

const struct field *normal_parts_find(const struct normal_parts_build *b, struct str name)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (str_eq(b->fields[i].name, name) && value_is_scalar(b->fields[i].value)) {
            return &b->fields[i];
        }
    }
    return NULL;
}

struct rc normal_parts_text(const struct normal_parts_build *b, struct str name,
                            struct str *out)
{
    const struct field *f = normal_parts_find(b, name);
    if (f == NULL) {
        *out = STR("");
        return RC_OK;
    }
    return value_text(f->value, b->batch, out);
}

void normal_parts_event(const struct normal_parts_build *b, struct event *out)
{
    *out = (struct event){
        .fields = b->fields, .count = b->count, .time = b->time, .host = b->host};
    out->trust = TRUST_ATTACKER; /* unless something better is known of its source */
}

struct rc normal_parts_xml(struct normal_parts_build *b, struct str text, uint8_t around,
                           struct event *out)
{
    struct normal_xml xml = {0};
    TRY(normal_xml_parse(text, b->batch, &xml));
    for (uint32_t i = 0; i < b->count; i++) {
        b->fields[i].flags |= around;
    }
    for (uint32_t i = 0; i < xml.count; i++) {
        struct field f = xml.fields[i];
        f.id = fields_find(b->n->names, f.name);
        TRY(normal_parts_add(b, f));
    }
    normal_parts_event(b, out);
    /* The event's own time and host, not those of the line around it. */
    out->time = (struct walltime){.us = WALLTIME_NONE};
    out->host = STR("");
    TRY(normal_windows_as(b->n, out, LOGSOURCE_WINDOWS, b->batch));
    out->time = walltime_known(out->time) ? out->time : b->time;
    out->host = out->host.n != 0 ? out->host : b->host;
    return RC_OK;
}
