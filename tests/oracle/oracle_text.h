/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oracle_text - a textual rule value as PCRE2 patterns. Tests only.
 */
#ifndef TESTS_ORACLE_ORACLE_TEXT_H
#define TESTS_ORACLE_ORACLE_TEXT_H

#include "detect/sigma/rule.h"

struct oracle_text;

enum { ORACLE_TEXT_MAX = 3 }; /* base64offset gives three alternatives */

/* Apply the item's modifiers to one value; returns how many alternatives were made. */
size_t oracle_text_open(const struct rule_item *item, struct str value,
                        struct oracle_text *out[static ORACLE_TEXT_MAX]);
/* fieldref: literal text, with the item's contains, startswith or endswith. */
struct oracle_text *oracle_text_open_literal(const struct rule_item *item, struct str literal);
void oracle_text_close(struct oracle_text *t);

/* Ill-formed UTF-8 is matched on a repaired copy. */
bool oracle_text_matches(const struct oracle_text *t, struct str text);

#endif
