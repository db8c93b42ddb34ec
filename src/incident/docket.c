/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/docket.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "base/vec.h"

/* Between two proposals of the same thing, in the time of events. */
static const int64_t again_us = 10000000;

struct docket {
    const struct playbooks *playbooks;
    const struct history *history;
    struct grouping *grouping;
    struct raids *raids;
    VEC(struct docket_case *) cases;
    struct walltime newest; /* when the newest finding came in */
};

struct docket *docket_open(const struct playbooks *playbooks, const struct history *history)
{
    struct docket *d = heap_zalloc(1, sizeof(*d));
    d->playbooks = playbooks;
    d->history = history;
    d->grouping = grouping_open();
    d->raids = raid_open();
    d->newest.us = WALLTIME_NONE;
    for (size_t i = 0; i < recurrence_count(history); i++) {
        grouping_take_name(d->grouping, recurrence_at(history, i)->name);
    }
    return d;
}

void docket_close(struct docket *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < d->cases.n; i++) {
        heap_free(d->cases.p[i]);
    }
    vec_free(&d->cases);
    raid_close(d->raids);
    grouping_close(d->grouping);
    heap_free(d);
}

size_t docket_count(const struct docket *d)
{
    return d->cases.n;
}

struct docket_case *docket_at(const struct docket *d, size_t i)
{
    check(i < d->cases.n);
    return d->cases.p[i];
}

const struct raids *docket_raids(const struct docket *d)
{
    return d->raids;
}

struct docket_case *docket_find(const struct docket *d,
                                const uint8_t id[static ACTION_ID_BYTES])
{
    for (size_t i = 0; i < d->cases.n; i++) {
        if (memcmp(d->cases.p[i]->id, id, ACTION_ID_BYTES) == 0) {
            return d->cases.p[i];
        }
    }
    return NULL;
}

/* Grouping lets go of the quietest group when there are too many: its case goes too. */
static void drop_stale(struct docket *d)
{
    for (size_t i = 0; i < d->cases.n; i++) {
        if (grouping_find(d->grouping, d->cases.p[i]->id) == NULL) {
            heap_free(d->cases.p[i]);
            memmove(&d->cases.p[i], &d->cases.p[i + 1],
                    (d->cases.n - i - 1) * sizeof(struct docket_case *));
            d->cases.n--;
            return;
        }
    }
}

static struct docket_case *case_of(struct docket *d, const struct group *g)
{
    struct docket_case *c = docket_find(d, g->id);
    if (c != NULL) {
        return c;
    }
    if (d->cases.n == GROUPING_MAX_GROUPS) {
        drop_stale(d);
    }
    c = heap_zalloc(1, sizeof(*c));
    memcpy(c->id, g->id, ACTION_ID_BYTES);
    c->group = g;
    c->acted_at.us = c->raids_at.us = WALLTIME_NONE;
    vec_push(&d->cases, c);
    return c;
}

static struct docket_action *find_action(struct docket_case *c,
                                         const uint8_t id[static ACTION_ID_BYTES])
{
    for (uint32_t i = 0; i < c->action_count; i++) {
        if (memcmp(c->actions[i].state.action.id, id, ACTION_ID_BYTES) == 0) {
            return &c->actions[i];
        }
    }
    return NULL;
}

struct proposals {
    const struct proposal *list;
    uint32_t count;
};

