/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_json.h"
#include "cli/ask_cmd.h"
#include "cli/cmd_watch.h"

enum { LINE_MAX_BYTES = 1024 };

static void put_counts(struct sheet *s, const json_t *counts)
{
    AUTO_BUF text = {0};
    style_count(&text, answer_json_u64(counts, "open"), "open", "open");
    buf_puts(&text, ", ");
    style_count(&text, answer_json_u64(counts, "contained"), "contained", "contained");
    buf_puts(&text, ", ");
    style_count(&text, answer_json_u64(counts, "closed"), "closed", "closed");
    sheet_pair(s, STR("incidents"), buf_str(&text));
    buf_clear(&text);
    style_count(&text, answer_json_u64(counts, "in_force"), "in force", "in force");
    buf_puts(&text, ", ");
    style_count(&text, answer_json_u64(counts, "shadow"), "in shadow only", "in shadow only");
    buf_puts(&text, ", ");
    style_count(&text, answer_json_u64(counts, "refused"), "refused", "refused");
    sheet_pair(s, STR("actions"), buf_str(&text));
    buf_clear(&text);
    style_count(&text, answer_json_u64(counts, "entries"), "entry", "entries");
    buf_puts(&text, " (records and facts), ");
    style_count(&text, answer_json_u64(counts, "findings"), "finding", "findings");
    buf_puts(&text, " among them; ");
    style_count(&text, answer_json_u64(counts, "gaps"), "gap", "gaps");
    sheet_pair(s, STR("ledger"), buf_str(&text));
}

static void put_raids(struct sheet *s, const json_t *raids)
{
    sheet_heading(s, "Rejected attempts (no incident unless one succeeds)");
    if (json_array_size(raids) == 0) {
        sheet_item(s, STR("none in the last two days"));
    }
    for (size_t i = 0; i < json_array_size(raids); i++) {
        const json_t *r = json_array_get(raids, i);
        AUTO_BUF text = {0};
        style_number(&text, answer_json_u64(r, "day"));
        buf_puts(&text, " in the last day from ");
        style_count(&text, answer_json_u64(r, "sources"), "address", "addresses");
        buf_puts(&text, "; ");
        style_number(&text, answer_json_u64(r, "day_before"));
        buf_puts(&text, " the day before: ");
        buf_put(&text, answer_json_text(r, "trend"));
        sheet_pair(s, answer_json_text(r, "class"), buf_str(&text));
    }
}

/* The ones that run are a line; any other is a line of its own. */
static void put_roles(struct sheet *s, const json_t *roles)
{
    AUTO_BUF well = {0};
    sheet_heading(s, "Processes");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const json_t *r = json_array_get(roles, i);
        struct str what = answer_json_text(r, "what");
        if (str_eq(what, STR("started")) || str_eq(what, STR("ready"))) {
            buf_puts(&well, well.n == 0 ? "" : ", ");
            buf_put(&well, answer_json_text(r, "role"));
            continue;
        }
        AUTO_BUF text = {0};
        buf_put(&text, what);
        buf_putc(&text, ' ');
        sheet_time(s, &text, answer_json_time(r, "at"));
        buf_puts(&text, ": ");
        buf_put(&text, answer_json_text(r, "why"));
        sheet_pair(s, answer_json_text(r, "role"), buf_str(&text));
    }
    sheet_pair(s, STR("running"), well.n == 0 ? STR("nothing is recorded") : buf_str(&well));
}

static void put_gaps(struct sheet *s, const json_t *gaps)
{
    if (json_array_size(gaps) == 0) {
        return;
    }
    sheet_heading(s, "What was not received or not looked at (newest first)");
    for (size_t i = 0; i < json_array_size(gaps) && i < 5; i++) {
        const json_t *g = json_array_get(gaps, i);
        AUTO_BUF text = {0};
        sheet_time(s, &text, answer_json_time(g, "at"));
        buf_putc(&text, ' ');
        buf_put(&text, str_upto(answer_json_text(g, "fact"), LINE_MAX_BYTES));
        sheet_item(s, buf_str(&text));
    }
}

static bool print(struct sheet *s, struct str json)
{
    json_t *o = answer_json_load(json);
    if (o == NULL) {
        return false;
    }
    AUTO_BUF at = {0};
    sheet_heading(s, "tocsin");
    style_time(&at, answer_json_time(o, "at"));
    buf_puts(&at, " UTC");
    sheet_pair(s, STR("as of"), buf_str(&at));
    if (!answer_json_bool(o, "complete")) {
        sheet_pair(s, STR("note"), STR("the ledger is still being read: more will come"));
    }
    put_counts(s, json_object_get(o, "counts"));
    cmd_watch_incidents(s, json_object_get(o, "incidents"));
    put_raids(s, json_object_get(o, "raids"));
    put_roles(s, json_object_get(o, "roles"));
    put_gaps(s, json_object_get(o, "gaps"));
    json_decref(o);
    return true;
}

int cmd_status(int argc, char **argv)
{
    static const struct ask_cmd c = {.verb = "status",
                                     .what = "status",
                                     .summary =
                                         "How things stand: incidents, raids, processes, gaps.",
                                     .print = print};
    return ask_cmd_run(argc, argv, &c);
}
