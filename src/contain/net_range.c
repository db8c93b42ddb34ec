/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_range.h"

#include <stdlib.h>

enum { V4_BYTES = 4 };

size_t net_range_key_bytes(enum ipaddr_family family)
{
    return family == IPADDR_V4 ? V4_BYTES : IPADDR_BYTES;
}

struct net_range net_range_of(const struct ipaddr *a)
{
    struct net_range r = {{0}, {0}};
    size_t bytes = net_range_key_bytes(a->family);
    for (size_t i = 0; i < bytes; i++) {
        unsigned kept = a->prefix_bits > 8 * i ? (unsigned)(a->prefix_bits - 8 * i) : 0;
        unsigned free_bits = kept >= 8 ? 0 : 0xffu >> kept;
        r.lo[i] = (uint8_t)(a->bytes[i] & ~free_bits);
        r.hi[i] = (uint8_t)(a->bytes[i] | free_bits);
    }
    return r;
}

bool net_range_next(const uint8_t in[static IPADDR_BYTES], enum ipaddr_family family,
                    uint8_t out[static IPADDR_BYTES])
{
    uint8_t next[IPADDR_BYTES];
    memcpy(next, in, sizeof(next));
    for (size_t i = net_range_key_bytes(family); i-- > 0;) {
        next[i] = (uint8_t)(next[i] + 1);
        if (next[i] != 0) {
            memcpy(out, next, sizeof(next));
            return true;
        }
    }
    return false;
}

bool net_range_previous(const uint8_t in[static IPADDR_BYTES], enum ipaddr_family family,
                        uint8_t out[static IPADDR_BYTES])
{
    uint8_t before[IPADDR_BYTES];
    memcpy(before, in, sizeof(before));
    for (size_t i = net_range_key_bytes(family); i-- > 0;) {
        before[i] = (uint8_t)(before[i] - 1);
        if (before[i] != 0xff) {
            memcpy(out, before, sizeof(before));
            return true;
        }
    }
    return false;
}

static int compare_lo(const void *a, const void *b)
{
    const struct net_range *x = a, *y = b;
    return memcmp(x->lo, y->lo, IPADDR_BYTES);
}

/* b starts at or before the end of a, or right after it; a.lo <= b.lo. */
static bool touches(const struct net_range *a, const struct net_range *b,
                    enum ipaddr_family family)
{
    uint8_t after[IPADDR_BYTES];
    return memcmp(b->lo, a->hi, IPADDR_BYTES) <= 0 || !net_range_next(a->hi, family, after) ||
           memcmp(b->lo, after, IPADDR_BYTES) == 0;
}

void net_range_merge(struct net_range_vec *v, enum ipaddr_family family)
{
    if (v->n < 2) {
        return;
    }
    qsort(v->p, v->n, sizeof(*v->p), compare_lo);
    size_t kept = 0;
    for (size_t i = 1; i < v->n; i++) {
        struct net_range *last = &v->p[kept];
        if (!touches(last, &v->p[i], family)) {
            v->p[++kept] = v->p[i];
        } else if (memcmp(v->p[i].hi, last->hi, IPADDR_BYTES) > 0) {
            memcpy(last->hi, v->p[i].hi, IPADDR_BYTES);
        }
    }
    v->n = kept + 1;
}

bool net_range_hits(const struct net_range_vec *v, const struct net_range *r)
{
    /* The last range that starts at or before the end of r is the only one that can reach it.
     */
    size_t from = 0, to = v->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (memcmp(v->p[middle].lo, r->hi, IPADDR_BYTES) <= 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from > 0 && memcmp(v->p[from - 1].hi, r->lo, IPADDR_BYTES) >= 0;
}
