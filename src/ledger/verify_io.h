/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify_io - checks a whole ledger: every checksum, every hash, every number, and the signed
 * checkpoint. It changes nothing and needs no more than to read the folder.
 */
#ifndef LEDGER_VERIFY_IO_H
#define LEDGER_VERIFY_IO_H

#include "ledger/checkpoint.h"
#include "ledger/damage.h"

enum { VERIFY_MAX_DAMAGES = 1000 }; /* told one by one; more are counted */

/*
 * key          of the ledger, known from elsewhere; NULL: the folder's own, which then proves
 *              only that the folder agrees with itself
 * checkpoint   an older or newer signed checkpoint of this log; n 0: none. The folder's own is
 *              checked in any case
 * tell         one damage; NULL: only counted
 * progress     after each batch, with the bytes read so far and in all; NULL: none
 */
struct verify_opts {
    const struct note_key *key;
    struct str checkpoint;
    void (*tell)(void *context, const struct damage *damage);
    void (*progress)(void *context, uint64_t done_bytes, uint64_t total_bytes);
    void *context;
};

struct verify_report {
    uint64_t damages;
    uint64_t segments, batches, records, facts, bytes;
    uint64_t signed_batches; /* that the folder's checkpoint counts */
    uint64_t tail_bytes;     /* of an append that is under way or was interrupted */
    struct note_key key;     /* that the signatures were checked with */
    struct merkle_hash root; /* of all batches that are there */
};

/* fails SYSTEM: something cannot be read */
MUST_USE struct rc verify_io_run(int folder, const struct verify_opts *opts,
                                 struct verify_report *out);

#endif
