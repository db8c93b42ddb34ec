/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One incident for somebody who is woken by it: what matters first stands first. */
#include "cli/cmd_watch.h"

#include "base/escape.h"
#include "model/tactic.h"

static void put_head(struct sheet *s, const struct incident *i)
{
    AUTO_BUF id = {0};
    AUTO_BUF when = {0};
    buf_putc(s->out, '\n');
    style_on(s->out, s->colour, STYLE_BOLD);
    buf_puts(s->out, "Incident ");
    escape_text(s->out, i->name);
    style_off(s->out, s->colour);
    buf_puts(s->out, "  ");
    style_level_on(s->out, s->colour, i->level);
    buf_put(s->out, style_level_word(i->level));
    style_off(s->out, s->colour);
    buf_puts(s->out, "  ");
    buf_put(s->out, incident_state_name(i->state));
    buf_puts(s->out, "\n  ");
    sheet_wrap(s, 2, i->title);
    sheet_time(s, &when, i->detected);
    sheet_pair(s, STR("detected"), buf_str(&when));
    buf_clear(&when);
    style_time(&when, i->first);
    buf_puts(&when, " to ");
    style_time(&when, i->last);
    buf_puts(&when, " UTC, ");
    style_count(&when, i->finding_count, "finding", "findings");
    sheet_pair(s, STR("events"), buf_str(&when));
    sheet_pair(s, STR("kind"), i->type);
    buf_hex(&id, (struct bytes){i->id, ACTION_ID_BYTES});
    sheet_pair(s, STR("id"), buf_str(&id));
}

static const struct assertion *find(const struct incident *i, enum assertion_kind k,
                                    uint32_t from)
{
    for (uint32_t n = from; n < i->assertion_count; n++) {
        if (i->assertions[n].kind == k) {
            return &i->assertions[n];
        }
    }
    return NULL;
}

static void put_services(struct sheet *s, const struct incident *i)
{
    bool any = false;
    sheet_heading(s, "Services");
    for (uint32_t n = 0; n < i->assertion_count; n++) {
        const struct assertion *a = &i->assertions[n];
        if (a->kind != ASSERTION_SERVICE) {
            continue;
        }
        AUTO_BUF text = {0};
        size_t bar = str_find_char(a->extra, '|'); /* then comes its name in French */
        buf_put(&text, str_trim(str_upto(a->extra, bar)));
        buf_puts(&text, ": ");
        buf_put(&text, a->value);
        buf_puts(&text, a->status == ASSERTION_KNOWN
                            ? ""
                            : " (assessed: no finding says otherwise; nobody probed it)");
        sheet_item(s, buf_str(&text));
        any = true;
    }
    if (!any) {
        sheet_item(s, STR("none of the register's is known to be affected"));
    }
}

static void put_effects(struct sheet *s, const struct incident *i)
{
    sheet_heading(s, "What was affected");
    if (i->effect_count == 0) {
        sheet_item(s, STR("not known: there is no asset register, or nothing in it was named"));
    }
    for (uint32_t n = 0; n < i->effect_count; n++) {
        const struct effect *e = &i->effects[n];
        bool first = n == 0 || !str_eq(i->effects[n - 1].asset, e->asset);
        if (first) {
            AUTO_BUF name = {0};
            buf_put(&name, e->name);
            buf_puts(&name, e->mandate ? " (carries the mandate)" : "");
            sheet_item(s, buf_str(&name));
        }
        AUTO_BUF text = {0};
        buf_put(&text, effect_status_name(e->status));
        buf_puts(&text, ": ");
        buf_put(&text, e->basis);
        buf_puts(s->out, "    ");
        bool alarming = e->status == EFFECT_CONFIRMED || e->status == EFFECT_SUSPECTED;
        if (alarming) {
            style_on(s->out, s->colour, STYLE_WARN);
        }
        style_cell(s->out, effect_kind_name(e->kind), 11, STYLE_LEFT);
        if (alarming) {
            style_off(s->out, s->colour);
        }
        sheet_wrap(s, 15, buf_str(&text));
    }
    const struct assertion *people = find(i, ASSERTION_PEOPLE, 0);
    bool risk = people != NULL && people->status != ASSERTION_UNKNOWN;
    sheet_item(s, risk ? STR("people: those whose cases or data were read may be at risk "
                             "(assessed); find out who they are")
                       : STR("people: not known whether anybody is at risk"));
}

