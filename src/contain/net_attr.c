/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_attr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* With the bytes up to the next attribute. */
static size_t padded(const struct nlattr *a)
{
    return ((size_t)a->nla_len + 3) & ~(size_t)3;
}

void net_attr_collect(const struct nlattr **table, size_t count, const void *from, size_t n)
{
    const uint8_t *p = from;
    memset(table, 0, count * sizeof(*table));
    while (n >= sizeof(struct nlattr)) {
        const struct nlattr *a = (const void *)p;
        size_t step = padded(a);
        if (a->nla_len < sizeof(*a) || a->nla_len > n) {
            return;
        }
        if (mnl_attr_get_type(a) < count) {
            table[mnl_attr_get_type(a)] = a;
        }
        p += step < n ? step : n;
        n -= step < n ? step : n;
    }
}

void net_attr_collect_nested(const struct nlattr **table, size_t count,
                             const struct nlattr *nest)
{
    net_attr_collect(table, count, nest == NULL ? NULL : mnl_attr_get_payload(nest),
                     nest == NULL ? 0 : mnl_attr_get_payload_len(nest));
}

void net_attr_collect_message(const struct nlattr **table, size_t count,
                              const struct nlmsghdr *m, size_t head)
{
    size_t n = mnl_nlmsg_get_payload_len(m);
    net_attr_collect(table, count, mnl_nlmsg_get_payload_offset(m, head),
                     n > head ? n - head : 0);
}

uint32_t net_attr_be32(const struct nlattr *a)
{
    uint32_t v = 0;
    if (a != NULL && mnl_attr_get_payload_len(a) == sizeof(v)) {
        memcpy(&v, mnl_attr_get_payload(a), sizeof(v));
    }
    return ntohl(v);
}

uint64_t net_attr_be64(const struct nlattr *a)
{
    uint64_t v = 0;
    if (a != NULL && mnl_attr_get_payload_len(a) == sizeof(v)) {
        memcpy(&v, mnl_attr_get_payload(a), sizeof(v));
    }
    return be64toh(v);
}

bool net_attr_is(const struct nlattr *a, const char *text)
{
    size_t n = strlen(text) + 1;
    return a != NULL && mnl_attr_get_payload_len(a) == n &&
           memcmp(mnl_attr_get_payload(a), text, n) == 0;
}

bool net_attr_next(const struct nlattr *list, const struct nlattr **at)
{
    const uint8_t *from = mnl_attr_get_payload(list);
    const uint8_t *end = from + mnl_attr_get_payload_len(list);
    const uint8_t *p = from;
    if (*at != NULL) {
        size_t step = padded(*at);
        p = (const uint8_t *)*at;
        p = step < (size_t)(end - p) ? p + step : end;
    }
    const struct nlattr *next = (const void *)p;
    if ((size_t)(end - p) < sizeof(*next) || next->nla_len < sizeof(*next) ||
        next->nla_len > (size_t)(end - p)) {
        return false;
    }
    *at = next;
    return true;
}

bool net_attr_counter(const struct nlattr *expr, uint64_t *out_packets, uint64_t *out_bytes)
{
    const struct nlattr *table[NFTA_EXPR_MAX + 1], *counter[NFTA_COUNTER_MAX + 1];
    net_attr_collect_nested(table, COUNT_OF(table), expr);
    if (!net_attr_is(table[NFTA_EXPR_NAME], "counter")) {
        return false;
    }
    net_attr_collect_nested(counter, COUNT_OF(counter), table[NFTA_EXPR_DATA]);
    *out_packets = net_attr_be64(counter[NFTA_COUNTER_PACKETS]);
    *out_bytes = net_attr_be64(counter[NFTA_COUNTER_BYTES]);
    return true;
}
