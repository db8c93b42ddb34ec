/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/lint_text.h"

#include "base/unicode.h"

/* U+00C0 to U+017F without accents; '.' is none of them (× ÷): kept as a blank. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo.ouuuuypsaaaaaaaceeeeiiiidnooooo.ouuuuypy"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                            "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

struct maker {
    struct str in;
    char *out;
    uint32_t *at;
    size_t n;
    uint32_t *strange, *active;
    uint32_t strange_count, active_count;
};

static void put(struct maker *m, char c, size_t from)
{
    check(m->n < m->in.n + 1);
    m->out[m->n] = c;
    m->at[m->n++] = (uint32_t)from;
}

static void note(uint32_t *list, uint32_t *count, size_t at)
{
    if (*count < LINT_TEXT_MAX_NOTED) {
        list[(*count)++] = (uint32_t)at;
    }
}

static bool is_invisible(uint32_t c)
{
    return c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF ||
           (c >= 0x300 && c <= 0x36F) || c == 0x34F || (c >= 0xFE00 && c <= 0xFE0F);
}

static bool is_blank(uint32_t c)
{
    return c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Punctuation, signs and digits in circles that official texts use. */
static bool is_usual(uint32_t c)
{
    bool bidi = (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
                (c >= 0x2066 && c <= 0x2069);
    return !bidi &&
           (c < 0x250 || (c >= 0x2010 && c <= 0x206F) || (c >= 0x20A0 && c <= 0x20C0) ||
            c == 0x2116 || c == 0x2122 || (c >= 0x2190 && c <= 0x2193) || c == 0x2212);
}

/* One ASCII character for a code point that looks like it, or 0. */
static char plain_of(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) { /* full width */
        return str_lower((char)(c - 0xFF01 + '!'));
    }
    if (c >= 0xC0 && c <= 0x17F) {
        return latin[c - 0xC0] == '.' ? ' ' : latin[c - 0xC0];
    }
    switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0x2BC:
        return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0xAB:
    case 0xBB:
        return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
        return '-';
    case 0x2024:
    case 0x3002:
    case 0xB7:
    case 0x2022:
    case 0x2027:
        return '.';
    case 0x2236:
    case 0xA789:
        return ':';
    case 0x2044:
    case 0x2215:
        return '/';
    default:
        return 0;
    }
}

static void put_point(struct maker *m, uint32_t c, size_t from)
{
    char plain = plain_of(c);
    if (c < 0x80) {
        put(m, str_lower((char)c), from);
    } else if (is_invisible(c)) {
        return;
    } else if (is_blank(c)) {
        put(m, ' ', from);
    } else if (plain != 0) {
        put(m, plain, from);
    } else {
        if (!is_usual(c)) {
            note(m->strange, &m->strange_count, from);
        }
        put(m, '?', from);
    }
}

struct entity_name {
    struct str name;
    uint32_t point;
};

static const struct entity_name entity_names[] = {
    {STR_INIT("amp"), '&'},      {STR_INIT("lt"), '<'},      {STR_INIT("gt"), '>'},
    {STR_INIT("quot"), '"'},     {STR_INIT("apos"), '\''},   {STR_INIT("nbsp"), 0xA0},
    {STR_INIT("shy"), 0xAD},     {STR_INIT("period"), '.'},  {STR_INIT("colon"), ':'},
    {STR_INIT("commat"), '@'},   {STR_INIT("sol"), '/'},     {STR_INIT("bsol"), '\\'},
    {STR_INIT("zwnj"), 0x200C},  {STR_INIT("zwj"), 0x200D},  {STR_INIT("hyphen"), 0x2010},
    {STR_INIT("rsquo"), 0x2019}, {STR_INIT("lowbar"), '_'},  {STR_INIT("eacute"), 0xE9},
    {STR_INIT("egrave"), 0xE8},  {STR_INIT("agrave"), 0xE0}, {STR_INIT("ccedil"), 0xE7},
};

static bool parse_number(struct str digits, uint32_t base, uint32_t *out)
{
    uint32_t v = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int d = str_hex_digit(digits.p[i]);
        if (d < 0 || (uint32_t)d >= base || v > 0x10FFFF) {
            return false;
        }
        v = v * base + (uint32_t)d;
    }
    *out = v;
    return digits.n != 0 && v <= 0x10FFFF;
}

