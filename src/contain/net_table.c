/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_table.h"

#include "contain/net_attr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

enum {
    /* Ranges in one message: 2 elements of up to 40 bytes each, under the 16 KiB of a message.
     */
    RANGES_PER_MESSAGE = 128,
    /* A dump of the kernel's fills at most one buffer of 64 KiB; an element has 20 bytes. */
    ELEMENTS_PER_MESSAGE = (64 << 10) / 20,
    NEVER_EDGES_MAX = 4 * NET_TABLE_NEVER_MAX,
};

const struct net_set net_table_sets[NET_TABLE_SETS] = {
#define NET_SET(name, family, bits, size) {#name, IPADDR_##family, bits, size},
#include "contain/net_set.def"
#undef NET_SET
};

static uint16_t nft(uint16_t message)
{
    return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message);
}

const struct net_set *net_table_set_for(const struct ipaddr *a)
{
    for (size_t i = 0; i < NET_TABLE_SETS; i++) {
        const struct net_set *set = &net_table_sets[i];
        if (set->family == a->family && set->prefix_bits == a->prefix_bits) {
            return set;
        }
    }
    return NULL;
}

const char *net_table_never_name(enum ipaddr_family family)
{
    return family == IPADDR_V4 ? "never4" : "never6";
}

static struct nlmsghdr *element_message(struct net_batch *b, uint16_t type, uint16_t flags,
                                        const char *set)
{
    struct nlmsghdr *m = net_batch_netfilter(b, nft(type), flags, NFPROTO_INET);
    mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, NET_TABLE_NAME);
    mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, set);
    return m;
}

/* lease_ms 0: none; flags 0: none. */
static void put_element(struct nlmsghdr *m, struct bytes key, uint64_t lease_ms, uint32_t flags)
{
    struct nlattr *element = mnl_attr_nest_start(m, NFTA_LIST_ELEM);
    struct nlattr *data = mnl_attr_nest_start(m, NFTA_SET_ELEM_KEY);
    mnl_attr_put(m, NFTA_DATA_VALUE, key.n, key.p);
    mnl_attr_nest_end(m, data);
    if (lease_ms != 0) {
        mnl_attr_put_u64(m, NFTA_SET_ELEM_TIMEOUT, htobe64(lease_ms));
    }
    if (flags != 0) {
        mnl_attr_put_u32(m, NFTA_SET_ELEM_FLAGS, htonl(flags));
    }
    mnl_attr_nest_end(m, element);
}

static void one_element(struct net_batch *b, uint16_t type, uint16_t flags,
                        const struct ipaddr *a, uint64_t lease_ms)
{
    const struct net_set *set = net_table_set_for(a);
    check(set != NULL);
    struct nlmsghdr *m = element_message(b, type, flags, set->name);
    struct nlattr *list = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
    put_element(m, (struct bytes){a->bytes, net_range_key_bytes(a->family)}, lease_ms, 0);
    mnl_attr_nest_end(m, list);
    net_batch_close(b, m);
}

void net_table_block(struct net_batch *b, const struct ipaddr *a, uint64_t lease_ms)
{
    net_batch_begin(b);
    one_element(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK, a, lease_ms);
    one_element(b, NFT_MSG_DELSETELEM, NLM_F_ACK, a, 0);
    one_element(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK, a, lease_ms);
    net_batch_end(b);
}

void net_table_delete(struct net_batch *b, const struct ipaddr *a)
{
    one_element(b, NFT_MSG_DELSETELEM, NLM_F_ACK, a, 0);
}

void net_table_get(struct net_batch *b, const struct ipaddr *a)
{
    one_element(b, NFT_MSG_GETSETELEM, NLM_F_ACK, a, 0);
}

void net_table_dump(struct net_batch *b, const char *set)
{
    net_batch_close(b, element_message(b, NFT_MSG_GETSETELEM, NLM_F_DUMP, set));
}

/* An interval set holds both ends: the first address, and the first address after the last. */
static void put_range(struct nlmsghdr *m, const struct net_range *r, enum ipaddr_family family)
{
    uint8_t after[IPADDR_BYTES];
    size_t n = net_range_key_bytes(family);
    put_element(m, (struct bytes){r->lo, n}, 0, 0);
    if (net_range_next(r->hi, family, after)) {
        put_element(m, (struct bytes){after, n}, 0, NFT_SET_ELEM_INTERVAL_END);
    }
}

void net_table_never(struct net_batch *b, enum ipaddr_family family,
                     const struct net_range_vec *ranges)
{
    const char *set = net_table_never_name(family);
    check(ranges->n <= NET_TABLE_NEVER_MAX);
    net_batch_close(b, element_message(b, NFT_MSG_DELSETELEM, NLM_F_ACK, set));
    for (size_t i = 0; i < ranges->n; i += RANGES_PER_MESSAGE) {
        struct nlmsghdr *m =
            element_message(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK, set);
        struct nlattr *list = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
        for (size_t j = i; j < ranges->n && j < i + RANGES_PER_MESSAGE; j++) {
            put_range(m, &ranges->p[j], family);
        }
        mnl_attr_nest_end(m, list);
        net_batch_close(b, m);
    }
}

