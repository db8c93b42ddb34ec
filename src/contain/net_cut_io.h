/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_cut_io - ends what goes on with an address: flows that the kernel tracks, sockets of this
 * host. The rules drop every packet already; this frees what waits for them and takes away the
 * state by which a fast path could pass them.
 */
#ifndef CONTAIN_NET_CUT_IO_H
#define CONTAIN_NET_CUT_IO_H

#include "contain/net_link_io.h"
#include "model/ipaddr.h"

/* Flows, or sockets, that one call ends at most: it bounds the time, about 5 µs each. */
enum { NET_CUT_IO_MAX = 65536 };

struct net_cut {
    struct net_link flows, flow_act, sockets, socket_act; /* a dump and an act at once */
    struct net_batch ask, act;
};

struct net_cut_count {
    uint32_t found, ended, failed;
    bool read; /* false: the kernel cannot tell, or was interrupted */
};

MUST_USE struct rc net_cut_io_open(struct net_cut *out);
void net_cut_io_close(struct net_cut *c);

/* Conntrack entries with the address at either end of either tuple. */
struct net_cut_count net_cut_io_flows(struct net_cut *c, const struct ipaddr *a);
/* TCP and connected UDP sockets of this network namespace whose peer is the address. */
struct net_cut_count net_cut_io_sockets(struct net_cut *c, const struct ipaddr *a);

/* Does a socket, or a tracked flow, prove that the address completed a handshake with this
 * TCP port (0: any)? */
MUST_USE struct rc net_cut_io_witness(struct net_cut *c, const struct ipaddr *a, uint16_t port,
                                      bool *out);

#endif
