/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * budget - how much containment there may be in a time, whatever logs say. Who asks for more
 * trips a breaker: nothing of that kind is done by itself for one window, people are told.
 */
#ifndef CONTAIN_BUDGET_H
#define CONTAIN_BUDGET_H

#include "contain/net_budget.h"
#include "model/action.h"

enum {
    BUDGET_ADDRESSES = 200, /* in 10 minutes: more is a forged log, or work for people */
    BUDGET_SESSIONS = 10,   /* in an hour: more people than that are told by people */
    BUDGET_ACCOUNTS = 5,    /* in an hour: locking a whole staff out is an attack of its own */
};

struct budget {
    struct net_budget left[ACTION_KIND_COUNT];
    uint64_t tripped_until_ns[ACTION_KIND_COUNT];
};

/* addresses: in 10 minutes; BUDGET_ADDRESSES unless the configuration says otherwise. */
struct budget budget_make(uint32_t addresses);

/*
 * budget_take - one action of that kind. False: the budget is used up, and the breaker trips,
 * or it is tripped already. The breaker does not bind a person, the budget does.
 */
MUST_USE bool budget_take(struct budget *b, enum action_kind kind, bool person,
                          struct instant now);
/* An action of `age_us` ago, read back from the ledger. */
void budget_spent(struct budget *b, enum action_kind kind, int64_t age_us, struct instant now);
bool budget_tripped(const struct budget *b, enum action_kind kind, struct instant now);

#endif
