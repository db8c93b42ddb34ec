/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/say.h"

/* The line is a clause: frame it by how sure the assertion is, and end the block. */
static void end_clause(struct draft *d, const struct assertion *a, struct str clause,
                       enum notice_kind kind)
{
    enum phrase frame = a->status == ASSERTION_ASSESSED ? PHRASE_ASSESSED : PHRASE_KNOWN;
    draft_use(d, a);
    draft_put(d, frame, DRAFT_ARGS(clause));
    draft_capital(d);
    draft_end(d, kind);
}

static bool is_open(const struct assertion *a)
{
    return a->status == ASSERTION_UNKNOWN;
}

static bool parse_status(struct str s, enum effect_status *out)
{
    for (enum effect_status e = EFFECT_CONFIRMED; e < EFFECT_STATUS_COUNT; e++) {
        if (str_eq(s, effect_status_name(e))) {
            *out = e;
            return true;
        }
    }
    return false;
}

bool say_parse_effect(struct str s, enum effect_kind *kind, enum effect_status *status)
{
    size_t slash = str_find_char(s, '/');
    if (slash == SIZE_MAX) {
        *kind = EFFECT_TAKEN;
        return parse_status(s, status);
    }
    for (enum effect_kind k = EFFECT_TOUCHED; k < EFFECT_KIND_COUNT; k++) {
        if (str_eq(str_upto(s, slash), effect_kind_name(k))) {
            *kind = k;
            return parse_status(str_from(s, slash + 1), status);
        }
    }
    return false;
}

uint32_t say_detected(struct draft *d)
{
    uint32_t at = 0;
    struct walltime t;
    const struct assertion *a = draft_next(d, ASSERTION_DETECTED, &at);
    if (a == NULL || is_open(a) || !walltime_parse(a->value, &t)) {
        return 0;
    }
    struct str when = d->o->audience == NOTICE_PUBLIC ? draft_date(d, t) : draft_moment(d, t);
    draft_use(d, a);
    draft_put(d, PHRASE_DETECTED_ON, DRAFT_ARGS(when));
    draft_end(d, NOTICE_PARAGRAPH);
    return 1;
}

uint32_t say_nature(struct draft *d)
{
    uint32_t said = 0, at = 0;
    const struct assertion *a = draft_next(d, ASSERTION_KIND, &at);
    if (a != NULL && !is_open(a)) {
        enum phrase p = PHRASE_KIND_OTHER;
        bool found =
            phrase_find(PHRASE_OF_RSIT, str_upto(a->value, str_find_char(a->value, '/')), &p);
        end_clause(d, a, draft_text(d, found ? p : PHRASE_KIND_OTHER, DRAFT_PLAIN),
                   NOTICE_PARAGRAPH);
        said++;
    }
    at = 0;
    while ((a = draft_next(d, ASSERTION_ENTRY, &at)) != NULL) {
        enum phrase p = PHRASE_ENTRY_OTHER;
        if (!is_open(a)) {
            bool found = phrase_find(PHRASE_OF_ENTRY, a->value, &p);
            end_clause(d, a, draft_text(d, found ? p : PHRASE_ENTRY_OTHER, DRAFT_PLAIN),
                       NOTICE_PARAGRAPH);
            said++;
        }
    }
    return said;
}

uint32_t say_contained(struct draft *d)
{
    uint32_t at = 0;
    const struct assertion *a = draft_next(d, ASSERTION_CONTAINED, &at);
    if (a == NULL || is_open(a)) {
        return 0;
    }
    /* whatever is not clearly contained is not */
    enum phrase p = str_eq(a->value, STR("yes"))      ? PHRASE_CONTAINED_YES
                    : str_eq(a->value, STR("partly")) ? PHRASE_CONTAINED_PARTLY
                                                      : PHRASE_CONTAINED_NO;
    struct str clause = draft_text(d, p, DRAFT_PLAIN);
    if (!walltime_known(a->as_of)) {
        end_clause(d, a, clause, NOTICE_PARAGRAPH);
        return 1;
    }
    draft_use(d, a);
    draft_put(d, PHRASE_AS_OF, DRAFT_ARGS(draft_moment(d, a->as_of), clause));
    draft_end(d, NOTICE_PARAGRAPH);
    return 1;
}