static bool is_among(const struct docket_action *o, struct proposals now)
{
    for (uint32_t i = 0; i < now.count; i++) {
        if (memcmp(now.list[i].action.id, o->state.action.id, ACTION_ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Whose place another may have: one that was refused; else one that contain has been asked and
 * has not answered, whose decision brings it back. A flood of refusals keeps nobody out.
 */
static struct docket_action *spare_action(struct docket_case *c, struct proposals now)
{
    struct docket_action *asked = NULL;
    for (uint32_t i = 0; i < c->action_count; i++) {
        struct docket_action *o = &c->actions[i];
        const struct incident_action *s = &o->state;
        bool stands = s->verdict == VERDICT_ALLOWED || s->verdict == VERDICT_SHADOW;
        if (s->acted || o->to_send || (s->decided && stands) || is_among(o, now)) {
            continue;
        }
        if (s->decided) {
            return o;
        }
        asked = asked == NULL ? o : asked;
    }
    return asked;
}

/* Texts become its own. */
static struct docket_action *add_action(struct docket_case *c, const struct action *a,
                                        struct proposals now)
{
    struct docket_action *o = c->action_count < INCIDENT_MAX_ACTIONS
                                  ? &c->actions[c->action_count++]
                                  : spare_action(c, now);
    if (o == NULL) {
        return NULL;
    }
    *o = (struct docket_action){.state = {.action = *a, .until = {.us = WALLTIME_NONE}},
                                .acted_at = {.us = WALLTIME_NONE},
                                .sent_event = {.us = WALLTIME_NONE}};
    struct str account = str_upto(a->account, ACTION_MAX_ACCOUNT_BYTES);
    if (account.n > 0) {
        memcpy(o->account, account.p, account.n);
    }
    o->state.action.account = (struct str){o->account, account.n};
    o->state.detail = (struct str){o->detail, 0};
    return o;
}

static void set_detail(struct docket_action *o, struct str detail)
{
    detail = unicode_cut(detail, DOCKET_MAX_DETAIL_BYTES);
    if (detail.n > 0) {
        memcpy(o->detail, detail.p, detail.n);
    }
    o->state.detail = (struct str){o->detail, detail.n};
}

static bool has_grown(const struct evidence *old, const struct evidence *v)
{
    return v->trust > old->trust || v->signals > old->signals || v->sensors > old->sensors ||
           v->sources > old->sources || v->success != old->success ||
           !ipaddr_eq(&v->from, &old->from); /* another address may have a witness */
}

static bool is_later(struct walltime a, struct walltime b, int64_t by_us)
{
    return walltime_known(a) && (!walltime_known(b) || a.us - by_us > b.us);
}

/*
 * Is the same thing to be proposed again? Not while it is in force, nor after a person undid
 * it. What more evidence can mend is asked at once; else the attacker has to show himself
 * again: what was shadow may have become enforcement, a lease may have lapsed, a session come
 * back.
 */
static bool may_ask_again(const struct docket_action *o, const struct evidence *v)
{
    const struct incident_action *s = &o->state;
    bool in_force = s->acted && s->act == ACT_APPLY && s->outcome == OUTCOME_EFFECTIVE;
    if (s->acted && s->act == ACT_UNDO) {
        return false;
    }
    if (!s->decided) { /* the question under way may be refused for what is there by now */
        return has_grown(&o->evidence, v);
    }
    if (in_force) {
        return s->action.kind == ACTION_END_SESSION &&
               is_later(v->event_time, o->acted_at, again_us);
    }
    if (s->verdict == VERDICT_EVIDENCE || s->verdict == VERDICT_TRUST) {
        return has_grown(&o->evidence, v);
    }
    return is_later(v->event_time, o->sent_event, again_us);
}

static void propose(struct docket *d, struct docket_case *c)
{
    struct proposal list[INCIDENT_MAX_ACTIONS];
    uint32_t count = playbook_propose(d->playbooks, c->group, c->proposed_changes, list);
    c->proposed_changes = c->group->changes;
    for (uint32_t i = 0; i < count; i++) {
        const struct proposal *p = &list[i];
        struct docket_action *o = find_action(c, p->action.id);
        bool fresh = o == NULL;
        if (fresh) {
            o = add_action(c, &p->action, (struct proposals){list, count});
        }
        if (o == NULL) {
            continue;
        }
        struct str reason = unicode_cut(p->reason, ACTION_MAX_REASON_BYTES);
        memcpy(o->reason, reason.p, reason.n);
        o->reason_n = reason.n;
        if (fresh || may_ask_again(o, &p->evidence)) {
            o->to_send = true;
            o->sent_event = p->evidence.event_time;
        }
        o->evidence = p->evidence;
    }
}

/* A tally of the noise, of the moment when the case changed. */
static void note_raids(struct docket *d, struct docket_case *c)
{
    c->raid_attempts = 0;
    c->raids_at = d->newest;
    for (unsigned i = RAID_NONE + 1; i < RAID_CLASS_COUNT; i++) {
        c->raid_attempts += raid_day(d->raids, (enum raid_class)i, d->newest);
    }
}

struct docket_case *docket_finding(struct docket *d, const struct finding_fact *f,
                                   uint64_t position)
{
    struct walltime in = walltime_known(f->received) ? f->received : f->last;
    if (walltime_known(in) && (!walltime_known(d->newest) || in.us > d->newest.us)) {
        d->newest = in;
    }
    if (!grouping_has(d->grouping, f->id)) {
        raid_add(d->raids, f);
    }
    const struct group *g = grouping_add(d->grouping, f, position);
    if (g == NULL) {
        return NULL;
    }
    struct docket_case *c = case_of(d, g);
    c->changes++;
    propose(d, c);
    note_raids(d, c);
    return c;
}

static void take_outcome(struct docket_case *c, struct docket_action *o,
                         const struct action_fact *f)
{
    o->state.acted = true;
    o->state.act = f->act;
    o->state.outcome = f->outcome;
    set_detail(o, f->detail);
    if (walltime_known(f->until)) {
        o->state.until = f->until;
    }
    c->acted_at = o->acted_at = f->at;
}

struct docket_case *docket_action_fact(struct docket *d, const struct action_fact *f)
{
    struct docket_case *c = docket_find(d, f->action.incident);
    struct docket_action *o = c == NULL ? NULL : find_action(c, f->action.id);
    if (c != NULL && o == NULL) {
        o = add_action(c, &f->action,
                       (struct proposals){NULL, 0}); /* of a playbook that has changed since */
    }
    if (o == NULL) {
        return NULL;
    }
    if (f->kind == FACT_DECISION && f->verdict != VERDICT_KNOWN) {
        o->state.decided = true;
        o->state.verdict = f->verdict;
        o->to_send = false;
        set_detail(o, f->detail);
    } else if (f->kind == FACT_INTENT) {
        o->state.until = f->until;
    } else if (f->kind == FACT_OUTCOME) {
        take_outcome(c, o, f);
    }
    c->changes++;
    return c;
}

void docket_send_again(struct docket *d)
{
    for (size_t i = 0; i < d->cases.n; i++) {
        struct docket_case *c = d->cases.p[i];
        for (uint32_t k = 0; k < c->action_count; k++) {
            /* allowed, and nothing came of it: contain may have died before its intent;
             * shadow: it may be in earnest now */
            const struct incident_action *s = &c->actions[k].state;
            c->actions[k].to_send |= !s->decided || s->verdict == VERDICT_SHADOW ||
                                     (s->verdict == VERDICT_ALLOWED && !s->acted);
        }
    }
}

/* What later incidents will be compared by. Texts that live as long as the docket's inputs. */
static void note_facets(struct docket_case *c, const struct incident *i,
                        const struct playbook *book, const struct docket_effects *e)
{
    struct recurrence_facets *f = &c->facets;
    *f = (struct recurrence_facets){.name = i->name,
                                    .date = i->detected,
                                    .type = book != NULL ? book->type : (struct str){"", 0},
                                    .entry = book != NULL ? book->entry : (struct str){"", 0},
                                    .tactics = i->tactics};
    for (uint32_t k = 0; k < e->holding_count; k++) {
        if (f->information_count < RECURRENCE_MAX_INFORMATION) {
            f->information[f->information_count++] = e->holdings[k].class;
        }
    }
}

static struct rc compare(struct docket *d, struct docket_case *c, struct arena *a,
                         struct recurrence *out)
{
    struct recurrence_facets *own = arena_zalloc(a, d->cases.n, sizeof(*own));
    if (own == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (size_t i = 0; i < d->cases.n; i++) {
        own[i] = d->cases.p[i]->facets;
    }
    const struct recurrence_list list = {own, d->cases.n};
    return recurrence_compare(d->history, &c->facets, &list, a, out);
}

struct rc docket_incident(struct docket *d, struct docket_case *c,
                          const struct docket_effects *e, struct arena *a, struct incident *out)
{
    struct incident_action *actions = arena_zalloc(a, c->action_count, sizeof(*actions));
    if (actions == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < c->action_count; i++) {
        actions[i] = c->actions[i].state;
    }
    const struct playbook *book = playbook_of(d->playbooks, c->group);
    const struct assess_input in = {
        .group = c->group,
        .book = book,
        .version = c->version,
        .actions = actions,
        .action_count = c->action_count,
        .acted_at = c->acted_at,
        .effects = e->effects,
        .effect_count = e->effect_count,
        .tasks = e->tasks,
        .task_count = e->task_count,
        .holdings = e->holdings,
        .holding_count = e->holding_count,
        .raid_attempts = c->raid_attempts,
        .raids_at = c->raids_at,
    };
    struct recurrence r;
    TRY(assess_incident(&in, a, out));
    note_facets(c, out, book, e);
    TRY(compare(d, c, a, &r));
    return assess_recurrence(out, &r, a);
}
