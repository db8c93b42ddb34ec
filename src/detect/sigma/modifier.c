/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/modifier.h"

#include "detect/sigma/cidr.h"
#include "detect/sigma/suggest.h"

/* Modifiers that obey the same rules of order. */
enum group {
    PATTERN = 1 << 0,
    LIST = 1 << 1,
    CASED = 1 << 2,
    REGEX = 1 << 3,
    FLAG = 1 << 4,
    CODE = 1 << 5,
    WIDE = 1 << 6,
    WINDASH = 1 << 7,
    CIDR = 1 << 8,
    COMPARE = 1 << 9,
    EXISTS = 1 << 10,
    FIELDREF = 1 << 11,
    TIME = 1 << 12,
    EXPAND = 1 << 13,
};

enum { TEXT_ONLY = PATTERN | CASED | REGEX | CODE | WIDE | WINDASH | CIDR | FIELDREF };

static const struct str names[MODIFIER_COUNT] = {
#define MODIFIER(identifier, name) [MODIFIER_##identifier] = STR_INIT(name),
#include "detect/sigma/modifier.def"
#undef MODIFIER
};

static enum group group_of(enum modifier m)
{
    switch (m) {
    case MODIFIER_CONTAINS:
    case MODIFIER_STARTSWITH:
    case MODIFIER_ENDSWITH:
        return PATTERN;
    case MODIFIER_ALL:
    case MODIFIER_NEQ:
        return LIST;
    case MODIFIER_CASED:
        return CASED;
    case MODIFIER_RE:
        return REGEX;
    case MODIFIER_RE_I:
    case MODIFIER_RE_M:
    case MODIFIER_RE_S:
        return FLAG;
    case MODIFIER_BASE64:
    case MODIFIER_BASE64OFFSET:
        return CODE;
    case MODIFIER_UTF16LE:
    case MODIFIER_UTF16BE:
    case MODIFIER_UTF16:
        return WIDE;
    case MODIFIER_WINDASH:
        return WINDASH;
    case MODIFIER_CIDR:
        return CIDR;
    case MODIFIER_LT:
    case MODIFIER_LTE:
    case MODIFIER_GT:
    case MODIFIER_GTE:
        return COMPARE;
    case MODIFIER_EXISTS:
        return EXISTS;
    case MODIFIER_FIELDREF:
        return FIELDREF;
    case MODIFIER_MINUTE:
    case MODIFIER_HOUR:
    case MODIFIER_DAY:
    case MODIFIER_WEEK:
    case MODIFIER_MONTH:
    case MODIFIER_YEAR:
        return TIME;
    case MODIFIER_EXPAND:
    case MODIFIER_COUNT:
        return EXPAND;
    }
    return EXPAND;
}

/* The groups that may stand before a modifier of the group. */
static unsigned may_precede(enum group g)
{
    switch (g) {
    case PATTERN:
        return PATTERN | LIST | CASED | REGEX | FLAG | CODE | WIDE | WINDASH | FIELDREF;
    case LIST:
        return ~(unsigned)EXISTS;
    case CASED:
        return PATTERN | LIST | CASED | CODE | WIDE | WINDASH;
    case FLAG:
        return REGEX | FLAG | PATTERN | LIST;
    case CODE:
        return CODE | WIDE | WINDASH | LIST | CASED;
    case WIDE:
        return PATTERN | LIST | CASED | WINDASH;
    case WINDASH:
        return PATTERN | LIST | CASED;
    case COMPARE:
        return LIST | TIME;
    case FIELDREF:
    case TIME:
        return LIST;
    case REGEX:
    case CIDR:
    case EXISTS:
    case EXPAND:
        return 0;
    }
    return 0;
}

struct str modifier_name(enum modifier m)
{
    check(m < MODIFIER_COUNT);
    return names[m];
}

