/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/value.h"

#include "base/buf.h"
#include "base/unicode.h"
#include "base/walltime.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SCALAR_TEXT_BYTES = 48, /* the longest is a time with nine digits, or a float */
    SID_HEAD_BYTES = 8,
    SID_TEXT_BYTES = 4 + 21 + 16 * 11, /* "S-1-", a 48-bit authority, 15 sub-authorities */
    GUID_BYTES = 16,
    SYSTEMTIME_BYTES = 16,
};

static uint64_t little_endian(struct value v)
{
    uint64_t out = 0;
    for (uint32_t i = 0; i < v.n && i < 8; i++) {
        out |= (uint64_t)v.p[i] << (8 * i);
    }
    return out;
}

static int64_t signed_of(struct value v)
{
    uint64_t raw = little_endian(v);
    unsigned unused = v.n >= 8 ? 0 : 64 - 8 * v.n;
    return unused == 64 ? 0 : (int64_t)(raw << unused) >> unused;
}

static double float_of(struct value v)
{
    uint64_t raw = little_endian(v);
    if (v.n == 4) {
        uint32_t half = (uint32_t)raw;
        float f;
        memcpy(&f, &half, sizeof(f));
        return (double)f;
    }
    double d;
    memcpy(&d, &raw, sizeof(d));
    return d;
}

/* The shortest decimal that reads back as the same double (or float, when it came from one). */
static void put_float(struct buf *b, double d, bool single)
{
    char text[40];
    if (!isfinite(d)) {
        buf_puts(b, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
        return;
    }
    for (int digits = single ? 6 : 15; digits <= 17; digits++) {
        int n = snprintf(text, sizeof(text), "%.*g", digits, d);
        double back = strtod(text, NULL);
        if (single ? (float)back == (float)d : back == d) {
            buf_put(b, (struct str){text, (size_t)n});
            return;
        }
    }
}

static void put_hex_upper(struct buf *b, const uint8_t *p, size_t n)
{
    static const char digit[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        buf_putc(b, digit[p[i] >> 4]);
        buf_putc(b, digit[p[i] & 15]);
    }
}

/* The first three groups are little-endian numbers, the last two plain bytes. */
static void put_guid(struct buf *b, const uint8_t *p)
{
    static const uint8_t order[GUID_BYTES] = {3, 2, 1,  0,  5,  4,  7,  6,
                                              8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t i = 0; i < GUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            buf_putc(b, '-');
        }
        put_hex_upper(b, p + order[i], 1);
    }
}

/* src: [MS-DTYP] 2.4.2.1 and 2.4.2.2 */
static void put_sid(struct buf *b, struct value v)
{
    uint64_t authority = 0;
    for (size_t i = 2; i < SID_HEAD_BYTES; i++) {
        authority = authority << 8 | v.p[i];
    }
    buf_printf(b, "S-%u-%llu", v.p[0], (unsigned long long)authority);
    for (size_t i = 0; i < v.p[1] && SID_HEAD_BYTES + 4 * (i + 1) <= v.n; i++) {
        struct value part = {v.p + SID_HEAD_BYTES + 4 * i, 4, VALUE_UNSIGNED};
        buf_putc(b, '-');
        buf_u64(b, little_endian(part));
    }
}

static void put_systemtime(struct buf *b, const uint8_t *p)
{
    unsigned part[8];
    for (size_t i = 0; i < COUNT_OF(part); i++) {
        part[i] = p[2 * i] | (unsigned)p[2 * i + 1] << 8;
    }
    /* year, month, weekday, day, hour, minute, second, millisecond */
    buf_printf(b, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", part[0], part[1], part[3], part[4],
               part[5], part[6], part[7]);
}

