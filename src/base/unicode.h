/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unicode - UTF-8 and UTF-16 that may be broken, and simple case folding.
 * src: Unicode 15.0 CaseFolding.txt, status C and S (one code point to one code point)
 */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include "base/str.h"

enum {
    UNICODE_REPLACEMENT = 0xFFFD,
    UNICODE_MAX_UTF8_BYTES = 4,
    /* Folding can lengthen text: U+023A (2 bytes) folds to U+2C65 (3 bytes). */
    UNICODE_FOLD_GROWTH = 2,
};

bool unicode_is_ascii(struct str s);
/* Strict: no surrogates, no overlong forms, nothing above U+10FFFF. */
bool unicode_is_utf8(struct str s);
/*
 * The longest beginning of s that has at most max bytes and ends where a code point does; where
 * s is no UTF-8, anywhere. Not empty when max is 4 or more and s is not.
 */
struct str unicode_cut(struct str s, size_t max);

/*
 * Decode the code point at s.p (s.n > 0) and set *out_bytes to its length. An ill-formed
 * sequence gives U+FFFD and the length of its maximal subpart (Unicode 3.9, table 3-8).
 */
uint32_t unicode_decode(struct str s, unsigned *out_bytes);
/* Was what unicode_decode read at s.p, code_point of n bytes, ill-formed? */
bool unicode_is_ill_formed(struct str s, uint32_t code_point, unsigned n);
/* Encode one code point (surrogates become U+FFFD); returns the bytes written, 1 to 4. */
unsigned unicode_encode(uint32_t code_point, char out[static UNICODE_MAX_UTF8_BYTES]);

/* Copy s with ill-formed parts replaced by U+FFFD; out holds 3 * s.n bytes. Returns the length.
 */
size_t unicode_repair(struct str s, char *out);
/*
 * UTF-16LE to UTF-8; lone surrogates become U+FFFD, an odd last byte is ignored.
 * out holds 3 * (in.n / 2) bytes. Returns the length.
 */
size_t unicode_from_utf16le(struct bytes in, char *out);

uint32_t unicode_fold_point(uint32_t code_point);
/*
 * Simple case folding of UTF-8, code point by code point. Ill-formed bytes are copied
 * unchanged. out holds UNICODE_FOLD_GROWTH * s.n bytes. Returns the length.
 */
size_t unicode_fold(struct str s, char *out);

/* Terminal columns of one code point: 0, 1 or 2. Own table, no locale. */
unsigned unicode_width(uint32_t code_point);

#endif
