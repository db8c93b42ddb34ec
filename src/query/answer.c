/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "query/answer.h"

enum {
    NEWEST_MAX = 10,
    NOTICES_MAX = 16, /* of one incident: with them it is no longer than a fact may be */
};

static void put_id(struct jsonw *w, const char *key, const uint8_t *id)
{
    jsonw_key(w, str_of(key));
    fact_put_hex(w, (struct bytes){id, ACTION_ID_BYTES});
}

static void put_time(struct jsonw *w, const char *key, struct walltime t)
{
    jsonw_key(w, str_of(key));
    fact_put_time(w, t);
}

static void put_flag(struct jsonw *w, const char *key, bool v)
{
    jsonw_key(w, str_of(key));
    jsonw_bool(w, v);
}

static void put_incident_line(struct jsonw *w, const struct board_incident *i)
{
    jsonw_object(w);
    put_id(w, "id", i->id);
    jsonw_key_str(w, "name", board_str(&i->name));
    jsonw_key_str(w, "title", board_str(&i->title));
    jsonw_key_str(w, "state", incident_state_name(i->state));
    jsonw_key_str(w, "level", level_name(i->level));
    jsonw_key_u64(w, "version", i->version);
    put_time(w, "detected", i->detected);
    put_time(w, "last", i->last);
    jsonw_key_u64(w, "finding_count", i->finding_count);
    jsonw_end_object(w);
}

/* Newest first. */
static void put_incidents(struct jsonw *w, const struct board *b, size_t max)
{
    jsonw_key(w, STR("incidents"));
    jsonw_array(w);
    for (size_t i = b->incidents.n; i > 0 && b->incidents.n - i < max; i--) {
        put_incident_line(w, &b->incidents.p[i - 1]);
    }
    jsonw_end_array(w);
}

/* A session is ended at once and not for a time: there is nothing to be in force. */
static bool in_force(const struct board_action *a, struct walltime now)
{
    return a->acted && a->action.kind != ACTION_END_SESSION && a->act == ACT_APPLY &&
           a->outcome == OUTCOME_EFFECTIVE &&
           (!walltime_known(a->until) || a->until.us > now.us);
}

static void put_target(struct jsonw *w, const struct board_action *a)
{
    AUTO_BUF target = {0};
    if (a->action.kind == ACTION_BLOCK_ADDRESS) {
        ipaddr_format(&target, &a->action.address);
    } else {
        buf_put(&target, board_str(&a->account));
    }
    jsonw_key_str(w, "target", buf_str(&target));
}

static void put_action(struct jsonw *w, const struct board_action *a, struct walltime now)
{
    jsonw_object(w);
    put_id(w, "id", a->action.id);
    put_id(w, "incident", a->action.incident);
    jsonw_key_str(w, "kind", action_kind_name(a->action.kind));
    put_target(w, a);
    jsonw_key_u64(w, "lease_s", a->action.lease_s);
    if (a->decided) {
        jsonw_key_str(w, "verdict", verdict_name(a->verdict));
        jsonw_key_str(w, "verdict_text", verdict_text(a->verdict));
        put_flag(w, "person", a->person);
    }
    if (a->acted) {
        jsonw_key_str(w, "act", act_name(a->act));
        jsonw_key_str(w, "outcome", outcome_name(a->outcome));
    }
    put_flag(w, "in_force", in_force(a, now));
    put_time(w, "at", a->at);
    put_time(w, "until", a->until);
    jsonw_key_str(w, "detail", board_str(&a->detail));
    jsonw_key_str(w, "by", board_str(&a->by));
    jsonw_key_str(w, "released_by", board_str(&a->released_by));
    jsonw_end_object(w);
}

static void put_actions(struct jsonw *w, const struct board *b, struct walltime now)
{
    jsonw_key(w, STR("actions"));
    jsonw_array(w);
    for (size_t i = b->actions.n; i > 0; i--) {
        put_action(w, &b->actions.p[i - 1], now);
    }
    jsonw_end_array(w);
}

static void put_counts(struct jsonw *w, const struct board *b, struct walltime now)
{
    uint64_t states[INCIDENT_STATE_COUNT] = {0}, forced = 0, refused = 0, shadow = 0;
    for (size_t i = 0; i < b->incidents.n; i++) {
        states[b->incidents.p[i].state]++;
    }
    for (size_t i = 0; i < b->actions.n; i++) {
        const struct board_action *a = &b->actions.p[i];
        bool allowed = a->verdict == VERDICT_ALLOWED;
        bool shown = a->verdict == VERDICT_SHADOW;
        forced += in_force(a, now);
        shadow += a->decided && shown;
        refused += a->decided && !allowed && !shown;
    }
    jsonw_key(w, STR("counts"));
    jsonw_object(w);
    for (int s = 0; s < INCIDENT_STATE_COUNT; s++) {
        jsonw_key(w, incident_state_name((enum incident_state)s));
        jsonw_u64(w, states[s]);
    }
    jsonw_key_u64(w, "in_force", forced);
    jsonw_key_u64(w, "shadow", shadow);
    jsonw_key_u64(w, "refused", refused);
    jsonw_key_u64(w, "findings", b->findings);
    jsonw_key_u64(w, "notices", b->notice_count);
    jsonw_key_u64(w, "gaps", b->gap_count);
    jsonw_key_u64(w, "entries", b->next);
    jsonw_key_u64(w, "let_go", b->dropped);
    jsonw_end_object(w);
}

