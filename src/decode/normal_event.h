/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_event - an event while it is normalised: its known fields by id, and what is added.
 */
#ifndef DECODE_NORMAL_EVENT_H
#define DECODE_NORMAL_EVENT_H

#include "base/arena.h"
#include "model/event.h"

/* The most that normalisation adds to one event: aliases, split hashes, converted values. */
enum { NORMAL_EVENT_MAX_ADDED = 24 };

struct normal_event {
    struct event *e;
    struct arena *batch;
    const struct fields *names;
    /* The first field of each name in field.def; NULL when absent. */
    const struct field *known[FIELD_FIRST_FROM_RULES];
    struct field added[NORMAL_EVENT_MAX_ADDED];
    uint32_t added_count;
};

/*
 * Index the fields of e. Names with blanks ("Threat Name") lose them, in a copy.
 * fails ARENA_FULL
 */
MUST_USE struct rc normal_event_open(struct normal_event *x, struct event *e,
                                     const struct fields *names, struct arena *batch);

/* Add a derived field; more than NORMAL_EVENT_MAX_ADDED are dropped. */
void normal_event_add(struct normal_event *x, uint16_t id, struct value value);

/* Give the event what was added. fails ARENA_FULL */
MUST_USE struct rc normal_event_finish(struct normal_event *x);

/* Is the field there with a scalar value? */
bool normal_event_has(const struct normal_event *x, enum field_id id);
/* Its text, empty when absent. fails ARENA_FULL */
MUST_USE struct rc normal_event_text(const struct normal_event *x, enum field_id id,
                                     struct str *out);

#endif
