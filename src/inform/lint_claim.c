/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/lint_claim.h"

#include "inform/lint_inner.h"

struct claim {
    enum lint_rule rule;
    struct str patterns, unless;
};

static const struct claim claims[] = {
#define CLAIM(rule, patterns, unless) {LINT_##rule, STR_INIT(patterns), STR_INIT(unless)},
#include "inform/claim.def"
#undef CLAIM
};

static const struct str actors[] = {
#define ACTOR(patterns) STR_INIT(patterns),
#include "inform/actor.def"
#undef ACTOR
};

static const struct str states[] = {
#define STATE(patterns) STR_INIT(patterns),
#include "inform/state.def"
#undef STATE
};

/* What was done, once all of it is: then it may be told to the members. */
static const struct str done = STR_INIT(
    "blocked|isolated|suspended|revoked|disconnected|quarantined|sinkholed|firewalled; "
    "firewall|firewalls; bloque|bloquee|bloques|bloquees|isole|isolee|isoles|isolees|suspendu*|"
    "revoque|revoquee|revoques|revoquees|deconnecte|deconnectee; pare feu");

static void refuse_words(struct lint *l, enum lint_rule rule, uint32_t i, uint32_t count)
{
    const struct lint_word *first = &l->words.p[i], *last = &l->words.p[i + count - 1];
    lint_refuse(l, rule, (size_t)(first->text.p - l->text.p),
                (size_t)(last->text.p + last->text.n - l->text.p));
}

enum { MAX_ROWS = 256 }; /* of a table */

static void find_any(struct lint *l, enum lint_rule rule, const struct str *rows, size_t count)
{
    uint32_t firsts[MAX_ROWS];
    check(count <= MAX_ROWS);
    if (!lint_rule_applies(rule, l->o->audience)) {
        return;
    }
    for (size_t k = 0; k < count; k++) {
        firsts[k] = lint_word_firsts(rows[k]);
    }
    for (uint32_t i = 0; i < l->words.n; i++) {
        for (size_t k = 0; k < count; k++) {
            bool may = lint_word_may(&l->words, i, firsts[k]);
            uint32_t n = may ? lint_word_match(&l->words, i, rows[k]) : 0;
            if (n != 0) {
                refuse_words(l, rule, i, n);
                break;
            }
        }
    }
}

void lint_claim_actors(struct lint *l)
{
    find_any(l, LINT_ACTOR, actors, COUNT_OF(actors));
    find_any(l, LINT_STATE, states, COUNT_OF(states));
}

/* Is everything that was decided on done? A notice lists measures only then. */
static bool is_done(const struct incident *i)
{
    bool contained = false;
    for (uint32_t k = 0; i != NULL && k < i->assertion_count; k++) {
        const struct assertion *a = &i->assertions[k];
        contained |= a->kind == ASSERTION_CONTAINED && a->status == ASSERTION_KNOWN &&
                     str_eq(a->value, STR("yes"));
    }
    return contained;
}

/* Is one thing done, so that its measure may be told to the members? */
static bool has_effective(const struct incident *i)
{
    for (uint32_t k = 0; i != NULL && k < i->action_count; k++) {
        const struct incident_action *a = &i->actions[k];
        if (a->acted && a->act == ACT_APPLY && a->outcome == OUTCOME_EFFECTIVE) {
            return true;
        }
    }
    return false;
}

/* One row over all words; what makes it right is looked for once a sentence. */
static void find_claim(struct lint *l, const struct claim *c)
{
    uint32_t firsts = lint_word_firsts(c->patterns), asked = UINT32_MAX;
    bool right = false;
    for (uint32_t i = 0; i < l->words.n; i++) {
        bool may = lint_word_may(&l->words, i, firsts);
        uint32_t n = may ? lint_word_match(&l->words, i, c->patterns) : 0;
        if (n == 0) {
            continue;
        }
        if (c->unless.n != 0 && asked != l->words.p[i].sentence) {
            asked = l->words.p[i].sentence;
            right = lint_word_near(&l->words, i, c->unless);
        }
        if (!right) {
            refuse_words(l, c->rule, i, n);
        }
    }
}