static void put_standing(struct sheet *s, struct buf *out, const struct incident_action *a)
{
    if (a->acted) {
        bool holds = a->act == ACT_APPLY && a->outcome == OUTCOME_EFFECTIVE;
        buf_puts(out, holds ? "done, and proved" : "");
        if (!holds) {
            buf_put(out, act_name(a->act));
            buf_puts(out, ": ");
            buf_put(out, outcome_name(a->outcome));
        }
        bool lasts = holds && a->action.kind != ACTION_END_SESSION;
        if (lasts && walltime_known(a->until)) {
            buf_puts(out, ", until ");
            sheet_time(s, out, a->until);
        }
    } else if (a->decided) {
        cmd_watch_verdict(out, verdict_name(a->verdict), verdict_text(a->verdict));
    } else {
        buf_puts(out, "proposed, not decided yet");
    }
}

static void put_actions(struct sheet *s, const struct incident *i)
{
    const struct assertion *contained = find(i, ASSERTION_CONTAINED, 0);
    sheet_heading(s, "What is being done");
    if (contained != NULL) {
        sheet_pair(s, STR("contained"), contained->value);
    }
    if (i->action_count == 0) {
        sheet_item(s, STR("nothing: no playbook is about this; tocsin contain TARGET does it"));
    }
    for (uint32_t n = 0; n < i->action_count; n++) {
        const struct incident_action *a = &i->actions[n];
        AUTO_BUF head = {0};
        AUTO_BUF standing = {0};
        buf_put(&head, action_kind_name(a->action.kind));
        buf_putc(&head, ' ');
        action_target(&head, &a->action);
        sheet_item(s, buf_str(&head));
        put_standing(s, &standing, a);
        buf_puts(s->out, "      ");
        sheet_wrap(s, 6, buf_str(&standing));
        if (a->detail.n > 0) {
            buf_puts(s->out, "      ");
            sheet_wrap(s, 6, a->detail);
        }
    }
}

/* Open tasks, the next one first. */
static void put_tasks(struct sheet *s, const struct incident *i)
{
    bool shown[INCIDENT_MAX_TASKS] = {0};
    sheet_heading(s, "Next");
    for (uint32_t round = 0; round < i->task_count; round++) {
        uint32_t next = UINT32_MAX;
        for (uint32_t n = 0; n < i->task_count; n++) {
            bool sooner = next == UINT32_MAX || i->tasks[n].due.us < i->tasks[next].due.us;
            next = !shown[n] && sooner ? n : next;
        }
        const struct task *t = &i->tasks[next];
        AUTO_BUF text = {0};
        shown[next] = true;
        if (t->done) {
            continue;
        }
        sheet_item(s, t->what);
        buf_put(&text, t->owner);
        buf_puts(&text, ", due ");
        sheet_time(s, &text, t->due);
        bool late = walltime_known(t->due) && t->due.us < s->now.us;
        if (late) {
            buf_puts(&text, " LATE");
            style_on(s->out, s->colour, STYLE_WARN);
        }
        buf_puts(s->out, "      ");
        sheet_wrap(s, 6, buf_str(&text));
        if (late) {
            style_off(s->out, s->colour);
        }
    }
}

static void put_unknown(struct sheet *s, const struct incident *i)
{
    static const char *const questions[ASSERTION_KIND_COUNT] = {
        [ASSERTION_DETECTED] = "when it began",
        [ASSERTION_KIND] = "what kind of incident it is: no playbook is about it",
        [ASSERTION_ENTRY] = "how the attacker got in",
        [ASSERTION_TAKEN] = "whether information was taken",
        [ASSERTION_PEOPLE] = "whether people are at risk",
    };
    sheet_heading(s, "Not known yet");
    for (uint32_t n = 0; n < i->assertion_count; n++) {
        const struct assertion *a = &i->assertions[n];
        AUTO_BUF text = {0};
        if (a->status != ASSERTION_UNKNOWN || a->kind == ASSERTION_INFORMATION_CLASS) {
            continue;
        }
        if (a->kind == ASSERTION_INFORMATION) {
            buf_put(&text, a->value);
            buf_puts(&text, ": ");
            buf_put(&text, str_upto(a->extra, str_find_char(a->extra, '/')));
        } else if (questions[a->kind] != NULL) {
            buf_puts(&text, questions[a->kind]);
        } else {
            buf_put(&text, assertion_name(a->kind));
        }
        sheet_item(s, buf_str(&text));
    }
    sheet_item(s, STR("who did it: tocsin does not say; that is for people to judge"));
}

