/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/budget.h"

#define SECOND_NS UINT64_C(1000000000)

struct budget budget_make(uint32_t addresses)
{
    struct budget b = {0};
    b.left[ACTION_BLOCK_ADDRESS] = net_budget_make(addresses, 600 * SECOND_NS);
    b.left[ACTION_END_SESSION] = net_budget_make(BUDGET_SESSIONS, 3600 * SECOND_NS);
    b.left[ACTION_SUSPEND_ACCOUNT] = net_budget_make(BUDGET_ACCOUNTS, 3600 * SECOND_NS);
    return b;
}

bool budget_tripped(const struct budget *b, enum action_kind kind, struct instant now)
{
    return now.ns < b->tripped_until_ns[kind];
}

bool budget_take(struct budget *b, enum action_kind kind, bool person, struct instant now)
{
    struct net_budget *left = &b->left[kind];
    if (!person && budget_tripped(b, kind, now)) {
        return false;
    }
    if (!net_budget_allows(left, now)) {
        /* a person who asks for too much is told so, and stops nobody else */
        b->tripped_until_ns[kind] =
            person ? b->tripped_until_ns[kind] : now.ns + left->window_ns;
        return false;
    }
    net_budget_take(left, now);
    return true;
}

void budget_spent(struct budget *b, enum action_kind kind, int64_t age_us, struct instant now)
{
    uint64_t age = age_us < 0 ? 0 : (uint64_t)age_us; /* a clock that was set back: just now */
    if (age < b->left[kind].window_ns / 1000) {
        uint64_t age_ns = age * 1000;
        net_budget_take(&b->left[kind],
                        (struct instant){now.ns > age_ns ? now.ns - age_ns : 0});
    }
}