/* "&#46;" at s: its code point and length; false: it is an ampersand. */
static bool entity(struct str s, uint32_t *out, size_t *out_n)
{
    enum { LONGEST = 12 };
    size_t end = str_find_char(str_upto(s, LONGEST), ';');
    if (end == SIZE_MAX || end < 2) {
        return false;
    }
    struct str name = str_upto(str_from(s, 1), end - 1);
    *out_n = end + 1;
    if (name.n > 2 && name.p[0] == '#' && str_lower(name.p[1]) == 'x') {
        return parse_number(str_from(name, 2), 16, out);
    }
    if (name.p[0] == '#') {
        return parse_number(str_from(name, 1), 10, out);
    }
    for (size_t i = 0; i < COUNT_OF(entity_names); i++) {
        if (str_eq(name, entity_names[i].name)) {
            *out = entity_names[i].point;
            return true;
        }
    }
    return false;
}

static struct str tag_name(struct str s)
{
    size_t from = s.n > 1 && s.p[1] == '/' ? 2 : 1, to = from;
    while (to < s.n && (str_is_alpha(s.p[to]) || str_is_digit(s.p[to]))) {
        to++;
    }
    return str_from(str_upto(s, to), from);
}

static bool among(struct str name, const struct str *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(name, list[i])) {
            return true;
        }
    }
    return false;
}

/* Tags that do not part words: what they enclose reads on. */
static bool is_inline(struct str name)
{
    static const struct str names[] = {
        STR_INIT("b"),    STR_INIT("i"),      STR_INIT("em"),   STR_INIT("strong"),
        STR_INIT("span"), STR_INIT("u"),      STR_INIT("a"),    STR_INIT("small"),
        STR_INIT("code"), STR_INIT("abbr"),   STR_INIT("time"), STR_INIT("mark"),
        STR_INIT("wbr"),  STR_INIT("strike"), STR_INIT("sup"),  STR_INIT("sub"),
        STR_INIT("font"), STR_INIT("s"),      STR_INIT("q"),    STR_INIT("bdi")};
    return among(name, names, COUNT_OF(names));
}

static bool is_active(struct str name)
{
    static const struct str names[] = {
        STR_INIT("script"), STR_INIT("iframe"), STR_INIT("object"),  STR_INIT("embed"),
        STR_INIT("img"),    STR_INIT("link"),   STR_INIT("form"),    STR_INIT("base"),
        STR_INIT("video"),  STR_INIT("audio"),  STR_INIT("svg"),     STR_INIT("math"),
        STR_INIT("input"),  STR_INIT("bdo"),    STR_INIT("template")};
    return among(name, names, COUNT_OF(names));
}

/* Where the tag at `from` ends: behind its '>', or the end of the text. */
static size_t tag_end(struct str in, size_t from)
{
    char quote = 0;
    for (size_t i = from; i < in.n; i++) {
        char c = in.p[i];
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i + 1;
        }
    }
    return in.n;
}

/*
 * What an attribute says can be read in the source: values in quotes are text of their own,
 * each between blank lines, but for those that our own pages have, which hold no prose.
 */
static void put_attributes(struct maker *m, size_t from, size_t to)
{
    struct str tag = str_from(str_upto(m->in, to), from);
    struct str name = tag_name(tag);
    if (str_eq_nocase(name, STR("meta")) || str_eq_nocase(name, STR("html")) ||
        str_find(tag, STR(" class=")) == name.n + 1 ||
        str_find(tag, STR(" scope=\"col\"")) == name.n + 1) {
        return;
    }
    char quote = 0;
    for (size_t i = from; i < to; i++) {
        char c = m->in.p[i];
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
            put(m, '\n', i);
        } else if (quote != 0 && c == quote) {
            quote = 0;
            put(m, '\n', i);
        } else if (quote != 0 && (unsigned char)c < 0x80) {
            put(m, str_lower(c), i);
        }
    }
}

/* A comment, or an element that is not prose: its end. */
static size_t skip_element(struct maker *m, size_t from, struct str name)
{
    struct str left = str_from(m->in, from);
    if (str_starts(left, STR("<!--"))) {
        size_t end = str_find(left, STR("-->"));
        note(m->active, &m->active_count, from);
        return end == SIZE_MAX ? m->in.n : from + end + 3;
    }
    if (!str_eq_nocase(name, STR("style")) || left.p[1] == '/') {
        return from;
    }
    size_t end = str_find(left, STR("</style>"));
    /* a style can load a picture, too */
    if (str_find(str_upto(left, end), STR("url(")) != SIZE_MAX ||
        str_find(str_upto(left, end), STR("@import")) != SIZE_MAX) {
        note(m->active, &m->active_count, from);
    }
    return end == SIZE_MAX ? m->in.n : from + end + 8;
}

