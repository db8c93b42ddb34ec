/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/cidr.h"

#include <arpa/inet.h>

/* Bytes of the address family, 0 when s is no address. */
static uint8_t parse_address(struct str s, uint8_t out[static CIDR_MAX_BYTES])
{
    char text[INET6_ADDRSTRLEN];
    if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL) {
        return 0;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    bool colon = memchr(s.p, ':', s.n) != NULL;
    if (inet_pton(colon ? AF_INET6 : AF_INET, text, out) != 1) {
        return 0;
    }
    return colon ? 16 : 4;
}

/* Are all bits of the address past the prefix zero? */
static bool host_bits_clear(const uint8_t *address, uint8_t bytes, uint64_t prefix_bits)
{
    for (uint64_t bit = prefix_bits; bit < UINT64_C(8) * bytes; bit++) {
        if ((address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

enum cidr_fault cidr_parse(struct str s, struct cidr *out)
{
    struct cidr c = {0};
    size_t slash = str_find_char(s, '/');
    struct str address = slash == SIZE_MAX ? s : str_upto(s, slash);
    c.bytes = parse_address(address, c.address);
    const uint64_t all_bits = UINT64_C(8) * c.bytes;
    uint64_t bits = all_bits;
    bool length_ok = slash == SIZE_MAX || str_to_u64(str_from(s, slash + 1), &bits);
    if (c.bytes == 0 || !length_ok || bits > all_bits) {
        return CIDR_NO_NETWORK;
    }
    if (!host_bits_clear(c.address, c.bytes, bits)) {
        return CIDR_HOST_BITS;
    }
    c.prefix_bits = (uint8_t)bits;
    *out = c;
    return CIDR_OK;
}

bool cidr_holds(const struct cidr *c, struct str s)
{
    enum { LONGEST = 96 }; /* an address and a zone; longer is neither */
    uint8_t address[CIDR_MAX_BYTES];
    if (s.n > LONGEST) {
        return false;
    }
    size_t zone = str_find_char(s, '%');
    bool zoned = zone != SIZE_MAX;
    if (zoned && (zone + 1 == s.n || c->bytes == 4)) {
        return false;
    }
    uint8_t bytes = parse_address(zoned ? str_upto(s, zone) : s, address);
    if (bytes == 0 || bytes != c->bytes) {
        return false;
    }
    unsigned whole = c->prefix_bits / 8, rest = c->prefix_bits % 8;
    uint8_t mask = (uint8_t)(0xFF00U >> rest);
    return memcmp(address, c->address, whole) == 0 &&
           (rest == 0 || ((address[whole] ^ c->address[whole]) & mask) == 0);
}
