/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/unicode.h"

#include <endian.h>

static const struct {
    uint32_t first, last;
    uint32_t stride;
    int32_t delta;
} folds[] = {
#define FOLD(first, last, stride, delta) {first, last, stride, delta},
#include "base/fold.def"
#undef FOLD
};

/* Text is read eight bytes at a time where it can be; nearly all of it is ASCII. */
#define EACH_BYTE(byte) (0x0101010101010101U * (byte))

bool unicode_is_ascii(struct str s)
{
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, sizeof(word));
        if ((word & EACH_BYTE(0x80)) != 0) {
            return false;
        }
    }
    for (; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/*
 * For a lead byte: how many bytes follow and the range of the first of them, which is what
 * excludes overlong forms, surrogates and code points past U+10FFFF.
 */
static unsigned continuation(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 1;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *low = lead == 0xE0 ? 0xA0 : 0x80;
        *high = lead == 0xED ? 0x9F : 0xBF;
        return 2;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *low = lead == 0xF0 ? 0x90 : 0x80;
        *high = lead == 0xF4 ? 0x8F : 0xBF;
        return 3;
    }
    return 0;
}

struct str unicode_cut(struct str s, size_t max)
{
    size_t n = max;
    if (s.n <= max) {
        return s;
    }
    while (n > 0 && max - n < UNICODE_MAX_UTF8_BYTES && ((uint8_t)s.p[n] & 0xC0) == 0x80) {
        n--;
    }
    bool ill_formed = ((uint8_t)s.p[n] & 0xC0) == 0x80;
    return str_upto(s, ill_formed ? max : n);
}

uint32_t unicode_decode(struct str s, unsigned *out_bytes)
{
    const uint8_t *p = (const uint8_t *)s.p;
    uint8_t low, high;
    *out_bytes = 1;
    if (p[0] < 0x80) {
        return p[0];
    }
    unsigned more = continuation(p[0], &low, &high);
    if (more == 0) {
        return UNICODE_REPLACEMENT;
    }
    uint32_t code_point = p[0] & (0x3FU >> more);
    for (unsigned i = 1; i <= more; i++) {
        if (i >= s.n || p[i] < low || p[i] > high) {
            *out_bytes = i;
            return UNICODE_REPLACEMENT;
        }
        code_point = code_point << 6 | (p[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *out_bytes = more + 1;
    return code_point;
}

bool unicode_is_ill_formed(struct str s, uint32_t code_point, unsigned n)
{
    bool real = n == 3 && memcmp(s.p, "\xEF\xBF\xBD", 3) == 0;
    return code_point == UNICODE_REPLACEMENT && !real;
}

bool unicode_is_utf8(struct str s)
{
    unsigned n;
    for (size_t i = 0; i < s.n; i += n) {
        struct str rest = str_from(s, i);
        if (rest.n >= 8 && unicode_is_ascii(str_upto(rest, 8))) {
            n = 8;
            continue;
        }
        uint32_t c = unicode_decode(rest, &n);
        if (unicode_is_ill_formed(rest, c, n)) {
            return false;
        }
    }
    return true;
}

unsigned unicode_encode(uint32_t code_point, char out[static UNICODE_MAX_UTF8_BYTES])
{
    uint32_t c = code_point;
    if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) {
        c = UNICODE_REPLACEMENT;
    }
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t unicode_repair(struct str s, char *out)
{
    size_t at = 0;
    unsigned n;
    for (size_t i = 0; i < s.n; i += n) {
        uint32_t c = unicode_decode(str_from(s, i), &n);
        at += unicode_encode(c, out + at);
    }
    return at;
}

/* Narrow the ASCII that `in` starts with, four units at a time; the units that were. */
static size_t narrow_words(struct bytes in, char *out)
{
    size_t units = 0;
    for (; 2 * units + 8 <= in.n; units += 4) {
        uint64_t word;
        memcpy(&word, in.p + 2 * units, sizeof(word));
        word = le64toh(word);
        if ((word & 0xFF80FF80FF80FF80U) != 0) {
            break;
        }
        word = (word | word >> 8) & 0x0000FFFF0000FFFFU;
        uint32_t narrow = htole32((uint32_t)(word | word >> 16));
        memcpy(out + units, &narrow, sizeof(narrow));
    }
    return units;
}

size_t unicode_from_utf16le(struct bytes in, char *out)
{
    size_t units = in.n / 2;
    size_t at = narrow_words(in, out);
    for (size_t i = at; i < units; i++) {
        uint32_t c = (uint32_t)in.p[2 * i] | (uint32_t)in.p[2 * i + 1] << 8;
        if (c < 0x80) {
            out[at++] = (char)c;
            continue;
        }
        if (c >= 0xD800 && c <= 0xDBFF && i + 1 < units) {
            uint32_t low = (uint32_t)in.p[2 * i + 2] | (uint32_t)in.p[2 * i + 3] << 8;
            if (low >= 0xDC00 && low <= 0xDFFF) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i++;
            }
        }
        char encoded[UNICODE_MAX_UTF8_BYTES];
        unsigned n = unicode_encode(c, encoded);
        memcpy(out + at, encoded, n);
        at += n;
    }
    return at;
}

uint32_t unicode_fold_point(uint32_t code_point)
{
    if (code_point < 0x80) {
        return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
    }
    size_t low = 0, high = COUNT_OF(folds);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code_point > folds[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == COUNT_OF(folds) || code_point < folds[low].first ||
        (code_point - folds[low].first) % folds[low].stride != 0) {
        return code_point;
    }
    return (uint32_t)((int32_t)code_point + folds[low].delta);
}

/*
 * Fold the ASCII that s starts with, in whole words; the bytes that were. In the sums the high
 * bit of a byte says that it is at least 'A', or past 'Z'; a quarter of it is the case bit.
 */
static size_t fold_words(struct str s, char *out)
{
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, sizeof(word));
        if ((word & EACH_BYTE(0x80)) != 0) {
            break;
        }
        uint64_t from_a = word + EACH_BYTE(0x80 - 'A');
        uint64_t past_z = word + EACH_BYTE(0x80 - ('Z' + 1));
        word |= (from_a & ~past_z & EACH_BYTE(0x80)) >> 2;
        memcpy(out + i, &word, sizeof(word));
    }
    return i;
}