static void put_scalar(struct buf *b, struct value v)
{
    switch ((enum value_type)v.type) {
    case VALUE_SIGNED:
        buf_i64(b, signed_of(v));
        return;
    case VALUE_UNSIGNED:
        buf_u64(b, little_endian(v));
        return;
    case VALUE_HEX:
        buf_printf(b, "0x%llx", (unsigned long long)little_endian(v));
        return;
    case VALUE_FLOAT:
        put_float(b, float_of(v), v.n == 4);
        return;
    case VALUE_WIN_BOOL:
        buf_puts(b, little_endian(v) != 0 ? "true" : "false");
        return;
    case VALUE_FILETIME:
        walltime_format(b, walltime_from_filetime(little_endian(v)));
        return;
    case VALUE_GUID:
    case VALUE_SYSTEMTIME:
    case VALUE_SID:
        if (v.n < (v.type == VALUE_SID ? SID_HEAD_BYTES : GUID_BYTES)) {
            put_hex_upper(b, v.p, v.n); /* too short to be one: shown as it is */
        } else if (v.type == VALUE_GUID) {
            put_guid(b, v.p);
        } else if (v.type == VALUE_SID) {
            put_sid(b, v);
        } else {
            put_systemtime(b, v.p);
        }
        return;
    case VALUE_BINARY:
        put_hex_upper(b, v.p, v.n);
        return;
    case VALUE_NULL:
    case VALUE_OBJECT:
    case VALUE_EMPTY_LIST:
    case VALUE_BOOL:
    case VALUE_NUMBER:
    case VALUE_TEXT:
    case VALUE_JSON_TEXT:
    case VALUE_UTF16:
    case VALUE_TYPE_COUNT:
        return;
    }
}

/* Four hex digits at p, or -1. */
static int32_t hex4(const uint8_t *p)
{
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int digit = str_hex_digit((char)p[i]);
        if (digit < 0) {
            return -1;
        }
        v = v << 4 | digit;
    }
    return v;
}

/*
 * The code point of a \u escape at p (which points at the backslash); a pair of surrogates
 * counts as one. *used is the bytes read. Lone surrogates come back as they are: the encoder
 * turns them into U+FFFD.
 */
static uint32_t unicode_escape(const uint8_t *p, size_t left, size_t *used)
{
    int32_t c = left >= 6 ? hex4(p + 2) : -1;
    *used = c < 0 ? left < 2 ? left : 2 : 6;
    if (c >= 0xD800 && c <= 0xDBFF && left >= 12 && p[6] == '\\' && p[7] == 'u') {
        int32_t low = hex4(p + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *used = 12;
            return (uint32_t)(0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00));
        }
    }
    return c < 0 ? UNICODE_REPLACEMENT : (uint32_t)c;
}

/*
 * Copy text up to a backslash or the end, in words: most escapes in a log are those of paths,
 * a few bytes apart. The bytes copied; up to the length of `in` may be written.
 */
static size_t copy_plain(struct str in, char *out)
{
    const uint64_t ones = 0x0101010101010101U;
    size_t i = 0;
    for (; i + 8 <= in.n; i += 8) {
        uint64_t word;
        memcpy(&word, in.p + i, sizeof(word));
        memcpy(out + i, &word, sizeof(word));
        uint64_t odd = le64toh(word) ^ ones * '\\';
        /* the lowest bit set is that of the first byte that is 0 */
        uint64_t found = (odd - ones) & ~odd & ones * 0x80;
        if (found != 0) {
            return i + (size_t)__builtin_ctzll(found) / 8;
        }
    }
    for (; i < in.n && in.p[i] != '\\'; i++) {
        out[i] = in.p[i];
    }
    return i;
}

static size_t put_json_text(struct value v, char *out)
{
    static const char meant[UINT8_MAX + 1] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    struct str in = {(const char *)v.p, v.n};
    size_t at = 0;
    for (size_t i = 0; i < v.n;) {
        size_t run = copy_plain(str_from(in, i), out + at);
        at += run;
        i += run;
        if (i + 1 >= v.n) {
            break;
        }
        if (meant[v.p[i + 1]] != '\0') {
            out[at++] = meant[v.p[i + 1]];
            i += 2;
        } else {
            size_t used;
            uint32_t c = unicode_escape(v.p + i, v.n - i, &used);
            at += unicode_encode(c, out + at);
            i += used;
        }
    }
    return at;
}