struct element {
    uint8_t key[IPADDR_BYTES];
    const struct nlattr *table[NFTA_SET_ELEM_MAX + 1];
};

static struct rc read_element(const struct nlattr *a, size_t key_bytes, struct element *out)
{
    const struct nlattr *data[NFTA_DATA_MAX + 1];
    net_attr_collect_nested(out->table, COUNT_OF(out->table), a);
    net_attr_collect_nested(data, COUNT_OF(data), out->table[NFTA_SET_ELEM_KEY]);
    if (data[NFTA_DATA_VALUE] == NULL ||
        mnl_attr_get_payload_len(data[NFTA_DATA_VALUE]) != key_bytes) {
        return rc_make(ERR_MALFORMED);
    }
    memset(out->key, 0, sizeof(out->key));
    memcpy(out->key, mnl_attr_get_payload(data[NFTA_DATA_VALUE]), key_bytes);
    return RC_OK;
}

static const struct net_set *set_named(const struct nlattr *name)
{
    for (size_t i = 0; i < NET_TABLE_SETS; i++) {
        if (net_attr_is(name, net_table_sets[i].name)) {
            return &net_table_sets[i];
        }
    }
    return NULL;
}

/* The table's own elements; NULL for a message that is none of them. */
static const struct nlattr *elements_of(const struct nlmsghdr *m, const struct nlattr **out_set)
{
    const struct nlattr *table[NFTA_SET_ELEM_LIST_MAX + 1];
    if (m->nlmsg_type != nft(NFT_MSG_NEWSETELEM)) {
        return NULL;
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(struct nfgenmsg));
    if (!net_attr_is(table[NFTA_SET_ELEM_LIST_TABLE], NET_TABLE_NAME)) {
        return NULL;
    }
    *out_set = table[NFTA_SET_ELEM_LIST_SET];
    return table[NFTA_SET_ELEM_LIST_ELEMENTS];
}

struct rc net_table_read_bans(const struct nlmsghdr *m, struct net_bans *out)
{
    const struct nlattr *name, *at = NULL, *list = elements_of(m, &name);
    const struct net_set *set = list == NULL ? NULL : set_named(name);
    for (int i = 0; set != NULL && i < ELEMENTS_PER_MESSAGE && net_attr_next(list, &at); i++) {
        struct element e;
        struct net_ban ban = {.addr = {.family = set->family, .prefix_bits = set->prefix_bits}};
        TRY(read_element(at, net_range_key_bytes(set->family), &e));
        memcpy(ban.addr.bytes, e.key, sizeof(e.key));
        ban.lease_ms = net_attr_be64(e.table[NFTA_SET_ELEM_TIMEOUT]);
        ban.left_ms = net_attr_be64(e.table[NFTA_SET_ELEM_EXPIRATION]);
        if (e.table[NFTA_SET_ELEM_EXPR] != NULL &&
            !net_attr_counter(e.table[NFTA_SET_ELEM_EXPR], &ban.packets, &ban.bytes)) {
            return rc_make(ERR_MALFORMED);
        }
        vec_push(out, ban);
    }
    return RC_OK;
}

struct rc net_table_read_edges(const struct nlmsghdr *m, enum ipaddr_family family,
                               struct net_edges *out)
{
    const struct nlattr *name, *at = NULL, *list = elements_of(m, &name);
    bool ours = list != NULL && net_attr_is(name, net_table_never_name(family));
    for (int i = 0; ours && i < ELEMENTS_PER_MESSAGE && net_attr_next(list, &at); i++) {
        struct element e;
        struct net_edge edge;
        TRY(read_element(at, net_range_key_bytes(family), &e));
        if (out->n >= NEVER_EDGES_MAX) {
            return rc_make(ERR_TOO_MANY);
        }
        memcpy(edge.key, e.key, sizeof(edge.key));
        edge.end =
            (net_attr_be32(e.table[NFTA_SET_ELEM_FLAGS]) & NFT_SET_ELEM_INTERVAL_END) != 0;
        vec_push(out, edge);
    }
    return RC_OK;
}

/* By address; an end before a start at the same place. */
static int compare_edges(const void *a, const void *b)
{
    const struct net_edge *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof(x->key));
    return order != 0 ? order : (int)y->end - (int)x->end;
}

void net_table_ranges(struct net_edges *edges, enum ipaddr_family family,
                      struct net_range_vec *out)
{
    out->n = 0;
    if (edges->n > 0) {
        qsort(edges->p, edges->n, sizeof(*edges->p), compare_edges);
    }
    for (size_t i = 0; i < edges->n; i++) {
        const struct net_edge *edge = &edges->p[i];
        struct net_range r = {{0}, {0}};
        if (edge->end) {
            continue;
        }
        memcpy(r.lo, edge->key, sizeof(r.lo));
        memset(r.hi, 0xff, net_range_key_bytes(family));
        if (i + 1 < edges->n && !net_range_previous(edges->p[i + 1].key, family, r.hi)) {
            continue; /* two starts at address 0 */
        }
        vec_push(out, r);
    }
    net_range_merge(out, family);
}