static struct str effect_clause(struct draft *d, enum effect_kind kind, struct str what)
{
    static const enum phrase did[EFFECT_KIND_COUNT] = {
        [EFFECT_TOUCHED] = PHRASE_DID_TOUCH,
        [EFFECT_READ] = PHRASE_DID_READ,
        [EFFECT_TAKEN] = PHRASE_DID_TAKE,
        [EFFECT_ALTERED] = PHRASE_DID_ALTER,
    };
    return draft_text(d, did[kind], DRAFT_ARGS(what));
}

/* What the assertion's effect was on, in words; and its effect in *kind and *status. */
static bool effect_of(struct draft *d, const struct assertion *a, struct str *what,
                      enum effect_kind *kind, enum effect_status *status)
{
    enum phrase p = PHRASE_CLASS_ANY;
    struct str effect = a->kind == ASSERTION_TAKEN ? a->value : a->extra;
    if (!say_parse_effect(effect, kind, status)) {
        return false;
    }
    if (a->kind == ASSERTION_INFORMATION) {
        *what = draft_text(d, PHRASE_HOLDING, DRAFT_ARGS(draft_guard(d, a->value)));
        return true;
    }
    bool found =
        a->kind == ASSERTION_INFORMATION_CLASS && phrase_find(PHRASE_OF_CLASS, a->value, &p);
    *what = draft_text(d, found ? p : PHRASE_CLASS_ANY, DRAFT_PLAIN);
    return true;
}

static uint32_t say_effect(struct draft *d, const struct assertion *a, enum notice_kind kind)
{
    static const enum phrase frames[EFFECT_STATUS_COUNT] = {
        [EFFECT_CONFIRMED] = PHRASE_EFFECT_CONFIRMED,
        [EFFECT_SUSPECTED] = PHRASE_EFFECT_SUSPECTED,
        [EFFECT_NONE_SO_FAR] = PHRASE_EFFECT_NONE_SO_FAR,
        [EFFECT_UNKNOWN] = PHRASE_EFFECT_CONFIRMED, /* not used: it is a question */
    };
    struct str what;
    enum effect_kind effect;
    enum effect_status status;
    if (is_open(a) || !effect_of(d, a, &what, &effect, &status) || status == EFFECT_UNKNOWN) {
        return 0;
    }
    /* what was assessed and not found out is not established */
    bool weaker = status == EFFECT_CONFIRMED && a->status == ASSERTION_ASSESSED;
    draft_use(d, a);
    draft_put(d, frames[weaker ? EFFECT_SUSPECTED : status],
              DRAFT_ARGS(effect_clause(d, effect, what)));
    draft_end(d, kind);
    return 1;
}

/* The assertion TAKEN says the same as one about a class of information. */
static bool repeats(const struct draft *d, const struct assertion *taken)
{
    uint32_t at = 0;
    enum effect_kind k;
    enum effect_status mine, other;
    const struct assertion *a;
    if (!say_parse_effect(taken->value, &k, &mine)) {
        return false;
    }
    while ((a = draft_next(d, ASSERTION_INFORMATION_CLASS, &at)) != NULL) {
        if (!is_open(a) && say_parse_effect(a->extra, &k, &other) && k == EFFECT_TAKEN &&
            other == mine) {
            return true;
        }
    }
    return false;
}

/* That it was touched goes without saying where it is established that more was done. */
static bool is_less(const struct draft *d, const struct assertion *touched)
{
    uint32_t at = 0;
    enum effect_kind k;
    enum effect_status status;
    const struct assertion *a;
    if (touched->kind == ASSERTION_TAKEN || !say_parse_effect(touched->extra, &k, &status) ||
        k != EFFECT_TOUCHED) {
        return false;
    }
    while ((a = draft_next(d, touched->kind, &at)) != NULL) {
        if (str_eq(a->value, touched->value) && a->status == ASSERTION_KNOWN &&
            say_parse_effect(a->extra, &k, &status) && k != EFFECT_TOUCHED &&
            status == EFFECT_CONFIRMED) {
            return true;
        }
    }
    return false;
}

