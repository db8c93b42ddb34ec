/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "query/board.h"

#include "base/unicode.h"
#include "model/fact_read.h"

struct board *board_open(void)
{
    return heap_zalloc(1, sizeof(struct board));
}

void board_close(struct board *b)
{
    if (b == NULL) {
        return;
    }
    for (size_t i = 0; i < b->incidents.n; i++) {
        heap_free(b->incidents.p[i].json);
    }
    vec_free(&b->incidents);
    vec_free(&b->actions);
    heap_free(b);
}

struct str board_str(const struct board_text *t)
{
    return (struct str){t->p, t->n};
}

static void set_text(struct board_text *t, struct str s)
{
    s = unicode_cut(s, BOARD_LINE_BYTES);
    t->n = s.n;
    if (s.n > 0) {
        memcpy(t->p, s.p, s.n);
    }
}

static struct board_incident *incident_of(struct board *b, const uint8_t *id)
{
    for (size_t i = b->incidents.n; i > 0; i--) {
        if (memcmp(b->incidents.p[i - 1].id, id, ACTION_ID_BYTES) == 0) {
            return &b->incidents.p[i - 1];
        }
    }
    if (b->incidents.n == BOARD_MAX_INCIDENTS) {
        heap_free(b->incidents.p[0].json);
        b->incidents.n--;
        memmove(&b->incidents.p[0], &b->incidents.p[1],
                b->incidents.n * sizeof(struct board_incident));
        b->dropped++;
    }
    struct board_incident new = {0};
    memcpy(new.id, id, ACTION_ID_BYTES);
    vec_push(&b->incidents, new);
    return &b->incidents.p[b->incidents.n - 1];
}

static struct rc fold_incident(struct board *b, uint64_t position, struct str json,
                               struct arena *scratch)
{
    struct incident i;
    TRY(incident_decode(json, scratch, &i));
    struct board_incident *o = incident_of(b, i.id);
    if (o->json != NULL && i.version <= o->version) {
        return RC_OK;
    }
    heap_free(o->json);
    o->json = heap_alloc(json.n);
    memcpy(o->json, json.p, json.n);
    o->json_n = json.n;
    set_text(&o->name, i.name);
    set_text(&o->title, i.title);
    o->version = i.version;
    o->position = position;
    o->state = i.state;
    o->level = i.level;
    o->detected = i.detected;
    o->last = i.last;
    o->finding_count = i.finding_count;
    return RC_OK;
}

static struct board_action *action_of(struct board *b, const struct action *a)
{
    for (size_t i = b->actions.n; i > 0; i--) {
        if (memcmp(b->actions.p[i - 1].action.id, a->id, ACTION_ID_BYTES) == 0) {
            return &b->actions.p[i - 1];
        }
    }
    if (b->actions.n == BOARD_MAX_ACTIONS) {
        b->actions.n--;
        memmove(&b->actions.p[0], &b->actions.p[1], b->actions.n * sizeof(struct board_action));
        b->dropped++;
    }
    struct board_action new = {.action = *a, .at = {.us = WALLTIME_NONE}};
    new.until.us = WALLTIME_NONE;
    set_text(&new.account, a->account);
    new.action.account = (struct str){"", 0}; /* the vector moves: see board_str(account) */
    vec_push(&b->actions, new);
    return &b->actions.p[b->actions.n - 1];
}

static void take_action(struct board_action *o, const struct action_fact *f)
{
    o->at = f->at;
    switch (f->kind) {
    case FACT_DECISION:
        if (f->verdict != VERDICT_KNOWN) {
            o->decided = true;
            o->verdict = f->verdict;
            o->person = f->evidence.person;
            set_text(&o->by, f->by);
        }
        break;
    case FACT_INTENT:
        o->until = f->until;
        break;
    case FACT_OUTCOME:
        o->acted = true;
        o->act = f->act;
        o->outcome = f->outcome;
        if (walltime_known(f->until)) {
            o->until = f->until;
        }
        break;
    case FACT_RELEASE:
        set_text(&o->released_by, f->by);
        break;
    case FACT_FINDING:
    case FACT_INCIDENT:
    case FACT_NOTICE:
    case FACT_ROLE:
    case FACT_GAP:
    case FACT_KIND_COUNT:
        break;
    }
    if (f->detail.n > 0) {
        set_text(&o->detail, f->detail);
    }
}

