/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/lint_secret.h"

#include "inform/lint_inner.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || str_is_digit(c);
}

static struct str text_of(const struct lint *l)
{
    return (struct str){l->text.p, l->text.n};
}

/* A dot, as it is or defanged: how many bytes, 0: none. */
static size_t dot(struct str s)
{
    static const struct str forms[] = {
        STR_INIT("."),       STR_INIT("[.]"),     STR_INIT("(.)"),     STR_INIT("{.}"),
        STR_INIT("[dot]"),   STR_INIT("(dot)"),   STR_INIT("{dot}"),   STR_INIT(" dot "),
        STR_INIT("[point]"), STR_INIT(" [.] "),   STR_INIT(" (dot) "), STR_INIT(" [dot] "),
        STR_INIT("(point)"), STR_INIT(" point "), STR_INIT("[.")};
    size_t longest = 0;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (forms[i].n > longest && str_starts(s, forms[i])) {
            longest = forms[i].n;
        }
    }
    return longest;
}

static size_t digits_at(struct str s, unsigned *out)
{
    size_t n = 0;
    unsigned v = 0;
    while (n < s.n && n < 4 && str_is_digit(s.p[n])) {
        v = v * 10 + (unsigned)(s.p[n++] - '0');
    }
    *out = v;
    return n;
}

/* Does an address of four numbers begin here? Its length and, in *out, its value. */
static size_t v4_at(struct str s, struct ipaddr *out)
{
    AUTO_BUF plain = {0};
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        unsigned v = 0;
        size_t n = digits_at(str_from(s, at), &v);
        if (n == 0 || n > 3 || v > 255) {
            return 0;
        }
        at += n;
        buf_printf(&plain, part == 0 ? "%u" : ".%u", v);
        size_t separator = part < 3 ? dot(str_from(s, at)) : 0;
        if (part < 3 && separator == 0) {
            return 0;
        }
        at += separator;
    }
    bool ends = at == s.n || !str_is_digit(s.p[at]);
    return ends && ipaddr_parse(buf_str(&plain), out) ? at : 0;
}

/* Characters of an address with colons from here on, defanged or not, into plain. */
static size_t v6_run(struct str s, struct buf *plain, unsigned *colons)
{
    enum { LONGEST = 64 };
    size_t at = 0;
    while (at < s.n && plain->n < LONGEST) {
        struct str left = str_from(s, at);
        bool fanged = str_starts(left, STR("[:]")) || str_starts(left, STR("(:)"));
        size_t d = left.p[0] == '[' || left.p[0] == '(' ? dot(left) : 0;
        if (fanged || left.p[0] == ':') {
            buf_putc(plain, ':');
            (*colons)++;
        } else if (d != 0 || left.p[0] == '.') {
            buf_putc(plain, '.');
        } else if (str_hex_digit(left.p[0]) >= 0) {
            buf_putc(plain, left.p[0]);
        } else {
            break;
        }
        at += fanged ? 3 : d != 0 ? d : 1;
    }
    return at;
}

/* Six or more groups of hexadecimal digits, or groups around "::". */
static bool is_grouped(struct str s, unsigned colons)
{
    return colons >= 5 || (colons >= 2 && s.n > 2 && str_find(s, STR("::")) != SIZE_MAX);
}

static size_t v6_at(struct str s, struct ipaddr *out)
{
    AUTO_BUF plain = {0};
    unsigned colons = 0;
    size_t n = v6_run(s, &plain, &colons);
    struct str text = buf_str(&plain);
    while (text.n > 2 && (text.p[text.n - 1] == '.' || text.p[text.n - 1] == ':') &&
           !str_ends(text, STR("::"))) {
        text.n--;
    }
    *out = (struct ipaddr){0};
    if (colons < 2) {
        return 0;
    }
    if (ipaddr_parse(text, out)) {
        return n;
    }
    return is_grouped(text, colons) ? n : 0;
}

/* 0xcb007142: an address as one number. */
static size_t number_at(struct str s)
{
    size_t n = 2;
    if (!str_starts(s, STR("0x"))) {
        return 0;
    }
    while (n < s.n && str_hex_digit(s.p[n]) >= 0) {
        n++;
    }
    return n >= 8 ? n : 0;
}

/* May this address be said to the audience, by an assertion of its own? */
static bool may_say(const struct lint *l, const struct ipaddr *found)
{
    const struct incident *i = l->o->incident;
    for (uint32_t k = 0; i != NULL && k < i->assertion_count; k++) {
        struct ipaddr known;
        const struct assertion *a = &i->assertions[k];
        if (a->kind == ASSERTION_SOURCE_ADDRESS && notice_may_say(a, l->o->audience) &&
            ipaddr_parse(a->value, &known) && ipaddr_eq(&known, found)) {
            return true;
        }
    }
    return false;
}

