/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of contain-net that need no kernel: budget, overlap, policy, messages. */
#include "test.h"

#include "contain/net_budget.h"
#include "contain/net_flow.h"
#include "contain/net_local.h"
#include "contain/net_policy.h"
#include "contain/net_skeleton.h"
#include "contain/net_table.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#define SECOND UINT64_C(1000000000)

static struct ipaddr addr(const char *text)
{
    struct ipaddr a;
    if (!ipaddr_parse(str_of(text), &a)) {
        fail_msg("%s is no address", text);
    }
    return a;
}

static struct instant at(uint64_t s)
{
    return (struct instant){1000 * SECOND + s * SECOND};
}

static void test_budget(void **state)
{
    (void)state;
    struct net_budget b = net_budget_make(3, 30 * SECOND);
    for (int i = 0; i < 3; i++) {
        assert_true(net_budget_allows(&b, at(0)));
        net_budget_take(&b, at(0));
    }
    assert_false(net_budget_allows(&b, at(0)));
    assert_false(net_budget_allows(&b, at(9)));
    net_budget_take(&b, at(9)); /* of an empty bucket nothing */
    assert_true(net_budget_allows(&b, at(10)));
    net_budget_take(&b, at(10));
    assert_false(net_budget_allows(&b, at(19)));
    assert_true(net_budget_allows(&b, at(20)));
    for (int i = 0; i < 3; i++) { /* rest does not pile up */
        assert_true(net_budget_allows(&b, at(1000)));
        net_budget_take(&b, at(1000));
    }
    assert_false(net_budget_allows(&b, at(1000)));
    struct net_budget none = net_budget_make(0, 30 * SECOND);
    assert_false(net_budget_allows(&none, at(0)));
}

static void push(struct net_range_vec *v, const char *text)
{
    struct ipaddr a = addr(text);
    vec_push(v, net_range_of(&a));
}

static bool hits(const struct net_range_vec *v, const char *text)
{
    struct ipaddr a = addr(text);
    struct net_range r = net_range_of(&a);
    return net_range_hits(v, &r);
}

static void test_ranges(void **state)
{
    (void)state;
    struct net_range_vec v = {0};
    assert_false(hits(&v, "192.0.2.1"));
    push(&v, "192.0.2.128/25");
    push(&v, "10.0.0.0/8");
    push(&v, "192.0.2.0/25"); /* touches the first */
    push(&v, "10.1.2.3");     /* inside */
    push(&v, "255.255.255.255");
    push(&v, "0.0.0.0");
    net_range_merge(&v, IPADDR_V4);
    assert_int_equal(v.n, 4);
    assert_true(hits(&v, "192.0.2.0"));
    assert_true(hits(&v, "192.0.2.255"));
    assert_false(hits(&v, "192.0.3.0"));
    assert_false(hits(&v, "192.0.1.255"));
    assert_true(hits(&v, "192.0.0.0/16")); /* a wider prefix holds it */
    assert_true(hits(&v, "10.255.255.0/24"));
    assert_false(hits(&v, "11.0.0.0/24"));
    assert_true(hits(&v, "255.255.255.0/24"));
    assert_true(hits(&v, "0.0.0.0/24"));
    assert_false(hits(&v, "0.0.1.0/24"));
    v.n = 0;
    push(&v, "0.0.0.0/0");
    push(&v, "1.2.3.4");
    net_range_merge(&v, IPADDR_V4);
    assert_int_equal(v.n, 1);
    assert_true(hits(&v, "203.0.113.77"));
    vec_free(&v);
}

static void test_next(void **state)
{
    (void)state;
    struct ipaddr a = addr("10.0.255.255"), top = addr("255.255.255.255"), zero = addr("::");
    uint8_t out[IPADDR_BYTES];
    assert_true(net_range_next(a.bytes, IPADDR_V4, out));
    assert_memory_equal(out, addr("10.1.0.0").bytes, IPADDR_BYTES);
    assert_true(net_range_previous(out, IPADDR_V4, out));
    assert_memory_equal(out, a.bytes, IPADDR_BYTES);
    assert_false(net_range_next(top.bytes, IPADDR_V4, out));
    assert_false(net_range_previous(zero.bytes, IPADDR_V6, out));
}

