/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * generate - random Sigma rules and random events that often match them. Tests only.
 * The same seed gives the same text, so a failure can be made again.
 */
#ifndef TESTS_ORACLE_GENERATE_H
#define TESTS_ORACLE_GENERATE_H

#include "base/buf.h"

struct generator {
    uint64_t state;
};

struct generator generate_from(uint64_t seed);

/* One rule as YAML text; number goes into its id. Always loadable. */
void generate_rule(struct generator *g, uint32_t number, struct buf *out);
/* One event as a JSON object. */
void generate_event(struct generator *g, struct buf *out);

#endif