bool modifier_parse(struct str s, enum modifier *out)
{
    static const struct {
        struct str name;
        enum modifier modifier;
    } aliases[] = {{STR_INIT("wide"), MODIFIER_UTF16LE},
                   {STR_INIT("ignorecase"), MODIFIER_RE_I},
                   {STR_INIT("multiline"), MODIFIER_RE_M},
                   {STR_INIT("dotall"), MODIFIER_RE_S}};
    for (size_t i = 0; i < MODIFIER_COUNT; i++) {
        if (str_eq(s, names[i])) {
            *out = (enum modifier)i;
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        if (str_eq(s, aliases[i].name)) {
            *out = aliases[i].modifier;
            return true;
        }
    }
    return false;
}

struct str modifier_nearest(struct str s)
{
    struct suggest near = {.word = s};
    for (size_t i = 0; i < MODIFIER_COUNT; i++) {
        suggest_offer(&near, names[i]);
    }
    suggest_offer(&near, STR("wide"));
    return near.best;
}

bool modifier_is_on(const struct rule_item *item, enum modifier m)
{
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        if (item->modifiers[i] == m) {
            return true;
        }
    }
    return false;
}

static unsigned groups_of(const struct rule_item *item)
{
    unsigned groups = 0;
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        groups |= group_of(item->modifiers[i]);
    }
    return groups;
}

/* What to say when m stands after `before`, which may not precede it. */
static struct rc reject_order(struct loader *l, const struct node *key, enum modifier m,
                              enum modifier before)
{
    struct str name = names[m], other = names[before];
    switch (group_of(m)) {
    case REGEX:
        return loader_reject(l, key,
                             "|re takes the value as it is written: put it first, "
                             "`field|re`, without |%.*s before it",
                             LOADER_SHOW(other));
    case CIDR:
        return loader_reject(l, key, "|cidr must be the first modifier: remove |%.*s",
                             LOADER_SHOW(other));
    case EXISTS:
        return loader_reject(l, key, "|exists stands alone: remove |%.*s", LOADER_SHOW(other));
    case PATTERN:
    case LIST:
    case CASED:
    case FLAG:
    case CODE:
    case WIDE:
    case WINDASH:
    case COMPARE:
    case FIELDREF:
    case TIME:
    case EXPAND:
        break;
    }
    bool swap = (may_precede(group_of(before)) & group_of(m)) != 0;
    return loader_reject(l, key, "|%.*s cannot follow |%.*s%s", LOADER_SHOW(name),
                         LOADER_SHOW(other), swap ? ": swap the two" : ": use one of them");
}

struct rc modifier_check_order(struct loader *l, const struct node *key,
                               const struct rule_item *item)
{
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        enum modifier m = item->modifiers[i];
        for (uint32_t j = 0; j < i; j++) {
            if ((group_of(item->modifiers[j]) & ~may_precede(group_of(m))) != 0) {
                return reject_order(l, key, m, item->modifiers[j]);
            }
        }
        bool has_re = item->modifiers[0] == MODIFIER_RE;
        if (group_of(m) == FLAG && !has_re) {
            return loader_reject(l, key, "|%.*s is a flag of |re: write `field|re|%.*s`",
                                 LOADER_SHOW(names[m]), LOADER_SHOW(names[m]));
        }
    }
    unsigned needs_field = groups_of(item) & (CIDR | COMPARE | EXISTS | FIELDREF | TIME);
    if (item->field.n == 0 && needs_field != 0) {
        return loader_reject(l, key,
                             "a keyword has no field to compare: write the field's "
                             "name before the modifiers");
    }
    return RC_OK;
}

bool modifier_has_wildcard(struct str s)
{
    bool escaped = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!escaped && (c == '*' || c == '?')) {
            return true;
        }
        escaped = !escaped && c == '\\';
    }
    return false;
}

static const char *kind_name(const struct rule_value *v)
{
    switch (v->kind) {
    case RULE_VALUE_TEXT:
        return "text";
    case RULE_VALUE_SIGNED:
    case RULE_VALUE_UNSIGNED:
    case RULE_VALUE_FLOAT:
        return "a number";
    case RULE_VALUE_BOOL:
        return "a truth value";
    case RULE_VALUE_NULL:
        return "null";
    }
    return "";
}

struct valued {
    struct loader *loader;
    const struct rule_item *item;
    unsigned groups;
};

static enum modifier first_of(const struct rule_item *item, unsigned groups)
{
    uint32_t i = 0;
    while ((group_of(item->modifiers[i]) & groups) == 0) {
        i++;
        check(i < item->modifier_count);
    }
    return item->modifiers[i];
}