/* Random ranges: what is merged holds exactly what was put in. */
static void test_merge_random(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 200; round++) {
        struct net_range_vec v = {0};
        bool in[256] = {false};
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525 + 1013904223;
            uint8_t bits = (uint8_t)(27 + (seed >> 24) % 6);
            uint8_t host = (uint8_t)((seed >> 8) & (0xffu << (32 - bits)));
            struct ipaddr a = {IPADDR_V4, bits, {192, 0, 2, host}};
            for (unsigned j = 0; j < 1u << (32 - bits); j++) {
                in[host + j] = true;
            }
            vec_push(&v, net_range_of(&a));
        }
        net_range_merge(&v, IPADDR_V4);
        for (unsigned host = 0; host < 256; host++) {
            struct ipaddr a = {IPADDR_V4, 32, {192, 0, 2, (uint8_t)host}};
            struct net_range r = net_range_of(&a);
            assert_int_equal(net_range_hits(&v, &r), in[host]);
        }
        vec_free(&v);
    }
}

static void test_request(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t lease_s;
        enum net_reason want;
    } cases[] = {
        {"192.0.2.7", 60, NET_DONE},
        {"192.0.2.0/24", 60, NET_DONE},
        {"2001:db8::1", 60, NET_DONE},
        {"2001:db8::/64", 60, NET_DONE},
        {"2001:db8::/56", 60, NET_DONE},
        {"2001:db8::/48", NET_LEASE_MAX_S, NET_DONE},
        {"192.0.2.0/25", 60, NET_LENGTH},
        {"192.0.0.0/16", 60, NET_LENGTH},
        {"2001:db8::/47", 60, NET_LENGTH},
        {"2001:db8::/32", 60, NET_LENGTH},
        {"192.0.2.7", 0, NET_LEASE},
        {"192.0.2.7", NET_LEASE_MAX_S + 1, NET_LEASE},
        {"127.1.2.3", 60, NET_SPECIAL},
        {"0.0.0.0", 60, NET_SPECIAL},
        {"0.0.0.0/0", 60, NET_SPECIAL},
        {"::/0", 60, NET_SPECIAL},
        {"169.254.169.254", 60, NET_SPECIAL},
        {"224.0.0.251", 60, NET_SPECIAL},
        {"255.255.255.255", 60, NET_SPECIAL},
        {"::1", 60, NET_SPECIAL},
        {"::", 60, NET_SPECIAL},
        {"::/64", 60, NET_SPECIAL},
        {"fe80::1", 60, NET_SPECIAL},
        {"ff02::1", 60, NET_SPECIAL},
        {"64:ff9b::/64", 60, NET_SPECIAL},
        {"64:ff9b::102:304", 60, NET_DONE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ipaddr a = addr(cases[i].text);
        assert_int_equal(net_policy_request(&a, cases[i].lease_s), cases[i].want);
    }
    struct ipaddr mapped = {IPADDR_V6, 128, {[10] = 0xff, 0xff, 1, 2, 3, 4}};
    struct ipaddr dirty = {IPADDR_V4, 24, {1, 2, 3, 4}}, none = {IPADDR_NONE, 0, {0}};
    struct ipaddr wild = {(enum ipaddr_family)77, 32, {1, 2, 3, 4}};
    struct ipaddr longer = {IPADDR_V4, 200, {1, 2, 3, 4}}, tail = {IPADDR_V4, 32, {[8] = 1}};
    const struct ipaddr *bad[] = {&mapped, &dirty, &none, &wild, &longer, &tail};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(net_policy_request(bad[i], 60), NET_MALFORMED);
    }
    for (int i = 0; i <= NET_REASON_COUNT; i++) {
        assert_true(strlen(net_policy_text((enum net_reason)i)) > 5);
    }
}