/* The length of a prefix behind an address, "/24". */
static size_t prefix_at(struct str s)
{
    unsigned bits = 0;
    size_t n = s.n > 1 && s.p[0] == '/' ? digits_at(str_from(s, 1), &bits) : 0;
    return n == 0 ? 0 : n + 1;
}

static void find_addresses(struct lint *l)
{
    struct str t = text_of(l);
    for (size_t i = 0; i < t.n; i++) {
        struct ipaddr found = {0};
        struct str left = str_from(t, i);
        if (i > 0 && (is_word(t.p[i - 1]) || t.p[i - 1] == '.')) {
            continue;
        }
        size_t n = v4_at(left, &found);
        n = n != 0 ? n : v6_at(left, &found);
        n = n != 0 ? n : number_at(left);
        if (n == 0) {
            continue;
        }
        n += prefix_at(str_from(left, n));
        if (found.family != IPADDR_NONE && may_say(l, &found)) {
            lint_allow(l, i, i + n);
        } else {
            lint_refuse(l, LINT_ADDRESS, i, i + n);
        }
        i += n - 1;
    }
}

static bool is_name(char c)
{
    return is_word(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

enum { LONGEST_NAME = 255 }; /* of a host, src: RFC 1035 section 2.3.4; to each side */

static void name_around(struct str t, size_t at, size_t width, struct lint_span *out)
{
    size_t from = at, to = at + width;
    while (from > 0 && at - from < LONGEST_NAME && is_name(t.p[from - 1])) {
        from--;
    }
    while (to < t.n && to - at < LONGEST_NAME && is_name(t.p[to])) {
        to++;
    }
    while (to > at + width && !is_word(t.p[to - 1])) {
        to--; /* the full stop of the sentence */
    }
    *out = (struct lint_span){(uint32_t)from, (uint32_t)to};
}

static size_t at_sign(struct str s)
{
    static const struct str forms[] = {STR_INIT("@"),      STR_INIT("[at]"),
                                       STR_INIT("(at)"),   STR_INIT(" [at] "),
                                       STR_INIT(" (at) "), STR_INIT("[arobase]")};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (str_starts(s, forms[i])) {
            return forms[i].n;
        }
    }
    return 0;
}

static void find_mail_and_accounts(struct lint *l)
{
    struct str t = text_of(l);
    for (size_t i = 1; i + 1 < t.n; i++) {
        struct lint_span span;
        size_t n = at_sign(str_from(t, i));
        if (n != 0 && is_name(t.p[i - 1]) && i + n < t.n && is_name(t.p[i + n])) {
            name_around(t, i, n, &span);
            lint_refuse(l, LINT_EMAIL, span.from, span.to);
        }
        n = t.p[i] != '\\' ? 0 : t.p[i + 1] == '\\' ? 2 : 1;
        if (n != 0 && is_word(t.p[i - 1]) && i + n < t.n && is_word(t.p[i + n])) {
            name_around(t, i, n, &span);
            lint_refuse(l, LINT_ACCOUNT, span.from, span.to);
        }
    }
}

/* Letters only behind the dot, two or more: the end of a name. */
static size_t label_at(struct str s)
{
    size_t n = 0;
    while (n < s.n && is_word(s.p[n]) && !str_is_digit(s.p[n])) {
        n++;
    }
    bool ends = n == s.n || (!str_is_digit(s.p[n]) && s.p[n] != '_');
    return n >= 2 && n <= 24 && ends ? n : 0;
}

/* "srv.example", "srv[.]example", "statement.odt", but not "e.g.", nor "dot" in a sentence. */
static void find_dotted(struct lint *l)
{
    struct str t = text_of(l);
    for (size_t i = 1; i < t.n; i++) {
        size_t n = t.p[i] == ' ' ? 0 : dot(str_from(t, i));
        if (n == 0 || !is_word(t.p[i - 1]) || label_at(str_from(t, i + n)) == 0) {
            continue;
        }
        struct lint_span span;
        name_around(t, i, n, &span);
        lint_refuse(l, LINT_HOST, span.from, span.to);
    }
}

static bool is_year(struct str s)
{
    return s.n == 4 && (str_starts(s, STR("19")) || str_starts(s, STR("20")));
}

/* "2nd", "1er", "12e", "14h05": letters behind digits that make no name. */
static bool is_ordinal(struct str s)
{
    static const struct str tails[] = {STR_INIT("st"), STR_INIT("nd"),  STR_INIT("rd"),
                                       STR_INIT("th"), STR_INIT("er"),  STR_INIT("ere"),
                                       STR_INIT("e"),  STR_INIT("eme"), STR_INIT("h"),
                                       STR_INIT("re"), STR_INIT("pm"),  STR_INIT("am")};
    size_t n = 0;
    while (n < s.n && str_is_digit(s.p[n])) {
        n++;
    }
    struct str tail = str_from(s, n);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        if (str_eq(tail, tails[i])) {
            return n != 0;
        }
    }
    return n != 0 && n <= 2 && tail.n == 3 && tail.p[0] == 'h' && str_is_digit(tail.p[1]) &&
           str_is_digit(tail.p[2]);
}

