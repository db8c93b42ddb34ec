/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * src: Langdale and Lemire, "Parsing Gigabytes of JSON per Second", VLDB Journal 28 (2019):
 * escaped bytes by carry, inside of strings by prefix xor
 */
#include "decode/json_simd.h"

#include "decode/json_scan.h"

static const uint64_t even_bits = 0x5555555555555555;

void json_simd_open(struct json_simd_window *w, struct str text)
{
    check(text.n <= UINT32_MAX);
    w->text = text;
    w->start = w->end = w->n = w->at = 0;
    w->state = (struct json_simd_state){0};
}

bool json_simd_next(struct json_simd_window *w, const struct json_simd *simd)
{
    size_t left = w->text.n - w->end;
    if (left == 0) {
        return false;
    }
    const char *p = w->text.p + w->end;
    uint32_t n = left < JSON_SIMD_WINDOW ? (uint32_t)left : JSON_SIMD_WINDOW;
    uint32_t blocks = n / JSON_SIMD_BLOCK;
    uint32_t tail = n % JSON_SIMD_BLOCK;
    w->start = w->end;
    w->end += n;
    w->n = w->at = 0;
    uint32_t after = blocks + (tail != 0);
    w->slashes[after] = w->odds[after] = 0;
    simd->index(w, p, 0, blocks);
    if (tail != 0) {
        char padded[JSON_SIMD_BLOCK];
        memset(padded, ' ', sizeof(padded));
        memcpy(padded, p + n - tail, tail);
        simd->index(w, padded, blocks, 1);
    }
    return true;
}

static bool is_utf8(struct str text)
{
    const char *p = text.p;
    const char *end = text.p + text.n;
    while (p < end) {
        uint64_t eight = 0;
        if (end - p >= (ptrdiff_t)sizeof(eight)) {
            memcpy(&eight, p, sizeof(eight));
            if ((eight & 0x8080808080808080) == 0) {
                p += sizeof(eight);
                continue;
            }
        }
        unsigned n = (unsigned char)*p < 0x80 ? 1 : json_scan_utf8(p, end);
        if (n == 0) {
            return false;
        }
        p += n;
    }
    return true;
}

bool json_simd_valid(const struct json_simd_window *w)
{
    return w->state.bad == 0 && (w->state.high == 0 || is_utf8(w->text));
}

bool json_simd_any_long(const uint64_t *mask, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint32_t bit = from % JSON_SIMD_BLOCK;
        uint32_t n = JSON_SIMD_BLOCK - bit < to - from ? JSON_SIMD_BLOCK - bit : to - from;
        uint64_t bits = mask[from / JSON_SIMD_BLOCK] >> bit << (JSON_SIMD_BLOCK - n);
        if (bits != 0) {
            return true;
        }
        from += n;
    }
    return false;
}

/* Which bytes of a block stand after a backslash that is not itself escaped. */
static inline uint64_t find_escaped(uint64_t slash, uint64_t *carry)
{
    slash &= ~*carry;
    uint64_t follows = slash << 1 | *carry;
    uint64_t odd_starts = slash & ~even_bits & ~follows;
    uint64_t sequences;
    *carry = __builtin_add_overflow(odd_starts, slash, &sequences);
    return (even_bits ^ sequences << 1) & follows;
}

/* Four hex digits must stand after each u; `at` is the offset of the block in the text. */
static uint64_t bad_hex(const struct json_simd_window *w, uint64_t u, uint64_t at)
{
    while (u != 0) {
        uint64_t digits = at + (uint64_t)__builtin_ctzll(u) + 1;
        for (uint64_t i = digits; i < digits + 4; i++) {
            if (i >= w->text.n || !json_scan_is_hex(w->text.p[i])) {
                return 1;
            }
        }
        u &= u - 1;
    }
    return 0;
}

static uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < JSON_SIMD_BLOCK; shift *= 2) {
        bits ^= bits << shift;
    }
    return bits;
}

/* Are there control characters inside strings? quotes are those that open or close one. */
static uint64_t bad_control(uint64_t in_string, uint64_t quotes, uint64_t control)
{
    return (prefix_xor(quotes) ^ in_string) & control;
}

/* Past a block with these quotes. */
static inline uint64_t next_in_string(uint64_t in_string, uint64_t quotes)
{
    return in_string ^ (0 - ((uint64_t)__builtin_popcountll(quotes) & 1));
}

struct masks {
    uint64_t quote, slash, dot, control, high;
    uint64_t escape; /* may follow a backslash */
    uint64_t u;
};

static struct masks masks_plain(const char *p)
{
    struct masks m = {0};
    for (unsigned i = 0; i < JSON_SIMD_BLOCK; i++) {
        uint64_t bit = (uint64_t)1 << i;
        unsigned char c = (unsigned char)p[i];
        m.quote |= c == '"' ? bit : 0;
        m.slash |= c == '\\' ? bit : 0;
        m.dot |= c == '.' ? bit : 0;
        m.control |= c < ' ' ? bit : 0;
        m.high |= c >= 0x80 ? bit : 0;
        m.escape |= json_scan_is_escape(p[i]) ? bit : 0;
        m.u |= c == 'u' ? bit : 0;
    }
    return m;
}

