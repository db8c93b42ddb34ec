/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_skeleton - table `inet tocsin` with its sets, chains and rules, as one transaction, and
 * what the kernel says of the table that is there.
 */
#ifndef CONTAIN_NET_SKELETON_H
#define CONTAIN_NET_SKELETON_H

#include "base/rc.h"
#include "contain/net_batch.h"

/* What the rules dropped, by the direction that the packets had. */
struct net_counts {
    uint64_t in_packets, out_packets, forward_packets;
    uint64_t in_bytes, out_bytes, forward_bytes;
};

struct net_found {
    bool exists;
    bool ours;           /* made by this very version of the rules */
    uint32_t owner_port; /* of the netlink socket that owns it; 0: nobody */
};

enum net_skeleton_how {
    NET_SKELETON_OWNED = 1,   /* NFT_TABLE_F_OWNER: no other socket may change it */
    NET_SKELETON_REPLACE = 2, /* a table of that name is there and goes */
};

/* The whole transaction; how: enum net_skeleton_how, or-ed. Uses b from its start. */
void net_skeleton_build(struct net_batch *b, uint32_t seq, unsigned how);

/* Questions: all tables, all rules, all flowtables. Each is a dump. */
void net_skeleton_ask_tables(struct net_batch *b);
void net_skeleton_ask_rules(struct net_batch *b);
void net_skeleton_ask_flowtables(struct net_batch *b);

/* layout: net_skeleton_layout's value. A message about another table changes nothing. */
MUST_USE struct rc net_skeleton_read_table(const struct nlmsghdr *m, uint64_t layout,
                                           struct net_found *out);
/* Adds the counters of one of our rules. */
MUST_USE struct rc net_skeleton_read_rule(const struct nlmsghdr *m, struct net_counts *out);
bool net_skeleton_is_flowtable(const struct nlmsghdr *m);

/* A number that differs for every change of sets, chains or rules. Overwrites b. */
uint64_t net_skeleton_layout(struct net_batch *b);

#endif