uint32_t say_effects(struct draft *d, enum notice_kind kind)
{
    static const enum assertion_kind order[] = {ASSERTION_INFORMATION_CLASS, ASSERTION_TAKEN,
                                                ASSERTION_INFORMATION};
    uint32_t said = 0;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        uint32_t at = 0;
        const struct assertion *a;
        while ((a = draft_next(d, order[i], &at)) != NULL) {
            bool skip = order[i] == ASSERTION_TAKEN ? repeats(d, a) : is_less(d, a);
            if (!skip) {
                said += say_effect(d, a, kind);
            }
        }
    }
    return said;
}

uint32_t say_people(struct draft *d)
{
    static const enum phrase sentences[EFFECT_STATUS_COUNT] = {
        [EFFECT_CONFIRMED] = PHRASE_PEOPLE_CONFIRMED,
        [EFFECT_SUSPECTED] = PHRASE_PEOPLE_SUSPECTED,
        [EFFECT_NONE_SO_FAR] = PHRASE_PEOPLE_NONE_SO_FAR,
        [EFFECT_UNKNOWN] = PHRASE_PEOPLE_SUSPECTED, /* not used: it is a question */
    };
    uint32_t at = 0;
    enum effect_kind k;
    enum effect_status status;
    const struct assertion *a = draft_next(d, ASSERTION_PEOPLE, &at);
    if (a == NULL || is_open(a) || !say_parse_effect(a->value, &k, &status) ||
        status == EFFECT_UNKNOWN) {
        return 0;
    }
    bool weaker = status == EFFECT_CONFIRMED && a->status == ASSERTION_ASSESSED;
    draft_use(d, a);
    draft_put(d, sentences[weaker ? EFFECT_SUSPECTED : status], DRAFT_PLAIN);
    draft_end(d, NOTICE_PARAGRAPH);
    return 1;
}

/* "Filing | Dépôt de pièces": a name for each language; without the bar it serves for both. */
static struct str service_name(struct draft *d, struct str names)
{
    size_t bar = str_find_char(names, '|');
    struct str english = str_trim(str_upto(names, bar));
    struct str french = bar == SIZE_MAX ? english : str_trim(str_from(names, bar + 1));
    struct str name = d->o->language == PHRASE_FR ? french : english;
    return name.n == 0 ? draft_text(d, PHRASE_SERVICE_ANY, DRAFT_PLAIN) : draft_guard(d, name);
}

uint32_t say_services(struct draft *d, enum phrase heading)
{
    uint32_t said = 0, at = 0;
    const struct assertion *a;
    while ((a = draft_next(d, ASSERTION_SERVICE, &at)) != NULL) {
        enum phrase p = str_eq(a->value, STR("running"))   ? PHRASE_SERVICE_RUNNING
                        : str_eq(a->value, STR("stopped")) ? PHRASE_SERVICE_STOPPED
                                                           : PHRASE_SERVICE_DEGRADED;
        if (is_open(a) ||
            (p == PHRASE_SERVICE_DEGRADED && !str_eq(a->value, STR("degraded")))) {
            continue;
        }
        if (p == PHRASE_SERVICE_RUNNING && a->status == ASSERTION_ASSESSED) {
            p = PHRASE_SERVICE_ASSESSED; /* nobody looked: only no outage was seen */
        }
        struct walltime as_of = walltime_known(a->as_of) ? a->as_of : d->o->now;
        if (said == 0) {
            draft_put(d, heading, DRAFT_ARGS(draft_moment(d, as_of)));
            draft_end(d, NOTICE_PARAGRAPH);
        }
        draft_use(d, a);
        draft_put(d, p, DRAFT_ARGS(service_name(d, a->extra)));
        draft_end(d, NOTICE_ITEM);
        said++;
    }
    return said;
}

