/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/notice_internal.h"

#include "inform/say.h"

static void put_heads(struct draft *d, const enum phrase *heads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        draft_put(d, heads[i], DRAFT_PLAIN);
        draft_cell(d);
    }
    draft_row(d, NOTICE_HEAD);
}

static void cell(struct draft *d, struct str foreign)
{
    buf_put(&d->line, foreign.n == 0 ? STR("-") : draft_guard(d, foreign));
    draft_cell(d);
}

/* A word of the model in the notice's language; what has none stays as it is. */
static struct str word(struct draft *d, struct str name)
{
    enum phrase p;
    return phrase_find(PHRASE_OF_WORD, name, &p) ? phrase_text(p, d->o->language) : name;
}

static void cell_word(struct draft *d, struct str name)
{
    buf_put(&d->line, name.n == 0 ? STR("-") : word(d, name));
    draft_cell(d);
}

static void cell_number(struct draft *d, uint64_t v)
{
    buf_u64(&d->line, v);
    draft_cell(d);
}

static void cell_time(struct draft *d, struct walltime t)
{
    struct walltime_parts p = walltime_split(walltime_known(t) ? t : walltime_from_unix(0));
    if (walltime_known(t)) {
        buf_printf(&d->line, "%04d-%02u-%02u %02u:%02u:%02u", p.year, p.month, p.day, p.hour,
                   p.minute, p.second);
    } else {
        buf_putc(&d->line, '-');
    }
    draft_cell(d);
}

static void cell_phrase(struct draft *d, enum phrase p)
{
    draft_put(d, p, DRAFT_PLAIN);
    draft_cell(d);
}

/* Positions in the ledger; the first few do for finding the rest. */
static void cell_refs(struct draft *d, const uint64_t *refs, uint32_t count)
{
    enum { SHOWN = 6 };
    for (uint32_t i = 0; i < count && i < SHOWN; i++) {
        buf_puts(&d->line, i == 0 ? "" : ", ");
        buf_u64(&d->line, refs[i]);
    }
    if (count > SHOWN) {
        buf_printf(&d->line, " (+%u)", count - SHOWN);
    }
    if (count == 0) {
        buf_putc(&d->line, '-');
    }
    draft_cell(d);
}

static void put_nothing(struct draft *d, uint32_t count)
{
    if (count == 0) {
        draft_block(d, NOTICE_PARAGRAPH, PHRASE_SR_NOTHING);
    }
}

static void put_short(struct draft *d)
{
    const struct incident *i = d->i;
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_SHORT);
    draft_put(d, PHRASE_SR_STATE,
              DRAFT_ARGS(word(d, incident_state_name(i->state)), word(d, level_name(i->level)),
                         draft_guard(d, i->type)));
    draft_end(d, NOTICE_PARAGRAPH);
    draft_put(d, PHRASE_SR_WHEN,
              DRAFT_ARGS(draft_moment(d, i->detected), draft_moment(d, i->first),
                         draft_moment(d, i->last)));
    draft_end(d, NOTICE_PARAGRAPH);
    draft_put(d, PHRASE_SR_COUNTS,
              DRAFT_ARGS(draft_u64(d, i->version), draft_u64(d, i->finding_count)));
    draft_end(d, NOTICE_PARAGRAPH);
    (void)say_contained(d);
    (void)say_people(d);
    (void)say_services(d, PHRASE_SERVICES_AS_OF);
}

static void put_effects(struct draft *d)
{
    static const enum phrase heads[] = {PHRASE_T_ASSET,  PHRASE_T_MANDATE, PHRASE_T_EFFECT,
                                        PHRASE_T_STATUS, PHRASE_T_BASIS,   PHRASE_T_EVIDENCE};
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_EFFECTS);
    put_nothing(d, d->i->effect_count);
    for (uint32_t i = 0; i < d->i->effect_count; i++) {
        const struct effect *e = &d->i->effects[i];
        if (i == 0) {
            put_heads(d, heads, COUNT_OF(heads));
        }
        cell(d, e->name.n != 0 ? e->name : e->asset);
        cell_phrase(d, e->mandate ? PHRASE_YES : PHRASE_NO);
        cell_word(d, effect_kind_name(e->kind));
        cell_word(d, effect_status_name(e->status));
        cell(d, e->basis);
        cell_refs(d, e->refs, e->ref_count);
        draft_row(d, NOTICE_ROW);
    }
}

static void cell_target(struct draft *d, const struct action *a)
{
    AUTO_BUF address = {0};
    if (a->kind == ACTION_BLOCK_ADDRESS) {
        ipaddr_format(&address, &a->address);
    }
    cell(d, a->kind == ACTION_BLOCK_ADDRESS ? buf_str(&address) : a->account);
}