static void test_local(void **state)
{
    (void)state;
    struct net_fact list[] = {{NET_FACT_OWN, addr("10.0.0.5")},
                              {NET_FACT_GATEWAY, addr("10.0.0.1")},
                              {NET_FACT_ONLINK, addr("10.0.0.0/16")},
                              {NET_FACT_ONLINK, addr("10.8.0.2")}};
    struct net_facts facts = {list, COUNT_OF(list), COUNT_OF(list)};
    static const struct {
        const char *text;
        enum net_reason want;
    } cases[] = {
        {"10.0.0.5", NET_OWN},       {"10.0.0.1", NET_GATEWAY}, {"10.0.0.0/24", NET_OWN},
        {"10.0.7.0/24", NET_ONLINK}, {"10.0.7.9", NET_DONE},    {"10.8.0.2", NET_ONLINK},
        {"10.8.0.0/24", NET_ONLINK}, {"10.8.0.3", NET_DONE},    {"192.0.2.0/24", NET_DONE},
        {"2001:db8::/64", NET_DONE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ipaddr a = addr(cases[i].text);
        assert_int_equal(net_policy_local(&a, &facts), cases[i].want);
    }
}

static void open_batch(struct net_batch *b, uint32_t seq)
{
    net_batch_open(b);
    net_batch_start(b, seq);
}

static void test_block_batch(void **state)
{
    (void)state;
    static const uint16_t types[] = {NFNL_MSG_BATCH_BEGIN, NFT_MSG_NEWSETELEM,
                                     NFT_MSG_DELSETELEM, NFT_MSG_NEWSETELEM,
                                     NFNL_MSG_BATCH_END};
    struct net_batch b;
    struct ipaddr a = addr("192.0.2.7");
    open_batch(&b, UINT32_MAX - 1); /* the seq wraps */
    net_table_block(&b, &a, 60000);
    int left = (int)b.n;
    const struct nlmsghdr *m = (const void *)b.p;
    for (uint32_t i = 0; i < COUNT_OF(types); i++) {
        assert_true(mnl_nlmsg_ok(m, left));
        assert_int_equal(m->nlmsg_type & 0xff, types[i]);
        assert_int_equal(m->nlmsg_seq, (uint32_t)(UINT32_MAX - 1 + i));
        assert_int_equal((m->nlmsg_flags & NLM_F_ACK) != 0, i > 0 && i < 4);
        assert_int_equal(m->nlmsg_flags & NLM_F_EXCL, i == 2 ? m->nlmsg_flags & NLM_F_EXCL : 0);
        m = mnl_nlmsg_next(m, &left);
    }
    assert_int_equal(left, 0);
    assert_int_equal(b.acks, 3);
    net_batch_free(&b);
}

/* The never sets: written as edges, read back as the same ranges. */
static void test_never_round_trip(void **state)
{
    (void)state;
    struct net_range_vec in = {0}, out = {0};
    struct net_edges edges = {0};
    struct net_batch b;
    for (unsigned i = 0; i < NET_TABLE_NEVER_MAX; i++) {
        struct ipaddr a = {IPADDR_V6, 128, {0x20, 1, (uint8_t)(i >> 8), (uint8_t)i}};
        vec_push(&in, net_range_of(&a));
    }
    struct ipaddr last = addr("ff00::/8");
    in.p[in.n - 1] = net_range_of(&last);
    net_range_merge(&in, IPADDR_V6);
    assert_int_equal(in.n, NET_TABLE_NEVER_MAX);
    open_batch(&b, 1);
    net_batch_begin(&b);
    net_table_never(&b, IPADDR_V4, &out); /* an empty list is a list */
    net_table_never(&b, IPADDR_V6, &in);
    net_batch_end(&b);
    int left = (int)b.n;
    const struct nlmsghdr *m = (const void *)b.p;
    for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
        assert_ok(net_table_read_edges(m, IPADDR_V6, &edges));
    }
    assert_int_equal(edges.n, 2 * NET_TABLE_NEVER_MAX - 1); /* nothing is past ff00::/8 */
    net_table_ranges(&edges, IPADDR_V6, &out);
    assert_int_equal(out.n, in.n);
    assert_memory_equal(out.p, in.p, in.n * sizeof(*in.p));
    net_batch_free(&b);
    vec_free(&edges);
    vec_free(&in);
    vec_free(&out);
}

