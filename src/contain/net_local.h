/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_local - what the kernel says of this host's own addresses, gateways and networks
 * (rtnetlink), none of which contain-net may cut.
 */
#ifndef CONTAIN_NET_LOCAL_H
#define CONTAIN_NET_LOCAL_H

#include "base/vec.h"
#include "contain/net_batch.h"
#include "model/ipaddr.h"

enum {
    /* Facts, not routes: a host with more addresses and next hops than that is a core router,
     * where an executor that cannot check refuses to act. */
    NET_FACTS_MAX = 2048,
};

enum net_fact_kind { NET_FACT_OWN, NET_FACT_GATEWAY, NET_FACT_ONLINK };

struct net_fact {
    enum net_fact_kind kind;
    struct ipaddr addr;
};

/* Each fact once. */
struct net_facts VEC_OF(struct net_fact);

/* A dump of all addresses (RTM_GETADDR) or all routes of all tables (RTM_GETROUTE). */
void net_local_ask(struct net_batch *b, uint16_t type);

/*
 * net_local_read - add what one RTM_NEWADDR or RTM_NEWROUTE says; other messages say nothing.
 * fails  MALFORMED, TOO_MANY
 */
MUST_USE struct rc net_local_read(const struct nlmsghdr *m, struct net_facts *out);

#endif
