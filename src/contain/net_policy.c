/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_policy.h"

#include "contain/net_table.h"

static const char *const texts[] = {
#define NET_REASON(name, text) [NET_##name] = (text),
#include "contain/net_reason.def"
#undef NET_REASON
};

/*
 * Never the source of an attack from outside, or not the name of one host. src: IANA special
 * purpose registries. 169.254.169.254 is the metadata service that a cloud host lives on.
 */
static const struct ipaddr special[] = {
    {IPADDR_V4, 8, {0}},           {IPADDR_V4, 8, {127}},
    {IPADDR_V4, 16, {169, 254}},   {IPADDR_V4, 4, {224}},
    {IPADDR_V4, 4, {240}},         {IPADDR_V6, 128, {0}},
    {IPADDR_V6, 128, {[15] = 1}},  {IPADDR_V6, 96, {[10] = 0xff, 0xff}},
    {IPADDR_V6, 10, {0xfe, 0x80}}, {IPADDR_V6, 8, {0xff}},
};

/* Each of its addresses stands for one V4 address, a prefix of it for all of them. RFC 6052. */
static const struct ipaddr nat64 = {IPADDR_V6, 96, {0, 0x64, 0xff, 0x9b}};

const char *net_policy_text(enum net_reason reason)
{
    return (size_t)reason < COUNT_OF(texts) ? texts[reason] : "has no known reason";
}

/* By the reader that checks them for messages. */
bool net_policy_well_formed(const struct ipaddr *a)
{
    uint8_t wire[IPADDR_WIRE_BYTES];
    struct ipaddr again;
    AUTO_BUF b = BUF_WITH_CAP(IPADDR_WIRE_BYTES);
    if (a->family != IPADDR_V4 && a->family != IPADDR_V6) {
        return false;
    }
    ipaddr_put(&b, a);
    if (b.n != sizeof(wire)) {
        return false;
    }
    memcpy(wire, b.p, sizeof(wire));
    return ipaddr_get(wire, &again) && ipaddr_eq(&again, a);
}

enum net_reason net_policy_request(const struct ipaddr *a, uint32_t lease_s)
{
    if (!net_policy_well_formed(a)) {
        return NET_MALFORMED;
    }
    for (size_t i = 0; i < COUNT_OF(special); i++) {
        if (ipaddr_overlaps(a, &special[i])) {
            return NET_SPECIAL;
        }
    }
    if (!ipaddr_is_single(a) && ipaddr_overlaps(a, &nat64)) {
        return NET_SPECIAL;
    }
    if (net_table_set_for(a) == NULL) {
        return NET_LENGTH;
    }
    return lease_s == 0 || lease_s > NET_LEASE_MAX_S ? NET_LEASE : NET_DONE;
}

static enum net_reason judge(const struct ipaddr *a, const struct net_fact *fact)
{
    if (!ipaddr_overlaps(a, &fact->addr)) {
        return NET_DONE;
    }
    switch (fact->kind) {
    case NET_FACT_OWN:
        return NET_OWN;
    case NET_FACT_GATEWAY:
        return NET_GATEWAY;
    case NET_FACT_ONLINK:
        /* A neighbour may be blocked, the far end of a point-to-point link may not. */
        return ipaddr_is_single(a) && !ipaddr_is_single(&fact->addr) ? NET_DONE : NET_ONLINK;
    }
    return NET_ONLINK;
}

enum net_reason net_policy_local(const struct ipaddr *a, const struct net_facts *facts)
{
    enum net_reason worst = NET_DONE;
    for (size_t i = 0; i < facts->n; i++) {
        enum net_reason reason = judge(a, &facts->p[i]);
        if (reason != NET_DONE && (worst == NET_DONE || reason < worst)) {
            worst = reason;
        }
    }
    return worst;
}