static void put_named(struct sheet *s, const struct incident *i)
{
    static const enum assertion_kind kinds[] = {ASSERTION_SOURCE_ADDRESS,
                                                ASSERTION_ACCOUNT_USED, ASSERTION_HOST};
    static const struct str labels[] = {STR_INIT("from"), STR_INIT("account"),
                                        STR_INIT("machine")};
    sheet_heading(s, "Who and what is named (graded by the Admiralty code: A1 is surest)");
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (uint32_t n = 0; n < i->assertion_count; n++) {
            const struct assertion *a = &i->assertions[n];
            if (a->kind != kinds[k]) {
                continue;
            }
            AUTO_BUF text = {0};
            buf_put(&text, a->value);
            if (a->extra.n > 0) {
                buf_puts(&text, " on ");
                buf_put(&text, a->extra);
            }
            buf_printf(&text, "  (%c%u, ", a->reliability, a->credibility);
            buf_put(&text, assertion_status_name(a->status));
            buf_putc(&text, ')');
            sheet_pair(s, labels[k], buf_str(&text));
        }
    }
}

static void put_recurrence(struct sheet *s, const struct incident *i)
{
    const struct recurrence *r = &i->recurrence;
    sheet_heading(s, "Before");
    if (r->nth <= 1) {
        sheet_item(s, STR("no earlier incident of this type is known here"));
        return;
    }
    AUTO_BUF text = {0};
    buf_printf(&text, "number %u of this type; the latest before it: ", r->nth);
    buf_put(&text, r->earlier);
    sheet_item(s, buf_str(&text));
    buf_clear(&text);
    buf_puts(&text, "what agrees: ");
    buf_put(&text, r->because);
    sheet_item(s, buf_str(&text));
    sheet_item(s, r->base_rate);
    sheet_item(s, STR("the same type does not mean the same attacker"));
}

static void put_finding(struct sheet *s, const struct incident_finding *f)
{
    AUTO_BUF text = {0};
    AUTO_BUF id = {0};
    buf_puts(s->out, "  ");
    style_time(s->out, f->last);
    buf_puts(s->out, "  ");
    style_level_on(s->out, s->colour, f->level);
    style_cell(s->out, style_level_word(f->level), 9, STYLE_LEFT);
    style_off(s->out, s->colour);
    buf_put(&text, f->title);
    if (f->event_count > 1) {
        buf_puts(&text, " (");
        style_count(&text, f->event_count, "event", "events");
        buf_puts(&text, ")");
    }
    buf_puts(&text, " on ");
    buf_put(&text, f->host.n == 0 ? STR("an unnamed machine") : f->host);
    buf_hex(&id, (struct bytes){f->id, FINDING_ID_BYTES});
    buf_puts(&text, "  ");
    buf_put(&text, buf_str(&id));
    sheet_wrap(s, 32, buf_str(&text));
}

/* In the order in which things happened, which is not that in which they were found. */
static void put_findings(struct sheet *s, const struct incident *i)
{
    bool shown[INCIDENT_MAX_FINDINGS] = {0};
    sheet_heading(s, "Findings");
    for (uint32_t round = 0; round < i->listed_count; round++) {
        uint32_t next = UINT32_MAX;
        for (uint32_t n = 0; n < i->listed_count; n++) {
            bool sooner =
                next == UINT32_MAX || i->findings[n].last.us < i->findings[next].last.us;
            next = !shown[n] && sooner ? n : next;
        }
        shown[next] = true;
        put_finding(s, &i->findings[next]);
    }
    if (i->finding_count > i->listed_count) {
        AUTO_BUF more = {0};
        style_number(&more, i->finding_count - i->listed_count);
        buf_puts(&more, " more belong to it and are in the ledger");
        sheet_item(s, buf_str(&more));
    }
}

static void put_notices(struct sheet *s, const json_t *notices)
{
    sheet_heading(s, "Notices drafted");
    if (json_array_size(notices) == 0) {
        sheet_item(s, STR("none yet: tocsin notice draft INCIDENT --for public"));
    }
    for (size_t n = 0; n < json_array_size(notices); n++) {
        const json_t *o = json_array_get(notices, n);
        AUTO_BUF text = {0};
        buf_put(&text, answer_json_text(o, "audience"));
        buf_puts(&text, ", ");
        buf_put(&text, answer_json_text(o, "language"));
        buf_puts(&text, ", ");
        buf_put(&text, answer_json_text(o, "tlp"));
        buf_puts(&text, ", ");
        sheet_time(s, &text, answer_json_time(o, "at"));
        sheet_item(s, buf_str(&text));
    }
}

void cmd_watch_show_incident(struct sheet *s, const struct incident *i, const json_t *notices)
{
    put_head(s, i);
    put_services(s, i);
    put_effects(s, i);
    put_actions(s, i);
    put_tasks(s, i);
    put_unknown(s, i);
    put_named(s, i);
    put_recurrence(s, i);
    cmd_watch_links(s, i);
    put_findings(s, i);
    if (notices != NULL) {
        put_notices(s, notices);
    }
}
