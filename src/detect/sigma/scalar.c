/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/scalar.h"

#include "model/value.h"

#include <math.h>

enum { MAX_NUMBER_BYTES = 64 };

static bool is_one_of(struct str s, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (str_eq(s, str_of(*words))) {
            return true;
        }
    }
    return false;
}

static bool is_bool(struct str s, bool *out)
{
    static const char *const yes[] = {"yes",  "Yes", "YES", "true", "True",
                                      "TRUE", "on",  "On",  "ON",   NULL};
    static const char *const no[] = {"no",    "No",  "NO",  "false", "False",
                                     "FALSE", "off", "Off", "OFF",   NULL};
    *out = is_one_of(s, yes);
    return *out || is_one_of(s, no);
}

static bool is_null(struct str s)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_one_of(s, words);
}

/* Length of the leading digits of the base, underscores among them. */
static size_t digits(struct str s, unsigned base)
{
    size_t i = 0;
    for (; i < s.n; i++) {
        char c = str_lower(s.p[i]);
        bool fits = c == '_' || (c >= '0' && c <= '9' && (unsigned)(c - '0') < base) ||
                    (base == 16 && c >= 'a' && c <= 'f');
        if (!fits) {
            break;
        }
    }
    return i;
}

/* 190:20:30 - the tail of colon groups, each 0 to 59; its length. */
static size_t sixties(struct str s)
{
    size_t i = 0;
    while (i + 1 < s.n && s.p[i] == ':' && str_is_digit(s.p[i + 1])) {
        bool two = i + 2 < s.n && str_is_digit(s.p[i + 2]);
        if (two && s.p[i + 1] > '5') {
            break;
        }
        i += two ? 3 : 2;
    }
    return i;
}

/* Which base s (without sign) is written in; 0 when it is no integer, 60 for 1:30. */
static unsigned int_base(struct str s)
{
    if (s.n == 0 || !str_is_digit(s.p[0])) {
        return 0;
    }
    if (s.p[0] == '0') {
        if (s.n == 1) {
            return 10;
        }
        if (s.p[1] == 'b' || s.p[1] == 'x') {
            unsigned base = s.p[1] == 'b' ? 2 : 16;
            return s.n > 2 && digits(str_from(s, 2), base) == s.n - 2 ? base : 0;
        }
        return digits(s, 8) == s.n ? 8 : 0;
    }
    size_t whole = digits(s, 10);
    if (whole == s.n) {
        return 10;
    }
    size_t tail = sixties(str_from(s, whole));
    return tail != 0 && whole + tail == s.n ? 60 : 0;
}

static bool add_digit(uint64_t *v, uint64_t base, uint64_t digit)
{
    return !__builtin_mul_overflow(*v, base, v) && !__builtin_add_overflow(*v, digit, v);
}

static bool int_value(struct str s, unsigned base, uint64_t *out)
{
    uint64_t v = 0, group = 0;
    for (size_t i = base == 2 || base == 16 ? 2 : 0; i < s.n; i++) {
        char c = str_lower(s.p[i]);
        if (c == ':') {
            if (!add_digit(&v, 60, group)) {
                return false;
            }
            group = 0;
        } else if (c != '_') {
            uint64_t digit = (uint64_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
            if (!add_digit(base == 60 ? &group : &v, base == 60 ? 10 : base, digit)) {
                return false;
            }
        }
    }
    if (base == 60 && !add_digit(&v, 60, group)) {
        return false;
    }
    *out = v;
    return true;
}

static struct rc read_int(struct str s, unsigned base, bool negative, struct rule_value *out)
{
    uint64_t v;
    if (!int_value(s, base, &v) || (negative && v > (uint64_t)INT64_MAX + 1)) {
        return rc_make(ERR_TYPE);
    }
    if (negative && v != 0) {
        out->kind = RULE_VALUE_SIGNED;
        out->i = -(int64_t)(v - 1) - 1;
    } else {
        out->kind = RULE_VALUE_UNSIGNED;
        out->u = v;
    }
    return RC_OK;
}

/* Digits with a dot among or before them and, after that, an exponent with its sign. */
static bool is_float(struct str s, bool has_sign)
{
    bool leading = s.n > 0 && str_is_digit(s.p[0]);
    size_t i = leading ? digits(s, 10) : 0;
    if (i >= s.n || s.p[i] != '.') {
        return false;
    }
    i++;
    struct str fraction = str_from(s, i);
    if (!leading && (has_sign || fraction.n == 0 || !str_is_digit(fraction.p[0]))) {
        return false;
    }
    i += digits(fraction, 10);
    if (i == s.n) {
        return true;
    }
    struct str exponent = str_from(s, i);
    return exponent.n >= 3 && str_lower(exponent.p[0]) == 'e' &&
           (exponent.p[1] == '-' || exponent.p[1] == '+') &&
           str_find_char(exponent, '_') == SIZE_MAX &&
           digits(str_from(exponent, 2), 10) == exponent.n - 2;
}

static bool is_special_float(struct str s)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
    return is_one_of(s, words);
}

