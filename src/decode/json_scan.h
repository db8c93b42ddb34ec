/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_scan - the inner loops over the bytes of a JSON text, inlined into their callers:
 * a log has two strings per field, most of them shorter than a call is worth.
 */
#ifndef DECODE_JSON_SCAN_H
#define DECODE_JSON_SCAN_H

#include "base/attr.h"

#include <string.h>

/* A byte of a string that means itself: not a quote, a backslash, a control or non-ASCII. */
static inline bool json_scan_is_plain(char c)
{
    return c >= ' ' && c != '"' && c != '\\';
}

/* JSON's white space, which is not the C library's. */
static inline bool json_scan_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool json_scan_is_hex(char c)
{
    char low = (char)(c | 0x20);
    return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'f');
}

/* May c follow a backslash? 'u' may, with four hex digits after it. */
static inline bool json_scan_is_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'u':
        return true;
    default:
        return false;
    }
}

#ifdef __SSE2__

#include <emmintrin.h>

enum { JSON_SCAN_STEP = 16 };

static inline __m128i json_scan_load(const char *p)
{
    __m128i v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* One bit per byte that is not plain. */
static inline unsigned json_scan_stops(const char *p)
{
    __m128i v = json_scan_load(p);
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    /* signed: below a blank are the controls and everything from 0x80 */
    __m128i other = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), other));
}

/* The first byte of [p, end) that is not plain, or end. */
static inline const char *json_scan_plain(const char *p, const char *end)
{
    while (end - p >= JSON_SCAN_STEP) {
        unsigned stops = json_scan_stops(p);
        if (stops != 0) {
            return p + __builtin_ctz(stops);
        }
        p += JSON_SCAN_STEP;
    }
    while (p < end && json_scan_is_plain(*p)) {
        p++;
    }
    return p;
}

#else

enum { JSON_SCAN_STEP = 8 };

#define JSON_SCAN_EACH(byte) (0x0101010101010101u * (byte))

/* Not zero when a byte of v is zero; exact in that sense for the lowest one and all below. */
static inline uint64_t json_scan_zeros(uint64_t v)
{
    return (v - JSON_SCAN_EACH(1)) & ~v & JSON_SCAN_EACH(0x80);
}

static inline const char *json_scan_plain(const char *p, const char *end)
{
    while (end - p >= JSON_SCAN_STEP) {
        uint64_t v;
        memcpy(&v, p, sizeof(v));
        uint64_t low = (v - JSON_SCAN_EACH(0x20)) & ~v;
        uint64_t stops = ((low | v) & JSON_SCAN_EACH(0x80)) |
                         json_scan_zeros(v ^ JSON_SCAN_EACH('"')) |
                         json_scan_zeros(v ^ JSON_SCAN_EACH('\\'));
        if (stops != 0) {
            break;
        }
        p += JSON_SCAN_STEP;
    }
    while (p < end && json_scan_is_plain(*p)) {
        p++;
    }
    return p;
}

#endif

static inline bool json_scan_is_tail(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/*
 * The length of the well-formed UTF-8 sequence of two to four bytes at p (p < end, *p is not
 * ASCII); 0 when it is ill-formed or cut off. src: Unicode 15.0 table 3-7
 */
static inline unsigned json_scan_utf8(const char *p, const char *end)
{
    unsigned char lead = (unsigned char)*p;
    unsigned n = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n) {
        return 0;
    }
    unsigned char second = (unsigned char)p[1];
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high || (n > 2 && !json_scan_is_tail(p[2])) ||
        (n > 3 && !json_scan_is_tail(p[3]))) {
        return 0;
    }
    return n;
}

#endif
