/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_table - the elements of table `inet tocsin`: requests to the kernel and its answers.
 * What holds the table together (chains, rules, sets) is net_skeleton.
 */
#ifndef CONTAIN_NET_TABLE_H
#define CONTAIN_NET_TABLE_H

#include "base/rc.h"
#include "contain/net_batch.h"
#include "contain/net_range.h"

#define NET_TABLE_NAME "tocsin"

struct net_set {
    const char *name;
    enum ipaddr_family family;
    uint8_t prefix_bits;
    uint32_t size;
};

enum {
#define NET_SET(name, family, bits, size) NET_TABLE_##name,
#include "contain/net_set.def"
#undef NET_SET
    NET_TABLE_SETS
};

extern const struct net_set net_table_sets[NET_TABLE_SETS];

/* A block as the kernel holds it. left_ms is 0 when it is about to end. */
struct net_ban {
    struct ipaddr addr;
    uint64_t lease_ms, left_ms;
    uint64_t packets, bytes; /* dropped since the lease began or was renewed */
};

struct net_bans VEC_OF(struct net_ban);

/* The set for prefixes of this length, or NULL. */
const struct net_set *net_table_set_for(const struct ipaddr *a);
/* never4 or never6. */
const char *net_table_never_name(enum ipaddr_family family);

/*
 * net_table_block - add, delete, add: a transaction that renews the lease of an element that is
 * there. Kernels before 6.12 ignore a new time-out for one. The address must have a set.
 */
void net_table_block(struct net_batch *b, const struct ipaddr *a, uint64_t lease_ms);
/* One deletion; ENOENT when it is not there. To stand between net_batch_begin and _end. */
void net_table_delete(struct net_batch *b, const struct ipaddr *a);
/* One element, with an ACK after it; ENOENT when it is not there. */
void net_table_get(struct net_batch *b, const struct ipaddr *a);
/* All elements of a set. */
void net_table_dump(struct net_batch *b, const char *set);
/* Replace what a never set holds by the merged ranges, NET_TABLE_NEVER_MAX at most. */
void net_table_never(struct net_batch *b, enum ipaddr_family family,
                     const struct net_range_vec *ranges);

enum { NET_TABLE_NEVER_MAX = 3072 };

/*
 * net_table_read_bans - add the elements of an NFT_MSG_NEWSETELEM of one of our sets; other
 * messages add nothing.
 * fails  MALFORMED
 */
MUST_USE struct rc net_table_read_bans(const struct nlmsghdr *m, struct net_bans *out);

/*
 * One end of a range in a never set: first address, or the first address after it (end).
 * src: libnftnl's interval sets; the kernel's dump is not sorted.
 */
struct net_edge {
    uint8_t key[IPADDR_BYTES];
    bool end;
};

struct net_edges VEC_OF(struct net_edge);

MUST_USE struct rc net_table_read_edges(const struct nlmsghdr *m, enum ipaddr_family family,
                                        struct net_edges *out);
/* The ranges between the edges; merged. */
void net_table_ranges(struct net_edges *edges, enum ipaddr_family family,
                      struct net_range_vec *out);

#endif
