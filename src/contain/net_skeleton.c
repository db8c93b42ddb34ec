/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_skeleton.h"

#include "base/buf.h"
#include "base/hash.h"
#include "contain/net_attr.h"
#include "contain/net_table.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/icmp6.h>

enum {
    PRIORITY = -300, /* before conntrack, NAT and every other firewall's chains */
    LOOPBACK_INDEX = 1,
    KEY_TYPE_IPV4 = 7, /* as nft numbers its types, so that `nft list` prints addresses */
    KEY_TYPE_IPV6 = 8,
    V4_SOURCE = 12, /* offsets in the headers. src: RFC 791, RFC 8200 */
    V4_DESTINATION = 16,
    V6_SOURCE = 8,
    V6_DESTINATION = 24,
    V6_HOP_LIMIT = 7,
    ND_HOP_LIMIT = 255, /* RFC 4861: else the packet crossed a router */
    COMMENT_TAG = 0,    /* nft's user data: a comment, with its NUL */
    COMMENT_BYTES = 64,
    EXPRESSIONS_MAX = 128, /* NFT_RULE_MAXEXPRS of the kernel */
};

struct hook {
    const char *chain;
    uint32_t number;
    bool from_source; /* which end of the packet is compared with the sets */
    bool on_link;     /* neighbour discovery passes here; a router never forwards it */
};

static const struct hook hooks[] = {
    {"prerouting", NF_INET_PRE_ROUTING, true, true},
    {"output", NF_INET_LOCAL_OUT, false, true},
    {"forward", NF_INET_FORWARD, false, false},
};

static uint16_t nft(uint16_t message)
{
    return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message);
}

/* A rule in the making: expressions follow each other in `list`. */
struct rule {
    struct net_batch *b;
    struct nlmsghdr *m;
    struct nlattr *list;
};

struct expr {
    struct nlattr *element, *data;
};

