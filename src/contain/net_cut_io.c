/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_cut_io.h"

#include "contain/net_flow.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum {
    TRIES = 3,         /* of a dump that something changed under */
    FLOWS_FEW = 32768, /* see ask_by_place */
};

struct rc net_cut_io_open(struct net_cut *out)
{
    struct net_cut c = {.flows = {.port = 0}};
    struct rc rc = net_link_io_open(NETLINK_NETFILTER, 0, &c.flows);
    rc = rc_failed(rc) ? rc : net_link_io_open(NETLINK_NETFILTER, 0, &c.flow_act);
    rc = rc_failed(rc) ? rc : net_link_io_open(NETLINK_SOCK_DIAG, 0, &c.sockets);
    rc = rc_failed(rc) ? rc : net_link_io_open(NETLINK_SOCK_DIAG, 0, &c.socket_act);
    net_batch_open(&c.ask);
    net_batch_open(&c.act);
    if (rc_failed(rc)) {
        net_cut_io_close(&c);
        return rc;
    }
    *out = c;
    return RC_OK;
}

void net_cut_io_close(struct net_cut *c)
{
    net_link_io_close(&c->flows);
    net_link_io_close(&c->flow_act);
    net_link_io_close(&c->sockets);
    net_link_io_close(&c->socket_act);
    net_batch_free(&c->ask);
    net_batch_free(&c->act);
}

struct cutting {
    struct net_cut *c;
    const struct ipaddr *a;
    struct net_cut_count count;
    uint16_t port;
    uint8_t protocol;
    bool proved;
};

/* What ended by itself in between is ended too. */
static void tally(struct net_cut_count *count, struct rc rc)
{
    bool gone = !rc_failed(rc) || rc.sys == ENOENT;
    count->ended += gone;
    count->failed += !gone;
}

static struct rc cut_flow(void *context, const struct nlmsghdr *m)
{
    struct cutting *k = context;
    struct net_flow flow;
    struct net_batch *act = &k->c->act;
    struct rc rc = net_flow_read(m, &flow);
    /* Flows of protocols without the parts that are read here are not ours to judge. */
    if (rc_failed(rc) || !net_flow_has(&flow, k->a) || k->count.found >= NET_CUT_IO_MAX) {
        return RC_OK;
    }
    k->count.found++;
    net_link_io_start(&k->c->flow_act, act);
    net_flow_delete(act, &flow);
    tally(&k->count, net_link_io_talk(&k->c->flow_act, act, (struct net_sink){0}));
    return RC_OK;
}

static struct rc cut_socket(void *context, const struct nlmsghdr *m)
{
    struct cutting *k = context;
    struct net_socket s;
    struct net_batch *act = &k->c->act;
    struct rc rc = net_flow_read_socket(m, k->protocol, &s);
    if (rc_failed(rc) || !ipaddr_overlaps(&s.peer, k->a) || k->count.found >= NET_CUT_IO_MAX) {
        return RC_OK;
    }
    k->count.found++;
    net_link_io_start(&k->c->socket_act, act);
    net_flow_destroy(act, &s);
    tally(&k->count, net_link_io_talk(&k->c->socket_act, act, (struct net_sink){0}));
    return RC_OK;
}

/* Whole tables change all the time; what is missed by one reading is found by the next. */
static bool interrupted(struct rc rc)
{
    return rc_failed(rc) && rc.sys == EINTR;
}

static struct rc dump_flows(struct cutting *k, int place,
                            struct rc (*take)(void *, const struct nlmsghdr *))
{
    struct net_link *l = &k->c->flows;
    struct rc rc = RC_OK;
    for (int i = 0; i < TRIES; i++) {
        net_link_io_start(l, &k->c->ask);
        if (place < NET_FLOW_PLACES) {
            net_flow_ask(&k->c->ask, k->a, (enum net_flow_place)place);
        } else {
            net_flow_ask_all(&k->c->ask, k->a->family);
        }
        rc = net_link_io_talk(l, &k->c->ask, (struct net_sink){take, k});
        if (!interrupted(rc)) {
            return rc;
        }
    }
    return rc;
}

