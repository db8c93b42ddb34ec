/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ipaddr - an Internet address or prefix in the one form that tocsin compares, blocks and
 * prints. Text is read strictly: what two programs might read in two ways is refused.
 */
#ifndef MODEL_IPADDR_H
#define MODEL_IPADDR_H

#include "base/buf.h"
#include "base/str.h"

enum ipaddr_family { IPADDR_NONE, IPADDR_V4, IPADDR_V6 };

enum {
    IPADDR_BYTES = 16,
    IPADDR_WIRE_BYTES = 18, /* family, prefix length, 16 bytes */
};

/*
 * Invariants: bits past prefix_bits are 0; of V4 the first four bytes are used and the rest is
 * 0; no V6 address lies in ::ffff:0:0/96 (such is the V4 address it stands for).
 */
struct ipaddr {
    enum ipaddr_family family;
    uint8_t prefix_bits; /* 32 or 128: one address */
    uint8_t bytes[IPADDR_BYTES];
};

/*
 * "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7" (gives V4); with "/24" a prefix.
 * Refused: zones ("%eth0"), leading zeros ("010.0.0.1"), fewer than four parts, ports, blanks,
 * names, bits set past the prefix.
 */
MUST_USE bool ipaddr_parse(struct str s, struct ipaddr *out);
void ipaddr_format(struct buf *out, const struct ipaddr *a);

bool ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b);
/* One of the two holds the other. False for different families. */
bool ipaddr_overlaps(const struct ipaddr *a, const struct ipaddr *b);
bool ipaddr_is_single(const struct ipaddr *a);

/* Fixed form for messages: IPADDR_WIRE_BYTES. */
void ipaddr_put(struct buf *out, const struct ipaddr *a);
/* False when an invariant does not hold. */
MUST_USE bool ipaddr_get(const uint8_t in[static IPADDR_WIRE_BYTES], struct ipaddr *out);

#endif