static void put_actions(struct draft *d)
{
    static const enum phrase heads[] = {PHRASE_T_ACTION,  PHRASE_T_TARGET, PHRASE_T_DECISION,
                                        PHRASE_T_OUTCOME, PHRASE_T_UNTIL,  PHRASE_T_DETAIL};
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_ACTIONS);
    put_nothing(d, d->i->action_count);
    for (uint32_t i = 0; i < d->i->action_count; i++) {
        const struct incident_action *a = &d->i->actions[i];
        if (i == 0) {
            put_heads(d, heads, COUNT_OF(heads));
        }
        cell_word(d, action_kind_name(a->action.kind));
        cell_target(d, &a->action);
        cell_word(d, a->decided ? verdict_name(a->verdict) : (struct str){0});
        if (a->acted) {
            buf_put(&d->line, word(d, act_name(a->act)));
            buf_puts(&d->line, ": ");
            buf_put(&d->line, word(d, outcome_name(a->outcome)));
            draft_cell(d);
        } else {
            cell_phrase(d, PHRASE_NONE_YET);
        }
        bool lasts = a->acted && a->action.kind != ACTION_END_SESSION;
        cell_time(d, lasts ? a->until : (struct walltime){.us = WALLTIME_NONE});
        cell(d, a->detail);
        draft_row(d, NOTICE_ROW);
    }
}

/* The title of a finding of the incident; past the listed ones, the start of its id. */
static struct str title_of(struct draft *d, const uint8_t *id)
{
    AUTO_BUF hex = {0};
    struct str kept = {0};
    for (uint32_t i = 0; i < d->i->listed_count; i++) {
        if (memcmp(d->i->findings[i].id, id, FINDING_ID_BYTES) == 0) {
            return draft_guard(d, d->i->findings[i].title);
        }
    }
    buf_hex(&hex, (struct bytes){id, 4});
    if (rc_failed(arena_copy(d->a, buf_str(&hex), &kept))) {
        d->full = true;
    }
    return kept;
}

static bool reads_alike(struct draft *d, const struct incident_link *a,
                        const struct incident_link *b)
{
    return a->kind == b->kind && str_eq(title_of(d, a->to), title_of(d, b->to)) &&
           str_eq(title_of(d, a->finding), title_of(d, b->finding));
}

/* How many later links read alike; SIZE_MAX when an earlier one does, which counted this. */
static size_t count_alike(struct draft *d, uint32_t at)
{
    size_t more = 0;
    for (uint32_t k = 0; k < d->i->link_count; k++) {
        if (k == at || !reads_alike(d, &d->i->links[k], &d->i->links[at])) {
            continue;
        }
        if (k < at) {
            return SIZE_MAX;
        }
        more++;
    }
    return more;
}

static void put_links(struct draft *d)
{
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_LINKS);
    put_nothing(d, d->i->link_count);
    for (uint32_t i = 0; i < d->i->link_count; i++) {
        const struct incident_link *l = &d->i->links[i];
        size_t more = count_alike(d, i);
        if (more == SIZE_MAX) {
            continue;
        }
        draft_put(d, PHRASE_SR_LINK,
                  DRAFT_ARGS(title_of(d, l->to), title_of(d, l->finding),
                             word(d, finding_kind_name(l->kind)), draft_guard(d, l->value),
                             draft_u64(d, l->seen_in)));
        if (more > 0) {
            draft_put(d, PHRASE_SR_LINK_MORE, DRAFT_ARGS(draft_u64(d, more)));
        }
        draft_end(d, NOTICE_ITEM);
    }
}

static void put_finding(struct draft *d, const struct incident_finding *f)
{
    cell_time(d, f->first);
    cell(d, f->host);
    cell(d, f->title);
    cell_word(d, level_name(f->level));
    cell(d, draft_u64(d, f->event_count));
    cell_refs(d, &f->position, f->position == FINDING_NO_POSITION ? 0 : 1);
    draft_row(d, NOTICE_ROW);
}

/* In the order in which things began, which is not that in which they were found. */
static void put_timeline(struct draft *d)
{
    static const enum phrase heads[] = {PHRASE_T_WHEN,  PHRASE_T_HOST,   PHRASE_T_FINDING,
                                        PHRASE_T_LEVEL, PHRASE_T_EVENTS, PHRASE_T_EVIDENCE};
    bool told[INCIDENT_MAX_FINDINGS] = {0};
    const struct incident *i = d->i;
    uint32_t count =
        i->listed_count < INCIDENT_MAX_FINDINGS ? i->listed_count : INCIDENT_MAX_FINDINGS;
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_TIMELINE);
    put_nothing(d, count);
    if (count > 0) {
        put_heads(d, heads, COUNT_OF(heads));
    }
    for (uint32_t round = 0; round < count; round++) {
        uint32_t next = UINT32_MAX;
        for (uint32_t n = 0; n < count; n++) {
            bool sooner =
                next == UINT32_MAX || i->findings[n].first.us < i->findings[next].first.us;
            next = !told[n] && sooner ? n : next;
        }
        told[next] = true;
        put_finding(d, &i->findings[next]);
    }
    if (i->finding_count > count) {
        draft_put(d, PHRASE_SR_MORE, DRAFT_ARGS(draft_u64(d, i->finding_count - count)));
        draft_end(d, NOTICE_PARAGRAPH);
    }
}

