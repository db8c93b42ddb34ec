/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal - gives an event the names and the log source that stock rules expect: recognises
 * forwarder shapes, renames, splits hashes, converts values, adds second readings.
 * src: doc/decode.md, table of shapes
 */
#ifndef DECODE_NORMAL_H
#define DECODE_NORMAL_H

#include "decode/json.h"
#include "model/event.h"

struct normal;

struct normal *normal_open(const struct fields *fields);
void normal_close(struct normal *n);

/*
 * A decoded Windows event (EVTX; names already flat): sets logsource, host, time if unset,
 * aliases and views. Works in place; what it adds is owned by batch.
 * fails ARENA_FULL
 */
MUST_USE struct rc normal_windows(struct normal *n, struct event *e, struct arena *batch);

/*
 * A JSON record of any shape: recognises the shape (cheaply: the last one first), renames
 * pairs to the shape's flat names, then as above or by the shape's own product.
 * forced: LOGSOURCE_UNKNOWN, or what the user said.
 * fails ARENA_FULL
 */
MUST_USE struct rc normal_json(struct normal *n, const struct json_pairs *pairs,
                               enum logsource_id forced, struct arena *batch,
                               struct event *out);

/*
 * A line of syslog or plain text: fields hostname, program (and appname), pid, facility,
 * severity, message; logsource by program.
 */
MUST_USE struct rc normal_line(struct normal *n, struct str line, int64_t latest_s,
                               struct arena *batch, struct event *out);

#endif
