/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/ipaddr.h"

#include <arpa/inet.h>

enum { V4_BITS = 32, V6_BITS = 128, V4_BYTES = 4, TEXT_BYTES = 48 };

static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static unsigned family_bits(enum ipaddr_family family)
{
    return family == IPADDR_V4 ? V4_BITS : V6_BITS;
}

/* No bit is set at or past `bits`. */
static bool clean_past(const uint8_t bytes[static IPADDR_BYTES], unsigned bits)
{
    for (unsigned i = 0; i < IPADDR_BYTES; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        unsigned mask = kept >= 8 ? 0 : 0xffu >> kept;
        if ((bytes[i] & mask) != 0) {
            return false;
        }
    }
    return true;
}

/* A V6 prefix inside ::ffff:0:0/96 is the V4 prefix it stands for. */
static void unmap(struct ipaddr *a)
{
    if (a->family == IPADDR_V6 && a->prefix_bits >= V6_BITS - V4_BITS &&
        memcmp(a->bytes, mapped, sizeof(mapped)) == 0) {
        a->family = IPADDR_V4;
        a->prefix_bits = (uint8_t)(a->prefix_bits - (V6_BITS - V4_BITS));
        memmove(a->bytes, a->bytes + sizeof(mapped), V4_BYTES);
        memset(a->bytes + V4_BYTES, 0, IPADDR_BYTES - V4_BYTES);
    }
}

static bool parse_prefix(struct str s, unsigned most, uint8_t *out)
{
    uint64_t bits = 0;
    if (s.n == 0 || s.n > 3 || (s.n > 1 && s.p[0] == '0') || !str_to_u64(s, &bits) ||
        bits > most) {
        return false;
    }
    *out = (uint8_t)bits;
    return true;
}

bool ipaddr_parse(struct str s, struct ipaddr *out)
{
    char text[TEXT_BYTES];
    size_t slash = str_find_char(s, '/');
    struct str host = str_upto(s, slash);
    if (host.n == 0 || host.n >= sizeof(text) || memchr(host.p, 0, host.n) != NULL) {
        return false;
    }
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    struct ipaddr a = {.family = IPADDR_V4, .prefix_bits = V4_BITS};
    if (inet_pton(AF_INET, text, a.bytes) != 1) {
        a = (struct ipaddr){.family = IPADDR_V6, .prefix_bits = V6_BITS};
        if (inet_pton(AF_INET6, text, a.bytes) != 1) {
            return false;
        }
    }
    if (slash != SIZE_MAX &&
        !parse_prefix(str_from(s, slash + 1), family_bits(a.family), &a.prefix_bits)) {
        return false;
    }
    if (!clean_past(a.bytes, a.prefix_bits)) {
        return false;
    }
    unmap(&a);
    *out = a;
    return true;
}

void ipaddr_format(struct buf *out, const struct ipaddr *a)
{
    char text[TEXT_BYTES];
    int family = a->family == IPADDR_V4 ? AF_INET : AF_INET6;
    if (a->family == IPADDR_NONE || inet_ntop(family, a->bytes, text, sizeof(text)) == NULL) {
        buf_putc(out, '-');
        return;
    }
    buf_puts(out, text);
    if (!ipaddr_is_single(a)) {
        buf_putc(out, '/');
        buf_u64(out, a->prefix_bits);
    }
}

bool ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b)
{
    return a->family == b->family && a->prefix_bits == b->prefix_bits &&
           memcmp(a->bytes, b->bytes, IPADDR_BYTES) == 0;
}

bool ipaddr_overlaps(const struct ipaddr *a, const struct ipaddr *b)
{
    if (a->family != b->family || a->family == IPADDR_NONE) {
        return false;
    }
    unsigned bits = a->prefix_bits < b->prefix_bits ? a->prefix_bits : b->prefix_bits;
    unsigned whole = bits / 8;
    unsigned mask = 0xff00u >> (bits % 8) & 0xff;
    return memcmp(a->bytes, b->bytes, whole) == 0 &&
           (mask == 0 || (a->bytes[whole] & mask) == (b->bytes[whole] & mask));
}

bool ipaddr_is_single(const struct ipaddr *a)
{
    return a->family != IPADDR_NONE && a->prefix_bits == family_bits(a->family);
}

void ipaddr_put(struct buf *out, const struct ipaddr *a)
{
    buf_putc(out, (char)a->family);
    buf_putc(out, (char)a->prefix_bits);
    buf_put(out, (struct str){(const char *)a->bytes, IPADDR_BYTES});
}

bool ipaddr_get(const uint8_t in[static IPADDR_WIRE_BYTES], struct ipaddr *out)
{
    struct ipaddr a = {.prefix_bits = in[1]};
    memcpy(a.bytes, in + 2, IPADDR_BYTES);
    if (in[0] == IPADDR_NONE) {
        *out = a;
        return a.prefix_bits == 0 && clean_past(a.bytes, 0);
    }
    if (in[0] > IPADDR_V6) {
        return false;
    }
    a.family = (enum ipaddr_family)in[0];
    struct ipaddr same = a;
    unmap(&same);
    if (a.prefix_bits > family_bits(a.family) || !clean_past(a.bytes, a.prefix_bits) ||
        same.family != a.family) {
        return false;
    }
    *out = a;
    return true;
}