static void test_read_bans(void **state)
{
    (void)state;
    struct net_batch b;
    struct net_bans bans = {0};
    struct ipaddr a = addr("198.51.100.0/24");
    open_batch(&b, 1);
    net_table_block(&b, &a, 60000);
    int left = (int)b.n;
    const struct nlmsghdr *m = mnl_nlmsg_next((const void *)b.p, &left);
    assert_ok(net_table_read_bans(m, &bans));
    assert_int_equal(bans.n, 1);
    assert_true(ipaddr_eq(&bans.p[0].addr, &a));
    assert_int_equal(bans.p[0].lease_ms, 60000);
    assert_int_equal(bans.p[0].left_ms, 0);
    /* Each byte of it changed: refused or read, never more than one element, no overrun. */
    uint32_t n = m->nlmsg_len;
    for (uint32_t i = sizeof(*m); i < n; i++) {
        uint32_t copy[256] = {0};
        memcpy(copy, m, n);
        ((uint8_t *)copy)[i] ^= 0x41;
        bans.n = 0;
        rc_ignore(net_table_read_bans((const void *)copy, &bans), "either is right");
        assert_true(bans.n <= 2);
    }
    vec_free(&bans);
    net_batch_free(&b);
}

static void test_layout(void **state)
{
    (void)state;
    struct net_batch b;
    struct net_found found = {0};
    net_batch_open(&b);
    uint64_t layout = net_skeleton_layout(&b);
    assert_true(layout == net_skeleton_layout(&b));
    net_skeleton_build(&b, 9, NET_SKELETON_OWNED | NET_SKELETON_REPLACE);
    int left = (int)b.n;
    const struct nlmsghdr *m = (const void *)b.p;
    uint32_t count = 0;
    for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
        assert_ok(net_skeleton_read_table(m, layout, &found));
        count++;
    }
    assert_int_equal(left, 0);
    assert_int_equal(count, b.count);
    assert_true(found.exists);
    assert_true(found.ours);
    net_skeleton_build(&b, 9, 0);
    left = (int)b.n;
    m = mnl_nlmsg_next((const void *)b.p, &left);
    assert_ok(net_skeleton_read_table(m, layout + 1, &found));
    assert_false(found.ours);
    net_batch_free(&b);
}

static struct nlmsghdr *route(struct net_batch *b, uint8_t type, uint8_t bits)
{
    struct nlmsghdr *m = net_batch_message(b, RTM_NEWROUTE, 0);
    struct rtmsg *head = mnl_nlmsg_put_extra_header(m, sizeof(*head));
    head->rtm_family = AF_INET;
    head->rtm_type = type;
    head->rtm_dst_len = bits;
    return m;
}

