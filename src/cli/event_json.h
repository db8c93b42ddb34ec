/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * event_json - a normalised event as one line of JSON (tocsin decode).
 * src: doc/decode.md
 */
#ifndef CLI_EVENT_JSON_H
#define CLI_EVENT_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/event.h"

struct event_json_opts {
    struct str source;              /* foreign */
    const struct logsource *custom; /* the row of LOGSOURCE_CUSTOM, or NULL */
    const struct fields *fields;
    uint64_t seed; /* of the table of names, which are foreign */
};

/*
 * event_json - write one line, with its newline.
 *
 * scratch  for texts that have to be built
 * fails    ARENA_FULL, after which what was written to out is incomplete
 */
MUST_USE struct rc event_json(const struct event_json_opts *opts, const struct event *e,
                              struct arena *scratch, struct buf *out);

#endif
