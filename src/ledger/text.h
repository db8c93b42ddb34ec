/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text - reads the ledger's small text forms line by line: "key value\n", each line ended, each
 * key in its place. A fault is sticky; ask text_done before values are used.
 */
#ifndef LEDGER_TEXT_H
#define LEDGER_TEXT_H

#include "ledger/merkle.h"

struct text {
    struct str left;
    size_t at; /* bytes read, for the place of a fault */
    bool fault;
};

static inline struct text text_of(struct str s)
{
    return (struct text){.left = s};
}

/* A line without its newline; empty, and the fault, when none is left. */
struct str text_line(struct text *t);
/* The line must be exactly this. */
void text_literal(struct text *t, struct str line);
/* What follows "key " in the line. */
struct str text_value(struct text *t, struct str key);
/* Decimal, no leading zeros. */
uint64_t text_u64(struct text *t, struct str s);
/* Base64 of a hash. */
void text_hash(struct text *t, struct str s, struct merkle_hash *out);
/* MALFORMED at the fault, else RC_OK. */
MUST_USE struct rc text_done(const struct text *t);

#endif
