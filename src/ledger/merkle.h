/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * merkle - the hash tree of RFC 6962: roots of growing trees, proofs, and their checking.
 * SHA-256; leaf = H(0x00 data), node = H(0x01 left right), the empty tree = H().
 * src: RFC 6962 section 2.1; RFC 9162 section 2.1 for the verification
 */
#ifndef LEDGER_MERKLE_H
#define LEDGER_MERKLE_H

#include "base/hash.h"

enum {
    MERKLE_BYTES = HASH_SHA256_BYTES,
    MERKLE_MAX_LEVELS = 64,      /* sizes are 64-bit numbers */
    MERKLE_MAX_PROOF_HASHES = 65 /* one for each level, and in a consistency proof one more */
};

struct merkle_hash {
    uint8_t b[MERKLE_BYTES];
};

/*
 * A tree that grows: only what later roots need. Zero-initialise.
 * peak[] holds the roots of the full subtrees, one for each bit set in size, largest first.
 */
struct merkle_tree {
    uint64_t size;
    uint32_t peak_count;
    struct merkle_hash peak[MERKLE_MAX_LEVELS];
};

/* Of leaf `index`, or that the tree of `index` leaves is the beginning of that of `size`. */
struct merkle_proof {
    uint64_t index, size;
    uint32_t count;
    struct merkle_hash hash[MERKLE_MAX_PROOF_HASHES]; /* from the leaf up */
};

/* Leaves from begin to end - 1, whose root is one hash of a proof. */
struct merkle_span {
    uint64_t begin, end;
};

/* Makes a proof while all leaves of the tree pass by, from the first on. */
struct merkle_prover {
    uint64_t index, size, at;
    uint32_t count, active; /* active: the span that `part` is of; count: none */
    struct merkle_span span[MERKLE_MAX_PROOF_HASHES]; /* from the root down */
    struct merkle_hash hash[MERKLE_MAX_PROOF_HASHES];
    struct merkle_tree part;
};

/* h: scratch, in its state after hash_stream_open or _end. */
void merkle_leaf(struct hash_stream *h, struct bytes data, struct merkle_hash *out);
void merkle_node(struct hash_stream *h, const struct merkle_hash *left,
                 const struct merkle_hash *right, struct merkle_hash *out);
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

void merkle_push(struct hash_stream *h, struct merkle_tree *t, const struct merkle_hash *leaf);
void merkle_root(struct hash_stream *h, const struct merkle_tree *t, struct merkle_hash *out);

/* index < size */
void merkle_prover_inclusion(struct merkle_prover *p, uint64_t index, uint64_t size);
/* 0 < old <= size */
void merkle_prover_consistency(struct merkle_prover *p, uint64_t old, uint64_t size);
/* The next leaf; those past `size` are ignored. */
void merkle_prover_add(struct hash_stream *h, struct merkle_prover *p,
                       const struct merkle_hash *leaf);
/* False while leaves are missing. */
MUST_USE bool merkle_prover_done(const struct merkle_prover *p, struct merkle_proof *out);

/* Is `leaf` at proof->index in the tree of proof->size leaves with that root? */
MUST_USE bool merkle_included(struct hash_stream *h, const struct merkle_proof *proof,
                              const struct merkle_hash *leaf, const struct merkle_hash *root);
/*
 * Does the tree of proof->size leaves, whose root is `root`, begin with the proof->index
 * leaves whose root is `old`? An old tree without leaves proves nothing: false.
 */
MUST_USE bool merkle_consistent(struct hash_stream *h, const struct merkle_proof *proof,
                                const struct merkle_hash *old, const struct merkle_hash *root);

#endif
