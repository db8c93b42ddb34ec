/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/proof.h"

#include "base/base64.h"
#include "ledger/text.h"

static void put_hashes(const struct merkle_proof *proof, struct buf *out)
{
    for (uint32_t i = 0; i < proof->count; i++) {
        base64_put(out, (struct bytes){proof->hash[i].b, MERKLE_BYTES});
        buf_putc(out, '\n');
    }
}

static void put_number(struct buf *out, const char *key, uint64_t v)
{
    buf_puts(out, key);
    buf_u64(out, v);
    buf_putc(out, '\n');
}

void proof_put_log(const struct merkle_proof *proof, struct str checkpoint, struct buf *out)
{
    buf_puts(out, "c2sp.org/tlog-proof@v1\n");
    put_number(out, "index ", proof->index);
    put_hashes(proof, out);
    buf_putc(out, '\n');
    buf_put(out, checkpoint);
}

void proof_put_inner(const struct merkle_proof *proof, struct buf *out)
{
    buf_puts(out, "tocsin-inner-proof/v1\n");
    put_number(out, "index ", proof->index);
    put_number(out, "size ", proof->size);
    put_hashes(proof, out);
}

/* Hashes up to an empty line or the end of the text. */
static struct rc parse_hashes(struct text *t, struct merkle_proof *out)
{
    while (t->left.n > 0 && t->left.p[0] != '\n' && !t->fault) {
        struct str line = text_line(t);
        if (out->count == MERKLE_MAX_PROOF_HASHES) {
            return rc_at(ERR_TOO_MANY, t->at);
        }
        text_hash(t, line, &out->hash[out->count++]);
    }
    return text_done(t);
}

struct rc proof_parse_log(struct str in, struct merkle_proof *out, struct str *out_checkpoint)
{
    struct text t = text_of(in);
    struct merkle_proof proof = {0};
    text_literal(&t, STR("c2sp.org/tlog-proof@v1"));
    if (str_starts(t.left, STR("extra "))) {
        (void)text_value(&t, STR("extra"));
    }
    struct str index = text_value(&t, STR("index"));
    proof.index = text_u64(&t, index);
    TRY(parse_hashes(&t, &proof));
    text_literal(&t, STR(""));
    TRY(text_done(&t));
    *out = proof;
    *out_checkpoint = t.left;
    return RC_OK;
}

struct rc proof_parse_inner(struct str in, struct merkle_proof *out)
{
    struct text t = text_of(in);
    struct merkle_proof proof = {0};
    text_literal(&t, STR("tocsin-inner-proof/v1"));
    struct str index = text_value(&t, STR("index"));
    proof.index = text_u64(&t, index);
    struct str size = text_value(&t, STR("size"));
    proof.size = text_u64(&t, size);
    TRY(parse_hashes(&t, &proof));
    if (t.left.n > 0) {
        return rc_at(ERR_MALFORMED, t.at);
    }
    *out = proof;
    return RC_OK;
}
