/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_host_io.h"

#include <errno.h>
#include <linux/rtnetlink.h>

enum {
    TRIES = 5, /* of a dump that a change of addresses or routes interrupts */
    NEWS_GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
                  RTMGRP_IPV6_ROUTE,
};

static struct rc take_fact(void *context, const struct nlmsghdr *m)
{
    return net_local_read(m, context);
}

/* Facts are added once each, so that a second try finds those of the first. */
static struct rc read_one(struct net_host *h, uint16_t type, struct net_facts *out)
{
    struct rc rc = RC_OK;
    for (int i = 0; i < TRIES; i++) {
        net_link_io_start(&h->route, &h->ask);
        net_local_ask(&h->ask, type);
        rc = net_link_io_talk(&h->route, &h->ask, (struct net_sink){take_fact, out});
        if (!rc_failed(rc) || rc.sys != EINTR) {
            return rc;
        }
    }
    return rc;
}

static struct rc read_facts(struct net_host *h)
{
    h->stale = true;
    h->facts.n = 0;
    TRY(read_one(h, RTM_GETADDR, &h->facts));
    TRY(read_one(h, RTM_GETROUTE, &h->facts));
    h->stale = false;
    return RC_OK;
}

struct rc net_host_io_open(struct net_host *out)
{
    struct net_host h = {.stale = true};
    net_batch_open(&h.ask);
    /* News first: what changes after the reading is then known. */
    struct rc rc = net_link_io_open(NETLINK_ROUTE, NEWS_GROUPS, &h.news);
    rc = rc_failed(rc) ? rc : net_link_io_open(NETLINK_ROUTE, 0, &h.route);
    rc = rc_failed(rc) ? rc : read_facts(&h);
    if (rc_failed(rc)) {
        net_host_io_close(&h);
        return rc;
    }
    *out = h;
    return RC_OK;
}

void net_host_io_close(struct net_host *h)
{
    net_link_io_close(&h->route);
    net_link_io_close(&h->news);
    net_batch_free(&h->ask);
    vec_free(&h->facts);
}

struct rc net_host_io_refresh(struct net_host *h, bool *out_changed)
{
    bool news = net_link_io_news(&h->news);
    if (news || h->stale) {
        TRY(read_facts(h));
    }
    *out_changed = news;
    return RC_OK;
}
