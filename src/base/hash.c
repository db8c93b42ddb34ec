/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include "base/heap.h"

#include <openssl/evp.h>
#include <sys/random.h>
#include <xxhash.h>

struct hash_stream {
    EVP_MD_CTX *context;
};

uint64_t hash_64(struct bytes in, uint64_t seed)
{
    return XXH3_64bits_withSeed(in.p, in.n, seed);
}

uint64_t hash_random_seed(void)
{
    uint64_t seed;
    check(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
    return seed;
}

void hash_sha256(struct bytes in, uint8_t out[static HASH_SHA256_BYTES])
{
    struct hash_stream *h = hash_stream_open();
    hash_stream_add(h, in);
    hash_stream_end(h, out);
    hash_stream_close(h);
}

struct hash_stream *hash_stream_open(void)
{
    struct hash_stream *h = heap_zalloc(1, sizeof(*h));
    h->context = EVP_MD_CTX_new();
    check(h->context != NULL);
    check(EVP_DigestInit_ex(h->context, EVP_sha256(), NULL) == 1);
    return h;
}

void hash_stream_close(struct hash_stream *h)
{
    if (h != NULL) {
        EVP_MD_CTX_free(h->context);
        heap_free(h);
    }
}

void hash_stream_add(struct hash_stream *h, struct bytes in)
{
    check(EVP_DigestUpdate(h->context, in.p, in.n) == 1);
}

void hash_stream_end(struct hash_stream *h, uint8_t out[static HASH_SHA256_BYTES])
{
    unsigned n = 0;
    check(EVP_DigestFinal_ex(h->context, out, &n) == 1 && n == HASH_SHA256_BYTES);
    check(EVP_DigestInit_ex(h->context, NULL, NULL) == 1);
}