size_t value_text_bound(struct value v)
{
    switch ((enum value_type)v.type) {
    case VALUE_NULL:
    case VALUE_OBJECT:
    case VALUE_EMPTY_LIST:
    case VALUE_BOOL:
    case VALUE_NUMBER:
    case VALUE_TEXT:
    case VALUE_TYPE_COUNT:
        return 0;
    case VALUE_JSON_TEXT:
        return (size_t)v.n + UNICODE_MAX_UTF8_BYTES; /* "\u" cut short grows by one */
    case VALUE_UTF16:
        return 3 * ((size_t)v.n / 2) + 1;
    case VALUE_BINARY:
        return 2 * (size_t)v.n + 1;
    case VALUE_SID:
    case VALUE_GUID:
    case VALUE_SYSTEMTIME:
        return SID_TEXT_BYTES + 2 * (size_t)GUID_BYTES;
    case VALUE_SIGNED:
    case VALUE_UNSIGNED:
    case VALUE_HEX:
    case VALUE_FLOAT:
    case VALUE_WIN_BOOL:
    case VALUE_FILETIME:
        return SCALAR_TEXT_BYTES;
    }
    return 0;
}

struct str value_text_into(struct value v, char *room)
{
    switch ((enum value_type)v.type) {
    case VALUE_NULL:
    case VALUE_OBJECT:
    case VALUE_EMPTY_LIST:
    case VALUE_TYPE_COUNT:
        return STR("");
    case VALUE_BOOL:
    case VALUE_NUMBER:
    case VALUE_TEXT:
        return (struct str){(const char *)v.p, v.n};
    case VALUE_JSON_TEXT:
        check(room != NULL);
        return (struct str){room, put_json_text(v, room)};
    case VALUE_UTF16:
        return (struct str){room, unicode_from_utf16le((struct bytes){v.p, v.n}, room)};
    case VALUE_BINARY:
    case VALUE_SID:
    case VALUE_GUID:
    case VALUE_SYSTEMTIME:
    case VALUE_SIGNED:
    case VALUE_UNSIGNED:
    case VALUE_HEX:
    case VALUE_FLOAT:
    case VALUE_WIN_BOOL:
    case VALUE_FILETIME:
        break;
    }
    size_t bound = value_text_bound(v);
    struct buf b = {.p = room, .room = bound, .cap = bound};
    put_scalar(&b, v);
    return buf_str(&b);
}

struct rc value_text(struct value v, struct arena *a, struct str *out)
{
    size_t bound = value_text_bound(v);
    char *room = NULL;
    if (bound != 0) {
        room = arena_text(a, bound);
        if (room == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
    }
    struct str s = value_text_into(v, room);
    if (bound != 0) {
        arena_shrink_text(a, room, bound, s.n);
    }
    *out = s;
    return RC_OK;
}

bool value_is_numeral(struct value v)
{
    switch ((enum value_type)v.type) {
    case VALUE_NUMBER:
    case VALUE_SIGNED:
    case VALUE_UNSIGNED:
    case VALUE_HEX:
    case VALUE_BINARY:
    case VALUE_GUID:
    case VALUE_FILETIME:
    case VALUE_SYSTEMTIME:
    case VALUE_SID:
        return true;
    case VALUE_NULL:
    case VALUE_OBJECT:
    case VALUE_EMPTY_LIST:
    case VALUE_BOOL:
    case VALUE_TEXT:
    case VALUE_JSON_TEXT:
    case VALUE_UTF16:
    case VALUE_FLOAT:
    case VALUE_WIN_BOOL:
    case VALUE_TYPE_COUNT:
        break;
    }
    return false;
}

bool value_is_number(struct value v)
{
    return v.type == VALUE_NUMBER || v.type == VALUE_SIGNED || v.type == VALUE_UNSIGNED ||
           v.type == VALUE_FLOAT;
}

/* An integral double that an integer holds exactly becomes that integer. */
static struct number number_of_double(double d)
{
    if (isnan(d)) {
        return (struct number){.kind = NUMBER_NONE};
    }
    if (d == floor(d) && d >= 0 && d < 0x1p64) {
        return (struct number){.kind = NUMBER_UNSIGNED, .u = (uint64_t)d};
    }
    if (d == floor(d) && d < 0 && d >= -0x1p63) {
        return (struct number){.kind = NUMBER_SIGNED, .i = (int64_t)d};
    }
    return (struct number){.kind = NUMBER_FLOAT, .f = d};
}

static struct number number_of_signed(int64_t i)
{
    return i < 0 ? (struct number){.kind = NUMBER_SIGNED, .i = i}
                 : (struct number){.kind = NUMBER_UNSIGNED, .u = (uint64_t)i};
}

/* -?digits(.digits)?([eE][+-]?digits)? and nothing else; *integral when there is no fraction.
 */
static bool is_decimal(struct str s, bool *integral)
{
    size_t i = s.n > 0 && s.p[0] == '-', start = i;
    while (i < s.n && str_is_digit(s.p[i])) {
        i++;
    }
    if (i == start) {
        return false;
    }
    *integral = i == s.n;
    if (i < s.n && s.p[i] == '.') {
        start = ++i;
        while (i < s.n && str_is_digit(s.p[i])) {
            i++;
        }
        if (i == start) {
            return false;
        }
    }
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
        start = i;
        while (i < s.n && str_is_digit(s.p[i])) {
            i++;
        }
        if (i == start) {
            return false;
        }
    }
    return i == s.n;
}

