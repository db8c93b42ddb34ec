/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_policy - what the executor refuses by itself, whoever asks: checks that need no kernel.
 */
#ifndef CONTAIN_NET_POLICY_H
#define CONTAIN_NET_POLICY_H

#include "contain/net_local.h"
#include "contain/net_range.h"

enum net_reason {
#define NET_REASON(name, text) NET_##name,
#include "contain/net_reason.def"
#undef NET_REASON
    NET_REASON_COUNT
};

/* Seven days: a longer block is a decision for the firewall's own configuration. */
enum { NET_LEASE_MAX_S = 7 * 24 * 3600 };

/* "overlaps the never-contain list". Static storage. */
const char *net_policy_text(enum net_reason reason);

/* The invariants of model/ipaddr.h: also of an address that another process made up. */
bool net_policy_well_formed(const struct ipaddr *a);

/* Form, length and kind of the address, and the lease. NET_DONE: nothing against it. */
enum net_reason net_policy_request(const struct ipaddr *a, uint32_t lease_s);

/* Is it one of this host's addresses, gateways or networks? */
enum net_reason net_policy_local(const struct ipaddr *a, const struct net_facts *facts);

#endif
