/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/decide.h"

#define SECOND_US 1000000

/* Lengths that the executor has sets for; without a person, no more than one host or one
 * network of a home. */
static bool length_ok(const struct ipaddr *a, bool person)
{
    if (a->family == IPADDR_V4) {
        return a->prefix_bits == 32 || (person && a->prefix_bits == 24);
    }
    return a->prefix_bits == 128 || a->prefix_bits == 64 ||
           (person && (a->prefix_bits == 56 || a->prefix_bits == 48));
}

static bool target_ok(const struct action *a, bool person)
{
    bool lease = a->lease_s > 0 && a->lease_s <= ACTION_MAX_LEASE_S;
    switch (a->kind) {
    case ACTION_BLOCK_ADDRESS:
        return lease && a->account.n == 0 && a->address.family != IPADDR_NONE &&
               length_ok(&a->address, person);
    case ACTION_END_SESSION:
        return a->address.family == IPADDR_NONE && action_account_ok(a->account);
    case ACTION_SUSPEND_ACCOUNT:
        return lease && a->address.family == IPADDR_NONE && action_account_ok(a->account);
    case ACTION_KIND_COUNT:
        break;
    }
    return false;
}

static bool is_never(const struct never *n, const struct action *a)
{
    return a->kind == ACTION_BLOCK_ADDRESS ? never_has_address(n, &a->address)
                                           : never_has_account(n, a->account);
}

static bool is_stale(struct walltime event, struct walltime now)
{
    const int64_t limit = (int64_t)DECIDE_STALE_S * SECOND_US;
    /* compared, not subtracted: an event's time is foreign and may be any number */
    return !walltime_known(event) || event.us < now.us - limit || event.us > now.us + limit;
}

const struct ipaddr *decide_witness_address(const struct action *a, const struct evidence *e)
{
    return a->kind == ACTION_BLOCK_ADDRESS ? &a->address : &e->from;
}

/*
 * One signal that the journal or the kernel vouches for; or a daemon's own file and a witness:
 * a handshake with that address. Without one, of an address, two kinds of source that say so:
 * two files of one daemon are none, since who writes to the one writes to the other.
 */
static struct decision vouched(const struct decide_case *c)
{
    const struct evidence *e = c->evidence;
    const struct ipaddr *witness = decide_witness_address(c->action, e);
    bool two = c->action->kind == ACTION_BLOCK_ADDRESS && e->sources >= 2 &&
               e->sensors >= DECIDE_SENSORS;
    if (e->trust >= TRUST_JOURNAL || two || c->witness == DECIDE_WITNESS_SEEN) {
        return (struct decision){.verdict = VERDICT_ALLOWED};
    }
    return (struct decision){.verdict = VERDICT_EVIDENCE,
                             .ask_witness = c->witness == DECIDE_WITNESS_UNASKED &&
                                            witness->family != IPADDR_NONE};
}

static struct decision evidence_of(const struct decide_case *c)
{
    const struct evidence *e = c->evidence;
    bool enough = e->signals > 0;
    if (is_stale(e->event_time, c->wall)) {
        return (struct decision){.verdict = VERDICT_STALE};
    }
    if (e->trust < TRUST_DAEMON || e->trust >= TRUST_COUNT) {
        return (struct decision){.verdict = VERDICT_TRUST};
    }
    switch (c->action->kind) {
    case ACTION_BLOCK_ADDRESS:
        break;
    case ACTION_END_SESSION:
        enough = enough && e->success;
        break;
    case ACTION_SUSPEND_ACCOUNT:
        enough = enough && e->success && e->sensors >= DECIDE_SENSORS;
        break;
    case ACTION_KIND_COUNT:
        break;
    }
    return enough ? vouched(c) : (struct decision){.verdict = VERDICT_EVIDENCE};
}

struct decision decide_verdict(const struct decide_rules *rules, const struct decide_case *c)
{
    bool person = c->evidence->person;
    struct decision d = {.verdict = VERDICT_ALLOWED};
    if (!target_ok(c->action, person)) {
        return (struct decision){.verdict = VERDICT_TARGET};
    }
    if (c->known) {
        return (struct decision){.verdict = VERDICT_KNOWN};
    }
    if (is_never(rules->never, c->action)) {
        return (struct decision){.verdict = VERDICT_NEVER};
    }
    if (!person) {
        d = evidence_of(c);
    }
    if (d.verdict != VERDICT_ALLOWED) {
        return d;
    }
    if (c->away) {
        return (struct decision){.verdict = VERDICT_AWAY};
    }
    if (!budget_take(rules->budget, c->action->kind, person, c->now)) {
        return (struct decision){.verdict = VERDICT_BUDGET};
    }
    return (struct decision){.verdict = rules->enforce ? VERDICT_ALLOWED : VERDICT_SHADOW};
}
