/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oracle - Sigma evaluated as plainly as can be, to hold the engine against: one rule, one
 * event, every item looked at, nothing indexed, nothing remembered between events.
 *
 * It shares with the engine the parsed rule, the event and value_text, and nothing else: text
 * is compared by PCRE2 (its own Unicode tables do the folding), numbers by strtoull and strtod,
 * addresses by inet_pton, base64 by OpenSSL. Tests only.
 */
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

#include "detect/sigma/rule.h"
#include "model/event.h"

struct oracle;

/* rules and fields are borrowed. A pattern that PCRE2 refuses makes its item false. */
struct oracle *oracle_open(const struct rule *rules, size_t count, const struct fields *fields);
void oracle_close(struct oracle *o);

/* Does the rule match this reading of e (view NULL: the record itself)? No routing. */
bool oracle_matches(struct oracle *o, size_t rule, const struct event *e,
                    const struct view *view);

/*
 * With routing: the rules that fire on e in any of its readings, in rule order. *out is
 * borrowed until the next call; returns how many.
 */
size_t oracle_fires(struct oracle *o, const struct event *e, const uint32_t **out);

#endif
