/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/tactic.h"

static const struct {
    struct str id, slug, name;
} rows[TACTIC_COUNT] = {
#define TACTIC(identifier, id, slug, name)                                                     \
    [TACTIC_##identifier] = {STR_INIT(id), STR_INIT(slug), STR_INIT(name)},
#include "model/tactic.def"
#undef TACTIC
};

/*
 * Techniques that mean Defense Impairment when a rule still says defense-evasion: Impair
 * Defenses and its successors, then those that SigmaHQ, when it moved to v19, put under that
 * tactic and never under Stealth (counted over its 3,754 rules).
 */
static const struct str impairing[] = {
    STR_INIT("T1562"), STR_INIT("T1685"), STR_INIT("T1686"), STR_INIT("T1689"),
    STR_INIT("T1690"), STR_INIT("T1112"), STR_INIT("T1207"), STR_INIT("T1222"),
    STR_INIT("T1484"), STR_INIT("T1553"), STR_INIT("T1556"), STR_INIT("T1578"),
    STR_INIT("T1599"),
};

static const struct str prefix = STR_INIT("attack.");

struct str tactic_id(enum tactic tactic)
{
    check(tactic < TACTIC_COUNT);
    return rows[tactic].id;
}

struct str tactic_slug(enum tactic tactic)
{
    check(tactic < TACTIC_COUNT);
    return rows[tactic].slug;
}

struct str tactic_name(enum tactic tactic)
{
    check(tactic < TACTIC_COUNT);
    return rows[tactic].name;
}

/* What follows "attack."; false when the tag is of another namespace. */
static bool attack_part(struct str tag, struct str *out)
{
    if (!str_eq_nocase(str_upto(tag, prefix.n), prefix)) {
        return false;
    }
    *out = str_from(tag, prefix.n);
    return true;
}

/* Case ignored, and "_" is "-". */
static bool is_slug(struct str s, struct str slug)
{
    if (s.n != slug.n) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i] == '_' ? '-' : str_lower(s.p[i]);
        if (c != slug.p[i]) {
            return false;
        }
    }
    return true;
}

bool tactic_technique(struct str tag, char out[static TACTIC_TECHNIQUE_BYTES], size_t *out_n)
{
    enum { PLAIN = 5, WITH_SUB = 9, DOT_AT = 5 };
    struct str s;
    if (!attack_part(tag, &s) || (s.n != PLAIN && s.n != WITH_SUB) ||
        str_lower(s.p[0]) != 't') {
        return false;
    }
    for (size_t i = 1; i < s.n; i++) {
        if (i == DOT_AT ? s.p[i] != '.' : !str_is_digit(s.p[i])) {
            return false;
        }
    }
    memcpy(out, s.p, s.n);
    out[0] = 'T';
    *out_n = s.n;
    return true;
}

static bool is_impairing(struct str tag)
{
    char text[TACTIC_TECHNIQUE_BYTES];
    size_t n;
    if (!tactic_technique(tag, text, &n)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(impairing); i++) {
        if (str_starts((struct str){text, n}, impairing[i])) {
            return true;
        }
    }
    return false;
}

static enum tactic heir_of_evasion(const struct str *tags, size_t tag_count)
{
    for (size_t i = 0; i < tag_count; i++) {
        if (is_impairing(tags[i])) {
            return TACTIC_DEFENSE_IMPAIRMENT;
        }
    }
    return TACTIC_STEALTH;
}

uint32_t tactic_set(const struct str *tags, size_t tag_count)
{
    uint32_t set = 0;
    bool evasion = false;
    for (size_t i = 0; i < tag_count; i++) {
        struct str s;
        if (!attack_part(tags[i], &s)) {
            continue;
        }
        evasion |= is_slug(s, STR("defense-evasion"));
        for (unsigned t = 0; t < TACTIC_COUNT; t++) {
            bool named = is_slug(s, rows[t].slug) || str_eq_nocase(s, rows[t].id);
            set |= named ? 1u << t : 0;
        }
    }
    return evasion ? set | 1u << heir_of_evasion(tags, tag_count) : set;
}