/* Fold the code point that s starts with; what is ill-formed stays. The bytes written. */
static unsigned fold_first(struct str s, char *out, unsigned *out_used)
{
    uint32_t c = unicode_decode(s, out_used);
    if (unicode_is_ill_formed(s, c, *out_used)) {
        memcpy(out, s.p, *out_used);
        return *out_used;
    }
    char encoded[UNICODE_MAX_UTF8_BYTES];
    unsigned n = unicode_encode(unicode_fold_point(c), encoded);
    memcpy(out, encoded, n);
    return n;
}

size_t unicode_fold(struct str s, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < s.n;) {
        size_t words = fold_words(str_from(s, i), out + at);
        i += words;
        at += words;
        if (i < s.n) {
            unsigned used;
            at += fold_first(str_from(s, i), out + at, &used);
            i += used;
        }
    }
    return at;
}

unsigned unicode_width(uint32_t code_point)
{
    /* src: Unicode 15.0 EastAsianWidth.txt (W, F) and general category Mn, coarse blocks */
    static const struct {
        uint32_t first, last;
        unsigned width;
    } ranges[] = {
        {0x0300, 0x036F, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05BD, 0},
        {0x0610, 0x061A, 0},   {0x064B, 0x065F, 0},   {0x1100, 0x115F, 2},
        {0x1AB0, 0x1AFF, 0},   {0x1DC0, 0x1DFF, 0},   {0x200B, 0x200F, 0},
        {0x2028, 0x202E, 0},   {0x2060, 0x2064, 0},   {0x20D0, 0x20F0, 0},
        {0x2E80, 0x303E, 2},   {0x3041, 0x33FF, 2},   {0x3400, 0x4DBF, 2},
        {0x4E00, 0x9FFF, 2},   {0xA000, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},
        {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},   {0xFE20, 0xFE2F, 0},
        {0xFE30, 0xFE6F, 2},   {0xFEFF, 0xFEFF, 0},   {0xFF00, 0xFF60, 2},
        {0xFFE0, 0xFFE6, 2},   {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2},
        {0x20000, 0x3FFFD, 2}, {0xE0100, 0xE01EF, 0},
    };
    for (size_t i = 0; i < COUNT_OF(ranges) && code_point >= ranges[i].first; i++) {
        if (code_point <= ranges[i].last) {
            return ranges[i].width;
        }
    }
    return 1;
}