static void say_recurrence(struct draft *d, const struct assertion *a, uint64_t nth)
{
    struct walltime t;
    AUTO_BUF ordinal = {0};
    struct str clause;
    phrase_ordinal(&ordinal, nth, d->o->language);
    if (nth == 1) {
        clause = draft_text(d, PHRASE_RECURRENCE_FIRST, DRAFT_PLAIN);
    } else if (walltime_parse(a->extra, &t)) {
        clause = draft_text(d, PHRASE_RECURRENCE_NTH,
                            DRAFT_ARGS(buf_str(&ordinal), draft_date(d, t)));
    } else {
        clause = draft_text(d, PHRASE_RECURRENCE_UNDATED, DRAFT_ARGS(buf_str(&ordinal)));
    }
    end_clause(d, a, clause, NOTICE_PARAGRAPH);
}

uint32_t say_earlier(struct draft *d)
{
    uint32_t said = 0, at = 0;
    uint64_t n = 0;
    const struct assertion *a = draft_next(d, ASSERTION_RECURRENCE, &at);
    if (a != NULL && !is_open(a) && str_to_u64(a->value, &n) && n > 0) {
        say_recurrence(d, a, n);
        said++;
    }
    at = 0;
    a = draft_next(d, ASSERTION_RAIDS, &at);
    /* a number without the moment it was true at misleads: then it is not said */
    if (a != NULL && !is_open(a) && walltime_known(a->as_of) && str_to_u64(a->value, &n)) {
        draft_use(d, a);
        draft_put(d, PHRASE_RAIDS, DRAFT_ARGS(draft_moment(d, a->as_of), draft_u64(d, n)));
        draft_end(d, NOTICE_PARAGRAPH);
        said++;
    }
    return said;
}

uint32_t say_measures(struct draft *d)
{
    static const enum phrase done[ACTION_KIND_COUNT] = {
        [ACTION_BLOCK_ADDRESS] = PHRASE_DONE_BLOCK,
        [ACTION_END_SESSION] = PHRASE_DONE_SESSION,
        [ACTION_SUSPEND_ACCOUNT] = PHRASE_DONE_SUSPEND,
    };
    uint32_t said = 0, at = 0;
    const struct assertion *a;
    while ((a = draft_next(d, ASSERTION_MEASURE, &at)) != NULL) {
        enum action_kind k;
        /* what is under way would warn the attacker: only what is done is told */
        if (a->status != ASSERTION_KNOWN || !action_kind_parse(a->value, &k) ||
            !str_eq(a->extra, outcome_name(OUTCOME_EFFECTIVE))) {
            continue;
        }
        draft_use(d, a);
        draft_put(d, done[k], DRAFT_PLAIN);
        draft_end(d, NOTICE_ITEM);
        said++;
    }
    return said;
}

static const enum phrase questions[ASSERTION_KIND_COUNT] = {
    [ASSERTION_DETECTED] = PHRASE_COUNT, /* none */
    [ASSERTION_KIND] = PHRASE_ASK_KIND,
    [ASSERTION_ENTRY] = PHRASE_ASK_ENTRY,
    [ASSERTION_SOURCE_ADDRESS] = PHRASE_ASK_SOURCE,
    [ASSERTION_ACCOUNT_USED] = PHRASE_ASK_ACCOUNT,
    [ASSERTION_HOST] = PHRASE_ASK_HOST,
    [ASSERTION_SERVICE] = PHRASE_ASK_SERVICE,
    [ASSERTION_INFORMATION] = PHRASE_ASK_INFORMATION,
    [ASSERTION_INFORMATION_CLASS] = PHRASE_ASK_INFORMATION,
    [ASSERTION_TAKEN] = PHRASE_ASK_TAKEN,
    [ASSERTION_PEOPLE] = PHRASE_ASK_PEOPLE,
    [ASSERTION_MEASURE] = PHRASE_ASK_MEASURE,
    [ASSERTION_CONTAINED] = PHRASE_ASK_CONTAINED,
    [ASSERTION_RECURRENCE] = PHRASE_ASK_RECURRENCE,
    [ASSERTION_RAIDS] = PHRASE_ASK_RAIDS,
    [ASSERTION_INFORMED] = PHRASE_ASK_INFORMED,
    [ASSERTION_NEXT_UPDATE] = PHRASE_COUNT, /* say_next gives a date of its own */
};

