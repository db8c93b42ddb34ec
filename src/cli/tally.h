/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally - counts per 16-byte key, with a cap on the number of keys.
 */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include "base/attr.h"

enum { TALLY_KEY_BYTES = 16 };

struct tally;

struct tally *tally_open(size_t max_keys);
void tally_close(struct tally *t);
/* All counts are zero again; costs nothing. */
void tally_clear(struct tally *t);
/*
 * Adds one to the key's count; *out_before is what it was. False, and nothing is counted, when
 * the key is new and max_keys are there.
 */
MUST_USE bool tally_add(struct tally *t, const uint8_t key[static TALLY_KEY_BYTES],
                        uint64_t *out_before);
/* 0 for a key that is not there. */
uint64_t tally_get(const struct tally *t, const uint8_t key[static TALLY_KEY_BYTES]);

#endif
