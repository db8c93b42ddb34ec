/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "generate.h"

#include "base/jsonw.h"
#include "base/unicode.h"

struct generator generate_from(uint64_t seed)
{
    return (struct generator){seed * 2 + 1};
}

/* src: Sebastiano Vigna, splitmix64 */
static uint64_t next(struct generator *g)
{
    uint64_t z = g->state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

static size_t below(struct generator *g, size_t n)
{
    return (size_t)(next(g) % n);
}

static bool chance(struct generator *g, size_t percent)
{
    return below(g, 100) < percent;
}

#define PICK(g, array) ((array)[below((g), COUNT_OF(array))])

static const char *const fields[] = {"Image", "CommandLine", "A",    "B",
                                     "C.d",   "C.e",         "User", "n"};

/* Few and overlapping, so that rules and events meet; short ones, folds, dashes and odd bytes.
 */
static const char *const words[] = {
    "cmd.exe",
    "\\cmd.exe",
    "/bin/sh",
    "\\",
    "/",
    ".exe",
    "whoami",
    " -enc",
    " /enc",
    "-a -b",
    "-param-name",
    "IEX",
    "iex(",
    "foo",
    "fo",
    "o",
    "bar",
    "4688",
    "46",
    "0",
    "-1",
    "1.5",
    "true",
    "\xC3\x89"
    "cole",
    "\xC3\xA9"
    "cole",
    "\xCF\x82",
    "\xCE\xA3",
    "\xC3\x9F",
    "k",
    "\xE2\x84\xAA",
    "10.1.2.3",
    "::1",
    "MD5=0123456789abcdef0123456789abcdef",
    "Zm9vYmFy",
    "mb29iYX",
    "ZgBvAG8A",
    "a\nb",
    "\n",
    "\xF0\x9F\x98\x80",
    "\xE2\x80\x93"
    "enc",
    "..",
    "a",
    "",
    "C:\\Windows\\",
    "\\temp\\",
    "x*y",
    "x?y",
    "2025-11-27T03:40:10Z",
    "1764214810",
};

static void put_word(struct generator *g, struct buf *out, bool flip)
{
    for (const char *p = PICK(g, words); *p != '\0'; p++) {
        char c = *p;
        if (flip && str_is_alpha(c) && chance(g, 50)) {
            c = (char)(c ^ 0x20);
        }
        buf_putc(out, c);
    }
}

/* A rule value before quoting: words, wildcards, escapes. */
static void pattern(struct generator *g, struct buf *out, bool wildcards)
{
    size_t parts = 1 + below(g, 3);
    for (size_t i = 0; i < parts; i++) {
        size_t start = out->n;
        put_word(g, out, chance(g, 20));
        for (size_t k = start; !wildcards && k < out->n; k++) {
            if (out->p[k] == '*' || out->p[k] == '?') {
                out->p[k] = 'w';
            }
        }
        if (wildcards && chance(g, 25)) {
            static const char *const specials[] = {"*",   "?",  "\\*",  "\\\\",
                                                   "\\?", "**", "\\\\*"};
            buf_puts(out, PICK(g, specials));
        }
    }
}

/* A double-quoted YAML scalar is a JSON string but for a few escapes jsonw does not use. */
static void quoted(struct buf *out, struct str s)
{
    struct jsonw w = jsonw_to(out);
    jsonw_str(&w, s);
}

static void regex(struct generator *g, struct buf *out)
{
    static const char *const regexes[] = {
        "foo",        "^46",     "o$",         "a.b",
        "[a-c]+r",    "(?i)iex", "fo{1,2}",    "\\\\cmd\\.exe$",
        "\\d{2,4}",   "^.$",     "b|o",        "(foo|bar)x?",
        "\\bfoo\\b",  "^$",      "[^a]\\.exe", "\xC3\xA9.",
        "\\w+\\s\\S", "x.*y",
    };
    quoted(out, str_of(PICK(g, regexes)));
}

static void text_value(struct generator *g, struct buf *out, bool wildcards)
{
    AUTO_BUF b = {0};
    pattern(g, &b, wildcards);
    quoted(out, buf_str(&b));
}

static void plain_value(struct generator *g, struct buf *out)
{
    static const char *const scalars[] = {"4688",
                                          "46",
                                          "0",
                                          "-1",
                                          "1.5",
                                          "true",
                                          "false",
                                          "null",
                                          "''",
                                          "'*'",
                                          "9007199254740993",
                                          "18446744073709551615"};
    if (chance(g, 30)) {
        buf_puts(out, PICK(g, scalars));
    } else {
        text_value(g, out, true);
    }
}

enum shape {
    SHAPE_PLAIN,
    SHAPE_TEXT,
    SHAPE_CODED,
    SHAPE_REGEX,
    SHAPE_NUMBER,
    SHAPE_CIDR,
    SHAPE_EXISTS,
    SHAPE_FIELDREF,
    SHAPE_TIME
};

static const struct {
    const char *modifiers;
    enum shape shape;
    bool all; /* may |all follow? */
} kinds[] = {
    {"", SHAPE_PLAIN, false},
    {"", SHAPE_PLAIN, true},
    {"|neq", SHAPE_TEXT, false},
    {"|contains", SHAPE_TEXT, true},
    {"|contains", SHAPE_TEXT, true},
    {"|startswith", SHAPE_TEXT, true},
    {"|endswith", SHAPE_TEXT, true},
    {"|endswith", SHAPE_TEXT, false},
    {"|cased", SHAPE_TEXT, false},
    {"|contains|cased", SHAPE_TEXT, true},
    {"|endswith|cased", SHAPE_TEXT, false},
    {"|windash", SHAPE_TEXT, false},
    {"|contains|windash", SHAPE_TEXT, true},
    {"|windash|endswith", SHAPE_TEXT, false},
    {"|startswith|windash", SHAPE_TEXT, false},
    {"|contains|neq", SHAPE_TEXT, false},
    {"|re", SHAPE_REGEX, true},
    {"|re|i", SHAPE_REGEX, false},
    {"|re|m", SHAPE_REGEX, false},
    {"|re|s", SHAPE_REGEX, false},
    {"|re|i|s", SHAPE_REGEX, false},
    {"|base64|contains", SHAPE_CODED, false},
    {"|base64offset|contains", SHAPE_CODED, true},
    {"|wide|base64offset|contains", SHAPE_CODED, false},
    {"|utf16be|base64|contains", SHAPE_CODED, false},
    {"|lt", SHAPE_NUMBER, false},
    {"|lte", SHAPE_NUMBER, false},
    {"|gt", SHAPE_NUMBER, false},
    {"|gte", SHAPE_NUMBER, false},
    {"|cidr", SHAPE_CIDR, false},
    {"|exists", SHAPE_EXISTS, false},
    {"|fieldref", SHAPE_FIELDREF, false},
    {"|fieldref|endswith", SHAPE_FIELDREF, false},
    {"|fieldref|contains", SHAPE_FIELDREF, false},
    {"|fieldref|neq", SHAPE_FIELDREF, false},
    {"|hour", SHAPE_TIME, false},
    {"|minute", SHAPE_TIME, false},
    {"|week", SHAPE_TIME, false},
    {"|day", SHAPE_TIME, false},
    {"|year", SHAPE_TIME, false},
};

static void value(struct generator *g, enum shape shape, struct buf *out)
{
    static const char *const numbers[] = {"46", "4688", "0", "-1", "1.5", "1e3"};
    static const char *const networks[] = {"10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "::1/128",
                                           "::/0"};
    static const char *const times[] = {"3", "40", "48", "27", "2025"};
    switch (shape) {
    case SHAPE_PLAIN:
        plain_value(g, out);
        return;
    case SHAPE_TEXT:
        text_value(g, out, true);
        return;
    case SHAPE_CODED:
        quoted(out, str_of(chance(g, 50)   ? "foobar"
                           : chance(g, 50) ? "foo"
                                           : "\xC3\xA9"
                                             "cole"));
        return;
    case SHAPE_REGEX:
        regex(g, out);
        return;
    case SHAPE_NUMBER:
        buf_puts(out, numbers[below(g, COUNT_OF(numbers) - 1)]);
        return;
    case SHAPE_CIDR:
        quoted(out, str_of(PICK(g, networks)));
        return;
    case SHAPE_EXISTS:
        buf_puts(out, chance(g, 50) ? "true" : "false");
        return;
    case SHAPE_FIELDREF:
        buf_puts(out, PICK(g, fields));
        return;
    case SHAPE_TIME:
        buf_puts(out, PICK(g, times));
        return;
    }
}

static void item(struct generator *g, struct buf *out, unsigned number)
{
    /* two keys of one map may not be equal: spread fields by position */
    const char *field = fields[(number * 3 + below(g, 3)) % COUNT_OF(fields)];
    size_t kind = below(g, COUNT_OF(kinds));
    enum shape shape = kinds[kind].shape;
    size_t values = shape == SHAPE_EXISTS ? 1 : 1 + below(g, 3) * below(g, 2);
    bool all = kinds[kind].all && values > 1 && chance(g, 30);
    buf_printf(out, "        %s%s%s: ", field, kinds[kind].modifiers, all ? "|all" : "");
    if (values == 1) {
        value(g, shape, out);
        buf_putc(out, '\n');
        return;
    }
    buf_putc(out, '[');
    for (size_t i = 0; i < values; i++) {
        buf_puts(out, i == 0 ? "" : ", ");
        value(g, shape, out);
    }
    buf_puts(out, "]\n");
}

static void keywords(struct generator *g, struct buf *out)
{
    static const char *const heads[] = {"", "'|all':\n    ", "'|re':\n    "};
    size_t head = below(g, COUNT_OF(heads));
    buf_puts(out, head == 0 ? "" : "        ");
    buf_puts(out, heads[head]);
    size_t n = 1 + below(g, 2);
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, head == 0 || i > 0 ? "        - " : "    - ");
        if (head != 0 && i > 0) {
            out->n -= 2;
            buf_puts(out, "- ");
        }
        if (head == 2) {
            regex(g, out);
        } else {
            text_value(g, out, true);
        }
        buf_putc(out, '\n');
    }
}

