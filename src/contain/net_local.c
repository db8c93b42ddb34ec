/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_local.h"

#include "contain/net_attr.h"
#include "contain/net_range.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

enum {
    /*
     * An on-link route this wide is a tunnel that takes everything (0.0.0.0/1, ::/1), not a
     * network of neighbours.
     */
    ONLINK_MIN_V4 = 8,
    ONLINK_MIN_V6 = 16,
    /* The members of a multipath route; the kernel itself has no more than fit a message. */
    NEXTHOPS_MAX = 256,
};

static bool same_fact(const struct net_fact *a, const struct net_fact *b)
{
    return a->kind == b->kind && ipaddr_eq(&a->addr, &b->addr);
}

static struct rc add_fact(struct net_facts *out, enum net_fact_kind kind, struct ipaddr addr)
{
    struct net_fact fact = {kind, addr};
    for (size_t i = out->n; i-- > 0;) {
        if (same_fact(&out->p[i], &fact)) {
            return RC_OK;
        }
    }
    if (out->n >= NET_FACTS_MAX) {
        return rc_make(ERR_TOO_MANY);
    }
    vec_push(out, fact);
    return RC_OK;
}

/* A prefix of `bits` from the start of an attribute. Bits past the prefix are cleared. */
static struct rc read_address(const struct nlattr *a, uint8_t family, unsigned bits,
                              struct ipaddr *out)
{
    struct ipaddr addr = {.family = family == AF_INET ? IPADDR_V4 : IPADDR_V6};
    size_t bytes = net_range_key_bytes(addr.family);
    if (mnl_attr_get_payload_len(a) != bytes || bits > 8 * bytes) {
        return rc_make(ERR_MALFORMED);
    }
    addr.prefix_bits = (uint8_t)bits;
    memcpy(addr.bytes, mnl_attr_get_payload(a), bytes);
    struct net_range r = net_range_of(&addr);
    memcpy(addr.bytes, r.lo, sizeof(addr.bytes));
    *out = addr;
    return RC_OK;
}

static struct rc add_single(const struct nlattr *a, uint8_t family, enum net_fact_kind kind,
                            struct net_facts *out)
{
    struct ipaddr addr;
    if (a == NULL) {
        return RC_OK;
    }
    TRY(read_address(a, family, family == AF_INET ? 32 : 128, &addr));
    return add_fact(out, kind, addr);
}

static struct rc read_addr(const struct nlmsghdr *m, struct net_facts *out)
{
    const struct nlattr *table[IFA_MAX + 1];
    struct ifaddrmsg head;
    if (mnl_nlmsg_get_payload_len(m) < sizeof(head)) {
        return rc_make(ERR_SHORT);
    }
    memcpy(&head, mnl_nlmsg_get_payload(m), sizeof(head));
    if (head.ifa_family != AF_INET && head.ifa_family != AF_INET6) {
        return RC_OK;
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(head));
    /* IFA_LOCAL is ours; IFA_ADDRESS is ours too or the far end of a point-to-point link. */
    TRY(add_single(table[IFA_LOCAL], head.ifa_family, NET_FACT_OWN, out));
    TRY(add_single(table[IFA_BROADCAST], head.ifa_family, NET_FACT_OWN, out));
    return add_single(table[IFA_ADDRESS], head.ifa_family,
                      table[IFA_LOCAL] == NULL ? NET_FACT_OWN : NET_FACT_ONLINK, out);
}

/* A next hop of the other family: two bytes of family, then the address. */
static struct rc read_via(const struct nlattr *a, struct net_facts *out)
{
    uint16_t family;
    struct ipaddr addr = {.family = IPADDR_V4, .prefix_bits = 32};
    size_t n = mnl_attr_get_payload_len(a);
    const uint8_t *p = mnl_attr_get_payload(a);
    if (n < sizeof(family)) {
        return rc_make(ERR_SHORT);
    }
    memcpy(&family, p, sizeof(family));
    if (family == AF_INET6) {
        addr = (struct ipaddr){.family = IPADDR_V6, .prefix_bits = 128};
    }
    if (n - sizeof(family) < net_range_key_bytes(addr.family)) {
        return rc_make(ERR_SHORT);
    }
    memcpy(addr.bytes, p + sizeof(family), net_range_key_bytes(addr.family));
    return add_fact(out, NET_FACT_GATEWAY, addr);
}

