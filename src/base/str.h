/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * str, bytes - slices that know their length. Never NUL-terminated, never owned.
 * Text of unknown trust is a str; print it only through a writer that escapes.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/attr.h"

#include <string.h>

struct str {
    const char *p;
    size_t n;
};

struct bytes {
    const uint8_t *p;
    size_t n;
};

/* A str of a string literal. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* For static initialisers. */
#define STR_INIT(literal)                                                                      \
    {                                                                                          \
        "" literal, sizeof(literal) - 1                                                        \
    }

static inline struct str str_of(const char *nul_terminated)
{
    return (struct str){nul_terminated, strlen(nul_terminated)};
}

static inline struct str str_bytes(struct bytes b)
{
    return (struct str){(const char *)b.p, b.n};
}

static inline struct bytes bytes_of(struct str s)
{
    return (struct bytes){(const uint8_t *)s.p, s.n};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The part from `from` to the end; empty when from is past it. */
static inline struct str str_from(struct str s, size_t from)
{
    size_t skip = from < s.n ? from : s.n;
    return (struct str){skip == 0 ? s.p : s.p + skip, s.n - skip}; /* NULL + 0 is undefined */
}

static inline struct str str_upto(struct str s, size_t to)
{
    return (struct str){s.p, to < s.n ? to : s.n};
}

/* ASCII only; the locale is never asked. */
static inline bool str_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool str_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool str_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char str_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The value of a hexadecimal digit, or -1. */
static inline int str_hex_digit(char c)
{
    char low = str_lower(c);
    return str_is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Equal when ASCII case is ignored. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* memcmp order, then length; for qsort. */
int str_compare(struct str a, struct str b);
/* Offset of the first occurrence, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
size_t str_find_char(struct str s, char c);
struct str str_trim(struct str s);
/* All of s must be decimal digits that fit; false otherwise and *out untouched. */
MUST_USE bool str_to_u64(struct str s, uint64_t *out);

#endif
