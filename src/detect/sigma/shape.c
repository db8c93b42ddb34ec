/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/shape.h"

#include "detect/sigma/modifier.h"

static bool has_field_only_modifier(const struct item_shape *s)
{
    return s->exists || s->fieldref || s->cidr || s->compares || s->timed;
}

/* Modifiers that behave alike. */
enum group {
    GROUP_LIST,
    GROUP_AFFIX,
    GROUP_TEXT,
    GROUP_REGEX,
    GROUP_REGEX_FLAG,
    GROUP_CIDR,
    GROUP_COMPARE,
    GROUP_EXISTS,
    GROUP_FIELDREF,
    GROUP_EXPAND,
    GROUP_TIME
};

static const struct {
    enum group group;
    uint32_t value; /* what it stands for in its group */
} kinds[MODIFIER_COUNT] = {
    [MODIFIER_ALL] = {GROUP_LIST, 0},
    [MODIFIER_NEQ] = {GROUP_LIST, 0},
    [MODIFIER_CONTAINS] = {GROUP_AFFIX, ANCHOR_CONTAINS},
    [MODIFIER_STARTSWITH] = {GROUP_AFFIX, ANCHOR_START},
    [MODIFIER_ENDSWITH] = {GROUP_AFFIX, ANCHOR_END},
    [MODIFIER_CASED] = {GROUP_TEXT, 0},
    [MODIFIER_BASE64] = {GROUP_TEXT, 0},
    [MODIFIER_BASE64OFFSET] = {GROUP_TEXT, 0},
    [MODIFIER_UTF16LE] = {GROUP_TEXT, 0},
    [MODIFIER_UTF16BE] = {GROUP_TEXT, 0},
    [MODIFIER_UTF16] = {GROUP_TEXT, 0},
    [MODIFIER_WINDASH] = {GROUP_TEXT, 0},
    [MODIFIER_RE] = {GROUP_REGEX, 0},
    [MODIFIER_RE_I] = {GROUP_REGEX_FLAG, REGEX_IGNORE_CASE},
    [MODIFIER_RE_M] = {GROUP_REGEX_FLAG, REGEX_MULTI_LINE},
    [MODIFIER_RE_S] = {GROUP_REGEX_FLAG, REGEX_DOT_ALL},
    [MODIFIER_CIDR] = {GROUP_CIDR, 0},
    [MODIFIER_LT] = {GROUP_COMPARE, COMPARE_LT},
    [MODIFIER_LTE] = {GROUP_COMPARE, COMPARE_LTE},
    [MODIFIER_GT] = {GROUP_COMPARE, COMPARE_GT},
    [MODIFIER_GTE] = {GROUP_COMPARE, COMPARE_GTE},
    [MODIFIER_EXISTS] = {GROUP_EXISTS, 0},
    [MODIFIER_FIELDREF] = {GROUP_FIELDREF, 0},
    [MODIFIER_EXPAND] = {GROUP_EXPAND, 0},
    [MODIFIER_MINUTE] = {GROUP_TIME, TIME_MINUTE},
    [MODIFIER_HOUR] = {GROUP_TIME, TIME_HOUR},
    [MODIFIER_DAY] = {GROUP_TIME, TIME_DAY},
    [MODIFIER_WEEK] = {GROUP_TIME, TIME_WEEK},
    [MODIFIER_MONTH] = {GROUP_TIME, TIME_MONTH},
    [MODIFIER_YEAR] = {GROUP_TIME, TIME_YEAR},
};

/* What one modifier adds; NULL, or why it may not stand where it stands. */
static const char *take_modifier(struct item_shape *s, enum modifier m, bool first)
{
    static const char must_be_first[] = "must come first: it takes the value as it is written";
    static const char needs_number[] = "needs a plain number";
    const struct item_shape before = *s;
    bool typed = s->regex || s->cidr || s->fieldref || s->compares || s->timed || s->exists;
    bool unlike_number = s->text || s->regex || s->cidr || s->fieldref || s->exists;
    uint32_t value = kinds[m].value;
    switch (kinds[m].group) {
    case GROUP_LIST:
        s->all |= m == MODIFIER_ALL;
        s->negated |= m == MODIFIER_NEQ;
        return NULL;
    case GROUP_AFFIX:
        s->anchor = (enum anchor)value;
        /* a regular expression is searched for anyway, so they add nothing to it */
        s->text |= !s->regex && !s->fieldref;
        return typed && !s->regex && !s->fieldref ? "needs a text" : NULL;
    case GROUP_TEXT:
        s->cased |= m == MODIFIER_CASED;
        s->text = true;
        return typed ? "needs a plain text" : NULL;
    case GROUP_REGEX:
        s->regex = true;
        return first ? NULL : must_be_first;
    case GROUP_REGEX_FLAG:
        s->regex_flags |= value;
        return s->regex ? NULL : "is a flag of `re`; write |re first";
    case GROUP_CIDR:
        s->cidr = true;
        return first ? NULL : must_be_first;
    case GROUP_COMPARE:
        s->compares = true;
        s->comparison = (enum comparison)value;
        return unlike_number || before.compares ? needs_number : NULL;
    case GROUP_EXISTS:
        s->exists = true;
        return first ? NULL : "stands alone";
    case GROUP_FIELDREF:
        s->fieldref = true;
        return typed || s->text ? "needs the plain name of a field" : NULL;
    case GROUP_EXPAND:
        return "has a placeholder without a list; give its values with --placeholders";
    case GROUP_TIME:
        s->timed = true;
        s->part = (enum time_part)value;
        return unlike_number || before.timed ? needs_number : NULL;
    }
    return "is not a modifier";
}

struct rc shape_read(const struct lower *l, const struct rule_item *item,
                     struct item_shape *out)
{
    struct item_shape s = {0};
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        enum modifier m = item->modifiers[i];
        check(m < MODIFIER_COUNT);
        bool alone = s.exists; /* nothing may follow `exists` */
        const char *fault = take_modifier(&s, m, i == 0);
        fault = alone ? "cannot follow `exists`" : fault;
        if (fault != NULL) {
            return lower_reject(l, item->line, item->column, "modifier `%.*s` %s",
                                (int)modifier_name(m).n, modifier_name(m).p, fault);
        }
    }
    if (item->field.n == 0 && has_field_only_modifier(&s)) {
        return lower_reject(l, item->line, item->column,
                            "a keyword has no field that this modifier could look at");
    }
    if (item->value_count == 0) {
        return lower_reject(l, item->line, item->column, "an item needs at least one value");
    }
    *out = s;
    return RC_OK;
}
