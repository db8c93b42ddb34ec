/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_flow.h"

#include "contain/net_attr.h"
#include "contain/net_range.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

enum {
    /* The kernel's flags for CTA_FILTER, which its uapi headers leave out. src: Linux 5.8,
     * net/netfilter/nf_internals.h */
    FILTER_SRC = 1 << 0,
    FILTER_DST = 1 << 1,
    V4_BITS = 32,
    V4_BYTES = 4,
    MAPPED_BYTES = 12, /* ::ffff:0:0/96 */
    NEW_SYN_RECV = 12, /* not in libc's list */
};

_Static_assert(sizeof(struct inet_diag_sockid) == sizeof(((struct net_socket *)0)->id),
               "the id is kept as bytes");

static uint8_t family_number(enum ipaddr_family family)
{
    return family == IPADDR_V4 ? AF_INET : AF_INET6;
}

static uint16_t conntrack(uint16_t message)
{
    return (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

void net_flow_ask_count(struct net_batch *b)
{
    net_batch_close(
        b, net_batch_netfilter(b, conntrack(IPCTNL_MSG_CT_GET_STATS), NLM_F_ACK, AF_UNSPEC));
}

bool net_flow_read_count(const struct nlmsghdr *m, uint32_t *out)
{
    const struct nlattr *table[CTA_STATS_GLOBAL_MAX + 1];
    if (m->nlmsg_type != conntrack(IPCTNL_MSG_CT_GET_STATS)) {
        return false;
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(struct nfgenmsg));
    const struct nlattr *entries = table[CTA_STATS_GLOBAL_ENTRIES];
    if (entries == NULL || mnl_attr_get_payload_len(entries) != sizeof(uint32_t)) {
        return false;
    }
    *out = net_attr_be32(entries);
    return true;
}

void net_flow_ask_all(struct net_batch *b, enum ipaddr_family family)
{
    net_batch_close(b, net_batch_netfilter(b, conntrack(IPCTNL_MSG_CT_GET), NLM_F_DUMP,
                                           family_number(family)));
}

void net_flow_ask(struct net_batch *b, const struct ipaddr *a, enum net_flow_place place)
{
    bool original = place == NET_FLOW_ORIGINAL_SRC || place == NET_FLOW_ORIGINAL_DST;
    bool source = place == NET_FLOW_ORIGINAL_SRC || place == NET_FLOW_REPLY_SRC;
    uint16_t v4 = source ? CTA_IP_V4_SRC : CTA_IP_V4_DST;
    uint16_t v6 = source ? CTA_IP_V6_SRC : CTA_IP_V6_DST;
    struct nlmsghdr *m = net_batch_netfilter(b, conntrack(IPCTNL_MSG_CT_GET), NLM_F_DUMP,
                                             family_number(a->family));
    struct nlattr *tuple = mnl_attr_nest_start(m, original ? CTA_TUPLE_ORIG : CTA_TUPLE_REPLY);
    struct nlattr *ip = mnl_attr_nest_start(m, CTA_TUPLE_IP);
    mnl_attr_put(m, a->family == IPADDR_V4 ? v4 : v6, net_range_key_bytes(a->family), a->bytes);
    mnl_attr_nest_end(m, ip);
    mnl_attr_nest_end(m, tuple);
    struct nlattr *filter = mnl_attr_nest_start(m, CTA_FILTER);
    mnl_attr_put_u32(m, original ? CTA_FILTER_ORIG_FLAGS : CTA_FILTER_REPLY_FLAGS,
                     source ? FILTER_SRC : FILTER_DST);
    mnl_attr_nest_end(m, filter);
    net_batch_close(b, m);
}

static void put_copy(struct nlmsghdr *m, const struct nlattr *a)
{
    if (a != NULL) {
        mnl_attr_put(m, a->nla_type, mnl_attr_get_payload_len(a), mnl_attr_get_payload(a));
    }
}

void net_flow_delete(struct net_batch *b, const struct net_flow *flow)
{
    struct nlmsghdr *m = net_batch_netfilter(b, conntrack(IPCTNL_MSG_CT_DELETE), NLM_F_ACK,
                                             family_number(flow->family));
    put_copy(m, flow->name);
    put_copy(m, flow->zone);
    put_copy(m, flow->id);
    net_batch_close(b, m);
}

static struct rc read_ip(const struct nlattr *a, size_t n, uint8_t out[static IPADDR_BYTES])
{
    if (a == NULL || mnl_attr_get_payload_len(a) != n) {
        return rc_make(ERR_MALFORMED);
    }
    memset(out, 0, IPADDR_BYTES);
    memcpy(out, mnl_attr_get_payload(a), n);
    return RC_OK;
}

static uint16_t read_port(const struct nlattr *a)
{
    uint16_t port = 0;
    if (a != NULL && mnl_attr_get_payload_len(a) == sizeof(port)) {
        memcpy(&port, mnl_attr_get_payload(a), sizeof(port));
    }
    return ntohs(port);
}

static struct rc read_tuple(const struct nlattr *nest, enum ipaddr_family family,
                            struct net_tuple *out)
{
    const struct nlattr *tuple[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1],
        *proto[CTA_PROTO_MAX + 1];
    bool v4 = family == IPADDR_V4;
    size_t n = net_range_key_bytes(family);
    net_attr_collect_nested(tuple, COUNT_OF(tuple), nest);
    net_attr_collect_nested(ip, COUNT_OF(ip), tuple[CTA_TUPLE_IP]);
    net_attr_collect_nested(proto, COUNT_OF(proto), tuple[CTA_TUPLE_PROTO]);
    TRY(read_ip(ip[v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC], n, out->src));
    TRY(read_ip(ip[v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST], n, out->dst));
    const struct nlattr *number = proto[CTA_PROTO_NUM];
    if (number == NULL || mnl_attr_get_payload_len(number) != 1) {
        return rc_make(ERR_MALFORMED);
    }
    out->protocol = *(const uint8_t *)mnl_attr_get_payload(number);
    out->src_port = read_port(proto[CTA_PROTO_SRC_PORT]);
    out->dst_port = read_port(proto[CTA_PROTO_DST_PORT]);
    return RC_OK;
}

struct rc net_flow_read(const struct nlmsghdr *m, struct net_flow *out)
{
    const struct nlattr *table[CTA_MAX + 1];
    struct net_flow flow = {.family = IPADDR_V4};
    struct nfgenmsg head;
    if (m->nlmsg_type != conntrack(IPCTNL_MSG_CT_NEW)) {
        return rc_make(ERR_TYPE);
    }
    if (mnl_nlmsg_get_payload_len(m) < sizeof(head)) {
        return rc_make(ERR_SHORT);
    }
    memcpy(&head, mnl_nlmsg_get_payload(m), sizeof(head));
    if (head.nfgen_family == AF_INET6) {
        flow.family = IPADDR_V6;
    } else if (head.nfgen_family != AF_INET) {
        return rc_make(ERR_TYPE);
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(head));
    TRY(read_tuple(table[CTA_TUPLE_ORIG], flow.family, &flow.original));
    TRY(read_tuple(table[CTA_TUPLE_REPLY], flow.family, &flow.reply));
    flow.answered = (net_attr_be32(table[CTA_STATUS]) & IPS_ASSURED) != 0;
    flow.name = table[CTA_TUPLE_ORIG];
    flow.zone = table[CTA_ZONE];
    flow.id = table[CTA_ID];
    *out = flow;
    return RC_OK;
}

static bool holds(const struct ipaddr *a, enum ipaddr_family family, const uint8_t *bytes)
{
    struct ipaddr one = {.family = family, .prefix_bits = family == IPADDR_V4 ? V4_BITS : 128};
    memcpy(one.bytes, bytes, sizeof(one.bytes));
    return ipaddr_overlaps(a, &one);
}

bool net_flow_has(const struct net_flow *flow, const struct ipaddr *a)
{
    return holds(a, flow->family, flow->original.src) ||
           holds(a, flow->family, flow->original.dst) ||
           holds(a, flow->family, flow->reply.src) || holds(a, flow->family, flow->reply.dst);
}

bool net_flow_proves(const struct net_flow *flow, const struct ipaddr *a, uint16_t port)
{
    /* Behind a redirection the log names the port after it, a load balancer's before it. */
    bool to_port = port == 0 || flow->original.dst_port == port || flow->reply.src_port == port;
    return flow->answered && flow->original.protocol == IPPROTO_TCP && to_port &&
           holds(a, flow->family, flow->original.src);
}

uint32_t net_flow_states_live(void)
{
    /* TIME_WAIT carries nothing, and is what still proves the handshake later. */
    return 1u << TCP_ESTABLISHED | 1u << TCP_SYN_SENT | 1u << TCP_SYN_RECV |
           1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 | 1u << TCP_CLOSE_WAIT |
           1u << TCP_LAST_ACK | 1u << TCP_CLOSING | 1u << NEW_SYN_RECV;
}

uint32_t net_flow_states_proof(void)
{
    return 1u << TCP_ESTABLISHED | 1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 |
           1u << TCP_TIME_WAIT | 1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING;
}

/* A program for the kernel of one step: accept when the peer is in the prefix. */
static void put_filter(struct nlmsghdr *m, const struct ipaddr *a)
{
    struct inet_diag_hostcond cond = {
        .family = family_number(a->family), .prefix_len = a->prefix_bits, .port = -1};
    size_t n = net_range_key_bytes(a->family);
    size_t step = sizeof(struct inet_diag_bc_op) + sizeof(cond) + n;
    /* yes: to the end of the program; no: past it, which rejects */
    struct inet_diag_bc_op op = {
        .code = INET_DIAG_BC_D_COND, .yes = (uint8_t)step, .no = (uint16_t)(step + sizeof(op))};
    uint8_t program[sizeof(op) + sizeof(cond) + IPADDR_BYTES];
    memcpy(program, &op, sizeof(op));
    memcpy(program + sizeof(op), &cond, sizeof(cond));
    memcpy(program + sizeof(op) + sizeof(cond), a->bytes, n);
    mnl_attr_put(m, INET_DIAG_REQ_BYTECODE, step, program);
}

static void put_request(struct nlmsghdr *m, const struct inet_diag_req_v2 *request)
{
    memcpy(mnl_nlmsg_put_extra_header(m, sizeof(*request)), request, sizeof(*request));
}

void net_flow_ask_sockets(struct net_batch *b, const struct ipaddr *a,
                          enum ipaddr_family family, uint8_t protocol, uint32_t states)
{
    struct inet_diag_req_v2 request = {.sdiag_family = family_number(family),
                                       .sdiag_protocol = protocol,
                                       .idiag_states = states};
    struct nlmsghdr *m = net_batch_message(b, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
    put_request(m, &request);
    put_filter(m, a);
    net_batch_close(b, m);
}

void net_flow_destroy(struct net_batch *b, const struct net_socket *s)
{
    struct inet_diag_req_v2 request = {.sdiag_family = family_number(s->family),
                                       .sdiag_protocol = s->protocol,
                                       .idiag_states = 1u << s->state};
    memcpy(&request.id, s->id, sizeof(request.id));
    struct nlmsghdr *m = net_batch_message(b, SOCK_DESTROY, NLM_F_ACK);
    put_request(m, &request);
    net_batch_close(b, m);
}

static struct ipaddr peer_of(enum ipaddr_family family, const uint8_t *bytes)
{
    static const uint8_t mapped[MAPPED_BYTES] = {[10] = 0xff, 0xff};
    struct ipaddr peer = {.family = IPADDR_V4, .prefix_bits = V4_BITS};
    if (family == IPADDR_V4) {
        memcpy(peer.bytes, bytes, V4_BYTES);
    } else if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        memcpy(peer.bytes, bytes + MAPPED_BYTES, V4_BYTES);
    } else {
        peer = (struct ipaddr){.family = IPADDR_V6, .prefix_bits = 128};
        memcpy(peer.bytes, bytes, IPADDR_BYTES);
    }
    return peer;
}

struct rc net_flow_read_socket(const struct nlmsghdr *m, uint8_t protocol,
                               struct net_socket *out)
{
    struct inet_diag_msg said;
    if (m->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
        return rc_make(ERR_TYPE);
    }
    if (mnl_nlmsg_get_payload_len(m) < sizeof(said)) {
        return rc_make(ERR_SHORT);
    }
    memcpy(&said, mnl_nlmsg_get_payload(m), sizeof(said));
    if (said.idiag_family != AF_INET && said.idiag_family != AF_INET6) {
        return rc_make(ERR_TYPE);
    }
    struct net_socket s = {.family = said.idiag_family == AF_INET ? IPADDR_V4 : IPADDR_V6,
                           .local_port = ntohs(said.id.idiag_sport),
                           .protocol = protocol,
                           .state = said.idiag_state & 31};
    s.peer = peer_of(s.family, (const uint8_t *)said.id.idiag_dst);
    memcpy(s.id, &said.id, sizeof(s.id));
    *out = s;
    return RC_OK;
}
