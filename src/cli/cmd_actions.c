/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/answer_json.h"
#include "cli/ask_cmd.h"
#include "cli/cmd_watch.h"

/* What came of it, when it does not last. */
static void put_outcome(struct buf *out, struct str act, struct str outcome)
{
    if (!str_eq(outcome, STR("effective"))) {
        buf_puts(out, str_eq(act, STR("apply")) ? "tried, " : "to be ended, ");
        buf_put(out, outcome);
        buf_putc(out, ' ');
        return;
    }
    buf_puts(out, str_eq(act, STR("apply"))  ? "done "
                  : str_eq(act, STR("undo")) ? "undone "
                                             : "ended by itself ");
}

/* "in force until …", "refused (never): …": one phrase for how an action stands. */
static void put_standing(struct sheet *s, struct buf *out, const json_t *a)
{
    struct str outcome = answer_json_text(a, "outcome"), act = answer_json_text(a, "act");
    struct str verdict = answer_json_text(a, "verdict");
    if (answer_json_bool(a, "in_force")) {
        buf_puts(out, "in force");
        if (walltime_known(answer_json_time(a, "until"))) {
            buf_puts(out, " until ");
            sheet_time(s, out, answer_json_time(a, "until"));
        }
    } else if (outcome.n > 0) {
        put_outcome(out, act, outcome);
        sheet_time(s, out, answer_json_time(a, "at"));
    } else if (verdict.n > 0) {
        cmd_watch_verdict(out, verdict, answer_json_text(a, "verdict_text"));
    } else if (answer_json_text(a, "released_by").n > 0) {
        buf_puts(out, "release asked for");
    } else {
        buf_puts(out, "proposed, not decided yet");
    }
}

static void put_action(struct sheet *s, const json_t *a)
{
    AUTO_BUF head = {0};
    AUTO_BUF standing = {0};
    buf_put(&head, answer_json_text(a, "kind"));
    buf_putc(&head, ' ');
    buf_put(&head, answer_json_text(a, "target"));
    if (answer_json_bool(a, "in_force")) {
        style_on(s->out, s->colour, STYLE_GOOD);
    }
    sheet_item(s, buf_str(&head));
    style_off(s->out, s->colour);
    put_standing(s, &standing, a);
    buf_fill(s->out, ' ', 6);
    sheet_wrap(s, 6, buf_str(&standing));
    struct str detail = answer_json_text(a, "detail");
    if (detail.n > 0) {
        buf_fill(s->out, ' ', 6);
        sheet_wrap(s, 6, detail);
    }
    struct str by = answer_json_text(a, "released_by");
    by = by.n > 0 ? by : answer_json_text(a, "by");
    if (by.n > 0) {
        buf_puts(s->out, "      by ");
        sheet_wrap(s, 9, by);
    }
}

static bool print(struct sheet *s, struct str json)
{
    json_t *o = answer_json_load(json);
    if (o == NULL) {
        return false;
    }
    const json_t *list = json_object_get(o, "actions");
    sheet_heading(s, "Actions (newest first; times are UTC)");
    if (json_array_size(list) == 0) {
        sheet_item(s, STR("none: nothing was proposed, and nobody asked for anything"));
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        put_action(s, json_array_get(list, i));
    }
    buf_puts(s->out, "  To undo one: tocsin release TARGET\n");
    json_decref(o);
    return true;
}

int cmd_actions(int argc, char **argv)
{
    static const struct ask_cmd c = {
        .verb = "actions",
        .what = "actions",
        .summary = "What is done to contain attacks, until when, and what was refused and why.",
        .print = print};
    return ask_cmd_run(argc, argv, &c);
}
