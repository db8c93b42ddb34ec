/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The truth of atoms. What matchers looked for is stamped already; the rest is asked here,
 * once per reading, when a rule that may match wants to know.
 */
#include "detect/parts.h"

uint32_t truth_first(const struct detector *d, uint32_t slot)
{
    const struct slot_values *s = &d->slots[slot];
    return s->epoch == d->epoch ? s->first : PAIR_NONE;
}

bool truth_of_pair(struct detector *d, uint32_t atom, struct pair *pair)
{
    const struct atom *a = &d->engine->atoms.p[atom];
    if (!value_is_scalar(pair->subject.value)) {
        return false;
    }
    for (uint32_t i = 0; i < a->pattern_count; i++) {
        if (pattern_match(&a->patterns[i], &pair->subject)) {
            return true;
        }
    }
    return false;
}

bool truth_ask_value(struct detector *d, uint32_t atom)
{
    const struct atom *a = &d->engine->atoms.p[atom];
    uint32_t slot = parts_slot(d->engine, a->field);
    if (a->field == (uint16_t)ATOM_KEYWORDS) {
        reading_load_keywords(d);
    }
    for (uint32_t i = truth_first(d, slot); i != PAIR_NONE; i = d->pairs.p[i].next) {
        if (truth_of_pair(d, atom, &d->pairs.p[i])) {
            return true;
        }
    }
    return false;
}

static bool ask_null(const struct detector *d, uint32_t slot)
{
    uint32_t first = truth_first(d, slot);
    for (uint32_t i = first; i != PAIR_NONE; i = d->pairs.p[i].next) {
        if (d->pairs.p[i].subject.value.type == VALUE_NULL) {
            return true;
        }
    }
    return first == PAIR_NONE;
}

static bool stands_in(enum anchor anchor, struct str text, struct str part)
{
    switch (anchor) {
    case ANCHOR_WHOLE:
        return str_eq(text, part);
    case ANCHOR_CONTAINS:
        return str_find(text, part) != SIZE_MAX;
    case ANCHOR_START:
        return str_starts(text, part);
    case ANCHOR_END:
        return str_ends(text, part);
    }
    return false;
}

/* 4,096 comparisons: two arrays of 64, more than any log pairs; a hostile record has millions.
 */
enum { MAX_FIELDREF_PAIRS = 4096 };

static bool ask_fieldref(struct detector *d, const struct atom *a)
{
    uint32_t left = MAX_FIELDREF_PAIRS;
    struct pair *p = d->pairs.p;
    for (uint32_t i = truth_first(d, a->field); i != PAIR_NONE; i = p[i].next) {
        for (uint32_t k = truth_first(d, a->other); k != PAIR_NONE && left > 0; k = p[k].next) {
            bool scalar =
                value_is_scalar(p[i].subject.value) && value_is_scalar(p[k].subject.value);
            left--;
            if (scalar && stands_in(a->anchor, subject_folded(&p[i].subject),
                                    subject_folded(&p[k].subject))) {
                return true;
            }
        }
    }
    return false;
}

static bool ask(struct detector *d, uint32_t atom)
{
    const struct atom *a = &d->engine->atoms.p[atom];
    switch (a->kind) {
    case ATOM_VALUE:
        /* an eager atom that was not stamped does not hold */
        return (d->direct || !d->engine->eager[atom]) && truth_ask_value(d, atom);
    case ATOM_NULL:
        return ask_null(d, a->field);
    case ATOM_EXISTS:
        return truth_first(d, a->field) != PAIR_NONE;
    case ATOM_FIELDREF:
        return ask_fieldref(d, a);
    }
    return false;
}

/* In a partial reading: does the atom look at a field that the reading has not? */
static bool is_unknown(const struct detector *d, const struct atom *a)
{
    if (a->field == (uint16_t)ATOM_KEYWORDS) {
        return false;
    }
    return truth_first(d, parts_slot(d->engine, a->field)) == PAIR_NONE ||
           (a->kind == ATOM_FIELDREF &&
            truth_first(d, parts_slot(d->engine, a->other)) == PAIR_NONE);
}

bool truth_of(void *context, uint32_t atom, bool denied)
{
    struct detector *d = context;
    if (UNLIKELY(d->partial) && is_unknown(d, &d->engine->atoms.p[atom])) {
        return denied;
    }
    uint32_t stamp = d->stamps[atom];
    if (stamp >> 1 != d->epoch) {
        bool holds = ask(d, atom);
        d->stamps[atom] = stamp = 2 * d->epoch + holds;
    }
    return (stamp & 1) != 0;
}
