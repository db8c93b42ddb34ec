/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/glob.h"

#include "base/unicode.h"

static const uint32_t dashes[GLOB_DASHES] = {'-', '/', 0x2013, 0x2014, 0x2015};

uint32_t glob_dash(uint32_t i)
{
    check(i < GLOB_DASHES);
    return dashes[i];
}

static struct rc room_for(size_t count, struct arena *a, struct glyphs *out)
{
    out->p = arena_zalloc(a, count == 0 ? 1 : count, sizeof(*out->p));
    out->n = 0;
    return out->p == NULL ? rc_make(ERR_ARENA_FULL) : RC_OK;
}

struct rc glob_literal(struct str text, struct arena *a, struct glyphs *out)
{
    struct glyphs g;
    TRY(room_for(text.n, a, &g));
    unsigned bytes;
    for (size_t i = 0; i < text.n; i += bytes) {
        g.p[g.n++] = unicode_decode(str_from(text, i), &bytes);
    }
    *out = g;
    return RC_OK;
}

static bool is_special(uint32_t c)
{
    return c == '*' || c == '?' || c == '\\';
}

struct rc glob_parse(struct str text, struct arena *a, struct glyphs *out)
{
    struct glyphs g;
    TRY(glob_literal(text, a, &g));
    uint32_t n = 0;
    for (uint32_t i = 0; i < g.n; i++) {
        uint32_t c = g.p[i];
        if (c == '\\' && i + 1 < g.n && is_special(g.p[i + 1])) {
            g.p[n++] = g.p[++i];
        } else if (c == '*' && (n == 0 || g.p[n - 1] != GLYPH_ANY)) {
            g.p[n++] = GLYPH_ANY;
        } else if (c != '*') {
            g.p[n++] = c == '?' ? (uint32_t)GLYPH_ONE : c;
        }
    }
    g.n = n;
    *out = g;
    return RC_OK;
}

struct rc glob_widen(struct glyphs in, bool front, bool back, struct arena *a,
                     struct glyphs *out)
{
    struct glyphs g;
    TRY(room_for((size_t)in.n + 2, a, &g));
    if (front && (in.n == 0 || in.p[0] != GLYPH_ANY)) {
        g.p[g.n++] = GLYPH_ANY;
    }
    memcpy(g.p + g.n, in.p, in.n * sizeof(*in.p));
    g.n += in.n;
    if (back && (g.n == 0 || g.p[g.n - 1] != GLYPH_ANY)) {
        g.p[g.n++] = GLYPH_ANY;
    }
    *out = g;
    return RC_OK;
}

/*
 * \w of the regular expression that defines windash. Above ASCII: letters are what is not in
 * the blocks of punctuation and spaces; only dashes and quotes stand next to options.
 */
static bool is_word(uint32_t c)
{
    if (c < 0x80) {
        return str_is_alpha((char)c) || str_is_digit((char)c) || c == '_';
    }
    if (c < 0xC0) {
        return c == 0xAA || c == 0xB5 || c == 0xBA || c == 0xB2 || c == 0xB3 || c == 0xB9 ||
               (c >= 0xBC && c <= 0xBE);
    }
    return c < GLYPH_ANY && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x206F) &&
           !(c >= 0x2190 && c <= 0x245F) && !(c >= 0x2500 && c <= 0x2BFF) &&
           !(c >= 0x3000 && c <= 0x3004) && !(c >= 0xFE10 && c <= 0xFE6F);
}

uint32_t glob_windash(struct glyphs g)
{
    uint32_t sites = 0;
    bool word_before = false;
    for (uint32_t i = 0; i < g.n; i++) {
        uint32_t c = g.p[i];
        bool dash =
            (c == '-' || c == '/') && !word_before && i + 1 < g.n && is_word(g.p[i + 1]);
        if (dash) {
            g.p[i] = GLYPH_DASH;
            sites++;
        }
        word_before = is_word(c);
    }
    return sites;
}

bool glob_has_wildcard(struct glyphs g)
{
    for (uint32_t i = 0; i < g.n; i++) {
        if (g.p[i] == GLYPH_ANY || g.p[i] == GLYPH_ONE) {
            return true;
        }
    }
    return false;
}

static enum token_kind kind_of(uint32_t glyph)
{
    switch (glyph) {
    case GLYPH_ANY:
        return TOKEN_ANY;
    case GLYPH_ONE:
        return TOKEN_ONE;
    case GLYPH_DASH:
        return TOKEN_DASH;
    default:
        return TOKEN_LITERAL;
    }
}

/* The run of literals at *at as bytes; *at moves past it. */
static struct rc literal_run(struct glyphs in, uint32_t *at, bool cased, struct arena *a,
                             struct str *out)
{
    uint32_t end = *at;
    while (end < in.n && kind_of(in.p[end]) == TOKEN_LITERAL) {
        end++;
    }
    char *text = arena_text(a, (size_t)(end - *at) * UNICODE_MAX_UTF8_BYTES);
    if (text == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    size_t n = 0;
    for (uint32_t i = *at; i < end; i++) {
        uint32_t c = in.p[i] & ~(uint32_t)GLYPH_BYTE;
        if (in.p[i] != c && c >= 0x80) {
            return rc_make(ERR_ENCODING);
        }
        n += unicode_encode(cased ? c : unicode_fold_point(c), text + n);
    }
    arena_shrink_text(a, text, (size_t)(end - *at) * UNICODE_MAX_UTF8_BYTES, n);
    *at = end;
    *out = (struct str){text, n};
    return RC_OK;
}

static uint32_t count_tokens(struct glyphs in)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < in.n; i++) {
        enum token_kind kind = kind_of(in.p[i]);
        bool joins = i > 0 && kind_of(in.p[i - 1]) == kind &&
                     (kind == TOKEN_LITERAL || kind == TOKEN_ANY);
        count += !joins;
    }
    return count;
}

