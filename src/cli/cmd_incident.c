/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_json.h"
#include "cli/ask_cmd.h"
#include "cli/cmd_watch.h"

enum { ARENA_CAP_BYTES = 4 << 20 };

static bool print_list(struct sheet *s, struct str json)
{
    json_t *o = answer_json_load(json);
    if (o == NULL) {
        return false;
    }
    cmd_watch_incidents(s, json_object_get(o, "incidents"));
    json_decref(o);
    return true;
}

static bool print_one(struct sheet *s, struct str json)
{
    AUTO_ARENA a = arena_open(ARENA_CAP_BYTES);
    struct incident i;
    if (rc_failed(incident_decode(json, a, &i))) {
        return false;
    }
    json_t *o = answer_json_load(json);
    cmd_watch_show_incident(s, &i, json_object_get(o, "notices"));
    json_decref(o);
    return true;
}

int cmd_incident_list(int argc, char **argv)
{
    static const struct ask_cmd c = {.verb = "incident list",
                                     .what = "incidents",
                                     .summary = "All incidents, newest first.",
                                     .print = print_list};
    return ask_cmd_run(argc, argv, &c);
}

int cmd_incident_show(int argc, char **argv)
{
    static const struct ask_cmd c = {
        .verb = "incident show",
        .what = "incident",
        .argument = "ID",
        .summary =
            "One incident, by its name (2026-001) or the start of its id: what is affected,\n"
            "what is being done until when, what is not known, what comes next, and why.",
        .print = print_one};
    return ask_cmd_run(argc, argv, &c);
}