static struct rc fold_action(struct board *b, struct str json, struct arena *scratch)
{
    struct action_fact f;
    TRY(action_fact_decode(json, scratch, &f));
    take_action(action_of(b, &f.action), &f);
    return RC_OK;
}

static struct rc fold_role(struct board *b, struct str json, struct arena *scratch)
{
    AUTO_FACT_READ r = {0};
    struct fact_head head;
    enum role role;
    TRY(fact_read_open(&r, json, scratch, FACT_ROLE, &head));
    bool known = role_parse(fact_read_text(&r, r.root, "role"), &role);
    struct str what = fact_read_text(&r, r.root, "what");
    struct str why = fact_read_text(&r, r.root, "why");
    TRY(fact_read_done(&r));
    if (!known) {
        return rc_make(ERR_MALFORMED);
    }
    struct board_role *o = &b->roles[role];
    bool began = str_eq(what, STR("started")) || str_eq(what, STR("ready"));
    o->restarts += !began && !str_eq(what, STR("stopped"));
    o->known = true;
    o->at = head.at;
    set_text(&o->what, what);
    set_text(&o->why, why);
    return RC_OK;
}

static struct rc fold_notice(struct board *b, uint64_t position, struct str json,
                             struct arena *scratch)
{
    AUTO_FACT_READ r = {0};
    struct fact_head head;
    struct board_notice n = {.position = position};
    TRY(fact_read_open(&r, json, scratch, FACT_NOTICE, &head));
    n.at = head.at;
    fact_read_hex(&r, r.root, "incident", n.incident, ACTION_ID_BYTES);
    set_text(&n.audience, fact_read_text(&r, r.root, "audience"));
    set_text(&n.language, fact_read_text(&r, r.root, "language"));
    set_text(&n.tlp, fact_read_text(&r, r.root, "tlp"));
    TRY(fact_read_done(&r));
    b->notices[b->notice_count++ % BOARD_MAX_NOTICES] = n;
    return RC_OK;
}

static struct rc fold_gap(struct board *b, struct str json, struct arena *scratch)
{
    AUTO_FACT_READ r = {0};
    struct fact_head head;
    TRY(fact_read_open(&r, json, scratch, FACT_GAP, &head));
    struct board_gap *g = &b->gaps[b->gap_count++ % BOARD_MAX_GAPS];
    g->at = head.at;
    set_text(&g->text, json);
    return RC_OK;
}

static struct rc fold(struct board *b, enum fact_kind kind, uint64_t position, struct str json,
                      struct arena *scratch)
{
    switch (kind) {
    case FACT_INCIDENT:
        return fold_incident(b, position, json, scratch);
    case FACT_DECISION:
    case FACT_INTENT:
    case FACT_OUTCOME:
    case FACT_RELEASE:
        return fold_action(b, json, scratch);
    case FACT_NOTICE:
        return fold_notice(b, position, json, scratch);
    case FACT_ROLE:
        return fold_role(b, json, scratch);
    case FACT_GAP:
        return fold_gap(b, json, scratch);
    case FACT_FINDING:
        b->findings++;
        return RC_OK;
    case FACT_KIND_COUNT:
        break;
    }
    return rc_make(ERR_MALFORMED);
}

struct rc board_fact(struct board *b, enum fact_kind kind, uint64_t position, struct str json,
                     struct arena *scratch)
{
    arena_reset(scratch);
    b->next = position + 1;
    return fold(b, kind, position, json, scratch);
}

const struct board_incident *board_find(const struct board *b, struct str start, bool *out_many)
{
    const struct board_incident *found = NULL;
    *out_many = false;
    for (size_t i = 0; i < b->incidents.n && start.n > 0; i++) {
        const struct board_incident *o = &b->incidents.p[i];
        AUTO_BUF id = {0};
        buf_hex(&id, (struct bytes){o->id, ACTION_ID_BYTES});
        if (str_eq(board_str(&o->name), start)) {
            *out_many = false;
            return o;
        }
        if (str_starts(buf_str(&id), start)) {
            *out_many = found != NULL;
            found = o;
        }
    }
    return *out_many ? NULL : found;
}