static struct rule rule_begin(struct net_batch *b, const char *chain)
{
    struct rule r = {.b = b};
    r.m = net_batch_netfilter(b, nft(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK,
                              NFPROTO_INET);
    mnl_attr_put_strz(r.m, NFTA_RULE_TABLE, NET_TABLE_NAME);
    mnl_attr_put_strz(r.m, NFTA_RULE_CHAIN, chain);
    r.list = mnl_attr_nest_start(r.m, NFTA_RULE_EXPRESSIONS);
    return r;
}

static void rule_end(struct rule *r)
{
    mnl_attr_nest_end(r->m, r->list);
    net_batch_close(r->b, r->m);
}

static struct expr expr_begin(struct nlmsghdr *m, uint16_t type, const char *name)
{
    struct expr e = {.element = mnl_attr_nest_start(m, type)};
    mnl_attr_put_strz(m, NFTA_EXPR_NAME, name);
    e.data = mnl_attr_nest_start(m, NFTA_EXPR_DATA);
    return e;
}

static void expr_end(struct nlmsghdr *m, struct expr e)
{
    mnl_attr_nest_end(m, e.data);
    mnl_attr_nest_end(m, e.element);
}

static void put_value(struct nlmsghdr *m, uint16_t type, const void *p, size_t n)
{
    struct nlattr *nest = mnl_attr_nest_start(m, type);
    mnl_attr_put(m, NFTA_DATA_VALUE, n, p);
    mnl_attr_nest_end(m, nest);
}

static void load_meta(struct rule *r, uint32_t key)
{
    struct expr e = expr_begin(r->m, NFTA_LIST_ELEM, "meta");
    mnl_attr_put_u32(r->m, NFTA_META_KEY, htonl(key));
    mnl_attr_put_u32(r->m, NFTA_META_DREG, htonl(NFT_REG_1));
    expr_end(r->m, e);
}

static void load_payload(struct rule *r, uint32_t base, uint32_t offset, uint32_t n)
{
    struct expr e = expr_begin(r->m, NFTA_LIST_ELEM, "payload");
    mnl_attr_put_u32(r->m, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
    mnl_attr_put_u32(r->m, NFTA_PAYLOAD_BASE, htonl(base));
    mnl_attr_put_u32(r->m, NFTA_PAYLOAD_OFFSET, htonl(offset));
    mnl_attr_put_u32(r->m, NFTA_PAYLOAD_LEN, htonl(n));
    expr_end(r->m, e);
}

static void compare(struct rule *r, uint32_t how, const void *p, size_t n)
{
    struct expr e = expr_begin(r->m, NFTA_LIST_ELEM, "cmp");
    mnl_attr_put_u32(r->m, NFTA_CMP_SREG, htonl(NFT_REG_1));
    mnl_attr_put_u32(r->m, NFTA_CMP_OP, htonl(how));
    put_value(r->m, NFTA_CMP_DATA, p, n);
    expr_end(r->m, e);
}

static void compare_byte(struct rule *r, uint32_t how, uint8_t value)
{
    compare(r, how, &value, sizeof(value));
}

static void mask(struct rule *r, const struct net_set *set)
{
    static const uint8_t none[IPADDR_BYTES];
    struct ipaddr all = {.family = set->family, .prefix_bits = set->prefix_bits};
    struct net_range kept;
    size_t n = net_range_key_bytes(set->family);
    memset(all.bytes, 0xff, n);
    kept = net_range_of(&all);
    struct expr e = expr_begin(r->m, NFTA_LIST_ELEM, "bitwise");
    mnl_attr_put_u32(r->m, NFTA_BITWISE_SREG, htonl(NFT_REG_1));
    mnl_attr_put_u32(r->m, NFTA_BITWISE_DREG, htonl(NFT_REG_1));
    mnl_attr_put_u32(r->m, NFTA_BITWISE_LEN, htonl((uint32_t)n));
    put_value(r->m, NFTA_BITWISE_MASK, kept.lo, n);
    put_value(r->m, NFTA_BITWISE_XOR, none, n);
    expr_end(r->m, e);
}

static void look_up(struct rule *r, const char *set)
{
    struct expr e = expr_begin(r->m, NFTA_LIST_ELEM, "lookup");
    mnl_attr_put_strz(r->m, NFTA_LOOKUP_SET, set);
    mnl_attr_put_u32(r->m, NFTA_LOOKUP_SREG, htonl(NFT_REG_1));
    expr_end(r->m, e);
}

static void count(struct nlmsghdr *m, uint16_t type)
{
    struct expr e = expr_begin(m, type, "counter");
    mnl_attr_put_u64(m, NFTA_COUNTER_BYTES, 0);
    mnl_attr_put_u64(m, NFTA_COUNTER_PACKETS, 0);
    expr_end(m, e);
}

static void decide(struct rule *r, uint32_t verdict)
{
    struct expr e = expr_begin(r->m, NFTA_LIST_ELEM, "immediate");
    mnl_attr_put_u32(r->m, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
    struct nlattr *data = mnl_attr_nest_start(r->m, NFTA_IMMEDIATE_DATA);
    struct nlattr *inner = mnl_attr_nest_start(r->m, NFTA_DATA_VERDICT);
    mnl_attr_put_u32(r->m, NFTA_VERDICT_CODE, htonl(verdict));
    mnl_attr_nest_end(r->m, inner);
    mnl_attr_nest_end(r->m, data);
    expr_end(r->m, e);
}

/* "iif lo return", or "oif lo return". */
static void rule_loopback(struct net_batch *b, const struct hook *hook)
{
    uint32_t lo = LOOPBACK_INDEX;
    struct rule r = rule_begin(b, hook->chain);
    load_meta(&r, hook->from_source ? NFT_META_IIF : NFT_META_OIF);
    compare(&r, NFT_CMP_EQ, &lo, sizeof(lo));
    decide(&r, (uint32_t)NFT_RETURN);
    rule_end(&r);
}

/* The address of the packet that this hook looks at, in register 1. */
static void load_address(struct rule *r, const struct hook *hook, enum ipaddr_family family)
{
    uint32_t v4 = hook->from_source ? V4_SOURCE : V4_DESTINATION;
    uint32_t v6 = hook->from_source ? V6_SOURCE : V6_DESTINATION;
    load_meta(r, NFT_META_NFPROTO);
    compare_byte(r, NFT_CMP_EQ, family == IPADDR_V4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
    load_payload(r, NFT_PAYLOAD_NETWORK_HEADER, family == IPADDR_V4 ? v4 : v6,
                 (uint32_t)net_range_key_bytes(family));
}

static void rule_never(struct net_batch *b, const struct hook *hook, enum ipaddr_family family)
{
    struct rule r = rule_begin(b, hook->chain);
    load_address(&r, hook, family);
    look_up(&r, net_table_never_name(family));
    decide(&r, (uint32_t)NFT_RETURN);
    rule_end(&r);
}

/* Without neighbour discovery a block of an address on the link takes the link down. */
static void rule_discovery(struct net_batch *b, const struct hook *hook)
{
    struct rule r = rule_begin(b, hook->chain);
    load_meta(&r, NFT_META_NFPROTO);
    compare_byte(&r, NFT_CMP_EQ, NFPROTO_IPV6);
    load_meta(&r, NFT_META_L4PROTO);
    compare_byte(&r, NFT_CMP_EQ, IPPROTO_ICMPV6);
    load_payload(&r, NFT_PAYLOAD_NETWORK_HEADER, V6_HOP_LIMIT, 1);
    compare_byte(&r, NFT_CMP_EQ, ND_HOP_LIMIT);
    load_payload(&r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
    compare_byte(&r, NFT_CMP_GTE, ND_ROUTER_SOLICIT);
    compare_byte(&r, NFT_CMP_LTE, ND_REDIRECT);
    decide(&r, (uint32_t)NFT_RETURN);
    rule_end(&r);
}

static void rule_drop(struct net_batch *b, const struct hook *hook, const struct net_set *set)
{
    struct rule r = rule_begin(b, hook->chain);
    load_address(&r, hook, set->family);
    if (set->prefix_bits != 8 * net_range_key_bytes(set->family)) {
        mask(&r, set);
    }
    look_up(&r, set->name);
    count(r.m, NFTA_LIST_ELEM);
    decide(&r, NF_DROP);
    rule_end(&r);
}

static struct nlmsghdr *set_begin(struct net_batch *b, const char *name, uint32_t id,
                                  enum ipaddr_family family)
{
    struct nlmsghdr *m =
        net_batch_netfilter(b, nft(NFT_MSG_NEWSET), NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET);
    mnl_attr_put_strz(m, NFTA_SET_TABLE, NET_TABLE_NAME);
    mnl_attr_put_strz(m, NFTA_SET_NAME, name);
    mnl_attr_put_u32(m, NFTA_SET_ID, htonl(id));
    mnl_attr_put_u32(m, NFTA_SET_KEY_TYPE,
                     htonl(family == IPADDR_V4 ? KEY_TYPE_IPV4 : KEY_TYPE_IPV6));
    mnl_attr_put_u32(m, NFTA_SET_KEY_LEN, htonl((uint32_t)net_range_key_bytes(family)));
    return m;
}

static void make_never(struct net_batch *b, enum ipaddr_family family, uint32_t id)
{
    struct nlmsghdr *m = set_begin(b, net_table_never_name(family), id, family);
    mnl_attr_put_u32(m, NFTA_SET_FLAGS, htonl(NFT_SET_INTERVAL));
    net_batch_close(b, m);
}

/* Each element counts what it dropped: the proof that a block does something. */
static void make_set(struct net_batch *b, const struct net_set *set, uint32_t id)
{
    struct nlmsghdr *m = set_begin(b, set->name, id, set->family);
    mnl_attr_put_u32(m, NFTA_SET_FLAGS, htonl(NFT_SET_TIMEOUT));
    struct nlattr *desc = mnl_attr_nest_start(m, NFTA_SET_DESC);
    mnl_attr_put_u32(m, NFTA_SET_DESC_SIZE, htonl(set->size));
    mnl_attr_nest_end(m, desc);
    count(m, NFTA_SET_EXPR);
    net_batch_close(b, m);
}

static void make_chain(struct net_batch *b, const struct hook *hook)
{
    struct nlmsghdr *m =
        net_batch_netfilter(b, nft(NFT_MSG_NEWCHAIN), NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET);
    mnl_attr_put_strz(m, NFTA_CHAIN_TABLE, NET_TABLE_NAME);
    mnl_attr_put_strz(m, NFTA_CHAIN_NAME, hook->chain);
    struct nlattr *where = mnl_attr_nest_start(m, NFTA_CHAIN_HOOK);
    mnl_attr_put_u32(m, NFTA_HOOK_HOOKNUM, htonl(hook->number));
    mnl_attr_put_u32(m, NFTA_HOOK_PRIORITY, htonl((uint32_t)PRIORITY));
    mnl_attr_nest_end(m, where);
    mnl_attr_put_u32(m, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
    mnl_attr_put_strz(m, NFTA_CHAIN_TYPE, "filter");
    net_batch_close(b, m);
}

/* The order is the point: what may never be cut leaves before any rule that drops. */
static void make_rules(struct net_batch *b, const struct hook *hook)
{
    rule_loopback(b, hook);
    rule_never(b, hook, IPADDR_V4);
    rule_never(b, hook, IPADDR_V6);
    if (hook->on_link) {
        rule_discovery(b, hook);
    }
    for (size_t i = 0; i < NET_TABLE_SETS; i++) {
        rule_drop(b, hook, &net_table_sets[i]);
    }
}

static void make_body(struct net_batch *b)
{
    make_never(b, IPADDR_V4, 1);
    make_never(b, IPADDR_V6, 2);
    for (uint32_t i = 0; i < NET_TABLE_SETS; i++) {
        make_set(b, &net_table_sets[i], 3 + i);
    }
    for (size_t i = 0; i < COUNT_OF(hooks); i++) {
        make_chain(b, &hooks[i]);
        make_rules(b, &hooks[i]);
    }
}

uint64_t net_skeleton_layout(struct net_batch *b)
{
    net_batch_start(b, 0);
    make_body(b);
    return hash_64((struct bytes){b->p, b->n}, 0);
}

/* "tocsin layout 0123456789abcdef", which `nft list` shows as the table's comment. */
static void put_comment(struct buf *out, uint64_t layout)
{
    buf_printf(out, "tocsin layout %016llx", (unsigned long long)layout);
    buf_putc(out, 0);
}

static void make_table(struct net_batch *b, uint16_t type, uint64_t layout, uint32_t flags)
{
    AUTO_BUF comment = BUF_WITH_CAP(COMMENT_BYTES);
    uint8_t user_data[2 + COMMENT_BYTES] = {COMMENT_TAG};
    struct nlmsghdr *m =
        net_batch_netfilter(b, nft(type), NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET);
    mnl_attr_put_strz(m, NFTA_TABLE_NAME, NET_TABLE_NAME);
    if (type == NFT_MSG_NEWTABLE) {
        put_comment(&comment, layout);
        user_data[1] = (uint8_t)comment.n;
        memcpy(user_data + 2, comment.p, comment.n);
        mnl_attr_put(m, NFTA_TABLE_USERDATA, 2 + comment.n, user_data);
        mnl_attr_put_u32(m, NFTA_TABLE_FLAGS, htonl(flags));
    }
    net_batch_close(b, m);
}

void net_skeleton_build(struct net_batch *b, uint32_t seq, unsigned how)
{
    uint64_t layout = net_skeleton_layout(b);
    net_batch_start(b, seq);
    net_batch_begin(b);
    if ((how & NET_SKELETON_REPLACE) != 0) {
        make_table(b, NFT_MSG_DELTABLE, 0, 0);
    }
    make_table(b, NFT_MSG_NEWTABLE, layout,
               (how & NET_SKELETON_OWNED) != 0 ? NFT_TABLE_F_OWNER : 0);
    make_body(b);
    net_batch_end(b);
}

static void ask(struct net_batch *b, uint16_t type, uint8_t family)
{
    net_batch_close(b, net_batch_netfilter(b, nft(type), NLM_F_DUMP, family));
}

void net_skeleton_ask_tables(struct net_batch *b)
{
    ask(b, NFT_MSG_GETTABLE, NFPROTO_INET);
}

void net_skeleton_ask_rules(struct net_batch *b)
{
    struct nlmsghdr *m = net_batch_netfilter(b, nft(NFT_MSG_GETRULE), NLM_F_DUMP, NFPROTO_INET);
    mnl_attr_put_strz(m, NFTA_RULE_TABLE, NET_TABLE_NAME);
    net_batch_close(b, m);
}

void net_skeleton_ask_flowtables(struct net_batch *b)
{
    ask(b, NFT_MSG_GETFLOWTABLE, NFPROTO_UNSPEC);
}

struct rc net_skeleton_read_table(const struct nlmsghdr *m, uint64_t layout,
                                  struct net_found *out)
{
    const struct nlattr *table[NFTA_TABLE_MAX + 1];
    if (m->nlmsg_type != nft(NFT_MSG_NEWTABLE)) {
        return RC_OK;
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(struct nfgenmsg));
    if (!net_attr_is(table[NFTA_TABLE_NAME], NET_TABLE_NAME)) {
        return RC_OK;
    }
    AUTO_BUF want = BUF_WITH_CAP(COMMENT_BYTES);
    put_comment(&want, layout);
    const struct nlattr *data = table[NFTA_TABLE_USERDATA];
    const uint8_t *p = data == NULL ? NULL : mnl_attr_get_payload(data);
    out->exists = true;
    out->owner_port = net_attr_be32(table[NFTA_TABLE_OWNER]);
    out->ours = data != NULL && mnl_attr_get_payload_len(data) == 2 + want.n &&
                p[0] == COMMENT_TAG && memcmp(p + 2, want.p, want.n) == 0;
    return RC_OK;
}

bool net_skeleton_is_flowtable(const struct nlmsghdr *m)
{
    return m->nlmsg_type == nft(NFT_MSG_NEWFLOWTABLE);
}

struct rc net_skeleton_read_rule(const struct nlmsghdr *m, struct net_counts *out)
{
    const struct nlattr *table[NFTA_RULE_MAX + 1], *at = NULL;
    uint64_t packets = 0, bytes = 0, one_packets, one_bytes;
    if (m->nlmsg_type != nft(NFT_MSG_NEWRULE)) {
        return RC_OK;
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(struct nfgenmsg));
    const struct nlattr *list = table[NFTA_RULE_EXPRESSIONS], *chain = table[NFTA_RULE_CHAIN];
    if (!net_attr_is(table[NFTA_RULE_TABLE], NET_TABLE_NAME) || list == NULL) {
        return RC_OK;
    }
    for (int i = 0; i < EXPRESSIONS_MAX && net_attr_next(list, &at); i++) {
        if (net_attr_counter(at, &one_packets, &one_bytes)) {
            packets += one_packets;
            bytes += one_bytes;
        }
    }
    bool in = net_attr_is(chain, hooks[0].chain), forward = net_attr_is(chain, hooks[2].chain);
    *(in ? &out->in_packets : forward ? &out->forward_packets : &out->out_packets) += packets;
    *(in ? &out->in_bytes : forward ? &out->forward_bytes : &out->out_bytes) += bytes;
    return RC_OK;
}
