/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ages - a table of two ages with a bound: when the young one is full it becomes the old one,
 * and what the old one held and nobody asked for since is forgotten.
 */
#ifndef DETECT_CORRELATE_AGES_H
#define DETECT_CORRELATE_AGES_H

#include "base/attr.h"

enum { AGES_KEY_BYTES = 20 };

struct ages_value {
    uint64_t count, last; /* zero for a new key; the caller's to change */
};

struct ages;

/* At most max_keys in each age. */
struct ages *ages_open(size_t max_keys, uint64_t seed);
void ages_close(struct ages *t);

/* The value of the key, new or not; valid until the next call. */
struct ages_value *ages_at(struct ages *t, const uint8_t key[static AGES_KEY_BYTES]);

#endif