static void index_plain(struct json_simd_window *w, const char *p, uint32_t first,
                        uint32_t blocks)
{
    struct json_simd_state *state = &w->state;
    for (uint32_t block = first; block < first + blocks; block++, p += JSON_SIMD_BLOCK) {
        struct masks m = masks_plain(p);
        uint32_t at = w->start + block * JSON_SIMD_BLOCK;
        w->slashes[block] = m.slash;
        w->odds[block] = m.slash | m.dot;
        uint64_t escaped = find_escaped(m.slash, &state->escaped);
        uint64_t quotes = m.quote & ~escaped;
        state->high |= m.high;
        state->bad |= (escaped & ~m.escape) | bad_hex(w, escaped & m.u, at) |
                      bad_control(state->in_string, quotes, m.control);
        state->in_string = next_in_string(state->in_string, quotes);
        for (; quotes != 0; quotes &= quotes - 1) {
            w->quotes[w->n++] = at + (uint32_t)__builtin_ctzll(quotes);
        }
    }
}

const struct json_simd json_simd_plain = {"plain", index_plain};

#ifdef __x86_64__

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,popcnt")))

struct block_avx2 {
    __m256i low, high;
};

TARGET_AVX2 static inline __m256i load_avx2(const char *p)
{
    __m256i v;
    memcpy(&v, p, sizeof(v));
    return v;
}

TARGET_AVX2 static inline uint64_t bits_avx2(__m256i low, __m256i high)
{
    uint64_t low_bits = (uint32_t)_mm256_movemask_epi8(low);
    uint64_t high_bits = (uint32_t)_mm256_movemask_epi8(high);
    return low_bits | high_bits << 32;
}

TARGET_AVX2 static inline uint64_t equal_avx2(struct block_avx2 b, char c)
{
    __m256i all = _mm256_set1_epi8(c);
    return bits_avx2(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}

TARGET_AVX2 static inline __m256i control_avx2(__m256i v)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1F)), v);
}

/*
 * Not zero where a byte may follow a backslash: a bit for each row of ASCII that has such bytes
 * ("/ in 2, \ in 5, bfn in 6, rtu in 7), looked up by each half of the byte. From 0x80 on the
 * look-up by the low half gives zero.
 */
TARGET_AVX2 static inline __m256i not_escape_avx2(__m256i v)
{
    const __m256i by_low = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 1 | 4 | 8, 0, 8, 8, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1));
    const __m256i by_high = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i low_half = _mm256_and_si256(v, _mm256_set1_epi8((char)0x8F));
    __m256i high_half = _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0F));
    __m256i found = _mm256_and_si256(_mm256_shuffle_epi8(by_low, low_half),
                                     _mm256_shuffle_epi8(by_high, high_half));
    return _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
}

/* Eight at a time, without asking how many there are: what is too much is overwritten. */
TARGET_AVX2 static inline void put_quotes_avx2(uint32_t *out, uint32_t at, uint64_t quotes)
{
    do {
        for (int i = 0; i < JSON_SIMD_SLACK; i++) {
            out[i] = at + (uint32_t)_tzcnt_u64(quotes);
            quotes = _blsr_u64(quotes);
        }
        out += JSON_SIMD_SLACK;
    } while (__builtin_expect(quotes != 0, 0));
}

TARGET_AVX2 static inline uint64_t bad_escapes_avx2(const struct json_simd_window *w,
                                                    struct block_avx2 b, uint64_t escaped,
                                                    uint32_t at)
{
    uint64_t bad = escaped & bits_avx2(not_escape_avx2(b.low), not_escape_avx2(b.high));
    uint64_t u = escaped & equal_avx2(b, 'u');
    return __builtin_expect(u != 0, 0) ? bad | bad_hex(w, u, at) : bad;
}

/* What is rare in a log (no escape, no control character at all) costs one look at a block. */
TARGET_AVX2 static void index_avx2(struct json_simd_window *w, const char *p, uint32_t first,
                                   uint32_t blocks)
{
    struct json_simd_state state = w->state;
    uint32_t n = w->n;
    for (uint32_t block = first; block < first + blocks; block++, p += JSON_SIMD_BLOCK) {
        struct block_avx2 b = {load_avx2(p), load_avx2(p + sizeof(__m256i))};
        uint32_t at = w->start + block * JSON_SIMD_BLOCK;
        uint64_t slashes = equal_avx2(b, '\\');
        w->slashes[block] = slashes;
        w->odds[block] = slashes | equal_avx2(b, '.');
        uint64_t quotes = equal_avx2(b, '"');
        if ((slashes | state.escaped) != 0) {
            uint64_t escaped = find_escaped(slashes, &state.escaped);
            quotes &= ~escaped;
            state.bad |= bad_escapes_avx2(w, b, escaped, at);
        }
        state.high |= (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(b.low, b.high));
        __m256i controls = control_avx2(_mm256_min_epu8(b.low, b.high));
        if (_mm256_testz_si256(controls, controls) == 0) {
            uint64_t control = bits_avx2(control_avx2(b.low), control_avx2(b.high));
            state.bad |= bad_control(state.in_string, quotes, control);
        }
        state.in_string = next_in_string(state.in_string, quotes);
        put_quotes_avx2(w->quotes + n, at, quotes);
        n += (uint32_t)_mm_popcnt_u64(quotes);
    }
    w->n = n;
    w->state = state;
}

static const struct json_simd json_simd_avx2 = {"avx2", index_avx2};

const struct json_simd *json_simd_best(void)
{
    bool here = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("popcnt");
    return here ? &json_simd_avx2 : NULL;
}

#else

const struct json_simd *json_simd_best(void)
{
    return NULL;
}

#endif
