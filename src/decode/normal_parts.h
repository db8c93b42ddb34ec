/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_parts - what the parts of normal share: the handle, and an event being built.
 */
#ifndef DECODE_NORMAL_PARTS_H
#define DECODE_NORMAL_PARTS_H

#include "decode/normal.h"
#include "decode/normal_alias.h"
#include "decode/normal_route.h"
#include "decode/normal_shape.h"
#include "decode/syslog.h"

struct normal {
    const struct fields *names;
    struct normal_route route;
    struct normal_alias alias;
    struct normal_shape shape;
    struct syslog_ids line_ids;
};

/* Fields of an event under construction, owned by batch. */
struct normal_parts_build {
    struct normal *n;
    struct arena *batch;
    struct field *fields;
    uint32_t count, room;
    struct walltime time; /* the best seen */
    struct str host;
    unsigned time_rank, host_rank;
};

/* fails ARENA_FULL */
MUST_USE struct rc normal_parts_add(struct normal_parts_build *b, struct field f);
/* The first field of that name with a scalar value, or NULL. */
const struct field *normal_parts_find(const struct normal_parts_build *b, struct str name);
/* Its text, empty when absent. fails ARENA_FULL */
MUST_USE struct rc normal_parts_text(const struct normal_parts_build *b, struct str name,
                                     struct str *out);
/* The event so far, of no trust; logsource, views and shape are not set. */
void normal_parts_event(const struct normal_parts_build *b, struct event *out);

/* normal_windows, where `service` is meant when the event names neither channel nor provider.
 */
MUST_USE struct rc normal_windows_as(struct normal *n, struct event *e,
                                     enum logsource_id service, struct arena *batch);

/*
 * normal_parts_xml - an <Event> as XML text: its fields are added to b, *out is the event.
 * around  flags that the fields which b has already get: FIELD_ENVELOPE or 0
 * fails   SYNTAX, SHORT, DEPTH, TOO_MANY: b is as before, the text is no event; ARENA_FULL
 */
MUST_USE struct rc normal_parts_xml(struct normal_parts_build *b, struct str text,
                                    uint8_t around, struct event *out);

#endif
