/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proofs from somebody else: what is read is written the same, and checking it always ends.
 */
#include "ledger/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct merkle_hash some = {{1, 2, 3}};
    struct str in = str_bytes((struct bytes){data, size}), checkpoint;
    struct merkle_proof proof;
    struct hash_stream *h = hash_stream_open();
    AUTO_BUF again = {0};
    if (!rc_failed(proof_parse_inner(in, &proof))) {
        proof_put_inner(&proof, &again);
        check(str_eq(buf_str(&again), in));
        check(!merkle_included(h, &proof, &some, &some) || proof.size == 1);
        check(!merkle_consistent(h, &proof, &some, &some) || proof.index == proof.size);
    } else if (!rc_failed(proof_parse_log(in, &proof, &checkpoint))) {
        check(checkpoint.n < size);
        proof.size = proof.index == UINT64_MAX ? UINT64_MAX : proof.index + 1;
        check(!merkle_included(h, &proof, &some, &some) || proof.size == 1);
    }
    hash_stream_close(h);
    return 0;
}
