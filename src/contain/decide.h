/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decide - may this be done? The guardrails in their order; the first that does not hold is the
 * verdict. Pure: the same question has the same answer, but for the budget, which it uses up.
 */
#ifndef CONTAIN_DECIDE_H
#define CONTAIN_DECIDE_H

#include "contain/budget.h"
#include "contain/never.h"
#include "model/action.h"

enum {
    DECIDE_STALE_S = 120, /* older evidence was replayed or delayed: the address may have a new
                             owner by now */
    DECIDE_SENSORS = 2,   /* for an account: two kinds of source that cannot be forged as one */
};

enum decide_witness {
    DECIDE_WITNESS_UNASKED,
    DECIDE_WITNESS_SEEN, /* the address completed a TCP handshake with us, or is blocked */
    DECIDE_WITNESS_UNSEEN,
};

struct decide_case {
    const struct action *action;
    const struct evidence *evidence;
    struct walltime wall;
    struct instant now;
    bool known; /* lease_knows: it was decided before, and nothing is new */
    bool away;  /* the executor has not been there since the start */
    enum decide_witness witness;
};

struct decide_rules {
    const struct never *never;
    struct budget *budget;
    bool enforce; /* false: shadow */
};

struct decision {
    enum verdict verdict;
    bool ask_witness; /* no verdict yet: ask whether the address is one that talks to us */
};

/* The address whose handshake can vouch: the target, or whence the account was entered. */
const struct ipaddr *decide_witness_address(const struct action *a, const struct evidence *e);

/*
 * decide_verdict - target, known, never, stale, trust, evidence, away, budget, mode.
 *
 * A person who asks answers for stale, trust and evidence; never and budget bind people too.
 * Text that an attacker could have written (below T2) never blocks an address, however many
 * sources repeat it and whoever owns the address: they repeat the same text.
 */
struct decision decide_verdict(const struct decide_rules *rules, const struct decide_case *c);

#endif
