/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * account_journal - what an account was before it was suspended: one file each, written before
 * the account is touched and removed when it is as before. Holds a password hash: root's only.
 */
#ifndef CONTAIN_ACCOUNT_JOURNAL_H
#define CONTAIN_ACCOUNT_JOURNAL_H

#include "contain/account.h"

enum { ACCOUNT_JOURNAL_CAP_BYTES = 4096 };

enum account_phase {
    ACCOUNT_INTENDED, /* it may not have been done yet */
    ACCOUNT_APPLIED,
    ACCOUNT_RELEASED, /* root gave it back while tocsind did not run: not done again */
};

struct account_journal {
    struct str account;
    uint32_t uid;
    uint8_t action[ACTION_ID_BYTES];
    struct walltime since, until;
    enum account_phase phase;
    struct account_entry before;
};

/* "clerk.suspended"; and the name in such a name, false for all others. */
void account_journal_file(struct buf *out, struct str account);
MUST_USE bool account_journal_account(struct str file, struct str *out);

void account_journal_encode(struct buf *out, const struct account_journal *j);
/*
 * account_journal_decode - the reverse; text borrows from `text`.
 * fails  MALFORMED (at: the line's number), TRAILING
 */
MUST_USE struct rc account_journal_decode(struct str text, struct account_journal *out);

#endif
