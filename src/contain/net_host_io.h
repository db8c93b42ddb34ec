/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_host_io - keeps net_local's facts as they are at this moment: the kernel tells of every
 * change while it makes it, so a quiet socket means that the last reading still holds.
 */
#ifndef CONTAIN_NET_HOST_IO_H
#define CONTAIN_NET_HOST_IO_H

#include "contain/net_link_io.h"
#include "contain/net_local.h"

struct net_host {
    struct net_link route, news;
    struct net_batch ask;
    struct net_facts facts;
    bool stale; /* the last reading failed */
};

/* Opens and reads. fails SYSTEM, TOO_MANY */
MUST_USE struct rc net_host_io_open(struct net_host *out);
void net_host_io_close(struct net_host *h);

/* Read again what has changed since; *out_changed: facts may be other ones. On failure the
 * facts are incomplete, and the next call reads again. */
MUST_USE struct rc net_host_io_refresh(struct net_host *h, bool *out_changed);

#endif
