/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice_fact - what the ledger keeps of a draft: not its text, but the digest of its bytes, so
 * that a copy can be shown to be it, and what it says.
 */
#ifndef INFORM_NOTICE_FACT_H
#define INFORM_NOTICE_FACT_H

#include "inform/lint.h"

struct notice_fact {
    const struct incident *incident;
    uint64_t position; /* of the incident's fact that it was made from */
    const struct notice *notice;
    enum notice_format format;
    struct str document;
    const struct lint_result *lint;
    struct walltime at;
};

/* The key is that of the document's digest: the same draft is one fact. */
void notice_fact_encode(struct buf *out, const struct notice_fact *f,
                        uint8_t out_key[static FACT_KEY_BYTES]);

#endif