static void put_roles(struct jsonw *w, const struct board *b)
{
    jsonw_key(w, STR("roles"));
    jsonw_array(w);
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct board_role *o = &b->roles[r];
        if (!o->known) {
            continue;
        }
        jsonw_object(w);
        jsonw_key_str(w, "role", role_name((enum role)r));
        jsonw_key_str(w, "what", board_str(&o->what));
        jsonw_key_str(w, "why", board_str(&o->why));
        put_time(w, "at", o->at);
        jsonw_key_u64(w, "ends", o->restarts);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_raids(struct jsonw *w, const struct answer_question *q)
{
    jsonw_key(w, STR("raids"));
    jsonw_array(w);
    for (size_t i = 0; i < q->raid_count; i++) {
        const struct answer_raid *r = &q->raids[i];
        jsonw_object(w);
        jsonw_key_str(w, "class", r->class);
        jsonw_key_u64(w, "gauge", r->gauge);
        jsonw_key_u64(w, "day", r->day);
        jsonw_key_u64(w, "day_before", r->day_before);
        jsonw_key_u64(w, "sources", r->sources);
        jsonw_key_str(w, "trend", r->trend);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_gaps(struct jsonw *w, const struct board *b)
{
    uint64_t n = b->gap_count < BOARD_MAX_GAPS ? b->gap_count : BOARD_MAX_GAPS;
    jsonw_key(w, STR("gaps"));
    jsonw_array(w);
    for (uint64_t i = 0; i < n; i++) {
        const struct board_gap *g = &b->gaps[(b->gap_count - 1 - i) % BOARD_MAX_GAPS];
        jsonw_object(w);
        put_time(w, "at", g->at);
        jsonw_key_str(w, "fact", board_str(&g->text));
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void begin(struct jsonw *w, const struct answer_question *q)
{
    jsonw_object(w);
    put_time(w, "at", q->now);
    put_flag(w, "complete", q->caught_up);
}

static void put_notices(struct jsonw *w, const struct board *b, const uint8_t *incident)
{
    uint64_t n = b->notice_count < BOARD_MAX_NOTICES ? b->notice_count : BOARD_MAX_NOTICES;
    unsigned written = 0;
    jsonw_key(w, STR("notices"));
    jsonw_array(w);
    for (uint64_t i = 0; i < n && written < NOTICES_MAX; i++) {
        const struct board_notice *o =
            &b->notices[(b->notice_count - 1 - i) % BOARD_MAX_NOTICES];
        if (memcmp(o->incident, incident, ACTION_ID_BYTES) != 0) {
            continue;
        }
        written++;
        jsonw_object(w);
        put_time(w, "at", o->at);
        jsonw_key_str(w, "audience", board_str(&o->audience));
        jsonw_key_str(w, "language", board_str(&o->language));
        jsonw_key_str(w, "tlp", board_str(&o->tlp));
        jsonw_key_u64(w, "position", o->position);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static uint8_t fail(struct buf *out, const char *text)
{
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    jsonw_key_str(&w, "error", str_of(text));
    jsonw_end_object(&w);
    buf_putc(out, '\n');
    return 1;
}

/* The fact as it stands in the ledger, with its position and the notices put behind. */
static uint8_t put_incident(struct buf *out, const struct board *b,
                            const struct answer_question *q)
{
    bool many;
    const struct board_incident *i = board_find(b, q->argument, &many);
    if (many) {
        return fail(out, "several incidents begin like that: give more of the id");
    }
    if (i == NULL) {
        return fail(out, "there is no such incident: tocsin incident list shows them");
    }
    buf_put(out, (struct str){i->json, i->json_n - 1});
    struct jsonw w = jsonw_to(out);
    w.comma = true;
    jsonw_key_u64(&w, "position", i->position);
    put_notices(&w, b, i->id);
    jsonw_end_object(&w);
    buf_putc(out, '\n');
    return 0;
}

uint8_t answer_write(struct buf *out, const struct board *b, const struct answer_question *q)
{
    struct jsonw w = jsonw_to(out);
    if (str_eq(q->what, STR("incident"))) {
        return put_incident(out, b, q);
    }
    bool status = str_eq(q->what, STR("status"));
    bool incidents = str_eq(q->what, STR("incidents"));
    if (!status && !incidents && !str_eq(q->what, STR("actions"))) {
        return fail(out, "the question is not one of status, incidents, incident, actions");
    }
    begin(&w, q);
    if (status) {
        put_counts(&w, b, q->now);
        put_incidents(&w, b, NEWEST_MAX);
        put_raids(&w, q);
        put_roles(&w, b);
        put_gaps(&w, b);
    } else if (incidents) {
        put_incidents(&w, b, BOARD_MAX_INCIDENTS);
    } else {
        put_actions(&w, b, q->now);
    }
    jsonw_end_object(&w);
    buf_putc(out, '\n');
    return 0;
}
