/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/signal.h"

#include "model/tactic.h"

/* Accounts that many programs share, or that stand for nobody. root is no such account: it is
 * shared by people, and weighs less (grouping.c). */
static const struct str nobody[] = {
    STR_INIT("-"),
    STR_INIT("?"),
    STR_INIT("unset"),
    STR_INIT("(unknown)"),
    STR_INIT("nobody"),
    STR_INIT("daemon"),
    STR_INIT("www-data"),
    STR_INIT("sshd"),
    STR_INIT("4294967295"),
    STR_INIT("invalid user"),
    STR_INIT("SYSTEM"),
    STR_INIT("NT AUTHORITY\\SYSTEM"),
    STR_INIT("LOCAL SERVICE"),
    STR_INIT("NT AUTHORITY\\LOCAL SERVICE"),
    STR_INIT("NETWORK SERVICE"),
    STR_INIT("NT AUTHORITY\\NETWORK SERVICE"),
    STR_INIT("ANONYMOUS LOGON"),
    STR_INIT("NT AUTHORITY\\ANONYMOUS LOGON"),
};

static bool has_technique(const struct finding_fact *f, struct str prefix)
{
    for (uint32_t i = 0; i < f->tag_count; i++) {
        char id[TACTIC_TECHNIQUE_BYTES];
        size_t n = 0;
        if (tactic_technique(f->tags[i], id, &n) && str_starts((struct str){id, n}, prefix)) {
            return true;
        }
    }
    return false;
}

static bool has_tag(const struct finding_fact *f, struct str tag)
{
    for (uint32_t i = 0; i < f->tag_count; i++) {
        if (str_eq(f->tags[i], tag)) {
            return true;
        }
    }
    return false;
}

bool signal_success(const struct finding_fact *f, uint32_t tactics)
{
    bool entered = (tactics >> TACTIC_INITIAL_ACCESS & 1) != 0;
    return has_tag(f, STR("tocsin.success")) ||
           (entered && str_eq(f->type, STR("temporal_ordered")));
}

/* A count over attempts, or a rule that its author thinks little of: a hacking tool seen on one
 * of our own machines is tagged with the same techniques and is no raid. */
static bool is_everyday(const struct finding_fact *f)
{
    return str_eq(f->type, STR("event_count")) || str_eq(f->type, STR("value_count")) ||
           f->level < LEVEL_HIGH;
}

enum raid_class signal_raid(const struct finding_fact *f, bool success)
{
    if (success || !is_everyday(f)) {
        return RAID_NONE;
    }
    return has_technique(f, STR("T1110.003")) ? RAID_SPRAYING
           : has_technique(f, STR("T1110"))   ? RAID_GUESSING
           : has_technique(f, STR("T1595"))   ? RAID_SCANNING
                                              : RAID_NONE;
}

enum raid_class signal_raid_of(const struct finding_fact *f)
{
    return signal_raid(f, signal_success(f, tactic_set(f->tags, f->tag_count)));
}

struct str signal_raid_name(enum raid_class c)
{
    static const struct str names[RAID_CLASS_COUNT] = {
        [RAID_NONE] = STR_INIT("none"),
        [RAID_GUESSING] = STR_INIT("guessing"),
        [RAID_SPRAYING] = STR_INIT("spraying"),
        [RAID_SCANNING] = STR_INIT("scanning"),
    };
    check(c < RAID_CLASS_COUNT);
    return names[c];
}

bool signal_seed(const struct kept *k)
{
    return k->success || (k->raid == RAID_NONE && k->fact.level >= LEVEL_HIGH);
}

static bool is_service_account(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(nobody); i++) {
        if (str_eq_nocase(name, nobody[i])) {
            return true;
        }
    }
    return str_ends(name, STR("$")); /* a machine's own account in a Windows domain */
}

bool signal_telling(const struct entity *e)
{
    if (e->value.n == 0 || str_eq(e->value, STR("-"))) {
        return false;
    }
    if (e->kind == ENTITY_ACCOUNT) {
        return !is_service_account(e->value);
    }
    if (e->kind == ENTITY_ADDRESS) {
        return !str_starts(e->value, STR("127.")) && !str_eq(e->value, STR("::1")) &&
               !str_eq(e->value, STR("0.0.0.0")) && !str_eq(e->value, STR("::"));
    }
    return !str_eq_nocase(e->value, STR("localhost"));
}