static void selection(struct generator *g, struct buf *out)
{
    if (chance(g, 8)) {
        keywords(g, out);
        return;
    }
    unsigned items = 1 + (unsigned)below(g, 2);
    for (unsigned i = 0; i < items; i++) {
        item(g, out, i);
    }
}

void generate_rule(struct generator *g, uint32_t number, struct buf *out)
{
    static const char *const conditions[] = {
        "s1",
        "s1 and s2",
        "s1 or s2",
        "s1 and not s2",
        "not s1",
        "1 of s*",
        "all of s*",
        "s1 and not 1 of f*",
        "(s1 or s2) and not f1",
        "2 of them",
        "s1 and (s2 or f1)",
        "not (s1 and s2)",
        "all of them",
        "not s1 and not f1",
        "f1 or not s2",
    };
    buf_printf(out,
               "title: generated %u\nid: 00000000-0000-4000-8000-%012x\nlevel: low\n"
               "logsource:\n    product: test\ndetection:\n",
               number, number);
    static const char *const names[] = {"s1", "s2", "f1"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        buf_printf(out, "    %s:\n", names[i]);
        selection(g, out);
    }
    buf_printf(out, "    condition: %s\n", PICK(g, conditions));
}

static void event_scalar(struct generator *g, struct jsonw *w)
{
    static const char *const tokens[] = {"4688",
                                         "4688.0",
                                         "46",
                                         "0",
                                         "-1",
                                         "1.5",
                                         "true",
                                         "false",
                                         "null",
                                         "9007199254740992",
                                         "9007199254740993",
                                         "18446744073709551615",
                                         "1e3"};
    if (chance(g, 20)) {
        jsonw_raw(w, str_of(PICK(g, tokens)));
        return;
    }
    AUTO_BUF b = {0};
    size_t parts = 1 + below(g, 3);
    for (size_t i = 0; i < parts; i++) {
        put_word(g, &b, chance(g, 40));
    }
    jsonw_str(w, buf_str(&b));
}

static void event_value(struct generator *g, struct jsonw *w)
{
    if (!chance(g, 12)) {
        event_scalar(g, w);
        return;
    }
    size_t n = below(g, 4);
    jsonw_array(w);
    for (size_t i = 0; i < n; i++) {
        event_scalar(g, w);
    }
    jsonw_end_array(w);
}

void generate_event(struct generator *g, struct buf *out)
{
    static const char *const flat[] = {"Image", "CommandLine", "A", "B", "User", "n", "other"};
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    for (size_t i = 0; i < COUNT_OF(flat); i++) {
        if (chance(g, 65)) {
            jsonw_key(&w, str_of(flat[i]));
            event_value(g, &w);
        }
    }
    if (chance(g, 50)) {
        jsonw_key(&w, STR("C"));
        jsonw_object(&w);
        if (chance(g, 70)) {
            jsonw_key(&w, STR("d"));
            event_value(g, &w);
        }
        if (chance(g, 70)) {
            jsonw_key(&w, STR("e"));
            event_value(g, &w);
        }
        jsonw_end_object(&w);
    }
    if (chance(g, 15)) {
        jsonw_key(&w, STR("C.d"));
        event_value(g, &w);
    }
    jsonw_end_object(&w);
}
