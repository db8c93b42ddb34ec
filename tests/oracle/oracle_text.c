/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "oracle_text.h"

#include "base/buf.h"
#include "base/heap.h"
#include "base/unicode.h"

#include <openssl/evp.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct oracle_text {
    pcre2_code *code; /* NULL: PCRE2 refused it */
    pcre2_match_data *match;
};

/* A Sigma string after unescaping: literal code points and wildcards. */
enum piece_kind { PIECE_LITERAL, PIECE_ANY, PIECE_ONE, PIECE_DASH };

struct piece {
    enum piece_kind kind;
    uint32_t code_point;
};

struct pieces {
    struct piece *p;
    size_t n;
};

static bool has(const struct rule_item *i, enum modifier m)
{
    for (uint32_t k = 0; k < i->modifier_count; k++) {
        if (i->modifiers[k] == m) {
            return true;
        }
    }
    return false;
}

static void add(struct pieces *out, enum piece_kind kind, uint32_t code_point)
{
    out->p = heap_resize(out->p, out->n + 1, sizeof(*out->p));
    out->p[out->n++] = (struct piece){kind, code_point};
}

/* src: the escape automaton of the Sigma specification */
static void unescape(struct str s, struct pieces *out)
{
    bool escaped = false;
    unsigned n;
    for (; s.n > 0; s = str_from(s, n)) {
        uint32_t c = unicode_decode(s, &n);
        bool special = c == '*' || c == '?' || c == '\\';
        if (escaped) {
            if (!special) {
                add(out, PIECE_LITERAL, '\\');
            }
            add(out, PIECE_LITERAL, c);
            escaped = false;
        } else if (c == '\\') {
            escaped = true;
        } else {
            add(out, c == '*' ? PIECE_ANY : c == '?' ? PIECE_ONE : PIECE_LITERAL, c);
        }
    }
    if (escaped) {
        add(out, PIECE_LITERAL, '\\');
    }
}

/* The bytes of the literal text in the encoding that the modifiers name. */
static void encode(const struct rule_item *item, const struct pieces *in, struct buf *out)
{
    bool little = has(item, MODIFIER_UTF16LE) || has(item, MODIFIER_UTF16);
    bool big = has(item, MODIFIER_UTF16BE);
    if (has(item, MODIFIER_UTF16)) {
        buf_puts(out, "\xFF\xFE");
    }
    for (size_t i = 0; i < in->n; i++) {
        uint32_t c = in->p[i].code_point;
        if (!little && !big) {
            char bytes[UNICODE_MAX_UTF8_BYTES];
            buf_put(out, (struct str){bytes, unicode_encode(c, bytes)});
            continue;
        }
        uint32_t units[2] = {c, 0};
        size_t count = 1;
        if (c > 0xFFFF) {
            units[0] = 0xD800 + ((c - 0x10000) >> 10);
            units[1] = 0xDC00 + ((c - 0x10000) & 0x3FF);
            count = 2;
        }
        for (size_t u = 0; u < count; u++) {
            buf_putc(out, (char)(unsigned char)(little ? units[u] : units[u] >> 8));
            buf_putc(out, (char)(unsigned char)(little ? units[u] >> 8 : units[u]));
        }
    }
}

/* base64 of `shift` filler bytes and the input, without the characters that others decide. */
static void base64(struct str in, size_t shift, bool offset, struct pieces *out)
{
    static const size_t start_cut[] = {0, 2, 3}, end_cut[] = {0, 3, 2};
    size_t n = in.n + shift;
    unsigned char *plain = heap_zalloc(n + 1, 1), *coded = heap_zalloc(n / 3 * 4 + 5, 1);
    memcpy(plain + shift, in.p, in.n);
    size_t length = (size_t)EVP_EncodeBlock(coded, plain, (int)n);
    size_t from = offset ? start_cut[shift] : 0;
    size_t to = length - (offset ? end_cut[n % 3] : 0);
    for (size_t i = from; i < to; i++) {
        add(out, PIECE_LITERAL, coded[i]);
    }
    heap_free(plain);
    heap_free(coded);
}

static bool is_word_point(const struct piece *p)
{
    uint32_t c = p->code_point;
    return p->kind == PIECE_LITERAL &&
           (c >= 0x80 || str_is_alpha((char)c) || str_is_digit((char)c) || c == '_');
}

static void windash(struct pieces *s)
{
    for (size_t i = 0; i + 1 < s->n; i++) {
        uint32_t c = s->p[i].code_point;
        bool before = i > 0 && is_word_point(&s->p[i - 1]);
        if (s->p[i].kind == PIECE_LITERAL && (c == '-' || c == '/') && !before &&
            is_word_point(&s->p[i + 1])) {
            s->p[i].kind = PIECE_DASH;
        }
    }
}