/* "dc01", "srv-db-02", "svc_backup", but not "24-hour", "mid-2026", "2026-11-24". */
static bool is_machine(struct str s)
{
    bool digit = false, letter = false, mixed = false;
    struct str left = s;
    unsigned pieces = 0;
    bool years = true;
    while (left.n != 0) {
        size_t end = str_find_char(left, '-');
        struct str piece = str_upto(left, end);
        left = end == SIZE_MAX ? (struct str){0} : str_from(left, end + 1);
        bool d = false, a = false;
        for (size_t i = 0; i < piece.n; i++) {
            d |= str_is_digit(piece.p[i]);
            a |= !str_is_digit(piece.p[i]);
        }
        mixed |= d && a && !is_ordinal(piece);
        years &= !d || is_year(piece);
        digit |= d;
        letter |= a;
        pieces++;
    }
    bool counted = pieces >= 2 && str_is_digit(s.p[0]); /* "24-hour" */
    return mixed || str_find_char(s, '_') != SIZE_MAX ||
           (digit && letter && pieces > 1 && !years && !counted);
}

static void find_machines(struct lint *l)
{
    struct str t = text_of(l);
    for (size_t i = 0; i < t.n; i++) {
        size_t n = 0;
        while (i + n < t.n && (is_word(t.p[i + n]) || t.p[i + n] == '-' || t.p[i + n] == '_')) {
            n++;
        }
        struct str token = str_upto(str_from(t, i), n);
        size_t used = n;
        while (token.n != 0 && !is_word(token.p[token.n - 1])) {
            token.n--;
        }
        while (token.n != 0 && !is_word(token.p[0])) {
            token = str_from(token, 1);
        }
        if (token.n >= 3 && is_machine(token)) {
            size_t from = (size_t)(token.p - t.p);
            lint_refuse(l, LINT_HOST, from, from + token.n);
        }
        i += used;
    }
}

static size_t path_at(struct str s)
{
    bool unix_path = s.n > 2 && (s.p[0] == '/' || str_starts(s, STR("~/"))) &&
                     (is_word(s.p[1]) || s.p[1] == '/' || s.p[1] == '.');
    bool drive = s.n > 2 && s.p[0] >= 'a' && s.p[0] <= 'z' && s.p[1] == ':' &&
                 (s.p[2] == '\\' || (s.p[2] == '/' && s.n > 3 && is_word(s.p[3])));
    bool share = s.n > 2 && s.p[0] == '\\' && s.p[1] == '\\' && is_word(s.p[2]);
    bool variable =
        s.n > 2 && (s.p[0] == '%' || s.p[0] == '$') && is_word(s.p[1]) && !str_is_digit(s.p[1]);
    bool hive = str_starts(s, STR("hkey_")) || str_starts(s, STR("hklm\\")) ||
                str_starts(s, STR("hkcu\\"));
    if (!unix_path && !drive && !share && !variable && !hive) {
        return 0;
    }
    size_t n = 1;
    while (n < s.n && !str_is_space(s.p[n]) &&
           str_find_char(STR("\",;)<>|"), s.p[n]) == SIZE_MAX) {
        n++;
    }
    return n;
}

static void find_paths(struct lint *l)
{
    struct str t = text_of(l);
    for (size_t i = 0; i < t.n; i++) {
        bool begins = i == 0 || str_is_space(t.p[i - 1]) ||
                      str_find_char(STR("\"'([{=:,;"), t.p[i - 1]) != SIZE_MAX;
        size_t n = begins ? path_at(str_from(t, i)) : 0;
        if (n != 0) {
            lint_refuse(l, LINT_PATH, i, i + n);
            i += n - 1;
        }
    }
}

void lint_secret_forms(struct lint *l)
{
    find_addresses(l);
    find_paths(l);
    find_mail_and_accounts(l);
    find_dotted(l);
    find_machines(l);
}

