/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_link_io - a netlink socket: a question goes out, its answers are checked and come back.
 * It never waits: the kernel answers while it is asked, so an answer that is not there was
 * lost.
 */
#ifndef CONTAIN_NET_LINK_IO_H
#define CONTAIN_NET_LINK_IO_H

#include "base/rc.h"
#include "contain/net_batch.h"

enum { NET_LINK_IO_BYTES = 64 << 10 }; /* the kernel's dumps use at most 32 KiB a portion */

struct net_link {
    int fd; /* owned */
    uint32_t
        port;     /* the address of the socket, by which nf_tables knows its owner; 0: closed */
    uint32_t seq; /* of the next question */
    uint8_t *in;  /* NET_LINK_IO_BYTES, heap */
};

/* What takes the answers. A failure stops the taking; the rest is still read, and dropped. */
struct net_sink {
    struct rc (*take)(void *context, const struct nlmsghdr *m);
    void *context;
};

/* protocol: NETLINK_ROUTE and so on; groups: a bit mask of what to be told of, or 0. */
MUST_USE struct rc net_link_io_open(int protocol, uint32_t groups, struct net_link *out);
/*
 * net_link_io_adopt - a socket that another process opened and keeps a duplicate of. What still
 * lies in it from an earlier owner is read and dropped.
 * fails  TYPE when it is no netlink socket of this protocol
 */
MUST_USE struct rc net_link_io_adopt(int fd, int protocol, struct net_link *out);
void net_link_io_close(struct net_link *l);

/* Start a batch with the seq that comes next. */
void net_link_io_start(const struct net_link *l, struct net_batch *b);

/*
 * net_link_io_talk - send the batch, wait for each ACK it asks for, or for the end of a dump.
 *
 * sink   gets every other answer; take may be NULL
 * fails  SYSTEM: sys is what the kernel says, at is the number of the message it says it of,
 *        counted from 0; EINTR for a dump that something changed under (ask again), ENODATA
 *        for an answer that was lost. Else what sink.take returned.
 */
MUST_USE struct rc net_link_io_talk(struct net_link *l, const struct net_batch *b,
                                    struct net_sink sink);

/* Has something been told since the last call? Drops it. True as well when news was lost. */
bool net_link_io_news(struct net_link *l);

#endif
