/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_batch.h"

#include "base/heap.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

void net_batch_open(struct net_batch *b)
{
    *b = (struct net_batch){.p = heap_alloc(NET_BATCH_BYTES)};
}

void net_batch_free(struct net_batch *b)
{
    heap_free(b->p);
    b->p = NULL;
}

void net_batch_start(struct net_batch *b, uint32_t seq)
{
    b->n = 0;
    b->first = seq;
    b->count = b->acks = 0;
}

struct nlmsghdr *net_batch_message(struct net_batch *b, uint16_t type, uint16_t flags)
{
    check(b->n + NET_BATCH_MESSAGE_BYTES <= NET_BATCH_BYTES);
    struct nlmsghdr *m = mnl_nlmsg_put_header(b->p + b->n);
    m->nlmsg_type = type;
    m->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    m->nlmsg_seq = b->first + b->count;
    b->count++;
    b->acks += (flags & NLM_F_ACK) != 0;
    return m;
}

struct nlmsghdr *net_batch_netfilter(struct net_batch *b, uint16_t type, uint16_t flags,
                                     uint8_t family)
{
    struct nlmsghdr *m = net_batch_message(b, type, flags);
    struct nfgenmsg *g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
    g->nfgen_family = family;
    g->version = NFNETLINK_V0;
    g->res_id = 0;
    return m;
}

void net_batch_close(struct net_batch *b, const struct nlmsghdr *m)
{
    check(m->nlmsg_len <= NET_BATCH_MESSAGE_BYTES);
    b->n += ((size_t)m->nlmsg_len + 3) & ~(size_t)3;
}

static void frame(struct net_batch *b, uint16_t type)
{
    struct nlmsghdr *m = net_batch_message(b, type, 0);
    struct nfgenmsg *g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
    g->nfgen_family = AF_UNSPEC;
    g->version = NFNETLINK_V0;
    g->res_id = htons(NFNL_SUBSYS_NFTABLES);
    net_batch_close(b, m);
}

void net_batch_begin(struct net_batch *b)
{
    frame(b, NFNL_MSG_BATCH_BEGIN);
}

void net_batch_end(struct net_batch *b)
{
    frame(b, NFNL_MSG_BATCH_END);
}
