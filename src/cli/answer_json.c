/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_json.h"

json_t *answer_json_load(struct str json)
{
    json_t *o = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!json_is_object(o)) {
        json_decref(o);
        return NULL;
    }
    return o;
}

struct str answer_json_text(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)}
                             : (struct str){"", 0};
}

uint64_t answer_json_u64(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_integer(v) && json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v)
                                                           : 0;
}

bool answer_json_bool(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

struct walltime answer_json_time(const json_t *o, const char *key)
{
    struct walltime t = {.us = WALLTIME_NONE};
    struct str s = answer_json_text(o, key);
    return s.n > 0 && walltime_parse(s, &t) ? t : (struct walltime){.us = WALLTIME_NONE};
}
