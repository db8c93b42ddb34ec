/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of an item, modifiers applied, as patterns. */
#include "detect/sigma/encode.h"
#include "detect/sigma/lower.h"
#include "detect/sigma/modifier.h"
#include "detect/sigma/shape.h"

/* 625: four dashes under base64 give 5^4 texts; nobody writes five. */
enum { MAX_VARIANTS = 625 };

/* The texts that one value stands for. */
struct variants {
    struct glyphs *p;
    uint32_t n;
};

static struct rc push(const struct lower *l, struct pattern_list *list, struct pattern pattern)
{
    if (list->n == list->room) {
        uint32_t room = list->room == 0 ? 4 : 2 * list->room;
        struct pattern *p = arena_zalloc(l->arena, room, sizeof(*p));
        if (p == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        if (list->n > 0) {
            memcpy(p, list->p, list->n * sizeof(*p));
        }
        list->p = p;
        list->room = room;
    }
    list->p[list->n++] = pattern;
    return RC_OK;
}

/* Spell out the DASH glyphs of one text: base64 needs bytes. */
static struct rc expand_dashes(const struct lower *l, struct glyphs g, struct variants *out)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < g.n; i++) {
        count = g.p[i] == GLYPH_DASH && count <= MAX_VARIANTS ? count * GLOB_DASHES : count;
    }
    if (count > MAX_VARIANTS) {
        return rc_make(ERR_TOO_MANY);
    }
    out->n = count;
    out->p = arena_zalloc(l->arena, count, sizeof(*out->p));
    uint32_t *text = arena_zalloc(l->arena, (size_t)count * (g.n + 1), sizeof(*text));
    if (out->p == NULL || text == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t v = 0; v < count; v++, text += g.n) {
        uint32_t choice = v;
        for (uint32_t i = 0; i < g.n; i++) {
            bool dash = g.p[i] == GLYPH_DASH;
            text[i] = dash ? glob_dash(choice % GLOB_DASHES) : g.p[i];
            choice = dash ? choice / GLOB_DASHES : choice;
        }
        out->p[v] = (struct glyphs){text, g.n};
    }
    return RC_OK;
}

/* Replace every text by its base64 form, or its three shifted ones. */
static struct rc to_base64(const struct lower *l, bool shifted, struct variants *v)
{
    struct variants plain = {0};
    TRY(expand_dashes(l, v->p[0], &plain));
    uint32_t shifts = shifted ? 3 : 1, n = 0;
    struct glyphs *p = arena_zalloc(l->arena, (size_t)plain.n * shifts, sizeof(*p));
    if (p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < plain.n; i++) {
        for (uint32_t shift = 0; shift < shifts; shift++) {
            struct glyphs g;
            TRY(shifted ? encode_base64_offset(plain.p[i], shift, l->arena, &g)
                        : encode_base64(plain.p[i], l->arena, &g));
            if (g.n > 0 || !shifted) { /* a short text leaves nothing certain at some shifts */
                p[n++] = g;
            }
        }
    }
    *v = (struct variants){p, n};
    return RC_OK;
}

static struct rc rewrite_each(const struct lower *l, enum modifier m, struct variants *v)
{
    for (uint32_t i = 0; i < v->n; i++) {
        struct glyphs *g = &v->p[i];
        if (m == MODIFIER_WINDASH) {
            (void)glob_windash(*g);
        } else if (m == MODIFIER_CONTAINS || m == MODIFIER_STARTSWITH ||
                   m == MODIFIER_ENDSWITH) {
            TRY(glob_widen(*g, m != MODIFIER_STARTSWITH, m != MODIFIER_ENDSWITH, l->arena, g));
        } else if (m == MODIFIER_UTF16LE || m == MODIFIER_UTF16BE || m == MODIFIER_UTF16) {
            enum encode_utf16 how = m == MODIFIER_UTF16LE   ? ENCODE_UTF16LE
                                    : m == MODIFIER_UTF16BE ? ENCODE_UTF16BE
                                                            : ENCODE_UTF16_BOM;
            TRY(encode_utf16(*g, how, l->arena, g));
        }
    }
    return RC_OK;
}

/* The modifiers of text in the order written. */
static struct rc rewrite(const struct lower *l, const struct rule_item *item,
                         const struct rule_value *value, struct variants *v)
{
    bool encoded = false;
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        enum modifier m = item->modifiers[i];
        if (m != MODIFIER_BASE64 && m != MODIFIER_BASE64OFFSET) {
            TRY(rewrite_each(l, m, v));
            continue;
        }
        struct str name = modifier_name(m);
        if (encoded) {
            return lower_reject(l, item->line, item->column, "only one base64 modifier");
        }
        if (glob_has_wildcard(v->p[0])) {
            return lower_reject(l, value->line, value->column,
                                "`%.*s` cannot encode a wildcard; write |%.*s|contains",
                                (int)name.n, name.p, (int)name.n, name.p);
        }
        struct rc rc = to_base64(l, m == MODIFIER_BASE64OFFSET, v);
        if (rc.code == ERR_TOO_MANY) {
            return lower_reject(l, value->line, value->column,
                                "too many dashes to encode: at most four");
        }
        TRY(rc);
        encoded = true;
    }
    return v->n > 0 ? RC_OK
                    : lower_reject(l, value->line, value->column,
                                   "the text is too short to be found inside base64");
}

