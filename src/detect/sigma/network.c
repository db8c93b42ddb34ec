/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/network.h"

#include <arpa/inet.h>

static bool has_host_bits(const struct network *n)
{
    for (unsigned bit = n->prefix_bits; bit < n->address_bytes * 8U; bit++) {
        if ((n->address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return true;
        }
    }
    return false;
}

struct rc network_parse(struct str s, struct network *out, const char **out_problem)
{
    struct network n = {0};
    char text[INET6_ADDRSTRLEN];
    size_t slash = str_find_char(s, '/');
    struct str address = str_upto(s, slash);
    *out_problem = "write an IPv4 or IPv6 address, a slash and the length of the prefix, as in "
                   "10.0.0.0/8 or fe80::/10";
    if (address.n == 0 || address.n >= sizeof(text) ||
        str_find_char(address, '\0') != SIZE_MAX) {
        return rc_make(ERR_SYNTAX);
    }
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    bool is_v6 = str_find_char(address, ':') != SIZE_MAX;
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, n.address) != 1) {
        return rc_make(ERR_SYNTAX);
    }
    n.address_bytes = is_v6 ? 16 : 4;
    uint64_t bits = n.address_bytes * 8U;
    if (slash != SIZE_MAX &&
        (!str_to_u64(str_from(s, slash + 1), &bits) || bits > n.address_bytes * 8U)) {
        *out_problem = "the length of the prefix is 0 to 32 for IPv4, 0 to 128 for IPv6";
        return rc_make(ERR_SYNTAX);
    }
    n.prefix_bits = (uint8_t)bits;
    *out = n;
    if (has_host_bits(&n)) {
        *out_problem = "bits are set after the prefix: clear them, or write a longer prefix";
        return rc_make(ERR_REJECTED);
    }
    return RC_OK;
}
