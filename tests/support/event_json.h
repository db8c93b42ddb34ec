/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * event_json - a JSON object as an event, names as they stand: no shape, no log source.
 */
#ifndef TESTS_SUPPORT_EVENT_JSON_H
#define TESTS_SUPPORT_EVENT_JSON_H

#include "model/event.h"

/* json is borrowed, the rest is owned by batch. */
MUST_USE struct rc event_json_parse(struct str json, const struct fields *fields,
                                    struct arena *batch, struct event *out);

#endif
