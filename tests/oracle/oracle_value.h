/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oracle_value - one item of a rule with its modifiers applied, value by value. Tests only.
 */
#ifndef TESTS_ORACLE_ORACLE_VALUE_H
#define TESTS_ORACLE_ORACLE_VALUE_H

#include "detect/sigma/rule.h"
#include "model/value.h"

struct oracle_item;

enum oracle_kind {
    ORACLE_VALUE, /* ask oracle_item_holds about each value of the field */
    ORACLE_NULL,
    ORACLE_EXISTS,
    ORACLE_FIELDREF,
    ORACLE_KEYWORD /* ask about every scalar leaf of the event */
};

struct oracle_item *oracle_item_open(const struct rule_item *source);
void oracle_item_close(struct oracle_item *item);

struct str oracle_item_field(const struct oracle_item *item);
size_t oracle_item_count(const struct oracle_item *item);
bool oracle_item_needs_all(const struct oracle_item *item);
bool oracle_item_negated(const struct oracle_item *item);
enum oracle_kind oracle_item_kind(const struct oracle_item *item, size_t which);
bool oracle_item_wants_presence(const struct oracle_item *item, size_t which);
struct str oracle_item_reference(const struct oracle_item *item, size_t which);

/* Does rule value `which` hold for the event's value, whose text is given too? */
bool oracle_item_holds(const struct oracle_item *item, size_t which, struct value v,
                       struct str text);
/* fieldref: the item's text comparison between two event values. */
bool oracle_item_compare(const struct oracle_item *item, struct str text, struct str other);

#endif
