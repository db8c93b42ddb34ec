/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/assess.h"

#include "incident/signal.h"
#include "model/tactic.h"

enum {
    NUMBERS_PER_KIND = 100, /* assertion 301 is the first of the third kind, and stays that */
    NAMED_MAX = 8,          /* addresses, accounts, hosts: of each at most */
    TITLE_MAX_BYTES = 240,
};

struct writer {
    const struct assess_input *in;
    struct arena *a;
    struct incident *i;
    struct assertion *list;
    uint32_t count;
    uint32_t of_kind[ASSERTION_KIND_COUNT];
};

/* Admiralty: how reliable a source of this trust is. */
static char reliability_of(enum trust t)
{
    static const char grades[TRUST_COUNT] = {
        [TRUST_NONE] = 'F',    [TRUST_ATTACKER] = 'E', [TRUST_DAEMON] = 'C',
        [TRUST_JOURNAL] = 'B', [TRUST_KERNEL] = 'A',
    };
    return grades[t];
}

static bool has_room(const struct writer *w)
{
    return w->count < INCIDENT_MAX_ASSERTIONS;
}

static struct rc put(struct writer *w, enum assertion_kind kind, struct assertion a)
{
    if (!has_room(w)) {
        return RC_OK;
    }
    a.kind = kind;
    a.number = ((uint32_t)kind + 1) * NUMBERS_PER_KIND + 1 + w->of_kind[kind]++;
    a.tlp = assertion_tlp(kind);
    a.reliability = a.reliability == 0 ? 'B' : a.reliability;
    a.credibility = a.credibility == 0 ? 2 : a.credibility;
    a.as_of = a.as_of.us == 0 ? w->i->last : a.as_of;
    TRY(arena_copy(w->a, a.value, &a.value));
    TRY(arena_copy(w->a, a.extra, &a.extra));
    w->list[w->count++] = a;
    return RC_OK;
}

/* Findings of the group that name the entity. */
struct naming {
    uint64_t *refs;
    uint32_t ref_count, count;
    enum trust trust;
};

static bool names(const struct finding_fact *f, enum entity_kind kind, struct str value,
                  enum trust *trust)
{
    if (kind == ENTITY_HOST && str_eq(f->host, value)) {
        *trust = f->trust;
        return true;
    }
    for (uint32_t i = 0; i < f->entity_count; i++) {
        if (f->entities[i].kind == kind && str_eq(f->entities[i].value, value)) {
            *trust = f->entities[i].trust;
            return true;
        }
    }
    return false;
}

static struct rc name_findings(struct writer *w, enum entity_kind kind, struct str value,
                               struct naming *out)
{
    *out = (struct naming){.refs = arena_zalloc(w->a, INCIDENT_MAX_REFS, sizeof(uint64_t))};
    if (out->refs == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < w->in->group->listed_count; i++) {
        const struct kept *k = w->in->group->findings[i];
        enum trust trust = TRUST_NONE;
        if (!names(&k->fact, kind, value, &trust)) {
            continue;
        }
        out->count++;
        out->trust = trust > out->trust ? trust : out->trust;
        if (k->position != FINDING_NO_POSITION && out->ref_count < INCIDENT_MAX_REFS) {
            out->refs[out->ref_count++] = k->position;
        }
    }
    return RC_OK;
}

/* An address, an account or a host as an assertion. */
static struct rc put_named(struct writer *w, enum assertion_kind kind, const struct entity *e,
                           struct str host)
{
    struct naming n;
    TRY(name_findings(w, e->kind, e->value, &n));
    bool known = n.trust >= TRUST_DAEMON;
    struct assertion a = {.status = known ? ASSERTION_KNOWN : ASSERTION_ASSESSED,
                          .value = e->value,
                          .extra = host,
                          .reliability = reliability_of(n.trust),
                          .credibility = n.count > 1 ? 1
                                         : known     ? 2
                                                     : 3,
                          .refs = n.refs,
                          .ref_count = n.ref_count};
    return put(w, kind, a);
}

