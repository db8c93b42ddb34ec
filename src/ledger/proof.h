/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof - the text of two proofs: that a batch is in the log (c2sp.org/tlog-proof), and that
 * an entry is in a batch (our own form of the same).
 * src: c2sp.org/tlog-proof; doc/formats/ledger.md "Inner proof"
 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "base/buf.h"
#include "ledger/merkle.h"

/* checkpoint: the signed note for proof->size. */
void proof_put_log(const struct merkle_proof *proof, struct str checkpoint, struct buf *out);
/*
 * proof_parse_log - out->size is 0: the checkpoint, once its signatures are checked, says it.
 * An "extra" line is read over. out_checkpoint borrows from in.
 * fails  MALFORMED, TOO_MANY; the outputs are untouched
 */
MUST_USE struct rc proof_parse_log(struct str in, struct merkle_proof *out,
                                   struct str *out_checkpoint);

void proof_put_inner(const struct merkle_proof *proof, struct buf *out);
/* fails MALFORMED, TOO_MANY */
MUST_USE struct rc proof_parse_inner(struct str in, struct merkle_proof *out);

#endif