static struct rc reject_kind(const struct valued *v, const struct node *at,
                             const struct rule_value *value, unsigned groups)
{
    struct str name = names[first_of(v->item, groups)];
    const char *hint = (groups & TEXT_ONLY) != 0 ? "text: put it in quotes"
                       : (groups & COMPARE) != 0 ? "a number without quotes"
                       : (groups & TIME) != 0    ? "a whole number without quotes"
                                                 : "true or false";
    return loader_reject(v->loader, at, "'%.*s' is %s, but |%.*s takes %s",
                         LOADER_SHOW(value->text), kind_name(value), LOADER_SHOW(name), hint);
}

static bool is_integer(const struct rule_value *v)
{
    return v->kind == RULE_VALUE_SIGNED || v->kind == RULE_VALUE_UNSIGNED;
}

static struct rc check_network(struct loader *l, const struct node *at, struct str text)
{
    struct cidr network;
    switch (cidr_parse(text, &network)) {
    case CIDR_OK:
        return RC_OK;
    case CIDR_NO_NETWORK:
        return loader_reject(l, at,
                             "'%.*s' is no address block: write an IPv4 or IPv6 address, a "
                             "slash and the length of the prefix, as in 10.0.0.0/8",
                             LOADER_SHOW(text));
    case CIDR_HOST_BITS:
        break;
    }
    return loader_reject(l, at,
                         "'%.*s' has bits set after the prefix: clear them, or write a "
                         "longer prefix",
                         LOADER_SHOW(text));
}

static struct rc check_text(const struct valued *v, const struct node *at,
                            const struct rule_value *value)
{
    unsigned bare = v->groups & (CODE | FIELDREF);
    if (bare != 0 && modifier_has_wildcard(value->text)) {
        struct str name = names[first_of(v->item, bare)];
        return loader_reject(v->loader, at,
                             "|%.*s takes no wildcards: escape them as \\* and "
                             "\\?",
                             LOADER_SHOW(name));
    }
    if ((v->groups & (FIELDREF | REGEX)) != 0 && value->text.n == 0) {
        return loader_reject(v->loader, at, "|%.*s of an empty text means nothing",
                             LOADER_SHOW(names[v->item->modifiers[0]]));
    }
    if ((v->groups & CIDR) != 0) {
        return check_network(v->loader, at, value->text);
    }
    return RC_OK;
}

static struct rc check_value(const struct valued *v, const struct node *at,
                             const struct rule_value *value)
{
    if ((v->groups & TEXT_ONLY) != 0) {
        return value->kind == RULE_VALUE_TEXT ? check_text(v, at, value)
                                              : reject_kind(v, at, value, TEXT_ONLY);
    }
    if ((v->groups & COMPARE) != 0) {
        bool fits = is_integer(value) || value->kind == RULE_VALUE_FLOAT;
        return fits ? RC_OK : reject_kind(v, at, value, COMPARE);
    }
    if ((v->groups & TIME) != 0) {
        return is_integer(value) ? RC_OK : reject_kind(v, at, value, TIME);
    }
    if ((v->groups & EXISTS) != 0) {
        return value->kind == RULE_VALUE_BOOL ? RC_OK : reject_kind(v, at, value, EXISTS);
    }
    if (v->item->field.n == 0 && value->kind == RULE_VALUE_NULL) {
        return loader_reject(v->loader, at,
                             "null is the absence of a field; a keyword has "
                             "none: write `field: null`");
    }
    return RC_OK;
}

struct rc modifier_check_values(struct loader *l, const struct node *key,
                                const struct rule_item *item)
{
    struct valued v = {l, item, groups_of(item)};
    struct rc rc = RC_OK;
    if (item->value_count > 1 && (v.groups & EXISTS) != 0) {
        return loader_reject(l, key, "|exists takes one value, true or false");
    }
    for (uint32_t i = 0; i < item->value_count; i++) {
        struct node at = {.line = item->values[i].line, .column = item->values[i].column};
        loader_gather(&rc, check_value(&v, &at, &item->values[i]));
    }
    return rc;
}