/* The tag at `from`; returns where to go on. */
static size_t take_tag(struct maker *m, size_t from)
{
    struct str name = tag_name(str_from(m->in, from));
    size_t end = skip_element(m, from, name);
    if (end != from) {
        return end;
    }
    end = tag_end(m->in, from);
    if (is_active(name) && m->in.p[from + 1] != '/') {
        note(m->active, &m->active_count, from);
    }
    if (is_inline(name)) {
        put_attributes(m, from, end);
        return end;
    }
    put(m, '\n', from);
    put(m, '\n', from);
    put_attributes(m, from, end);
    return end;
}

static bool is_tag(struct str s)
{
    return s.n >= 3 && s.p[0] == '<' &&
           (str_is_alpha(s.p[1]) || s.p[1] == '/' || s.p[1] == '!');
}

static size_t take_html(struct maker *m, size_t i)
{
    size_t n = 0;
    uint32_t point = 0;
    struct str left = str_from(m->in, i);
    if (is_tag(left)) {
        return take_tag(m, i);
    }
    if (left.p[0] == '&' && entity(left, &point, &n)) {
        put_point(m, point == '\n' ? ' ' : point, i);
        return i + n;
    }
    return 0;
}

/* Marks that part nothing: an escape before punctuation, emphasis, code. */
static bool is_mark(struct str s)
{
    bool escape = s.p[0] == '\\' && s.n > 1 && s.p[1] > ' ' && s.p[1] < 0x7F &&
                  !str_is_alpha(s.p[1]) && !str_is_digit(s.p[1]) && s.p[1] != '\\';
    return escape || s.p[0] == '*' || s.p[0] == '`';
}

static size_t take_markdown(struct maker *m, size_t i)
{
    size_t n = 0;
    uint32_t point = 0;
    struct str left = str_from(m->in, i);
    bool escaped = i > 0 && m->in.p[i - 1] == '\\';
    if (!escaped && is_tag(left)) {
        return take_tag(m, i);
    }
    if (!escaped && left.p[0] == '&' && entity(left, &point, &n)) {
        put_point(m, point == '\n' ? ' ' : point, i);
        return i + n;
    }
    if (str_starts(left, STR("![")) && !escaped) {
        note(m->active, &m->active_count, i);
    }
    return is_mark(left) ? i + 1 : 0;
}

static void make(struct maker *m, enum notice_format format)
{
    size_t i = 0;
    while (i < m->in.n) {
        size_t next = format == NOTICE_HTML ? take_html(m, i) : take_markdown(m, i);
        if (next == 0) {
            unsigned n = 0;
            uint32_t c = unicode_decode(str_from(m->in, i), &n);
            put_point(m, c, i);
            next = i + n;
        }
        i = next;
    }
}

struct rc lint_text_make(struct str text, enum notice_format format, struct arena *a,
                         struct lint_text *out)
{
    struct maker m = {.in = text,
                      .out = arena_text(a, text.n + 1),
                      .at = arena_zalloc(a, text.n + 1, sizeof(*m.at)),
                      .strange = arena_zalloc(a, LINT_TEXT_MAX_NOTED, sizeof(*m.strange)),
                      .active = arena_zalloc(a, LINT_TEXT_MAX_NOTED, sizeof(*m.active))};
    if (m.out == NULL || m.at == NULL || m.strange == NULL || m.active == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    make(&m, format);
    *out = (struct lint_text){.p = m.out,
                              .at = m.at,
                              .n = m.n,
                              .strange = m.strange,
                              .strange_count = m.strange_count,
                              .active = m.active,
                              .active_count = m.active_count};
    return RC_OK;
}

struct str lint_text_fold(struct str s, struct arena *a)
{
    struct maker m = {.in = s,
                      .out = arena_text(a, s.n + 1),
                      .at = arena_zalloc(a, s.n + 1, sizeof(*m.at)),
                      .strange = arena_zalloc(a, LINT_TEXT_MAX_NOTED, sizeof(*m.strange))};
    if (m.out == NULL || m.at == NULL || m.strange == NULL) {
        return (struct str){0};
    }
    for (size_t i = 0; i < s.n;) {
        unsigned n = 0;
        uint32_t c = unicode_decode(str_from(s, i), &n);
        put_point(&m, c, i);
        i += n;
    }
    return str_trim((struct str){m.out, m.n});
}
