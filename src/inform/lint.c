/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/lint.h"

#include "base/escape.h"
#include "base/jsonw.h"
#include "base/unicode.h"
#include "inform/lint_claim.h"
#include "inform/lint_inner.h"
#include "inform/lint_secret.h"

#include <stdlib.h>

enum { P = 1 << NOTICE_PUBLIC, M = 1 << NOTICE_MEMBERS, I = 1 << NOTICE_INTERNAL };

static const struct {
    struct str name, why, instead;
    unsigned audiences;
} rules[LINT_RULE_COUNT] = {
#define LINT_RULE(identifier, name, audiences, why, instead)                                   \
    [LINT_##identifier] = {STR_INIT(name), STR_INIT(why), STR_INIT(instead), audiences},
#include "inform/lint_rule.def"
#undef LINT_RULE
};

struct str lint_rule_name(enum lint_rule r)
{
    return rules[r].name;
}

struct str lint_rule_why(enum lint_rule r)
{
    return rules[r].why;
}

struct str lint_rule_instead(enum lint_rule r)
{
    return rules[r].instead;
}

bool lint_rule_applies(enum lint_rule r, enum notice_audience to)
{
    return (rules[r].audiences >> to & 1) != 0;
}

enum notice_format lint_guess_format(struct str text)
{
    struct str start = str_trim(str_upto(text, 512));
    return start.n != 0 && start.p[0] == '<' ? NOTICE_HTML : NOTICE_MARKDOWN;
}

static void add(struct lint *l, enum lint_rule rule, struct lint_span span, size_t from,
                size_t to)
{
    l->all++;
    if (l->count == LINT_MAX_REFUSALS) {
        return;
    }
    struct str found = str_from(str_upto(l->in, to), from);
    l->spans[l->count] = span;
    l->refusals[l->count++] = (struct lint_refusal){
        .rule = rule,
        .line = (uint32_t)from, /* the offset, until all are in order */
        .found = unicode_cut(found, LINT_MAX_FOUND_BYTES),
    };
}

void lint_refuse(struct lint *l, enum lint_rule rule, size_t from, size_t to)
{
    if (!lint_rule_applies(rule, l->o->audience) || from >= to || to > l->text.n) {
        return;
    }
    for (uint32_t i = 0; i < l->allowed_count; i++) {
        /* no rule lets somebody at risk be named */
        if (rule != LINT_PERSON && from >= l->allowed[i].from && to <= l->allowed[i].to) {
            return;
        }
    }
    for (uint32_t i = 0; i < l->count; i++) {
        if (from < l->spans[i].to && to > l->spans[i].from) {
            return; /* said already, by the rule that knows more */
        }
    }
    size_t last = l->text.at[to - 1];
    unsigned width = 1;
    (void)unicode_decode(str_from(l->in, last), &width);
    add(l, rule, (struct lint_span){(uint32_t)from, (uint32_t)to}, l->text.at[from],
        last + width);
}

void lint_refuse_whole(struct lint *l, enum lint_rule rule)
{
    if (lint_rule_applies(rule, l->o->audience)) {
        uint32_t at = l->count;
        add(l, rule, (struct lint_span){0}, 0, 0);
        if (l->count > at) {
            l->refusals[at].line = UINT32_MAX; /* comes last, and gets no place */
        }
    }
}

static void refuse_offsets(struct lint *l, enum lint_rule rule, const uint32_t *at,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count && lint_rule_applies(rule, l->o->audience); i++) {
        unsigned width = 1;
        struct str left = str_from(l->in, at[i]);
        bool tag = left.p[0] == '<';
        (void)unicode_decode(left, &width);
        add(l, rule, (struct lint_span){0}, at[i], at[i] + (tag ? 12 : width));
    }
}

static bool is_label(char c)
{
    return (c >= 'a' && c <= 'z') || c == '+' || c == ':';
}

/* The TLP label at i of the folded text, or an empty str. */
static struct str label_at(const struct lint_text *t, size_t i)
{
    size_t n = 0;
    struct str left = {t->p + i, t->n - i};
    if (!str_starts(left, STR("tlp:"))) {
        return (struct str){0};
    }
    while (n < left.n && is_label(left.p[n])) {
        n++;
    }
    return str_upto(left, n);
}

static bool is_marking(enum notice_audience to, struct str label)
{
    switch (to) {
    case NOTICE_PUBLIC:
        return str_eq(label, STR("tlp:clear"));
    case NOTICE_MEMBERS:
        return str_eq(label, STR("tlp:amber"));
    case NOTICE_INTERNAL:
        return str_eq(label, STR("tlp:amber+strict")) || str_eq(label, STR("tlp:red"));
    case NOTICE_AUDIENCE_COUNT:
        break;
    }
    return false;
}

/* Head and foot: nothing but blanks is before the first label nor behind the last one; in a
 * page, whose title and style come first, two do. */
static void check_marking(struct lint *l)
{
    struct str first = {0}, last = {0}, whole = {l->text.p, l->text.n};
    bool wrong = false;
    for (size_t i = 0; i < l->text.n; i++) {
        struct str label = label_at(&l->text, i);
        if (label.n == 0) {
            continue;
        }
        first = first.n == 0 ? label : first;
        last = label;
        if (l->o->audience != NOTICE_INTERNAL && !is_marking(l->o->audience, label)) {
            lint_refuse(l, LINT_MARKING, i, i + label.n);
            wrong = true;
        }
        i += label.n - 1;
    }
    struct str head = str_trim(whole);
    bool ends = l->o->format == NOTICE_HTML ? first.p != last.p
                                            : first.p != last.p && first.p == head.p &&
                                                  last.p + last.n == head.p + head.n;
    if (!wrong &&
        (first.n == 0 || !ends || !str_eq(first, last) || !is_marking(l->o->audience, first))) {
        lint_refuse_whole(l, LINT_MARKING);
    }
}

