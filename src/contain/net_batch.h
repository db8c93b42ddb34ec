/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_batch - netlink messages built one after the other in one buffer, to be sent at once.
 */
#ifndef CONTAIN_NET_BATCH_H
#define CONTAIN_NET_BATCH_H

#include "base/attr.h"

#include <linux/netlink.h>

enum {
    NET_BATCH_BYTES = 512 << 10,        /* the largest: 2 x 3,072 ranges of the never sets */
    NET_BATCH_MESSAGE_BYTES = 16 << 10, /* no single message is longer */
};

/* Invariants: seqs first … first + count - 1 are in use; n <= NET_BATCH_BYTES. */
struct net_batch {
    uint8_t *p; /* NET_BATCH_BYTES, heap */
    size_t n;
    uint32_t first, count;
    uint32_t acks; /* how many messages ask for one; 0: a dump, which ends by itself */
};

void net_batch_open(struct net_batch *b);
void net_batch_free(struct net_batch *b);

/* Empty; the first message will have this seq. */
void net_batch_start(struct net_batch *b, uint32_t seq);

/*
 * net_batch_message - a header with NLM_F_REQUEST and the flags, at the end of the buffer.
 * Borrowed until net_batch_close, before which it takes up to NET_BATCH_MESSAGE_BYTES.
 */
struct nlmsghdr *net_batch_message(struct net_batch *b, uint16_t type, uint16_t flags);
/* The same with struct nfgenmsg after it: subsystem and message in one type. */
struct nlmsghdr *net_batch_netfilter(struct net_batch *b, uint16_t type, uint16_t flags,
                                     uint8_t family);
void net_batch_close(struct net_batch *b, const struct nlmsghdr *m);

/* A transaction of nf_tables: all or nothing of what stands between the two. */
void net_batch_begin(struct net_batch *b);
void net_batch_end(struct net_batch *b);

#endif
