/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memo - remembers which atoms a value of a field satisfied. Fixed in size: entries are laid
 * one after another into a ring, and the oldest are written over. Keys are compared byte for
 * byte, so a colliding hash costs time, never a wrong answer.
 */
#ifndef DETECT_SIGMA_MEMO_H
#define DETECT_SIGMA_MEMO_H

#include "model/value.h"

enum {
    MEMO_MAX_VALUE_BYTES = 2048, /* longer values (scripts, messages) do not come again */
    MEMO_MAX_ATOMS = 4096,
};

struct memo;

struct memo *memo_open(uint64_t seed);
void memo_close(struct memo *m);

struct memo_key {
    struct value value;
    uint16_t field;
    uint64_t hash;
};

/* value.n <= MEMO_MAX_VALUE_BYTES */
struct memo_key memo_key(const struct memo *m, uint16_t field, struct value value);

struct memo_atoms {
    const uint32_t *p; /* NULL: unknown value; borrowed until the next memo_put */
    uint32_t n;
};

struct memo_atoms memo_get(const struct memo *m, const struct memo_key *key);
/* Not kept when there are more than MEMO_MAX_ATOMS. */
void memo_put(struct memo *m, const struct memo_key *key, const uint32_t *atoms, uint32_t n);

#endif