/* The open question that the assertion stands for, in words; empty: it is not one. */
static struct str question(struct draft *d, const struct assertion *a)
{
    struct str what;
    enum effect_kind effect;
    enum effect_status status;
    bool of_effect = a->kind == ASSERTION_INFORMATION ||
                     a->kind == ASSERTION_INFORMATION_CLASS || a->kind == ASSERTION_TAKEN;
    if (of_effect && effect_of(d, a, &what, &effect, &status) && a->kind != ASSERTION_TAKEN) {
        bool open = is_open(a) || status == EFFECT_UNKNOWN;
        struct str clause = effect_clause(d, effect, what);
        return open ? draft_text(d, PHRASE_EFFECT_UNKNOWN, DRAFT_ARGS(clause))
                    : (struct str){0};
    }
    bool by_value = a->kind == ASSERTION_TAKEN || a->kind == ASSERTION_PEOPLE;
    bool open = is_open(a) || (by_value && say_parse_effect(a->value, &effect, &status) &&
                               status == EFFECT_UNKNOWN);
    return open && questions[a->kind] != PHRASE_COUNT
               ? draft_text(d, questions[a->kind], DRAFT_PLAIN)
               : (struct str){0};
}

static void ask(struct draft *d, enum phrase frame, struct str what)
{
    draft_put(d, frame, DRAFT_ARGS(what));
    draft_end(d, NOTICE_ITEM);
}

/* Nobody has even asked whether this is so: still we do not know it. */
static uint32_t ask_unless(struct draft *d, enum phrase frame, enum assertion_kind k)
{
    if (draft_has(d, k)) {
        return 0;
    }
    ask(d, frame, draft_text(d, questions[k], DRAFT_PLAIN));
    return 1;
}

uint32_t say_unknown(struct draft *d, enum phrase frame)
{
    uint32_t said = 0;
    for (enum assertion_kind k = ASSERTION_DETECTED; k < ASSERTION_KIND_COUNT; k++) {
        uint32_t at = 0;
        const struct assertion *a;
        while ((a = draft_next(d, k, &at)) != NULL) {
            struct str what = question(d, a);
            if (what.n != 0) {
                draft_use(d, a);
                ask(d, frame, what);
                said++;
            }
        }
    }
    said += ask_unless(d, frame, ASSERTION_TAKEN);
    said += ask_unless(d, frame, ASSERTION_PEOPLE);
    ask(d, frame, draft_text(d, PHRASE_ASK_WHO, DRAFT_PLAIN));
    return said + 1;
}

uint32_t say_informed(struct draft *d)
{
    uint32_t said = 0, at = 0;
    const struct assertion *a;
    while ((a = draft_next(d, ASSERTION_INFORMED, &at)) != NULL) {
        enum phrase p;
        struct walltime t;
        /* who is named in other words is not named: it could be a person */
        if (is_open(a) || !phrase_find(PHRASE_OF_INFORMED, a->value, &p)) {
            continue;
        }
        struct str who = draft_text(d, p, DRAFT_PLAIN);
        draft_use(d, a);
        if (walltime_parse(a->extra, &t)) {
            draft_put(d, PHRASE_INFORMED_ON, DRAFT_ARGS(who, draft_date(d, t)));
        } else {
            buf_put(&d->line, who);
        }
        draft_end(d, NOTICE_ITEM);
        said++;
    }
    return said;
}

void say_next(struct draft *d, enum phrase sentence)
{
    uint32_t at = 0;
    struct walltime t = d->o->now;
    t.us += (int64_t)d->o->next_update_h * 3600 * 1000000;
    const struct assertion *a = draft_next(d, ASSERTION_NEXT_UPDATE, &at);
    struct walltime promised;
    if (a != NULL && !is_open(a) && walltime_parse(a->value, &promised)) {
        draft_use(d, a);
        t = promised;
    }
    draft_put(d, sentence, DRAFT_ARGS(draft_date(d, t)));
    draft_end(d, NOTICE_PARAGRAPH);
}
