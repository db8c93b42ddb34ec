/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything that contain-net reads from netlink: the bytes are one message, header and all.
 * What is read must fit the message that it was read from.
 */
#include "contain/net_flow.h"
#include "contain/net_local.h"
#include "contain/net_skeleton.h"
#include "contain/net_table.h"

#include <netinet/in.h>

enum { ROOM_BYTES = 64 << 10, LAYOUT = 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct nlmsghdr *m, size_t size)
{
    struct net_bans bans = {0};
    struct net_edges edges[2] = {{0}, {0}};
    struct net_facts facts = {0};
    struct net_range_vec ranges = {0};
    struct net_flow flow;
    struct net_socket socket;
    struct net_found found = {0};
    struct net_counts counts = {0};
    uint32_t count;
    rc_ignore(net_table_read_bans(m, &bans), "fuzz");
    rc_ignore(net_table_read_edges(m, IPADDR_V4, &edges[0]), "fuzz");
    rc_ignore(net_table_read_edges(m, IPADDR_V6, &edges[1]), "fuzz");
    rc_ignore(net_local_read(m, &facts), "fuzz");
    rc_ignore(net_skeleton_read_table(m, LAYOUT, &found), "fuzz");
    rc_ignore(net_skeleton_read_rule(m, &counts), "fuzz");
    rc_ignore(net_flow_read(m, &flow), "fuzz");
    rc_ignore(net_flow_read_socket(m, IPPROTO_TCP, &socket), "fuzz");
    (void)net_flow_read_count(m, &count);
    check(bans.n <= size && edges[0].n <= size && edges[1].n <= size && facts.n <= size);
    net_table_ranges(&edges[0], IPADDR_V4, &ranges);
    check(ranges.n <= edges[0].n);
    net_table_ranges(&edges[1], IPADDR_V6, &ranges);
    check(ranges.n <= edges[1].n);
    vec_free(&bans);
    vec_free(&edges[0]);
    vec_free(&edges[1]);
    vec_free(&facts);
    vec_free(&ranges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nlmsghdr head;
    if (size < sizeof(head) || size > ROOM_BYTES) {
        return 0;
    }
    /* Its own block of the exact size, so that a read past the end is seen. */
    uint8_t *p = heap_alloc(size);
    memcpy(p, data, size);
    memcpy(&head, p, sizeof(head));
    head.nlmsg_len = (uint32_t)size;
    memcpy(p, &head, sizeof(head));
    read_all((const void *)p, size);
    heap_free(p);
    return 0;
}