void lint_claim_words(struct lint *l)
{
    for (size_t k = 0; k < COUNT_OF(claims); k++) {
        if (lint_rule_applies(claims[k].rule, l->o->audience)) {
            find_claim(l, &claims[k]);
        }
    }
    bool told = l->o->audience == NOTICE_MEMBERS ? has_effective(l->o->incident)
                                                 : is_done(l->o->incident);
    if (!told) {
        find_any(l, LINT_MEASURE, &done, 1);
    }
}

static bool is_number(const struct lint_word *w)
{
    for (size_t i = 0; i < w->text.n; i++) {
        if (!str_is_digit(w->text.p[i])) {
            return false;
        }
    }
    return true;
}

/* "1." or "2)" before a line's text, "article 87", "within 72 hours": no counted fact. */
static bool counts_nothing(const struct lint *l, uint32_t i)
{
    const struct lint_words *w = &l->words;
    const struct str units =
        STR("hour|hours|minute|minutes|day|days|week|weeks|month|months|heure|"
            "heures|jour|jours|semaine|semaines|mois|hotline");
    const struct str labels =
        STR("article|articles|paragraph|paragraphe|art|section|rule|regle|"
            "resolution|annex|annexe|no|reference|version|page");
    struct str word = w->p[i].text;
    const char *start = word.p, *end = word.p + word.n, *stop = l->text.p + l->text.n;
    bool at_line = start == l->text.p || start[-1] == '\n';
    bool listed = at_line && word.n <= 2 && end < stop && (*end == '.' || *end == ')');
    return listed || (i + 1 < w->n && lint_word_match(w, i + 1, units) != 0) ||
           (i > 0 && lint_word_match(w, i - 1, labels) != 0);
}

/* Does "as of 24 November 2026", "au 24 novembre 2026" stand in the paragraph of word i? Reads
 * all of it: asked once a paragraph. */
static bool is_dated(const struct lint *l, uint32_t i)
{
    const struct lint_words *w = &l->words;
    const struct str as_of =
        STR("as of|at; au; a la date du; en date du; etat|situation au|du");
    uint32_t k = i;
    while (k > 0 && w->p[k - 1].paragraph == w->p[i].paragraph) {
        k--;
    }
    for (; k < w->n && w->p[k].paragraph == w->p[i].paragraph; k++) {
        uint32_t n = lint_word_match(w, k, as_of);
        if (n != 0 && k + n < w->n && w->p[k + n].date) {
            return true;
        }
    }
    return false;
}

void lint_claim_numbers(struct lint *l)
{
    const struct str vague =
        STR("dozens|hundreds|thousands|millions|dizaines|centaines|milliers");
    const struct lint_words *w = &l->words;
    uint32_t asked = UINT32_MAX;
    bool dated = false;
    for (uint32_t i = 0; i < w->n; i++) {
        bool number = is_number(&w->p[i]) && !w->p[i].date && !counts_nothing(l, i);
        if (!number && lint_word_match(w, i, vague) == 0) {
            continue;
        }
        if (asked != w->p[i].paragraph) {
            asked = w->p[i].paragraph;
            dated = is_dated(l, i);
        }
        if (!dated) {
            refuse_words(l, LINT_NUMBER, i, 1);
        }
    }
}

/* A full date in the sentence of word i, the latest one; unknown: there is none. */
static struct walltime date_near(const struct lint_words *w, uint32_t i)
{
    enum { FAR = 400 };
    struct walltime latest = {.us = WALLTIME_NONE};
    uint32_t k = i;
    while (k > 0 && i - k < FAR && w->p[k - 1].sentence == w->p[i].sentence) {
        k--;
    }
    for (; k < w->n && k < i + FAR && w->p[k].sentence == w->p[i].sentence; k++) {
        if (walltime_known(w->p[k].when) && w->p[k].when.us > latest.us) {
            latest = w->p[k].when;
        }
    }
    return latest;
}

void lint_claim_next_update(struct lint *l)
{
    const struct str next =
        STR("next|further update|updates|statement|information|communication|note|report; "
            "prochain|prochaine communication|communique|declaration|point|note|informations; "
            "plus amples informations; prochaine mise a jour; nouvelles informations");
    for (uint32_t i = 0; i < l->words.n; i++) {
        if (lint_word_match(&l->words, i, next) == 0) {
            continue;
        }
        struct walltime when = date_near(&l->words, i);
        if (walltime_known(when) && (!walltime_known(l->o->now) || when.us >= l->o->now.us)) {
            return;
        }
    }
    lint_refuse_whole(l, LINT_NEXT_UPDATE);
}
