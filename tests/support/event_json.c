/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/event_json.h"

#include "decode/json.h"

struct rc event_json_parse(struct str json, const struct fields *fields, struct arena *batch,
                           struct event *out)
{
    struct json_pairs pairs = {0};
    TRY(json_flatten(json, batch, &pairs));
    struct field *list = arena_zalloc(batch, pairs.n + 1, sizeof(*list));
    if (list == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (size_t i = 0; i < pairs.n; i++) {
        list[i] = (struct field){.name = pairs.p[i].path,
                                 .value = pairs.p[i].value,
                                 .id = fields_find(fields, pairs.p[i].path),
                                 .flags = pairs.p[i].literal ? FIELD_LITERAL : 0};
    }
    *out = (struct event){.record = bytes_of(json),
                          .fields = list,
                          .count = (uint32_t)pairs.n,
                          .logsource = LOGSOURCE_UNKNOWN,
                          .time.us = WALLTIME_NONE,
                          .shape = "json"};
    return RC_OK;
}
