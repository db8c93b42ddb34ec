/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scalar - what YAML 1.1 takes a plain scalar for, as PyYAML (and so every Sigma converter)
 * does: 0x17 and 010 are numbers, yes and off are truth values.
 * src: yaml.org/type (int, float, bool, null, timestamp); PyYAML resolver.py
 */
#ifndef DETECT_SIGMA_SCALAR_H
#define DETECT_SIGMA_SCALAR_H

#include "base/document.h"
#include "detect/sigma/rule.h"

/*
 * scalar_read - the value of a scalar node; its text is borrowed from the node.
 *
 * out_reason  on failure: what it is, static text
 * fails       TYPE: a date, or a number that does not fit 64 bits
 */
MUST_USE struct rc scalar_read(const struct node *n, struct rule_value *out,
                               const char **out_reason);

#endif
