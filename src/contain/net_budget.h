/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_budget - how many new blocks in a time: a token bucket that holds `count` tokens and
 * gets them back evenly over `window_ns`. It bounds what a forged log or a broken decider does.
 */
#ifndef CONTAIN_NET_BUDGET_H
#define CONTAIN_NET_BUDGET_H

#include "base/clock.h"

struct net_budget {
    uint64_t window_ns;
    uint64_t token_ns;   /* in which one token comes back; window_ns / count */
    uint64_t full_at_ns; /* when the bucket will be full; in the past: it is */
};

/* count 0: nothing is ever allowed. */
struct net_budget net_budget_make(uint32_t count, uint64_t window_ns);
bool net_budget_allows(const struct net_budget *b, struct instant now);
/* Takes a token; of an empty bucket nothing. */
void net_budget_take(struct net_budget *b, struct instant now);

#endif
