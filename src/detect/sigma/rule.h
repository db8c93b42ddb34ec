/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule - a Sigma rule as it was written: parsed and validated, with its modifiers named but
 * not yet applied. The compiler (lower.h) and the tests' oracle both start from here.
 * Everything is owned by the arena of the rule set that holds it.
 * src: sigma-specification 2.1.0, sigma-rules-specification
 */
#ifndef DETECT_SIGMA_RULE_H
#define DETECT_SIGMA_RULE_H

#include "base/str.h"
#include "model/level.h"
#include "model/logsource.h"

/* Rows of modifier.def, in its order. */
enum modifier {
#define MODIFIER(identifier, name) MODIFIER_##identifier,
#include "detect/sigma/modifier.def"
#undef MODIFIER
    MODIFIER_COUNT
};

enum { ITEM_MAX_MODIFIERS = 8 };

/* Scalars as YAML 1.1 reads them; text keeps the spelling for messages. */
enum rule_value_kind {
    RULE_VALUE_TEXT,
    RULE_VALUE_SIGNED,   /* < 0 */
    RULE_VALUE_UNSIGNED, /* >= 0 */
    RULE_VALUE_FLOAT,
    RULE_VALUE_BOOL,
    RULE_VALUE_NULL
};

struct rule_value {
    enum rule_value_kind kind;
    struct str text; /* TEXT: the value; others: as spelled */
    union {
        int64_t i;
        uint64_t u;
        double f;
        bool b;
    };
    uint32_t line, column;
};

/*
 * field|modifiers: values. An empty field is a keyword item. `expand` is already resolved: each
 * %placeholder% was replaced by the user's list, and the modifier is gone from the list.
 */
struct rule_item {
    struct str field;
    enum modifier modifiers[ITEM_MAX_MODIFIERS];
    uint32_t modifier_count;
    const struct rule_value *values; /* at least one */
    uint32_t value_count;
    uint32_t line, column;
};

/* Items that must all hold. */
struct rule_branch {
    const struct rule_item *items;
    uint32_t item_count;
};

/* A search identifier: one of its branches must hold. */
struct rule_selection {
    struct str name;
    const struct rule_branch *branches;
    uint32_t branch_count;
};

/* Conditions with their quantifiers and patterns already resolved to selections. */
enum condition_kind {
    CONDITION_SELECTION, /* selection */
    CONDITION_NOT,       /* one child */
    CONDITION_AND,       /* all children; none: true */
    CONDITION_OR,        /* one child; none: false */
    CONDITION_AT_LEAST   /* at least `count` children */
};

struct condition {
    enum condition_kind kind;
    uint32_t selection; /* index into rule.selections */
    uint32_t count;
    const struct condition *const *children;
    uint32_t child_count;
};

/* 64: deeper than any person writes; a cap on recursion over conditions. */
enum { CONDITION_MAX_DEPTH = 64 };

struct rule {
    struct str id; /* UUID, lower case; empty when the rule has none */
    struct str title, name, status, description, author, date;
    enum level level; /* a rule without one is MEDIUM, as SigmaHQ's converters take it */
    bool level_stated;
    struct str path; /* of the file it came from, as given */
    uint32_t line;   /* of its document */
    const struct str *tags;
    uint32_t tag_count;
    const struct str *false_positives;
    uint32_t false_positive_count;
    struct logsource_want logsource; /* lower case */
    const struct rule_selection *selections;
    uint32_t selection_count;
    const struct condition *condition; /* several conditions of a list are one OR */
    /* Correlations refer to it, none of them with `generate`: no findings of its own. */
    bool silent;
    /* Fields whose values correlations over it ask for; more than fit are a rejection there. */
    const struct str *keys;
    uint32_t key_count;
    bool correlated; /* some correlation that is evaluated refers to it */
};

#endif