struct number value_parse_number(struct str text)
{
    enum { LONGEST = 512 }; /* a number with more digits is not a number that a rule states */
    bool integral = false;
    if (text.n > LONGEST || !is_decimal(text, &integral)) {
        return (struct number){.kind = NUMBER_NONE};
    }
    if (integral) {
        uint64_t u;
        bool negative = text.p[0] == '-';
        if (str_to_u64(str_from(text, negative), &u)) {
            if (!negative || u == 0) {
                return (struct number){.kind = NUMBER_UNSIGNED, .u = u};
            }
            if (u <= (uint64_t)1 << 63) {
                return (struct number){.kind = NUMBER_SIGNED, .i = (int64_t)(0 - u)};
            }
        }
    }
    char copy[LONGEST + 1];
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return number_of_double(strtod(copy, NULL));
}

struct number value_number(struct value v)
{
    switch ((enum value_type)v.type) {
    case VALUE_SIGNED:
        return number_of_signed(signed_of(v));
    case VALUE_UNSIGNED:
        return (struct number){.kind = NUMBER_UNSIGNED, .u = little_endian(v)};
    case VALUE_FLOAT:
        return number_of_double(float_of(v));
    case VALUE_NUMBER:
    case VALUE_TEXT:
        return value_parse_number((struct str){(const char *)v.p, v.n});
    case VALUE_UTF16:
    case VALUE_JSON_TEXT: {
        enum { LONGEST = 64 };
        char room[3 * LONGEST + UNICODE_MAX_UTF8_BYTES];
        if (v.n > LONGEST) {
            break;
        }
        return value_parse_number(value_text_into(v, room));
    }
    case VALUE_NULL:
    case VALUE_OBJECT:
    case VALUE_EMPTY_LIST:
    case VALUE_BOOL:
    case VALUE_HEX:
    case VALUE_WIN_BOOL:
    case VALUE_BINARY:
    case VALUE_GUID:
    case VALUE_FILETIME:
    case VALUE_SYSTEMTIME:
    case VALUE_SID:
    case VALUE_TYPE_COUNT:
        break;
    }
    return (struct number){.kind = NUMBER_NONE};
}

/* An integer against a float that is not integral or not in range: never equal. */
static int compare_mixed(struct number integer, double f)
{
    if (integer.kind == NUMBER_SIGNED) {
        return f >= 0 || (f > -0x1p63 && (int64_t)f > integer.i) ? -1 : 1;
    }
    if (f < 0) {
        return 1;
    }
    return f >= 0x1p64 || (uint64_t)f >= integer.u ? -1 : 1;
}

int value_compare_numbers(struct number a, struct number b)
{
    if (a.kind == NUMBER_NONE || b.kind == NUMBER_NONE) {
        return 2;
    }
    if (a.kind == NUMBER_FLOAT && b.kind == NUMBER_FLOAT) {
        return (a.f > b.f) - (a.f < b.f);
    }
    if (a.kind == NUMBER_FLOAT) {
        return -compare_mixed(b, a.f);
    }
    if (b.kind == NUMBER_FLOAT) {
        return compare_mixed(a, b.f);
    }
    if (a.kind != b.kind) {
        return a.kind == NUMBER_SIGNED ? -1 : 1;
    }
    if (a.kind == NUMBER_SIGNED) {
        return (a.i > b.i) - (a.i < b.i);
    }
    return (a.u > b.u) - (a.u < b.u);
}
