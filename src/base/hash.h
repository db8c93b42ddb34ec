/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hash - seeded 64-bit hashes for tables that hold foreign keys, and SHA-256 for identity.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

enum { HASH_SHA256_BYTES = 32 };

/* XXH3, seeded; for tables only, never for identity. */
uint64_t hash_64(struct bytes in, uint64_t seed);

/* A seed no log writer can guess, from getrandom; drawn once by the caller, then passed on. */
uint64_t hash_random_seed(void);

void hash_sha256(struct bytes in, uint8_t out[static HASH_SHA256_BYTES]);

/* Streaming SHA-256. */
struct hash_stream;
struct hash_stream *hash_stream_open(void);
void hash_stream_close(struct hash_stream *h);
void hash_stream_add(struct hash_stream *h, struct bytes in);
/* Writes the digest and starts over. */
void hash_stream_end(struct hash_stream *h, uint8_t out[static HASH_SHA256_BYTES]);

#endif