/* Refuse each place where the name stands as a word of its own. */
static void find_name(struct lint *l, enum lint_rule rule, struct str name)
{
    struct str t = text_of(l), folded = lint_text_fold(name, l->a);
    if (folded.n < 2 || folded.n > t.n) {
        return;
    }
    for (size_t i = 0; i + folded.n <= t.n; i++) {
        size_t found = str_find(str_from(t, i), folded);
        if (found == SIZE_MAX) {
            return;
        }
        i += found;
        size_t to = i + folded.n;
        bool whole = (i == 0 || !is_word(t.p[i - 1]) || !is_word(t.p[i])) &&
                     (to == t.n || !is_word(t.p[to]) || !is_word(t.p[to - 1]));
        if (whole) {
            lint_refuse(l, rule, i, to);
        }
    }
}

void lint_secret_names(struct lint *l)
{
    const struct incident *i = l->o->incident;
    for (uint32_t k = 0; i != NULL && k < i->assertion_count; k++) {
        find_name(l, LINT_PERSON, notice_guarded(&i->assertions[k]));
    }
    for (uint32_t k = 0; i != NULL && k < i->listed_count; k++) {
        find_name(l, LINT_RULE_NAME, i->findings[k].title);
    }
}

/* A word that the forms of notices have anyway says nothing about this incident. */
static bool is_common(struct lint *l, struct str name)
{
    struct str folded = lint_text_fold(name, l->a), left = l->phrases;
    for (size_t i = 0; i < folded.n; i++) {
        if (!is_word(folded.p[i]) || str_is_digit(folded.p[i])) {
            return false;
        }
    }
    while (folded.n != 0) {
        size_t at = str_find(left, folded);
        if (at == SIZE_MAX) {
            return false;
        }
        struct str after = str_from(left, at + folded.n);
        if ((at == 0 || !is_word(left.p[at - 1])) && (after.n == 0 || !is_word(after.p[0]))) {
            return true;
        }
        left = after;
    }
    return false;
}

static void find_entity(struct lint *l, struct str name)
{
    if (!is_common(l, name)) {
        find_name(l, LINT_ENTITY, name);
    }
}

/* Is it the name of a service to the public, in one of the languages? */
static bool is_service(const struct assertion *a, struct str value)
{
    size_t bar = str_find_char(a->extra, '|');
    bool first = str_eq_nocase(str_trim(str_upto(a->extra, bar)), value);
    return a->kind == ASSERTION_SERVICE &&
           (first ||
            (bar != SIZE_MAX && str_eq_nocase(str_trim(str_from(a->extra, bar + 1)), value)));
}

/* Has this value an assertion by which the audience may read it? */
static bool is_said(const struct lint *l, struct str value)
{
    const struct incident *i = l->o->incident;
    for (uint32_t k = 0; k < i->assertion_count; k++) {
        const struct assertion *a = &i->assertions[k];
        if (notice_may_say(a, l->o->audience) &&
            (str_eq_nocase(a->value, value) || is_service(a, value))) {
            return true;
        }
    }
    return false;
}

void lint_secret_entities(struct lint *l)
{
    const struct incident *i = l->o->incident;
    if (i == NULL) {
        return;
    }
    for (uint32_t k = 0; k < i->entity_count; k++) {
        if (!is_said(l, i->entities[k].value)) {
            find_entity(l, i->entities[k].value);
        }
    }
    for (uint32_t k = 0; k < i->listed_count; k++) {
        if (!is_said(l, i->findings[k].host)) {
            find_entity(l, i->findings[k].host);
        }
    }
    for (uint32_t k = 0; k < i->action_count; k++) {
        if (!is_said(l, i->actions[k].action.account)) {
            find_entity(l, i->actions[k].action.account);
        }
    }
    for (uint32_t k = 0; k < i->effect_count; k++) {
        if (!is_said(l, i->effects[k].name) && !is_said(l, i->effects[k].asset)) {
            find_entity(l, i->effects[k].name);
            find_entity(l, i->effects[k].asset);
        }
    }
    for (uint32_t k = 0; k < i->assertion_count; k++) {
        const struct assertion *a = &i->assertions[k];
        bool names = a->kind == ASSERTION_SOURCE_ADDRESS || a->kind == ASSERTION_ACCOUNT_USED ||
                     a->kind == ASSERTION_HOST || a->kind == ASSERTION_INFORMATION;
        if (names && !notice_may_say(a, l->o->audience)) {
            find_entity(l, a->value);
        }
    }
}