static void test_routes(void **state)
{
    (void)state;
    static const uint8_t gateway[] = {10, 0, 0, 1}, network[] = {10, 0, 0, 0};
    struct net_batch b;
    struct net_facts facts = {0};
    open_batch(&b, 1);
    struct nlmsghdr *m = route(&b, RTN_UNICAST, 0);
    mnl_attr_put(m, RTA_GATEWAY, sizeof(gateway), gateway);
    assert_ok(net_local_read(m, &facts));
    assert_ok(net_local_read(m, &facts)); /* each fact once */
    assert_int_equal(facts.n, 1);
    assert_int_equal(facts.p[0].kind, NET_FACT_GATEWAY);
    m = route(&b, RTN_UNICAST, 24);
    mnl_attr_put(m, RTA_DST, sizeof(network), network);
    assert_ok(net_local_read(m, &facts));
    assert_int_equal(facts.p[1].kind, NET_FACT_ONLINK);
    assert_int_equal(facts.p[1].addr.prefix_bits, 24);
    m = route(&b, RTN_UNICAST, 1); /* a tunnel for everything is no neighbourhood */
    mnl_attr_put(m, RTA_DST, sizeof(network), network);
    assert_ok(net_local_read(m, &facts));
    assert_int_equal(facts.n, 2);
    m = route(&b, RTN_UNICAST, 24); /* two next hops in one route */
    struct nlattr *nest = mnl_attr_nest_start(m, RTA_MULTIPATH);
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t hop_gateway[] = {10, 0, 1, i};
        struct rtnexthop hop = {.rtnh_len = sizeof(hop) + 8};
        memcpy(mnl_nlmsg_get_payload_tail(m), &hop, sizeof(hop));
        m->nlmsg_len += (uint32_t)sizeof(hop);
        mnl_attr_put(m, RTA_GATEWAY, sizeof(hop_gateway), hop_gateway);
    }
    mnl_attr_nest_end(m, nest);
    assert_ok(net_local_read(m, &facts));
    assert_int_equal(facts.n, 4);
    m = route(&b, RTN_UNICAST, 33);
    mnl_attr_put(m, RTA_DST, sizeof(network), network);
    assert_fails(net_local_read(m, &facts), MALFORMED);
    for (uint32_t i = 0; i < NET_FACTS_MAX; i++) {
        struct nlmsghdr *more = (void *)b.p;
        b.n = 0;
        more = route(&b, RTN_LOCAL, 32);
        uint32_t v = 0xac100000 + i,
                 dst = (v >> 24) | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
        mnl_attr_put_u32(more, RTA_DST, dst);
        struct rc rc = net_local_read(more, &facts);
        assert_int_equal(rc.code, i < NET_FACTS_MAX - 4 ? ERR_NONE : ERR_TOO_MANY);
    }
    vec_free(&facts);
    net_batch_free(&b);
}

static void test_proof(void **state)
{
    (void)state;
    struct ipaddr a = addr("192.0.2.7"), net = addr("192.0.2.0/24"), other = addr("192.0.3.1");
    struct net_flow flow = {
        .family = IPADDR_V4,
        .original = {{192, 0, 2, 7}, {10, 0, 0, 5}, 40000, 2222, 6},
        .reply = {{10, 0, 0, 9}, {192, 0, 2, 7}, 22, 40000, 6},
        .answered = true,
    };
    struct ipaddr inner = addr("10.0.0.9");
    assert_true(net_flow_has(&flow, &a) && net_flow_has(&flow, &net));
    assert_true(net_flow_has(&flow, &inner)); /* seen behind NAT only */
    assert_false(net_flow_has(&flow, &other));
    assert_true(net_flow_proves(&flow, &a, 22));
    assert_true(net_flow_proves(&flow, &a, 2222));
    assert_true(net_flow_proves(&flow, &a, 0));
    assert_false(net_flow_proves(&flow, &a, 80));
    assert_false(net_flow_proves(&flow, &inner, 22)); /* it did not begin the flow */
    flow.answered = false;
    assert_false(net_flow_proves(&flow, &a, 22));
    flow.answered = true;
    flow.original.protocol = 17; /* an answered datagram may have been spoofed */
    assert_false(net_flow_proves(&flow, &a, 22));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget),      cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_next),        cmocka_unit_test(test_merge_random),
        cmocka_unit_test(test_request),     cmocka_unit_test(test_local),
        cmocka_unit_test(test_block_batch), cmocka_unit_test(test_never_round_trip),
        cmocka_unit_test(test_read_bans),   cmocka_unit_test(test_layout),
        cmocka_unit_test(test_routes),      cmocka_unit_test(test_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
