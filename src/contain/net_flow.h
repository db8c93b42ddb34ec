/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_flow - what goes on with an address right now: flows in the kernel's connection tracking
 * (conntrack) and sockets of this host (sock_diag). Requests and answers, no system calls.
 */
#ifndef CONTAIN_NET_FLOW_H
#define CONTAIN_NET_FLOW_H

#include "base/rc.h"
#include "contain/net_batch.h"
#include "model/ipaddr.h"

/* One tuple of a flow: who sends to whom in this direction, before or after NAT. */
struct net_tuple {
    uint8_t src[IPADDR_BYTES], dst[IPADDR_BYTES];
    uint16_t src_port, dst_port; /* host order; 0 where there are none */
    uint8_t protocol;
};

struct net_flow {
    enum ipaddr_family family;
    struct net_tuple original, reply;
    bool answered; /* IPS_ASSURED: for TCP, the three-way handshake was seen to its end */
    /* what names the flow to the kernel; borrowed from the message */
    const struct nlattr *name, *zone, *id;
};

/* Where in a flow an address may stand; a flow behind NAT shows it in one tuple only. */
enum net_flow_place {
    NET_FLOW_ORIGINAL_SRC,
    NET_FLOW_ORIGINAL_DST,
    NET_FLOW_REPLY_SRC,
    NET_FLOW_REPLY_DST,
    NET_FLOW_PLACES
};

/* How many flows are tracked in this network namespace; one answer and an ACK. */
void net_flow_ask_count(struct net_batch *b);
/* False for a message that is not that answer. */
bool net_flow_read_count(const struct nlmsghdr *m, uint32_t *out);
/*
 * net_flow_ask - flows that have the single address at this place. Kernels before 5.8 do not
 * filter: check each answer with net_flow_has.
 */
void net_flow_ask(struct net_batch *b, const struct ipaddr *a, enum net_flow_place place);
/* All flows of the family; for prefixes, which the kernel does not filter by. */
void net_flow_ask_all(struct net_batch *b, enum ipaddr_family family);
/* Delete that very flow, with an ACK; ENOENT when it ended by itself. */
void net_flow_delete(struct net_batch *b, const struct net_flow *flow);
/* fails MALFORMED; TYPE for a message that is no flow */
MUST_USE struct rc net_flow_read(const struct nlmsghdr *m, struct net_flow *out);
/* Is the address, or one of the prefix, at any place of the flow? */
bool net_flow_has(const struct net_flow *flow, const struct ipaddr *a);
/*
 * net_flow_proves - does it prove that the address really talks to this host's TCP port (0: to
 * any)? A spoofed source sees no answer, so it cannot complete a handshake.
 */
bool net_flow_proves(const struct net_flow *flow, const struct ipaddr *a, uint16_t port);

/* A socket of this host with a peer. */
struct net_socket {
    enum ipaddr_family family; /* of the socket: V6 also for one that talks to a V4 peer */
    struct ipaddr peer;        /* in one form: V4 for ::ffff:0:0/96 */
    uint16_t local_port;       /* host order */
    uint8_t protocol, state;   /* IPPROTO_TCP or _UDP; TCP_ESTABLISHED … */
    uint8_t id[48];            /* struct inet_diag_sockid as the kernel gave it */
};

/*
 * net_flow_ask_sockets - sockets of one socket family and protocol whose peer is in a.
 * states  bit 1 << TCP_ESTABLISHED and so on
 */
void net_flow_ask_sockets(struct net_batch *b, const struct ipaddr *a,
                          enum ipaddr_family family, uint8_t protocol, uint32_t states);
/* Destroy that very socket, with an ACK; ENOENT when it is gone. */
void net_flow_destroy(struct net_batch *b, const struct net_socket *s);
/* protocol is the one that was asked for. fails SHORT; TYPE for a message that is no socket */
MUST_USE struct rc net_flow_read_socket(const struct nlmsghdr *m, uint8_t protocol,
                                        struct net_socket *out);

/* Sockets that carry data, and those that prove a completed handshake. */
uint32_t net_flow_states_live(void);
uint32_t net_flow_states_proof(void);

#endif
