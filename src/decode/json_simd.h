/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_simd - where the strings of a JSON text begin and end, 64 bytes at a time, and whether
 * what is in them is valid. It never says why not: then the strict parser goes over the text
 * again without it.
 */
#ifndef DECODE_JSON_SIMD_H
#define DECODE_JSON_SIMD_H

#include "base/str.h"

enum {
    JSON_SIMD_BLOCK = 64,                                  /* bytes, one bit of a mask each */
    JSON_SIMD_BLOCKS = 64,                                 /* of a window */
    JSON_SIMD_WINDOW = JSON_SIMD_BLOCK * JSON_SIMD_BLOCKS, /* bytes */
    JSON_SIMD_SLACK = 8, /* entries that may be written past the last quote */
};

/* What one block leaves to the next. */
struct json_simd_state {
    uint64_t in_string; /* all ones inside a string */
    uint64_t escaped;   /* 1 when the next byte is escaped */
    uint64_t high;      /* some byte so far was not ASCII */
    uint64_t bad;       /* a string so far has a control character or a bad escape */
};

/* Offsets are into the text; [start, end) is what the window covers. */
struct json_simd_window {
    struct str text;
    uint32_t start, end;
    uint32_t n, at;                         /* quotes there are, and are used */
    uint64_t slashes[JSON_SIMD_BLOCKS + 1]; /* backslashes in the window; the last is 0 */
    uint64_t odds[JSON_SIMD_BLOCKS + 1];    /* backslashes and dots */
    struct json_simd_state state;
    uint32_t quotes[JSON_SIMD_WINDOW + JSON_SIMD_SLACK]; /* that open or close a string */
};

/* One way to fill a window: adds `blocks` blocks at p, the first of which is block `first`. */
struct json_simd {
    const char *name;
    void (*index)(struct json_simd_window *w, const char *p, uint32_t first, uint32_t blocks);
};

/* The twin in plain C, for tests. */
extern const struct json_simd json_simd_plain;
/* What this processor is best at; NULL when the strict parser is faster alone. */
const struct json_simd *json_simd_best(void);

/* text must be shorter than 4 GiB. */
void json_simd_open(struct json_simd_window *w, struct str text);
/* The next window; false at the end of the text. */
MUST_USE bool json_simd_next(struct json_simd_window *w, const struct json_simd *simd);
/* Are the strings so far valid, UTF-8 included? */
MUST_USE bool json_simd_valid(const struct json_simd_window *w);

/* Does a mask of the window have a bit in [from, to), offsets in the window? */
bool json_simd_any_long(const uint64_t *mask, uint32_t from, uint32_t to);

static inline bool json_simd_any(const uint64_t mask[static JSON_SIMD_BLOCKS + 1],
                                 uint32_t from, uint32_t to)
{
    uint32_t n = to - from;
    if (__builtin_expect(n >= JSON_SIMD_BLOCK, 0)) {
        return json_simd_any_long(mask, from, to);
    }
    uint32_t word = from / JSON_SIMD_BLOCK;
    uint32_t bit = from % JSON_SIMD_BLOCK;
    uint64_t bits = mask[word] >> bit | mask[word + 1] << 1 << (JSON_SIMD_BLOCK - 1 - bit);
    return (bits & (((uint64_t)1 << n) - 1)) != 0;
}

#endif
