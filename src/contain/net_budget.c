/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_budget.h"

struct net_budget net_budget_make(uint32_t count, uint64_t window_ns)
{
    uint64_t token_ns = count == 0 ? window_ns + 1 : window_ns / count;
    return (struct net_budget){.window_ns = window_ns, .token_ns = token_ns};
}

/* When the bucket would be full again with one token less. */
static uint64_t full_after_one(const struct net_budget *b, struct instant now)
{
    uint64_t from = b->full_at_ns > now.ns ? b->full_at_ns : now.ns;
    return from + b->token_ns;
}

bool net_budget_allows(const struct net_budget *b, struct instant now)
{
    return full_after_one(b, now) - now.ns <= b->window_ns;
}

void net_budget_take(struct net_budget *b, struct instant now)
{
    if (net_budget_allows(b, now)) {
        b->full_at_ns = full_after_one(b, now);
    }
}