/* YAML lets digits be missing on one side of the dot, and underscores stand among them. */
static struct rc read_float(struct str s, bool negative, struct rule_value *out)
{
    char text[2 * MAX_NUMBER_BYTES];
    size_t n = 0;
    if (s.n > MAX_NUMBER_BYTES) {
        return rc_make(ERR_TYPE);
    }
    for (size_t i = 0; i < s.n; i++) {
        bool is_dot = s.p[i] == '.';
        if (is_dot && i == 0) {
            text[n++] = '0';
        }
        if (s.p[i] != '_') {
            text[n++] = s.p[i];
        }
        if (is_dot && (i + 1 == s.n || !str_is_digit(s.p[i + 1]))) {
            text[n++] = '0';
        }
    }
    struct number number = value_parse_number((struct str){text, n});
    double f = number.kind == NUMBER_UNSIGNED ? (double)number.u : number.f;
    if ((number.kind != NUMBER_UNSIGNED && number.kind != NUMBER_FLOAT) || !isfinite(f)) {
        return rc_make(ERR_TYPE);
    }
    out->kind = RULE_VALUE_FLOAT;
    out->f = negative ? -f : f;
    return RC_OK;
}

/* 2021-01-01, with or without a time of day after it. */
static bool is_date(struct str s)
{
    size_t i = 0, groups = 1;
    for (; i < s.n && groups <= 3; i++) {
        if (s.p[i] == '-') {
            if (i == 0 || s.p[i - 1] == '-' || (groups == 1 && i != 4)) {
                return false;
            }
            groups++;
        } else if (!str_is_digit(s.p[i])) {
            break;
        }
    }
    if (groups != 3 || i < 8 || s.p[i - 1] == '-' || i > 10) {
        return false;
    }
    /* A date alone has two digits each; with a time one will do. */
    struct str rest = str_from(s, i);
    if (rest.n == 0) {
        return i == 10;
    }
    size_t colon = str_find_char(rest, ':');
    return (str_lower(rest.p[0]) == 't' || rest.p[0] == ' ' || rest.p[0] == '\t') &&
           colon != SIZE_MAX && colon <= 4 && str_is_digit(rest.p[colon - 1]);
}

struct rc scalar_read(const struct node *n, struct rule_value *out, const char **out_reason)
{
    struct rule_value v = {
        .kind = RULE_VALUE_TEXT, .text = n->text, .line = n->line, .column = n->column};
    struct str s = n->text;
    struct rc rc = RC_OK;
    if (n->style != NODE_PLAIN) {
        *out = v;
        return RC_OK;
    }
    bool b;
    bool has_sign = s.n > 1 && (s.p[0] == '-' || s.p[0] == '+');
    struct str bare = has_sign ? str_from(s, 1) : s;
    bool numeric = bare.n > 0 && (str_is_digit(bare.p[0]) || bare.p[0] == '.');
    unsigned base = numeric ? int_base(bare) : 0;
    *out_reason = "a number outside 64 bits";
    if (base != 0) {
        rc = read_int(bare, base, s.p[0] == '-', &v);
    } else if (numeric && is_float(bare, has_sign)) {
        rc = read_float(bare, s.p[0] == '-', &v);
    } else if (numeric && is_special_float(bare)) {
        *out_reason = "not a finite number";
        rc = rc_make(ERR_TYPE);
    } else if (numeric && is_date(s)) {
        *out_reason = "a date in YAML";
        rc = rc_make(ERR_TYPE);
    } else if (is_null(s)) {
        v.kind = RULE_VALUE_NULL;
    } else if (s.n <= 5 && is_bool(s, &b)) {
        v.kind = RULE_VALUE_BOOL;
        v.b = b;
    }
    TRY(rc);
    *out = v;
    return RC_OK;
}
