/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * network - an address block as |cidr writes it: 10.0.0.0/8, 2603:1080::/25, or one address.
 */
#ifndef DETECT_SIGMA_NETWORK_H
#define DETECT_SIGMA_NETWORK_H

#include "base/rc.h"
#include "base/str.h"

struct network {
    uint8_t address[16]; /* network order; the first 4 bytes for IPv4 */
    uint8_t address_bytes;
    uint8_t prefix_bits;
};

/*
 * network_parse - read a block.
 *
 * out_problem  on failure: what to write instead, static text
 * fails        SYNTAX; REJECTED: bits are set after the prefix, *out is filled all the same
 */
MUST_USE struct rc network_parse(struct str s, struct network *out, const char **out_problem);

#endif