static bool is_listed(const struct writer *w, enum assertion_kind kind, struct str value)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (w->list[i].kind == kind && str_eq(w->list[i].value, value)) {
            return true;
        }
    }
    return false;
}

static struct rc put_entity(struct writer *w, const struct kept *k, const struct entity *e)
{
    enum assertion_kind kind = e->kind == ENTITY_ADDRESS   ? ASSERTION_SOURCE_ADDRESS
                               : e->kind == ENTITY_ACCOUNT ? ASSERTION_ACCOUNT_USED
                                                           : ASSERTION_HOST;
    bool wanted =
        e->kind == ENTITY_ADDRESS || e->kind == ENTITY_ACCOUNT || e->kind == ENTITY_HOST;
    if (!wanted || !signal_telling(e) || str_eq(e->role, STR("destination")) ||
        is_listed(w, kind, e->value) || w->of_kind[kind] == NAMED_MAX) {
        return RC_OK;
    }
    struct str host = kind == ASSERTION_ACCOUNT_USED ? k->fact.host : (struct str){"", 0};
    return put_named(w, kind, e, host);
}

/* Not from raids: who was aimed at was not used. */
static struct rc put_entities(struct writer *w)
{
    for (uint32_t i = 0; i < w->in->group->listed_count; i++) {
        const struct kept *k = w->in->group->findings[i];
        const struct entity host = {.kind = ENTITY_HOST, .value = k->fact.host};
        for (uint32_t e = 0; k->raid == RAID_NONE && e < k->fact.entity_count; e++) {
            TRY(put_entity(w, k, &k->fact.entities[e]));
        }
        if (k->raid == RAID_NONE) {
            TRY(put_entity(w, k, &host));
        }
    }
    return RC_OK;
}

