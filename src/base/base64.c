/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, struct bytes in)
{
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t v = (uint32_t)in.p[i] << 16;
        v |= left > 1 ? (uint32_t)in.p[i + 1] << 8 : 0;
        v |= left > 2 ? in.p[i + 2] : 0;
        buf_putc(out, alphabet[v >> 18]);
        buf_putc(out, alphabet[v >> 12 & 63]);
        buf_putc(out, left > 1 ? alphabet[v >> 6 & 63] : '=');
        buf_putc(out, left > 2 ? alphabet[v & 63] : '=');
    }
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (str_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters to 1 to 3 bytes; 0 when they are not base64. Padding only where it may be. */
static size_t get_four(const char *p, bool last, uint8_t out[static 3])
{
    size_t n = 3;
    if (last && p[3] == '=') {
        n = p[2] == '=' ? 1 : 2;
    }
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        int d = i <= n ? digit(p[i]) : 0;
        if (d < 0) {
            return 0;
        }
        v = v << 6 | (uint32_t)d;
    }
    if ((v & (n == 3 ? 0 : n == 2 ? 0xFF : 0xFFFF)) != 0) {
        return 0;
    }
    out[0] = (uint8_t)(v >> 16);
    out[1] = (uint8_t)(v >> 8);
    out[2] = (uint8_t)v;
    return n;
}

bool base64_get(struct str s, uint8_t *out, size_t room, size_t *out_n)
{
    size_t n = 0;
    if (s.n % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i += 4) {
        uint8_t three[3];
        size_t got = get_four(s.p + i, i + 4 == s.n, three);
        if (got == 0 || room - n < got) {
            return false;
        }
        memcpy(out + n, three, got);
        n += got;
    }
    *out_n = n;
    return true;
}