static struct rc dump_sockets(struct cutting *k, uint32_t states,
                              struct rc (*take)(void *, const struct nlmsghdr *))
{
    struct net_link *l = &k->c->sockets;
    /* A V4 peer may sit on a V6 socket; the other way round there is nothing. */
    enum ipaddr_family families[] = {k->a->family, IPADDR_V6};
    size_t count = k->a->family == IPADDR_V4 ? 2 : 1;
    for (size_t i = 0; i < count && !k->proved; i++) {
        net_link_io_start(l, &k->c->ask);
        net_flow_ask_sockets(&k->c->ask, k->a, families[i], k->protocol, states);
        struct rc rc = net_link_io_talk(l, &k->c->ask, (struct net_sink){take, k});
        if (rc_failed(rc) && !interrupted(rc)) {
            return rc;
        }
    }
    return RC_OK;
}

struct flow_count {
    bool known;
    uint32_t n;
};

static struct rc take_count(void *context, const struct nlmsghdr *m)
{
    struct flow_count *count = context;
    count->known = net_flow_read_count(m, &count->n) || count->known;
    return RC_OK;
}

/* Known: an upper bound at this moment. Expired flows are counted until they are swept. */
static struct flow_count count_flows(struct net_cut *c)
{
    struct flow_count count = {0};
    net_link_io_start(&c->flows, &c->ask);
    net_flow_ask_count(&c->ask);
    rc_ignore(net_link_io_talk(&c->flows, &c->ask, (struct net_sink){take_count, &count}),
              "unknown is an answer");
    return count;
}

/*
 * The kernel walks its whole table for each question, 10 ms for an empty one of 262,144
 * buckets, and takes about 1 µs for each flow that it tells. Few flows, or a prefix, by which
 * it cannot filter: one question for all. Many: four that it filters.
 */
static bool ask_by_place(const struct ipaddr *a, struct flow_count count)
{
    return ipaddr_is_single(a) && count.known && count.n > FLOWS_FEW;
}

struct net_cut_count net_cut_io_flows(struct net_cut *c, const struct ipaddr *a)
{
    struct cutting k = {.c = c, .a = a};
    struct flow_count count = count_flows(c);
    k.count.read = true;
    if (count.known && count.n == 0) {
        return k.count;
    }
    bool by_place = ask_by_place(a, count);
    int from = by_place ? 0 : NET_FLOW_PLACES;
    int to = by_place ? NET_FLOW_PLACES : NET_FLOW_PLACES + 1;
    for (int place = from; place < to; place++) {
        struct rc rc = dump_flows(&k, place, cut_flow);
        k.count.read = k.count.read && !rc_failed(rc);
    }
    return k.count;
}

struct net_cut_count net_cut_io_sockets(struct net_cut *c, const struct ipaddr *a)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    struct cutting k = {.c = c, .a = a};
    k.count.read = true;
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        k.protocol = protocols[i];
        struct rc rc = dump_sockets(&k, net_flow_states_live(), cut_socket);
        k.count.read = k.count.read && !rc_failed(rc);
    }
    return k.count;
}

static struct rc prove_socket(void *context, const struct nlmsghdr *m)
{
    struct cutting *k = context;
    struct net_socket s;
    struct rc rc = net_flow_read_socket(m, k->protocol, &s);
    if (!rc_failed(rc) && ipaddr_overlaps(&s.peer, k->a) &&
        (k->port == 0 || s.local_port == k->port)) {
        k->proved = true;
    }
    return RC_OK;
}

static struct rc prove_flow(void *context, const struct nlmsghdr *m)
{
    struct cutting *k = context;
    struct net_flow flow;
    struct rc rc = net_flow_read(m, &flow);
    if (!rc_failed(rc) && net_flow_proves(&flow, k->a, k->port)) {
        k->proved = true;
    }
    return RC_OK;
}

struct rc net_cut_io_witness(struct net_cut *c, const struct ipaddr *a, uint16_t port,
                             bool *out)
{
    struct cutting k = {.c = c, .a = a, .port = port, .protocol = IPPROTO_TCP};
    TRY(dump_sockets(&k, net_flow_states_proof(), prove_socket));
    if (!k.proved) {
        struct flow_count count = count_flows(c);
        int place = ask_by_place(a, count) ? NET_FLOW_ORIGINAL_SRC : NET_FLOW_PLACES;
        if (count.known && count.n == 0) {
            *out = false;
            return RC_OK;
        }
        rc_ignore(dump_flows(&k, place, prove_flow),
                  "a kernel without connection tracking has no flows to prove anything");
    }
    *out = k.proved;
    return RC_OK;
}