static struct rc put_origin(struct writer *w)
{
    const struct assess_input *in = w->in;
    AUTO_BUF when = {0};
    walltime_format(&when, w->i->detected);
    bool dated = walltime_known(w->i->detected);
    uint64_t *refs = arena_zalloc(w->a, 1, sizeof(*refs));
    if (refs == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    refs[0] = in->group->seed->position;
    uint32_t ref_count = refs[0] != FINDING_NO_POSITION;
    struct assertion detected = {.status = dated ? ASSERTION_KNOWN : ASSERTION_UNKNOWN,
                                 .value = dated ? buf_str(&when) : (struct str){"", 0},
                                 .reliability = 'A',
                                 .credibility = 1,
                                 .refs = refs,
                                 .ref_count = ref_count};
    struct assertion kind = {.status =
                                 in->book == NULL ? ASSERTION_UNKNOWN : ASSERTION_ASSESSED,
                             .value = w->i->type,
                             .refs = refs,
                             .ref_count = ref_count};
    bool entered = in->book != NULL && in->book->entry.n > 0 && in->group->success;
    struct assertion entry = {.status = entered ? ASSERTION_ASSESSED : ASSERTION_UNKNOWN,
                              .value = entered ? in->book->entry : (struct str){"", 0},
                              .refs = refs,
                              .ref_count = ref_count};
    TRY(put(w, ASSERTION_DETECTED, detected));
    TRY(put(w, ASSERTION_KIND, kind));
    return put(w, ASSERTION_ENTRY, entry);
}

static enum assertion_status status_of(enum effect_status s)
{
    switch (s) {
    case EFFECT_CONFIRMED:
        return ASSERTION_KNOWN;
    case EFFECT_SUSPECTED:
    case EFFECT_NONE_SO_FAR:
        return ASSERTION_ASSESSED;
    case EFFECT_UNKNOWN:
    case EFFECT_STATUS_COUNT:
        break;
    }
    return ASSERTION_UNKNOWN;
}

static struct rc put_effect(struct writer *w, enum assertion_kind kind, struct str value,
                            const struct effect *e)
{
    AUTO_BUF extra = {0};
    buf_put(&extra, effect_kind_name(e->kind));
    buf_putc(&extra, '/');
    buf_put(&extra, effect_status_name(e->status));
    struct assertion a = {.status = status_of(e->status),
                          .value = value,
                          .extra = buf_str(&extra),
                          .reliability = e->status == EFFECT_CONFIRMED ? 'B' : 'C',
                          .credibility = e->status == EFFECT_CONFIRMED ? 2 : 3,
                          .refs = e->refs,
                          .ref_count = e->ref_count};
    return put(w, kind, a);
}

/* Confirmed is worst; unknown is worse than that nothing was found. */
static unsigned badness(enum effect_status s)
{
    static const unsigned order[EFFECT_STATUS_COUNT] = {
        [EFFECT_CONFIRMED] = 4,
        [EFFECT_SUSPECTED] = 3,
        [EFFECT_UNKNOWN] = 2,
        [EFFECT_NONE_SO_FAR] = 1,
    };
    return order[s];
}

static struct str class_of(const struct assess_input *in, struct str asset)
{
    for (uint32_t i = 0; i < in->holding_count; i++) {
        if (str_eq(in->holdings[i].asset, asset)) {
            return in->holdings[i].class;
        }
    }
    return (struct str){"", 0};
}

/* The worst effect of this kind; of a class, or (empty) of all. */
static const struct effect *worst(const struct assess_input *in, enum effect_kind kind,
                                  struct str class)
{
    const struct effect *found = NULL;
    for (uint32_t i = 0; i < in->effect_count; i++) {
        const struct effect *e = &in->effects[i];
        bool fits = e->kind == kind && (class.n == 0 || str_eq(class_of(in, e->asset), class));
        if (fits && (found == NULL || badness(e->status) > badness(found->status))) {
            found = e;
        }
    }
    return found;
}

static struct rc put_classes(struct writer *w)
{
    const struct assess_input *in = w->in;
    for (uint32_t i = 0; i < in->holding_count; i++) {
        struct str class = in->holdings[i].class;
        if (class.n == 0 || is_listed(w, ASSERTION_INFORMATION_CLASS, class)) {
            continue;
        }
        for (unsigned k = 0; k < EFFECT_KIND_COUNT; k++) {
            const struct effect *e = worst(in, (enum effect_kind)k, class);
            if (e != NULL) {
                TRY(put_effect(w, ASSERTION_INFORMATION_CLASS, class, e));
            }
        }
    }
    return RC_OK;
}

static struct rc put_effects(struct writer *w)
{
    const struct assess_input *in = w->in;
    for (uint32_t i = 0; i < in->effect_count; i++) {
        TRY(put_effect(w, ASSERTION_INFORMATION, in->effects[i].name, &in->effects[i]));
    }
    TRY(put_classes(w));
    const struct effect *taken = worst(in, EFFECT_TAKEN, (struct str){"", 0});
    enum effect_status s = taken == NULL ? EFFECT_UNKNOWN : taken->status;
    struct assertion a = {.status = status_of(s), .value = effect_status_name(s)};
    if (taken != NULL) {
        a.refs = taken->refs;
        a.ref_count = taken->ref_count;
    }
    return put(w, ASSERTION_TAKEN, a);
}

/* People are at risk when what carries the mandate was read: those it is about. */
static struct rc put_people(struct writer *w)
{
    const struct effect *read = NULL;
    for (uint32_t i = 0; i < w->in->effect_count; i++) {
        const struct effect *e = &w->in->effects[i];
        bool bad = e->status == EFFECT_CONFIRMED || e->status == EFFECT_SUSPECTED;
        if (e->mandate && bad && (e->kind == EFFECT_READ || e->kind == EFFECT_TAKEN)) {
            read = e;
        }
    }
    enum effect_status s = read == NULL ? EFFECT_UNKNOWN : EFFECT_SUSPECTED;
    struct assertion a = {
        .status = status_of(s), .value = effect_status_name(s), .credibility = 3};
    if (read != NULL) {
        a.refs = read->refs;
        a.ref_count = read->ref_count;
    }
    return put(w, ASSERTION_PEOPLE, a);
}

static struct rc put_services(struct writer *w)
{
    for (uint32_t i = 0; i < w->in->holding_count; i++) {
        struct str service = w->in->holdings[i].service;
        bool twice = service.n == 0;
        for (uint32_t k = 0; k < i; k++) {
            twice |= str_eq(w->in->holdings[k].service, service);
        }
        /* no finding says that it stopped, and nobody probed it */
        struct assertion a = {.status = ASSERTION_ASSESSED,
                              .value = STR("running"),
                              .extra = service,
                              .reliability = 'C',
                              .credibility = 3};
        if (!twice) {
            TRY(put(w, ASSERTION_SERVICE, a));
        }
    }
    return RC_OK;
}

static bool in_force(const struct incident_action *a)
{
    return a->acted && a->act == ACT_APPLY && a->outcome == OUTCOME_EFFECTIVE;
}

static struct rc put_measures(struct writer *w)
{
    const struct assess_input *in = w->in;
    uint32_t held = 0;
    for (uint32_t i = 0; i < in->action_count; i++) {
        const struct incident_action *m = &in->actions[i];
        held += in_force(m);
        if (!m->acted || m->act != ACT_APPLY) {
            continue;
        }
        struct assertion a = {.status = ASSERTION_KNOWN,
                              .value = action_kind_name(m->action.kind),
                              .extra = outcome_name(m->outcome),
                              .reliability = 'A',
                              .credibility = 1,
                              .as_of = in->acted_at};
        TRY(put(w, ASSERTION_MEASURE, a));
    }
    bool all = held > 0 && held == in->action_count;
    w->i->state = all ? INCIDENT_CONTAINED : INCIDENT_OPEN;
    struct assertion a = {.status = ASSERTION_KNOWN,
                          .value = all        ? STR("yes")
                                   : held > 0 ? STR("partly")
                                              : STR("no"),
                          .reliability = 'A',
                          .as_of = held > 0 ? in->acted_at : w->i->last};
    return put(w, ASSERTION_CONTAINED, a);
}

static struct rc put_raids(struct writer *w)
{
    AUTO_BUF count = {0};
    buf_u64(&count, w->in->raid_attempts);
    struct assertion a = {.status = ASSERTION_KNOWN,
                          .value = buf_str(&count),
                          .as_of = w->in->raids_at,
                          .reliability = 'B'};
    return walltime_known(w->in->raids_at) ? put(w, ASSERTION_RAIDS, a) : RC_OK;
}

static void take_entity(struct entity *list, uint32_t *count, const struct entity *e)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (list[i].kind == e->kind && str_eq(list[i].value, e->value)) {
            list[i].trust = e->trust > list[i].trust ? e->trust : list[i].trust;
            return;
        }
    }
    if (*count < INCIDENT_MAX_ENTITIES) {
        list[(*count)++] = *e;
    }
}