struct rc glob_build(struct glyphs in, bool cased, struct arena *a, struct glob *out)
{
    uint32_t room = count_tokens(in), count = 0;
    struct token *tokens = arena_zalloc(a, room == 0 ? 1 : room, sizeof(*tokens));
    if (tokens == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < in.n;) {
        enum token_kind kind = kind_of(in.p[i]);
        if (kind == TOKEN_LITERAL) {
            struct str literal;
            TRY(literal_run(in, &i, cased, a, &literal));
            tokens[count++] = (struct token){kind, literal};
        } else {
            bool joins = kind == TOKEN_ANY && count > 0 && tokens[count - 1].kind == TOKEN_ANY;
            if (!joins) {
                tokens[count++] = (struct token){.kind = kind};
            }
            i++;
        }
    }
    *out = (struct glob){tokens, count};
    return RC_OK;
}

enum glob_shape glob_shape(struct glob g)
{
    bool front = g.count > 0 && g.tokens[0].kind == TOKEN_ANY;
    bool back = g.count > 1 && g.tokens[g.count - 1].kind == TOKEN_ANY;
    uint32_t inner = g.count - front - back;
    if (inner == 0) {
        return g.count == 0 ? GLOB_EXACT : GLOB_PRESENT;
    }
    if (inner > 1 || g.tokens[front].kind != TOKEN_LITERAL) {
        return GLOB_MIXED;
    }
    static const enum glob_shape shapes[2][2] = {{GLOB_EXACT, GLOB_PREFIX},
                                                 {GLOB_SUFFIX, GLOB_CONTAINS}};
    return shapes[front][back];
}

struct str glob_needle(struct glob g)
{
    struct str best = STR("");
    for (uint32_t i = 0; i < g.count; i++) {
        if (g.tokens[i].literal.n > best.n) {
            best = g.tokens[i].literal;
        }
    }
    return best;
}

unsigned glob_dash_bytes(struct str s)
{
    if (s.n >= 1 && (s.p[0] == '-' || s.p[0] == '/')) {
        return 1;
    }
    bool dash = s.n >= 3 && (uint8_t)s.p[0] == 0xE2 && (uint8_t)s.p[1] == 0x80 &&
                (uint8_t)s.p[2] >= 0x93 && (uint8_t)s.p[2] <= 0x95;
    return dash ? 3 : 0;
}

/* Tokens without ANY: from one start they have at most one end. */
struct segment {
    const struct token *tokens;
    uint32_t count;
};

/* The end of the segment when it starts at `at`, or SIZE_MAX. */
static size_t segment_at(struct segment s, struct str text, size_t at)
{
    for (uint32_t i = 0; i < s.count; i++) {
        struct str rest = str_from(text, at);
        unsigned bytes = 0;
        switch (s.tokens[i].kind) {
        case TOKEN_LITERAL:
            if (!str_starts(rest, s.tokens[i].literal)) {
                return SIZE_MAX;
            }
            at += s.tokens[i].literal.n;
            continue;
        case TOKEN_ONE:
            if (rest.n > 0) {
                (void)unicode_decode(rest, &bytes);
            }
            break;
        case TOKEN_DASH:
            bytes = glob_dash_bytes(rest);
            break;
        case TOKEN_ANY:
            break;
        }
        if (bytes == 0) {
            return SIZE_MAX;
        }
        at += bytes;
    }
    return at;
}

/* The next place at or after `at` where the segment may start, or SIZE_MAX. */
static size_t next_start(struct segment s, struct str text, size_t at)
{
    if (s.tokens[0].kind != TOKEN_LITERAL) {
        return at <= text.n ? at : SIZE_MAX;
    }
    size_t found = str_find(str_from(text, at), s.tokens[0].literal);
    return found == SIZE_MAX || at > text.n ? SIZE_MAX : at + found;
}

static size_t after_start(struct str text, size_t at)
{
    unsigned bytes = 1;
    if (at < text.n) {
        (void)unicode_decode(str_from(text, at), &bytes);
    }
    return at + bytes;
}

/*
 * The end of the leftmost match at or after `from`; with to_end, of the one that ends the text.
 * A segment spans a fixed number of code points, so the leftmost start has the leftmost end
 * and no later token can need another one.
 */
static size_t segment_search(struct segment s, struct str text, size_t from, bool to_end)
{
    if (s.count == 1 && to_end && s.tokens[0].kind == TOKEN_LITERAL) {
        struct str literal = s.tokens[0].literal;
        bool ends = text.n >= from && text.n - from >= literal.n && str_ends(text, literal);
        return ends ? text.n : SIZE_MAX;
    }
    for (size_t at = next_start(s, text, from); at != SIZE_MAX;
         at = next_start(s, text, after_start(text, at))) {
        size_t end = segment_at(s, text, at);
        if (end != SIZE_MAX && (!to_end || end == text.n)) {
            return end;
        }
    }
    return SIZE_MAX;
}

bool glob_match(struct glob g, struct str text)
{
    size_t at = 0;
    bool floating = false;
    for (uint32_t i = 0; i < g.count;) {
        if (g.tokens[i].kind == TOKEN_ANY) {
            floating = true;
            i++;
            continue;
        }
        struct segment s = {&g.tokens[i], 0};
        while (i < g.count && g.tokens[i].kind != TOKEN_ANY) {
            s.count++;
            i++;
        }
        at = floating ? segment_search(s, text, at, i == g.count) : segment_at(s, text, at);
        if (at == SIZE_MAX) {
            return false;
        }
        floating = false;
    }
    return floating || at == text.n;
}
