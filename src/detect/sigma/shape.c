/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/shape.h"

static const struct str names[MODIFIER_COUNT] = {
#define MODIFIER(identifier, name) STR_INIT(name),
#include "detect/sigma/modifier.def"
#undef MODIFIER
};

struct str shape_modifier_name(enum modifier m)
{
    check(m < MODIFIER_COUNT);
    return names[m];
}

static bool has_field_only_modifier(const struct item_shape *s)
{
    return s->exists || s->fieldref || s->cidr || s->compares || s->timed;
}

/* What one modifier adds; NULL, or why it may not stand where it stands. */
static const char *take_modifier(struct item_shape *s, enum modifier m, bool first)
{
    bool typed = s->regex || s->cidr || s->fieldref || s->compares || s->timed || s->exists;
    switch (m) {
    case MODIFIER_ALL:
        s->all = true;
        return NULL;
    case MODIFIER_NEQ:
        s->negated = true;
        return NULL;
    case MODIFIER_CONTAINS:
    case MODIFIER_STARTSWITH:
    case MODIFIER_ENDSWITH:
        s->anchor = m == MODIFIER_CONTAINS     ? ANCHOR_CONTAINS
                    : m == MODIFIER_STARTSWITH ? ANCHOR_START
                                               : ANCHOR_END;
        /* a regular expression is searched for anyway, so they add nothing to it */
        s->text |= !s->regex && !s->fieldref;
        return typed && !s->regex && !s->fieldref ? "needs a text" : NULL;
    case MODIFIER_CASED:
        s->cased = true;
        s->text = true;
        return typed ? "needs a plain text" : NULL;
    case MODIFIER_BASE64:
    case MODIFIER_BASE64OFFSET:
    case MODIFIER_UTF16LE:
    case MODIFIER_UTF16BE:
    case MODIFIER_UTF16:
    case MODIFIER_WINDASH:
        s->text = true;
        return typed ? "needs a plain text" : NULL;
    case MODIFIER_RE:
        s->regex = true;
        return first ? NULL : "must come first: it takes the value as it is written";
    case MODIFIER_RE_I:
    case MODIFIER_RE_M:
    case MODIFIER_RE_S:
        s->regex_flags |= m == MODIFIER_RE_I   ? (uint32_t)REGEX_IGNORE_CASE
                          : m == MODIFIER_RE_M ? (uint32_t)REGEX_MULTI_LINE
                                               : (uint32_t)REGEX_DOT_ALL;
        return s->regex ? NULL : "is a flag of `re`; write |re first";
    case MODIFIER_CIDR:
        s->cidr = true;
        return first ? NULL : "must come first: it takes the value as it is written";
    case MODIFIER_LT:
    case MODIFIER_LTE:
    case MODIFIER_GT:
    case MODIFIER_GTE: {
        bool wrong = s->text || s->compares || s->regex || s->cidr || s->fieldref || s->exists;
        s->compares = true;
        s->comparison = m == MODIFIER_LT    ? COMPARE_LT
                        : m == MODIFIER_LTE ? COMPARE_LTE
                        : m == MODIFIER_GT  ? COMPARE_GT
                                            : COMPARE_GTE;
        return wrong ? "needs a plain number" : NULL;
    }
    case MODIFIER_EXISTS:
        s->exists = true;
        return first ? NULL : "stands alone";
    case MODIFIER_FIELDREF: {
        bool wrong = typed || s->text;
        s->fieldref = true;
        return wrong ? "needs the plain name of a field" : NULL;
    }
    case MODIFIER_EXPAND:
        return "has a placeholder without a list; give its values with --placeholders";
    case MODIFIER_MINUTE:
    case MODIFIER_HOUR:
    case MODIFIER_DAY:
    case MODIFIER_WEEK:
    case MODIFIER_MONTH:
    case MODIFIER_YEAR: {
        bool wrong = s->timed || s->text || s->regex || s->cidr || s->fieldref || s->exists;
        s->timed = true;
        s->part = (enum time_part)((int)TIME_MINUTE + ((int)m - (int)MODIFIER_MINUTE));
        return wrong ? "needs a plain number" : NULL;
    }
    case MODIFIER_COUNT:
        break;
    }
    return "is not a modifier";
}

struct rc shape_read(const struct lower *l, const struct rule_item *item,
                     struct item_shape *out)
{
    struct item_shape s = {0};
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        enum modifier m = item->modifiers[i];
        bool alone = s.exists; /* nothing may follow `exists` */
        const char *fault = take_modifier(&s, m, i == 0);
        fault = alone ? "cannot follow `exists`" : fault;
        if (fault != NULL) {
            struct str name = m < MODIFIER_COUNT ? names[m] : STR("?");
            return lower_reject(l, item->line, item->column, "modifier `%.*s` %s", (int)name.n,
                                name.p, fault);
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