static struct rc list_findings(struct writer *w)
{
    const struct group *g = w->in->group;
    struct incident_finding *findings = arena_zalloc(w->a, g->listed_count, sizeof(*findings));
    struct entity *entities = arena_zalloc(w->a, INCIDENT_MAX_ENTITIES, sizeof(*entities));
    uint32_t entity_count = 0;
    if (findings == NULL || entities == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < g->listed_count; i++) {
        const struct kept *k = g->findings[i];
        memcpy(findings[i].id, k->fact.id, FINDING_ID_BYTES);
        findings[i].position = k->position;
        findings[i].title = k->fact.rule_title;
        findings[i].host = k->fact.host;
        findings[i].level = k->fact.level;
        findings[i].first = k->fact.first;
        findings[i].last = k->fact.last;
        findings[i].event_count = k->fact.event_count;
        for (uint32_t e = 0; e < k->fact.entity_count; e++) {
            if (kept_can_link(k, &k->fact.entities[e])) {
                take_entity(entities, &entity_count, &k->fact.entities[e]);
            }
        }
    }
    w->i->findings = findings;
    w->i->listed_count = g->listed_count;
    w->i->entities = entities;
    w->i->entity_count = entity_count;
    return RC_OK;
}

/* "Log-on by SSH after guessed passwords, then the case store read and perhaps taken". */
static struct rc make_title(struct writer *w)
{
    const struct assess_input *in = w->in;
    AUTO_BUF title = BUF_WITH_CAP(TITLE_MAX_BYTES);
    buf_put(&title, in->book != NULL ? in->book->title : in->group->seed->fact.rule_title);
    const struct effect *read = worst(in, EFFECT_READ, (struct str){"", 0});
    const struct effect *taken = worst(in, EFFECT_TAKEN, (struct str){"", 0});
    if (read != NULL && read->status == EFFECT_CONFIRMED) {
        buf_puts(&title, ", then ");
        buf_put(&title, read->name);
        buf_puts(&title, " read");
    }
    if (taken != NULL && taken->status == EFFECT_SUSPECTED) {
        buf_puts(&title, " and perhaps taken");
    }
    return arena_copy(w->a, buf_str(&title), &w->i->title);
}