static struct rc read_gateway(const struct nlattr *const *table, uint8_t family,
                              struct net_facts *out)
{
    TRY(add_single(table[RTA_GATEWAY], family, NET_FACT_GATEWAY, out));
    return table[RTA_VIA] == NULL ? RC_OK : read_via(table[RTA_VIA], out);
}

/* struct rtnexthop, its attributes, the next one. */
static struct rc read_multipath(const struct nlattr *a, uint8_t family, struct net_facts *out)
{
    const uint8_t *p = mnl_attr_get_payload(a);
    size_t left = mnl_attr_get_payload_len(a);
    for (int i = 0; i < NEXTHOPS_MAX && left >= sizeof(struct rtnexthop); i++) {
        const struct nlattr *table[RTA_MAX + 1];
        struct rtnexthop hop;
        memcpy(&hop, p, sizeof(hop));
        size_t step = ((size_t)hop.rtnh_len + 3) & ~(size_t)3;
        if (hop.rtnh_len < sizeof(hop) || step > left) {
            return rc_make(ERR_MALFORMED);
        }
        net_attr_collect(table, COUNT_OF(table), p + sizeof(hop), hop.rtnh_len - sizeof(hop));
        TRY(read_gateway(table, family, out));
        p += step;
        left -= step;
    }
    return RC_OK;
}

static bool is_neighbourhood(const struct rtmsg *head)
{
    return head->rtm_dst_len >= (head->rtm_family == AF_INET ? ONLINK_MIN_V4 : ONLINK_MIN_V6);
}

/* fe80::/64 is on every link; net_policy refuses all of fe80::/10 anyway. */
static struct rc read_onlink(const struct nlattr *dst, const struct rtmsg *head,
                             struct net_facts *out)
{
    struct ipaddr addr;
    if (!is_neighbourhood(head)) {
        return RC_OK;
    }
    TRY(read_address(dst, head->rtm_family, head->rtm_dst_len, &addr));
    return add_fact(out, NET_FACT_ONLINK, addr);
}

static struct rc read_route(const struct nlmsghdr *m, struct net_facts *out)
{
    const struct nlattr *table[RTA_MAX + 1];
    struct rtmsg head;
    struct ipaddr addr;
    if (mnl_nlmsg_get_payload_len(m) < sizeof(head)) {
        return rc_make(ERR_SHORT);
    }
    memcpy(&head, mnl_nlmsg_get_payload(m), sizeof(head));
    if (head.rtm_family != AF_INET && head.rtm_family != AF_INET6) {
        return RC_OK;
    }
    net_attr_collect_message(table, COUNT_OF(table), m, sizeof(head));
    bool ours = head.rtm_type == RTN_LOCAL || head.rtm_type == RTN_BROADCAST ||
                head.rtm_type == RTN_ANYCAST;
    if (ours && table[RTA_DST] != NULL && head.rtm_dst_len > 0) {
        TRY(read_address(table[RTA_DST], head.rtm_family, head.rtm_dst_len, &addr));
        return add_fact(out, NET_FACT_OWN, addr);
    }
    if (head.rtm_type != RTN_UNICAST) {
        return RC_OK;
    }
    TRY(read_gateway(table, head.rtm_family, out));
    if (table[RTA_MULTIPATH] != NULL) {
        return read_multipath(table[RTA_MULTIPATH], head.rtm_family, out);
    }
    bool direct = table[RTA_GATEWAY] == NULL && table[RTA_VIA] == NULL;
    return direct && table[RTA_DST] != NULL ? read_onlink(table[RTA_DST], &head, out) : RC_OK;
}

void net_local_ask(struct net_batch *b, uint16_t type)
{
    struct nlmsghdr *m = net_batch_message(b, type, NLM_F_DUMP);
    /* ifaddrmsg and rtmsg begin with the family; 0 asks for all of them. */
    mnl_nlmsg_put_extra_header(m, type == RTM_GETADDR ? sizeof(struct ifaddrmsg)
                                                      : sizeof(struct rtmsg));
    net_batch_close(b, m);
}

struct rc net_local_read(const struct nlmsghdr *m, struct net_facts *out)
{
    switch (m->nlmsg_type) {
    case RTM_NEWADDR:
        return read_addr(m, out);
    case RTM_NEWROUTE:
        return read_route(m, out);
    default:
        return RC_OK;
    }
}
