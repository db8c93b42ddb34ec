/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_range - ranges of addresses of one family, as the kernel's interval sets hold them.
 * Addresses are 16 bytes, V4 in the first four with the rest 0, so that memcmp orders them.
 */
#ifndef CONTAIN_NET_RANGE_H
#define CONTAIN_NET_RANGE_H

#include "base/vec.h"
#include "model/ipaddr.h"

/* Both ends belong to the range. */
struct net_range {
    uint8_t lo[IPADDR_BYTES], hi[IPADDR_BYTES];
};

struct net_range_vec VEC_OF(struct net_range);

/* 4 or 16. */
size_t net_range_key_bytes(enum ipaddr_family family);

struct net_range net_range_of(const struct ipaddr *a);

/* The next address; false past the last one of the family. */
MUST_USE bool net_range_next(const uint8_t in[static IPADDR_BYTES], enum ipaddr_family family,
                             uint8_t out[static IPADDR_BYTES]);
/* The address before; false before the first one. */
MUST_USE bool net_range_previous(const uint8_t in[static IPADDR_BYTES],
                                 enum ipaddr_family family, uint8_t out[static IPADDR_BYTES]);

/* Sorts; ranges that overlap or touch become one: what net_range_hits and the kernel need. */
void net_range_merge(struct net_range_vec *v, enum ipaddr_family family);

/* Does a range of the merged v share an address with r? */
bool net_range_hits(const struct net_range_vec *v, const struct net_range *r);

#endif