static struct rc lower_text(const struct lower *l, const struct rule_item *item,
                            const struct item_shape *shape, const struct rule_value *value,
                            struct pattern_list *out)
{
    struct glyphs first;
    TRY(glob_parse(value->text, l->arena, &first));
    struct variants v = {&first, 1};
    TRY(rewrite(l, item, value, &v));
    for (uint32_t i = 0; i < v.n; i++) {
        struct pattern p = {.kind = PATTERN_GLOB, .cased = shape->cased};
        struct glyphs g = v.p[i];
        if (item->field.n == 0) {
            TRY(glob_widen(g, true, true, l->arena, &g));
        }
        struct rc rc = glob_build(g, shape->cased, l->arena, &p.glob);
        if (rc.code == ERR_ENCODING) {
            return lower_reject(l, value->line, value->column,
                                "UTF-16 of this text is no text; follow it with |base64");
        }
        TRY(rc);
        TRY(push(l, out, p));
    }
    return RC_OK;
}

/* A value that is its own spelling: numbers and booleans as keywords, booleans in fields. */
static struct rc lower_spelling(const struct lower *l, const struct rule_item *item,
                                struct str text, struct pattern_list *out)
{
    struct pattern p = {.kind = PATTERN_GLOB};
    struct glyphs g;
    TRY(glob_literal(text, l->arena, &g));
    if (item->field.n == 0) {
        TRY(glob_widen(g, true, true, l->arena, &g));
    }
    TRY(glob_build(g, false, l->arena, &p.glob));
    return push(l, out, p);
}

static struct number number_of(const struct rule_value *value)
{
    if (value->kind == RULE_VALUE_SIGNED) {
        return (struct number){.kind = NUMBER_SIGNED, .i = value->i};
    }
    if (value->kind == RULE_VALUE_UNSIGNED) {
        return (struct number){.kind = NUMBER_UNSIGNED, .u = value->u};
    }
    /* through value.h, so that 5.0 is the integer it is equal to */
    uint8_t raw[8];
    memcpy(raw, &value->f, sizeof(raw));
    return value_number((struct value){raw, sizeof(raw), VALUE_FLOAT});
}

static struct rc lower_number(const struct lower *l, const struct rule_item *item,
                              const struct item_shape *shape, const struct rule_value *value,
                              struct pattern_list *out)
{
    struct number number = number_of(value);
    if (number.kind == NUMBER_NONE) {
        return lower_reject(l, value->line, value->column, "not a number");
    }
    if (item->field.n == 0) {
        AUTO_BUF text = {0};
        if (number.kind == NUMBER_FLOAT) {
            buf_put(&text, value->text);
        } else if (number.kind == NUMBER_SIGNED) {
            buf_i64(&text, number.i);
        } else {
            buf_u64(&text, number.u);
        }
        return lower_spelling(l, item, buf_str(&text), out);
    }
    struct pattern p = {.kind = shape->timed ? PATTERN_TIME : PATTERN_NUMBER,
                        .comparison = shape->compares ? shape->comparison : COMPARE_EQUAL,
                        .part = shape->timed ? shape->part : TIME_MINUTE,
                        .number = number};
    return push(l, out, p);
}

static struct rc lower_regex(const struct lower *l, const struct item_shape *shape,
                             const struct rule_value *value, struct pattern_list *out)
{
    struct pattern p = {.kind = PATTERN_REGEX};
    char reason[REGEX_MAX_REASON_BYTES];
    struct rc rc = regex_add(l->regexes, value->text, shape->regex_flags, reason, &p.regex);
    if (rc.code == ERR_REJECTED) {
        return lower_reject(l, value->line, value->column,
                            "regular expression is not supported: %s", reason);
    }
    TRY(rc);
    return push(l, out, p);
}

static struct rc lower_cidr(const struct lower *l, const struct rule_value *value,
                            struct pattern_list *out)
{
    struct pattern p = {.kind = PATTERN_CIDR};
    switch (cidr_parse(value->text, &p.cidr)) {
    case CIDR_OK:
        return push(l, out, p);
    case CIDR_HOST_BITS:
        return lower_reject(l, value->line, value->column,
                            "address bits after the prefix length must be zero");
    case CIDR_NO_NETWORK:
        break;
    }
    return lower_reject(l, value->line, value->column,
                        "not a network; write it as 10.0.0.0/8 or fe80::/10");
}

struct rc values_lower(const struct lower *l, const struct rule_item *item,
                       const struct item_shape *shape, const struct rule_value *value,
                       struct pattern_list *out)
{
    bool wants_text = shape->text || shape->regex || shape->cidr;
    bool wants_number = shape->compares || shape->timed;
    bool text = value->kind == RULE_VALUE_TEXT;
    bool number = value->kind == RULE_VALUE_SIGNED || value->kind == RULE_VALUE_UNSIGNED ||
                  value->kind == RULE_VALUE_FLOAT;
    if (wants_text && !text) {
        return lower_reject(l, value->line, value->column,
                            "these modifiers need a text; put the value in quotes");
    }
    if (wants_number && !number) {
        return lower_reject(l, value->line, value->column,
                            "these modifiers need a number, without quotes");
    }
    if (shape->regex) {
        return lower_regex(l, shape, value, out);
    }
    if (shape->cidr) {
        return lower_cidr(l, value, out);
    }
    if (text) {
        return lower_text(l, item, shape, value, out);
    }
    if (number) {
        return lower_number(l, item, shape, value, out);
    }
    check(value->kind == RULE_VALUE_BOOL);
    return lower_spelling(l, item, value->b ? STR("true") : STR("false"), out);
}
