/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/grant.h"

#include "base/heap.h"

#include <openssl/evp.h>

#define SECOND_US INT64_C(1000000)

struct grant_signer {
    EVP_PKEY *key;
};

struct grant_verifier {
    EVP_PKEY *key;
    uint32_t kinds;
    uint64_t last_nonce;
};

/* What is signed: every field but the signature, after a line that says what this is. */
static void put_signed(struct buf *out, const struct wire_grant *g)
{
    buf_puts(out, "tocsin grant 1\n");
    buf_put(out, str_bytes((struct bytes){g->action, sizeof(g->action)}));
    buf_le(out, g->act, 1);
    buf_le(out, g->kind, 1);
    ipaddr_put(out, &g->address);
    buf_lstr(out, g->account);
    buf_le(out, (uint64_t)g->until_us, 8);
    buf_le(out, (uint64_t)g->issued_us, 8);
    buf_le(out, g->nonce, 8);
    buf_le(out, g->algorithm, 1);
}

struct grant_signer *grant_signer_open(const uint8_t seed[static GRANT_KEY_BYTES])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, GRANT_KEY_BYTES);
    if (key == NULL) {
        return NULL;
    }
    struct grant_signer *s = heap_zalloc(1, sizeof(*s));
    s->key = key;
    struct wire_grant warm = {0};
    grant_sign(s, &warm);
    return s;
}

void grant_signer_close(struct grant_signer *s)
{
    if (s != NULL) {
        EVP_PKEY_free(s->key);
        heap_free(s);
    }
}

void grant_signer_public(const struct grant_signer *s, uint8_t out[static GRANT_KEY_BYTES])
{
    size_t n = GRANT_KEY_BYTES;
    check(EVP_PKEY_get_raw_public_key(s->key, out, &n) == 1 && n == GRANT_KEY_BYTES);
}

void grant_sign(struct grant_signer *s, struct wire_grant *g)
{
    AUTO_BUF text = {0};
    size_t n = sizeof(g->signature);
    g->algorithm = GRANT_ALGORITHM_ED25519;
    put_signed(&text, g);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    check(c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, s->key) == 1);
    check(EVP_DigestSign(c, g->signature, &n, (const uint8_t *)text.p, text.n) == 1 &&
          n == sizeof(g->signature));
    EVP_MD_CTX_free(c);
}

static bool is_signed(const struct grant_verifier *v, const struct wire_grant *g)
{
    AUTO_BUF text = {0};
    put_signed(&text, g);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    check(c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, v->key) == 1);
    bool good = EVP_DigestVerify(c, g->signature, sizeof(g->signature), (const uint8_t *)text.p,
                                 text.n) == 1;
    EVP_MD_CTX_free(c);
    return good;
}

struct grant_verifier *grant_verifier_open(const uint8_t key[static GRANT_KEY_BYTES],
                                           uint32_t kinds)
{
    EVP_PKEY *public =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, GRANT_KEY_BYTES);
    if (public == NULL) {
        return NULL;
    }
    struct grant_verifier *v = heap_zalloc(1, sizeof(*v));
    v->key = public;
    v->kinds = kinds;
    struct wire_grant warm = {.algorithm = GRANT_ALGORITHM_ED25519};
    (void)is_signed(v, &warm);
    return v;
}

void grant_verifier_close(struct grant_verifier *v)
{
    if (v != NULL) {
        EVP_PKEY_free(v->key);
        heap_free(v);
    }
}

void grant_verifier_attached(struct grant_verifier *v)
{
    v->last_nonce = 0;
}

static bool target_fits(const struct wire_grant *g)
{
    if (g->kind == ACTION_BLOCK_ADDRESS) {
        return g->address.family != IPADDR_NONE && g->account.n == 0;
    }
    return g->address.family == IPADDR_NONE && action_account_ok(g->account);
}

/* Seconds of the lease that are left, rounded up; false: more than any lease may last. */
static bool left_of(int64_t until_us, struct walltime now, uint32_t *out)
{
    if (until_us <= now.us) {
        *out = 0;
        return true;
    }
    /* the clocks of sender and receiver are one, but it can be set while a grant is under way
     */
    const int64_t most = (ACTION_MAX_LEASE_S + GRANT_AGE_S) * SECOND_US;
    if (until_us > now.us + most) {
        return false;
    }
    int64_t left = (until_us - now.us + SECOND_US - 1) / SECOND_US;
    *out = left > ACTION_MAX_LEASE_S ? (uint32_t)ACTION_MAX_LEASE_S : (uint32_t)left;
    return true;
}

enum grant_fault grant_verify(struct grant_verifier *v, const struct wire_grant *g,
                              struct walltime now, struct action *out)
{
    uint32_t left = 0;
    if (g->algorithm != GRANT_ALGORITHM_ED25519) {
        return GRANT_ALGORITHM;
    }
    if (!is_signed(v, g)) {
        return GRANT_SIGNATURE;
    }
    if (g->kind >= ACTION_KIND_COUNT || (v->kinds >> g->kind & 1) == 0 || g->act >= ACT_COUNT) {
        return GRANT_KIND;
    }
    if (g->issued_us < now.us - GRANT_AGE_S * SECOND_US ||
        g->issued_us > now.us + GRANT_AGE_S * SECOND_US) {
        return GRANT_AGE;
    }
    if (!target_fits(g) || !left_of(g->until_us, now, &left)) {
        return GRANT_FORM;
    }
    if (g->nonce <= v->last_nonce) {
        return GRANT_REPLAY;
    }
    v->last_nonce = g->nonce;
    struct action a = {.kind = (enum action_kind)g->kind,
                       .address = g->address,
                       .account = g->account,
                       .lease_s = left};
    memcpy(a.id, g->action, sizeof(a.id));
    *out = a;
    return GRANT_GOOD;
}

struct str grant_fault_text(enum grant_fault fault)
{
    static const struct str texts[] = {
        [GRANT_GOOD] = STR_INIT("good"),
        [GRANT_ALGORITHM] = STR_INIT("a grant with an unknown algorithm"),
        [GRANT_SIGNATURE] = STR_INIT("a grant whose signature is not that of contain"),
        [GRANT_KIND] = STR_INIT("a grant for a power that this executor does not have"),
        [GRANT_FORM] = STR_INIT("a grant whose target or lease no executor takes"),
        [GRANT_AGE] = STR_INIT("a grant that was issued more than ten seconds ago or from now"),
        [GRANT_REPLAY] = STR_INIT("a grant that was sent before"),
    };
    return texts[fault];
}

bool grant_fault_is_hostile(enum grant_fault fault)
{
    return fault != GRANT_GOOD && fault != GRANT_AGE;
}