static struct oracle_text *compile(struct str pattern, uint32_t options)
{
    struct oracle_text *t = heap_zalloc(1, sizeof(*t));
    int error;
    size_t at;
    t->code = pcre2_compile((PCRE2_SPTR)(pattern.n == 0 ? "" : pattern.p), pattern.n,
                            options | PCRE2_UTF, &error, &at, NULL);
    if (t->code != NULL) {
        (void)pcre2_jit_compile(t->code, PCRE2_JIT_COMPLETE);
        t->match = pcre2_match_data_create(1, NULL);
    }
    return t;
}

static void put_piece(struct buf *b, const struct piece *p)
{
    switch (p->kind) {
    case PIECE_ANY:
        buf_puts(b, ".*");
        return;
    case PIECE_ONE:
        buf_puts(b, ".");
        return;
    case PIECE_DASH:
        buf_puts(b, "[-/\\x{2013}\\x{2014}\\x{2015}]");
        return;
    case PIECE_LITERAL:
        buf_printf(b, "\\x{%x}", (unsigned)p->code_point);
        return;
    }
}

/* The whole value must match, unless contains and its kin (or a keyword) leave an end open. */
static struct oracle_text *compile_pieces(const struct rule_item *item, const struct pieces *s)
{
    bool search = has(item, MODIFIER_CONTAINS) || item->field.n == 0;
    AUTO_BUF b = {0};
    if (!search && !has(item, MODIFIER_ENDSWITH)) {
        buf_puts(&b, "\\A");
    }
    for (size_t i = 0; i < s->n; i++) {
        put_piece(&b, &s->p[i]);
    }
    if (!search && !has(item, MODIFIER_STARTSWITH)) {
        buf_puts(&b, "\\z");
    }
    uint32_t options = PCRE2_DOTALL | (has(item, MODIFIER_CASED) ? 0 : PCRE2_CASELESS);
    return compile(buf_str(&b), options);
}

static struct oracle_text *compile_regex(const struct rule_item *item, struct str pattern)
{
    return compile(pattern, (has(item, MODIFIER_RE_I) ? PCRE2_CASELESS : 0) |
                                (has(item, MODIFIER_RE_M) ? PCRE2_MULTILINE : 0) |
                                (has(item, MODIFIER_RE_S) ? PCRE2_DOTALL : 0));
}

size_t oracle_text_open(const struct rule_item *item, struct str value,
                        struct oracle_text *out[static ORACLE_TEXT_MAX])
{
    if (has(item, MODIFIER_RE)) {
        out[0] = compile_regex(item, value);
        return 1;
    }
    struct pieces s = {0};
    unescape(value, &s);
    bool offset = has(item, MODIFIER_BASE64OFFSET);
    bool wide =
        has(item, MODIFIER_UTF16LE) || has(item, MODIFIER_UTF16BE) || has(item, MODIFIER_UTF16);
    size_t count = offset ? 3 : 1;
    AUTO_BUF bytes = {0};
    encode(item, &s, &bytes);
    for (size_t shift = 0; shift < count; shift++) {
        struct pieces coded = {0};
        if (offset || has(item, MODIFIER_BASE64)) {
            base64(buf_str(&bytes), shift, offset, &coded);
        } else if (wide) {
            for (size_t i = 0; i < bytes.n; i++) {
                add(&coded, PIECE_LITERAL, (unsigned char)bytes.p[i]);
            }
        } else {
            struct pieces plain = s;
            if (has(item, MODIFIER_WINDASH)) {
                windash(&plain);
            }
            out[shift] = compile_pieces(item, &plain);
            continue;
        }
        out[shift] = compile_pieces(item, &coded);
        heap_free(coded.p);
    }
    heap_free(s.p);
    return count;
}

struct oracle_text *oracle_text_open_literal(const struct rule_item *item, struct str literal)
{
    struct pieces s = {0};
    unsigned n;
    for (; literal.n > 0; literal = str_from(literal, n)) {
        add(&s, PIECE_LITERAL, unicode_decode(literal, &n));
    }
    struct oracle_text *t = compile_pieces(item, &s);
    heap_free(s.p);
    return t;
}

void oracle_text_close(struct oracle_text *t)
{
    pcre2_match_data_free(t->match);
    pcre2_code_free(t->code);
    heap_free(t);
}

bool oracle_text_matches(const struct oracle_text *t, struct str text)
{
    if (t->code == NULL) {
        return false;
    }
    AUTO_HEAP char *repaired = NULL;
    if (!unicode_is_ascii(text)) {
        repaired = heap_alloc(3 * text.n + 1);
        text = (struct str){repaired, unicode_repair(text, repaired)};
    }
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.n == 0 ? "" : text.p);
    int got = pcre2_match(t->code, subject, text.n, 0, PCRE2_NO_UTF_CHECK, t->match, NULL);
    if (got == PCRE2_ERROR_JIT_STACKLIMIT) { /* long text: the interpreter keeps its stack on
                                                the heap */
        got = pcre2_match(t->code, subject, text.n, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                          t->match, NULL);
    }
    check(got >= 0 || got == PCRE2_ERROR_NOMATCH);
    return got >= 0;
}
