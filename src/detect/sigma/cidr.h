/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cidr - networks of IPv4 and IPv6 addresses and whether an address is in one.
 */
#ifndef DETECT_SIGMA_CIDR_H
#define DETECT_SIGMA_CIDR_H

#include "base/str.h"

enum { CIDR_MAX_BYTES = 16 };

struct cidr {
    uint8_t address[CIDR_MAX_BYTES];
    uint8_t bytes; /* 4 or 16 */
    uint8_t prefix_bits;
};

enum cidr_fault { CIDR_OK, CIDR_NO_NETWORK, CIDR_HOST_BITS };

/* "10.0.0.0/8", "fe80::/10"; without a length one address. Untouched unless CIDR_OK. */
enum cidr_fault cidr_parse(struct str s, struct cidr *out);

/*
 * Is s an address in the network? A zone ("fe80::1%12") is ignored; an IPv4 address that is
 * mapped into IPv6 is no IPv4 address.
 */
bool cidr_holds(const struct cidr *c, struct str s);

#endif
