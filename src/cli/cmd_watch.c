/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_watch.h"

#include "base/escape.h"

static void put_state(struct sheet *s, const json_t *i)
{
    enum level level = LEVEL_INFORMATIONAL;
    if (level_parse(answer_json_text(i, "level"), &level)) {
        style_level_on(s->out, s->colour, level);
        style_cell(s->out, style_level_word(level), 9, STYLE_LEFT);
        style_off(s->out, s->colour);
    }
    style_cell(s->out, answer_json_text(i, "state"), 10, STYLE_LEFT);
}

void cmd_watch_verdict(struct buf *out, struct str name, struct str text)
{
    bool refused = !str_eq(name, STR("allowed")) && !str_eq(name, STR("shadow"));
    if (refused) {
        buf_puts(out, "refused (");
        buf_put(out, name);
        buf_puts(out, "): ");
    } else if (str_eq(name, STR("allowed"))) {
        buf_puts(out, "allowed, and under way: ");
    }
    buf_put(out, text);
}

void cmd_watch_incidents(struct sheet *s, const json_t *list)
{
    sheet_heading(s, "Incidents (newest first; times are UTC)");
    if (json_array_size(list) == 0) {
        sheet_item(s, STR("none"));
        return;
    }
    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *i = json_array_get(list, k);
        AUTO_BUF when = {0};
        buf_puts(s->out, "  ");
        style_cell(s->out, answer_json_text(i, "name"), 10, STYLE_LEFT);
        put_state(s, i);
        sheet_time(s, &when, answer_json_time(i, "detected"));
        buf_puts(&when, ", ");
        style_count(&when, answer_json_u64(i, "finding_count"), "finding", "findings");
        sheet_wrap(s, 31, buf_str(&when));
        buf_fill(s->out, ' ', 12);
        sheet_wrap(s, 12, answer_json_text(i, "title"));
    }
    buf_puts(s->out, "  All of one: tocsin incident show NAME\n");
}
