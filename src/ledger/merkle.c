/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/merkle.h"

void merkle_leaf(struct hash_stream *h, struct bytes data, struct merkle_hash *out)
{
    static const uint8_t prefix = 0;
    hash_stream_add(h, (struct bytes){&prefix, 1});
    hash_stream_add(h, data);
    hash_stream_end(h, out->b);
}

void merkle_node(struct hash_stream *h, const struct merkle_hash *left,
                 const struct merkle_hash *right, struct merkle_hash *out)
{
    uint8_t in[1 + 2 * MERKLE_BYTES] = {1};
    memcpy(in + 1, left->b, MERKLE_BYTES);
    memcpy(in + 1 + MERKLE_BYTES, right->b, MERKLE_BYTES);
    hash_stream_add(h, (struct bytes){in, sizeof(in)});
    hash_stream_end(h, out->b);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->b, b->b, MERKLE_BYTES) == 0; /* roots are public */
}

void merkle_push(struct hash_stream *h, struct merkle_tree *t, const struct merkle_hash *leaf)
{
    struct merkle_hash top = *leaf;
    check(t->size < UINT64_MAX);
    for (uint64_t bits = t->size; (bits & 1) != 0; bits >>= 1) {
        merkle_node(h, &t->peak[--t->peak_count], &top, &top);
    }
    t->peak[t->peak_count++] = top;
    t->size++;
}

void merkle_root(struct hash_stream *h, const struct merkle_tree *t, struct merkle_hash *out)
{
    if (t->peak_count == 0) {
        hash_stream_end(h, out->b);
        return;
    }
    struct merkle_hash top = t->peak[t->peak_count - 1];
    for (uint32_t i = t->peak_count - 1; i > 0; i--) {
        merkle_node(h, &t->peak[i - 1], &top, &top);
    }
    *out = top;
}

/* The largest power of two below n, which is above 1. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void add_span(struct merkle_prover *p, uint64_t begin, uint64_t end)
{
    check(p->count < MERKLE_MAX_PROOF_HASHES);
    p->span[p->count++] = (struct merkle_span){begin, end};
}

void merkle_prover_inclusion(struct merkle_prover *p, uint64_t index, uint64_t size)
{
    check(index < size);
    *p = (struct merkle_prover){.index = index, .size = size};
    uint64_t begin = 0, end = size;
    while (end - begin > 1) {
        uint64_t middle = begin + split(end - begin);
        if (index < middle) {
            add_span(p, middle, end);
            end = middle;
        } else {
            add_span(p, begin, middle);
            begin = middle;
        }
    }
    p->active = p->count;
}

/* src: RFC 6962 section 2.1.2, SUBPROOF from the root down */
void merkle_prover_consistency(struct merkle_prover *p, uint64_t old, uint64_t size)
{
    check(old > 0 && old <= size);
    *p = (struct merkle_prover){.index = old, .size = size};
    uint64_t begin = 0, end = size;
    bool known = true; /* the verifier has the root of what is left: it is the old tree */
    while (old < end) {
        uint64_t middle = begin + split(end - begin);
        if (old <= middle) {
            add_span(p, middle, end);
            end = middle;
        } else {
            add_span(p, begin, middle);
            begin = middle;
            known = false;
        }
    }
    if (!known) {
        add_span(p, begin, end);
    }
    p->active = p->count;
}

void merkle_prover_add(struct hash_stream *h, struct merkle_prover *p,
                       const struct merkle_hash *leaf)
{
    if (p->at == p->size) {
        return;
    }
    for (uint32_t i = 0; i < p->count && p->active == p->count; i++) {
        if (p->span[i].begin == p->at) {
            p->active = i;
        }
    }
    p->at++;
    if (p->active == p->count) {
        return; /* the leaf itself, or the old tree */
    }
    merkle_push(h, &p->part, leaf);
    if (p->at == p->span[p->active].end) {
        merkle_root(h, &p->part, &p->hash[p->active]);
        p->part = (struct merkle_tree){0};
        p->active = p->count;
    }
}

bool merkle_prover_done(const struct merkle_prover *p, struct merkle_proof *out)
{
    if (p->at != p->size) {
        return false;
    }
    *out = (struct merkle_proof){.index = p->index, .size = p->size, .count = p->count};
    for (uint32_t i = 0; i < p->count; i++) {
        out->hash[i] = p->hash[p->count - 1 - i];
    }
    return true;
}

/* src: RFC 9162 section 2.1.3.2 */
bool merkle_included(struct hash_stream *h, const struct merkle_proof *proof,
                     const struct merkle_hash *leaf, const struct merkle_hash *root)
{
    if (proof->index >= proof->size || proof->count > MERKLE_MAX_PROOF_HASHES) {
        return false;
    }
    uint64_t node = proof->index, last = proof->size - 1;
    struct merkle_hash top = *leaf;
    for (uint32_t i = 0; i < proof->count; i++) {
        if (last == 0) {
            return false; /* more hashes than levels */
        }
        if ((node & 1) != 0 || node == last) {
            merkle_node(h, &proof->hash[i], &top, &top);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node(h, &top, &proof->hash[i], &top);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && merkle_equal(&top, root);
}

/* src: RFC 9162 section 2.1.4.2 */
bool merkle_consistent(struct hash_stream *h, const struct merkle_proof *proof,
                       const struct merkle_hash *old, const struct merkle_hash *root)
{
    if (proof->index == 0 || proof->index > proof->size ||
        proof->count > MERKLE_MAX_PROOF_HASHES) {
        return false;
    }
    if (proof->index == proof->size) {
        return proof->count == 0 && merkle_equal(old, root);
    }
    uint64_t node = proof->index - 1, last = proof->size - 1;
    uint32_t at = 0;
    for (; (node & 1) != 0; node >>= 1) {
        last >>= 1;
    }
    if (proof->count == 0) {
        return false;
    }
    /* an old tree that is full is itself the first hash */
    struct merkle_hash first = node == 0 ? *old : proof->hash[at++], second = first;
    for (; at < proof->count; at++) {
        if (last == 0) {
            return false;
        }
        if ((node & 1) != 0 || node == last) {
            merkle_node(h, &proof->hash[at], &first, &first);
            merkle_node(h, &proof->hash[at], &second, &second);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node(h, &second, &proof->hash[at], &second);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && merkle_equal(&first, old) && merkle_equal(&second, root);
}
