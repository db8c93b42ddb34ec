/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * glob - Sigma text with wildcards. A rule's text becomes glyphs (code points and specials),
 * modifiers rewrite the glyphs, and glob_build folds them into tokens that match bytes.
 * src: doc/formats/sigma.md sections 1.5 to 1.7; sigma-specification 2.1.0, escaping
 */
#ifndef DETECT_SIGMA_GLOB_H
#define DETECT_SIGMA_GLOB_H

#include "base/arena.h"

/* Above the last code point. */
enum {
    GLYPH_ANY = 0x110000,  /* any text, also none */
    GLYPH_ONE = 0x110001,  /* one code point */
    GLYPH_DASH = 0x110002, /* one of - / U+2013 U+2014 U+2015 */
    GLYPH_BYTE = 0x200000, /* | byte: a byte that UTF-16 encoding made */
};

/* Owned by the arena it was made in. */
struct glyphs {
    uint32_t *p;
    uint32_t n;
};

/* Wildcards and escapes read as Sigma does. ARENA_FULL only. */
MUST_USE struct rc glob_parse(struct str text, struct arena *a, struct glyphs *out);
/* Every code point literal. */
MUST_USE struct rc glob_literal(struct str text, struct arena *a, struct glyphs *out);
/* With ANY at the front or the back, unless it is there. */
MUST_USE struct rc glob_widen(struct glyphs in, bool front, bool back, struct arena *a,
                              struct glyphs *out);
/* Each - or / that starts an option becomes DASH, in place. Returns the sites. */
uint32_t glob_windash(struct glyphs g);
bool glob_has_wildcard(struct glyphs g);

enum token_kind { TOKEN_LITERAL, TOKEN_ONE, TOKEN_DASH, TOKEN_ANY };

struct token {
    enum token_kind kind;
    struct str literal; /* of TOKEN_LITERAL: at least one byte */
};

/* No two literals and no two ANY are neighbours. */
struct glob {
    const struct token *tokens;
    uint32_t count;
};

/*
 * glob_build - fold (unless cased) and pack.
 * fails  ARENA_FULL, ENCODING (bytes of UTF-16 that are no text; only base64 can hold them)
 */
MUST_USE struct rc glob_build(struct glyphs in, bool cased, struct arena *a, struct glob *out);

enum glob_shape {
    GLOB_EXACT,    /* literal, or nothing: the empty text */
    GLOB_PREFIX,   /* literal ANY */
    GLOB_SUFFIX,   /* ANY literal */
    GLOB_CONTAINS, /* ANY literal ANY */
    GLOB_PRESENT,  /* ANY: every text */
    GLOB_MIXED     /* anything else */
};

enum glob_shape glob_shape(struct glob g);
/* The literal of EXACT to CONTAINS; of MIXED the longest (which it must contain), or empty. */
struct str glob_needle(struct glob g);

/* Does g match the whole of text? text is folded already unless g is cased. Linear in text. */
bool glob_match(struct glob g, struct str text);

/* Bytes of a dash of windash at the start of s, 0 when there is none. */
unsigned glob_dash_bytes(struct str s);
/* The i-th of the five dashes. */
enum { GLOB_DASHES = 5 };
uint32_t glob_dash(uint32_t i);

#endif
