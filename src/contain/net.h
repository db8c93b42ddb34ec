/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net - the executor that cuts an address off from this host and the networks behind it, in
 * both directions, by elements with a time-out in table `inet tocsin` of nf_tables. It trusts
 * nobody: whatever the caller decided, it checks never list, own addresses, budget and lease.
 *
 * System calls of an open object: sendto and recvmsg on descriptors that it holds from
 * net_open, clock_gettime (vDSO) and what malloc needs. It holds seven netlink sockets of its
 * own and the given one.
 */
#ifndef CONTAIN_NET_H
#define CONTAIN_NET_H

#include "base/clock.h"
#include "contain/net_policy.h"
#include "contain/net_skeleton.h"
#include "contain/net_table.h"

struct net;

/* New blocks that may be made; refreshing and releasing are free. */
struct net_limits {
    uint32_t addresses; /* in 10 minutes */
    uint32_t prefixes;  /* in an hour */
};

enum {
    NET_ADDRESSES_PER_10_MIN = 200, /* more in that time is a forged log, or work for people */
    NET_PREFIXES_PER_HOUR = 3,
    NET_NEVER_MAX = 1024, /* entries of the never list */
};

enum net_verdict { NET_EFFECTIVE, NET_INEFFECTIVE, NET_UNKNOWN };

struct net_receipt {
    enum net_verdict verdict;
    enum net_reason reason;
    uint64_t left_ms; /* of the lease, as the kernel says after the act; 0: no element */
    bool renewed;     /* it was blocked before */
    bool flows_read, sockets_read; /* false: the kernel would not tell */
    uint32_t flows_ended, flows_failed;
    uint32_t sockets_ended, sockets_failed;
    uint64_t dropped_packets; /* that this block has dropped when the receipt was written */
};

enum net_owner {
    NET_OWNER_US,     /* no other process can change the table */
    NET_OWNER_NOBODY, /* the kernel has no ownership: `nft flush ruleset` takes the table away
                       */
};

/*
 * net_open - make the table, or adopt the one that this very socket owns.
 *
 * nft_socket  NETLINK_NETFILTER; the caller keeps a duplicate elsewhere, since an owned table
 *             lives as long as its socket. Owned by *out on success.
 * limits      NULL: the numbers above
 * fails       TYPE for a descriptor of another kind; SYSTEM with sys EPERM without
 *             CAP_NET_ADMIN, EBUSY when another socket owns table inet tocsin
 */
MUST_USE struct rc net_open(int nft_socket, const struct net_limits *limits, struct net **out);
/* Blocks stay as long as a duplicate of the socket does. */
void net_close(struct net *n);

enum net_owner net_owned(const struct net *n);
/* Was the table there, with the blocks that it held? */
bool net_adopted(const struct net *n);

/*
 * net_never_set - what may never be blocked from now on. The kernel lets it pass before any
 * rule that drops; blocks that overlap it end.
 *
 * out_lifted  how many; may be NULL
 * fails       TOO_MANY (NET_NEVER_MAX), MALFORMED (at: its number), SYSTEM. Before the first
 *             success nothing is blocked; after an adoption the kernel's list counts.
 */
MUST_USE struct rc net_never_set(struct net *n, const struct ipaddr *list, size_t count,
                                 uint32_t *out_lifted);

/*
 * net_block - block the address, or renew its lease; then end its flows and sockets.
 *
 * A refusal is INEFFECTIVE with its reason, not a failure. EFFECTIVE: the element was read back
 * from the kernel and nothing is known to lead around it.
 * fails  SYSTEM, TOO_MANY (more routes than can be checked): nothing was blocked. Where nobody
 *        owns the table, sys ENOENT says that it is gone: close, and open again.
 */
MUST_USE struct rc net_block(struct net *n, const struct ipaddr *a, uint32_t lease_s,
                             struct net_receipt *out);

/* End a block; EFFECTIVE as well when there was none. Always allowed. */
MUST_USE struct rc net_release(struct net *n, const struct ipaddr *a, struct net_receipt *out);

/* All blocks, in no order; out is emptied first, and freed by the caller. */
MUST_USE struct rc net_list(struct net *n, struct net_bans *out);

/*
 * net_witness - did a TCP handshake of that address with this port (0: any) come to its end?
 * Asked of live sockets, those in TIME_WAIT, and of connection tracking where something else
 * has switched it on. False proves nothing.
 */
MUST_USE struct rc net_witness(struct net *n, const struct ipaddr *a, uint16_t port,
                               bool *out_seen);

/* What all rules have dropped since the table was made. Elements: net_list. */
MUST_USE struct rc net_counters(struct net *n, struct net_counts *out);

#endif