void lint_allow(struct lint *l, size_t from, size_t to)
{
    if (l->allowed_count < LINT_MAX_ALLOWED) {
        l->allowed[l->allowed_count++] = (struct lint_span){(uint32_t)from, (uint32_t)to};
    }
}

static void allow(struct lint *l, struct str what)
{
    struct str t = {l->text.p, l->text.n}, folded = lint_text_fold(what, l->a);
    for (size_t i = 0; folded.n >= 3 && i < t.n && l->allowed_count < LINT_MAX_ALLOWED;) {
        size_t found = str_find(str_from(t, i), folded);
        if (found == SIZE_MAX) {
            return;
        }
        lint_allow(l, i + found, i + found + folded.n);
        i += found + folded.n;
    }
}

/* All words of statements and notes; the report's own are left out, since nobody else reads it.
 */
static struct str own_phrases(struct arena *a)
{
    AUTO_BUF all = {0};
    for (enum phrase p = (enum phrase)0; p < PHRASE_SR_H_SHORT; p++) {
        for (enum phrase_language k = PHRASE_EN; k < PHRASE_LANGUAGE_COUNT; k++) {
            buf_put(&all, phrase_text(p, k));
            buf_putc(&all, '\n');
        }
    }
    return lint_text_fold(buf_str(&all), a);
}

static int by_place(const void *a, const void *b)
{
    const struct lint_refusal *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line ? 1 : (int)x->rule - (int)y->rule;
}

/* Offsets become lines and columns, in one pass over the text. */
static void place(struct lint *l)
{
    uint32_t line = 1, column = 1;
    size_t at = 0;
    qsort(l->refusals, l->count, sizeof(*l->refusals), by_place);
    for (uint32_t i = 0; i < l->count; i++) {
        struct lint_refusal *r = &l->refusals[i];
        if (r->line == UINT32_MAX) {
            r->line = 0;
            continue;
        }
        for (; at < r->line && at < l->in.n; at++) {
            bool begins = ((unsigned char)l->in.p[at] & 0xC0) != 0x80;
            column = l->in.p[at] == '\n' ? 1 : column + begins;
            line += l->in.p[at] == '\n';
        }
        r->line = line;
        r->column = column;
    }
}

static void look(struct lint *l)
{
    for (size_t k = 0; k < PHRASE_LANGUAGE_COUNT; k++) {
        allow(l, l->o->institution[k]);
    }
    allow(l, l->o->contact);
    check_marking(l);
    refuse_offsets(l, LINT_ACTIVE, l->text.active, l->text.active_count);
    refuse_offsets(l, LINT_CHARACTER, l->text.strange, l->text.strange_count);
    lint_secret_names(l);
    lint_claim_actors(l);
    lint_secret_forms(l);
    lint_secret_entities(l);
    lint_claim_words(l);
    lint_claim_numbers(l);
    lint_claim_next_update(l);
}

struct rc lint_run(struct str text, const struct lint_opts *o, struct arena *a,
                   struct lint_result *out)
{
    struct lint *l = arena_zalloc(a, 1, sizeof(*l));
    if (text.n > LINT_MAX_BYTES) {
        return rc_at(ERR_TOO_LONG, LINT_MAX_BYTES);
    }
    if (!unicode_is_utf8(text)) {
        return rc_make(ERR_ENCODING);
    }
    if (l == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    l->o = o;
    l->in = text;
    l->a = a;
    TRY(lint_text_make(text, o->format, a, &l->text));
    TRY(lint_word_split(&l->text, a, &l->words));
    l->phrases = own_phrases(a);
    l->refusals = arena_zalloc(a, LINT_MAX_REFUSALS, sizeof(*l->refusals));
    l->spans = arena_zalloc(a, LINT_MAX_REFUSALS, sizeof(*l->spans));
    if (l->refusals == NULL || l->spans == NULL || l->phrases.n == 0) {
        return rc_make(ERR_ARENA_FULL);
    }
    look(l);
    place(l);
    *out = (struct lint_result){.refusals = l->refusals, .count = l->count, .all = l->all};
    return RC_OK;
}

void lint_print(struct buf *out, struct str path, const struct lint_result *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct lint_refusal *f = &r->refusals[i];
        escape_text(out, path);
        if (f->line != 0) {
            buf_printf(out, ":%u:%u", f->line, f->column);
        }
        buf_puts(out, ": [");
        buf_put(out, rules[f->rule].name);
        buf_puts(out, "] ");
        if (f->found.n != 0) {
            buf_putc(out, '"');
            escape_text(out, f->found);
            buf_puts(out, "\": ");
        }
        buf_put(out, rules[f->rule].why);
        buf_puts(out, "; write instead: ");
        buf_put(out, rules[f->rule].instead);
        buf_putc(out, '\n');
    }
    if (r->all > r->count) {
        buf_printf(out, "and %llu more\n", (unsigned long long)(r->all - r->count));
    }
}

void lint_print_json(struct buf *out, struct str path, const struct lint_result *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct lint_refusal *f = &r->refusals[i];
        struct jsonw w = jsonw_to(out);
        jsonw_object(&w);
        jsonw_key_str(&w, "path", path);
        jsonw_key_u64(&w, "line", f->line);
        jsonw_key_u64(&w, "column", f->column);
        jsonw_key_str(&w, "rule", rules[f->rule].name);
        jsonw_key_str(&w, "found", f->found);
        jsonw_key_str(&w, "why", rules[f->rule].why);
        jsonw_key_str(&w, "instead", rules[f->rule].instead);
        jsonw_end_object(&w);
        buf_putc(out, '\n');
    }
}