static void put_assertion(struct draft *d, const struct assertion *a)
{
    draft_use(d, a);
    cell_number(d, a->number);
    cell_word(d, assertion_name(a->kind));
    struct str value = draft_guard(d, a->value);
    buf_put(&d->line, value);
    if (a->extra.n != 0) {
        buf_puts(&d->line, value.n == 0 ? "" : "; ");
        buf_put(&d->line, draft_guard(d, a->extra));
    }
    draft_cell(d);
    cell_word(d, assertion_status_name(a->status));
    cell(d, tlp_name(a->tlp));
    bool graded = a->reliability >= 'A' && a->reliability <= 'F';
    buf_printf(&d->line, "%c%u", graded ? a->reliability : 'F', a->credibility);
    draft_cell(d);
    cell_time(d, a->as_of);
    cell_refs(d, a->refs, a->ref_count);
    draft_row(d, NOTICE_ROW);
}

static void put_assertions(struct draft *d)
{
    static const enum phrase heads[] = {PHRASE_T_NUMBER, PHRASE_T_WHAT,    PHRASE_T_VALUE,
                                        PHRASE_T_STATUS, PHRASE_COUNT,     PHRASE_T_GRADE,
                                        PHRASE_T_AS_OF,  PHRASE_T_EVIDENCE};
    uint32_t said = 0, held_back = 0;
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_ASSERTIONS);
    for (uint32_t i = 0; i < d->i->assertion_count; i++) {
        const struct assertion *a = &d->i->assertions[i];
        held_back += a->person_at_risk;
        if (!notice_may_say(a, d->o->audience)) {
            continue;
        }
        for (size_t h = 0; said == 0 && h < COUNT_OF(heads); h++) {
            buf_put(&d->line, heads[h] == PHRASE_COUNT ? STR("TLP")
                                                       : phrase_text(heads[h], d->o->language));
            draft_cell(d);
        }
        if (said++ == 0) {
            draft_row(d, NOTICE_HEAD);
        }
        put_assertion(d, a);
    }
    put_nothing(d, said);
    if (held_back != 0) {
        draft_put(d, PHRASE_SR_HELD_BACK, DRAFT_ARGS(draft_u64(d, held_back)));
        draft_end(d, NOTICE_PARAGRAPH);
    }
}

static void put_tasks(struct draft *d)
{
    static const enum phrase heads[] = {PHRASE_T_NUMBER, PHRASE_T_TASK, PHRASE_T_OWNER,
                                        PHRASE_T_DUE, PHRASE_T_DONE};
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_TASKS);
    put_nothing(d, d->i->task_count);
    for (uint32_t i = 0; i < d->i->task_count; i++) {
        const struct task *t = &d->i->tasks[i];
        if (i == 0) {
            put_heads(d, heads, COUNT_OF(heads));
        }
        cell_number(d, t->number);
        cell(d, t->what);
        cell(d, t->owner);
        cell_time(d, t->due);
        cell_phrase(d, t->done ? PHRASE_YES : PHRASE_NO);
        draft_row(d, NOTICE_ROW);
    }
}

static void put_foreign(struct draft *d, struct str text)
{
    if (text.n != 0) {
        buf_put(&d->line, draft_guard(d, text));
        draft_end(d, NOTICE_PARAGRAPH);
    }
}

static void put_earlier(struct draft *d)
{
    const struct recurrence *r = &d->i->recurrence;
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_EARLIER);
    if (r->nth > 1) {
        draft_put(d, PHRASE_SR_NTH,
                  DRAFT_ARGS(draft_u64(d, r->nth), draft_guard(d, r->earlier)));
        draft_end(d, NOTICE_PARAGRAPH);
    } else {
        draft_put(d, PHRASE_KNOWN,
                  DRAFT_ARGS(draft_text(d, PHRASE_RECURRENCE_FIRST, DRAFT_PLAIN)));
        draft_capital(d);
        draft_end(d, NOTICE_PARAGRAPH);
    }
    put_foreign(d, r->because);
    put_foreign(d, r->base_rate);
}

void notice_internal_write(struct draft *d)
{
    put_short(d);
    put_effects(d);
    put_actions(d);
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_UNKNOWN);
    (void)say_unknown(d, PHRASE_UNKNOWN_WE);
    put_tasks(d);
    put_timeline(d);
    put_links(d);
    put_earlier(d);
    put_assertions(d);
    draft_block(d, NOTICE_HEADING, PHRASE_SR_H_HOW);
    draft_block(d, NOTICE_PARAGRAPH, PHRASE_SR_EVIDENCE);
}