static struct rc make_head(struct writer *w)
{
    const struct assess_input *in = w->in;
    const struct group *g = in->group;
    struct incident *i = w->i;
    memcpy(i->id, g->id, ACTION_ID_BYTES);
    i->version = in->version;
    i->name = str_of(g->name);
    i->type = in->book != NULL ? in->book->type : STR("other/undetermined");
    i->level = g->level;
    i->detected = g->detected;
    i->first = g->first;
    i->last = g->last;
    i->tactics = g->tactics;
    i->finding_count = g->finding_count;
    i->links = g->links;
    i->link_count = g->link_count;
    i->actions = in->actions;
    i->action_count = in->action_count;
    i->effects = in->effects;
    i->effect_count = in->effect_count;
    i->tasks = in->tasks;
    i->task_count = in->task_count;
    i->recurrence = (struct recurrence){.nth = 1,
                                        .since = {.us = WALLTIME_NONE},
                                        .earlier = {"", 0},
                                        .because = {"", 0},
                                        .base_rate = {"", 0}};
    TRY(make_title(w));
    return list_findings(w);
}

struct rc assess_incident(const struct assess_input *in, struct arena *a, struct incident *out)
{
    struct incident i = {0};
    struct writer w = {.in = in,
                       .a = a,
                       .i = &i,
                       .list = arena_zalloc(a, INCIDENT_MAX_ASSERTIONS, sizeof(*w.list))};
    if (w.list == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    TRY(make_head(&w));
    TRY(put_origin(&w));
    TRY(put_measures(&w));
    TRY(put_people(&w));
    TRY(put_services(&w));
    TRY(put_raids(&w));
    TRY(put_effects(&w));
    TRY(put_entities(&w));
    i.assertions = w.list;
    i.assertion_count = w.count;
    *out = i;
    return RC_OK;
}

struct rc assess_recurrence(struct incident *i, const struct recurrence *r, struct arena *a)
{
    struct assertion *list = arena_zalloc(a, (size_t)i->assertion_count + 1, sizeof(*list));
    if (list == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(list, i->assertions, i->assertion_count * sizeof(*list));
    AUTO_BUF nth = {0};
    AUTO_BUF since = {0};
    buf_u64(&nth, r->nth);
    if (walltime_known(r->since)) {
        walltime_format(&since, r->since);
    }
    struct assertion own = {.kind = ASSERTION_RECURRENCE,
                            .number = (ASSERTION_RECURRENCE + 1) * NUMBERS_PER_KIND + 1,
                            .status = ASSERTION_ASSESSED,
                            .tlp = assertion_tlp(ASSERTION_RECURRENCE),
                            .reliability = 'C',
                            .credibility = 3,
                            .as_of = i->last};
    TRY(arena_copy(a, buf_str(&nth), &own.value));
    TRY(arena_copy(a, buf_str(&since), &own.extra));
    uint32_t at = i->assertion_count < INCIDENT_MAX_ASSERTIONS ? i->assertion_count++
                                                               : INCIDENT_MAX_ASSERTIONS - 1;
    list[at] = own;
    i->assertions = list;
    i->recurrence = *r;
    return RC_OK;
}
