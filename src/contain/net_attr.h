/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_attr - reading netlink attributes that may be missing, short or nested.
 */
#ifndef CONTAIN_NET_ATTR_H
#define CONTAIN_NET_ATTR_H

#include "base/attr.h"

#include <linux/netlink.h>

/*
 * net_attr_collect - table[type] points at the last attribute of that type among the n bytes at
 * from (4-byte aligned); NULL where there is none; types >= count are passed over.
 */
void net_attr_collect(const struct nlattr **table, size_t count, const void *from, size_t n);
/* The same for the attributes inside nest; NULL holds none. */
void net_attr_collect_nested(const struct nlattr **table, size_t count,
                             const struct nlattr *nest);
/* The same for what follows a header of `head` bytes (a multiple of 4) in a message. */
void net_attr_collect_message(const struct nlattr **table, size_t count,
                              const struct nlmsghdr *m, size_t head);

/* Big-endian numbers; 0 when a is NULL or of another size. */
uint32_t net_attr_be32(const struct nlattr *a);
uint64_t net_attr_be64(const struct nlattr *a);
/* Is it this text, with its NUL? */
bool net_attr_is(const struct nlattr *a, const char *text);

/* Each attribute inside list in turn, beginning with *at NULL; false at the end. */
bool net_attr_next(const struct nlattr *list, const struct nlattr **at);
/* An expression of nf_tables: false unless it is a counter. */
bool net_attr_counter(const struct nlattr *expr, uint64_t *out_packets, uint64_t *out_bytes);

#endif
