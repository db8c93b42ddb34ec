/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/aggregate.h"

/* Takes a word of letters, digits, _ . and - off the front. */
static struct str take_word(struct str *s)
{
    *s = str_trim(*s);
    size_t n = 0;
    while (n < s->n && (str_is_alpha(s->p[n]) || str_is_digit(s->p[n]) || s->p[n] == '_' ||
                        s->p[n] == '.' || s->p[n] == '-')) {
        n++;
    }
    struct str word = str_upto(*s, n);
    *s = str_trim(str_from(*s, n));
    return word;
}

static bool take(struct str *s, const char *mark)
{
    struct str m = str_of(mark);
    if (!str_starts(*s, m)) {
        return false;
    }
    *s = str_trim(str_from(*s, m.n));
    return true;
}

static bool take_operator(struct str *s)
{
    static const char *const operators[] = {"<=", ">=", "==", "<", ">", "="};
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (take(s, operators[i])) {
            return true;
        }
    }
    return false;
}

static bool find_type(struct str function, bool has_field, struct str *out)
{
    static const struct {
        struct str function, type;
    } table[] = {{STR_INIT("sum"), STR_INIT("value_sum")},
                 {STR_INIT("avg"), STR_INIT("value_avg")},
                 {STR_INIT("min"), STR_INIT("value_min")},
                 {STR_INIT("max"), STR_INIT("value_max")}};
    if (str_eq(function, STR("count"))) {
        *out = has_field ? STR("value_count") : STR("event_count");
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (str_eq(function, table[i].function)) {
            *out = table[i].type;
            return has_field;
        }
    }
    return false;
}

/* by field, field */
static bool take_groups(struct str *s)
{
    struct str ahead = *s;
    if (!str_eq(take_word(&ahead), STR("by"))) {
        return true;
    }
    do {
        if (take_word(&ahead).n == 0) {
            return false;
        }
    } while (take(&ahead, ","));
    *s = ahead;
    return true;
}

struct rc aggregate_parse(struct loader *l, const struct node *at, struct str text,
                          struct str *out_type)
{
    struct str rest = text, type;
    uint64_t threshold;
    struct str function = take_word(&rest);
    if (str_eq(function, STR("near"))) {
        return loader_reject(l, at,
                             "`near` was never defined: write a correlation rule of type "
                             "temporal, with a timespan");
    }
    bool opened = take(&rest, "(");
    struct str field = take_word(&rest);
    bool whole = opened && take(&rest, ")") && find_type(function, field.n != 0, &type) &&
                 take_groups(&rest) && take_operator(&rest) && str_to_u64(rest, &threshold);
    if (!whole) {
        return loader_reject(l, at,
                             "'| %.*s' is no aggregation: write a correlation rule, or "
                             "`| count(field) by group > 5`",
                             LOADER_SHOW(text));
    }
    *out_type = type;
    return RC_OK;
}
