/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grant - the signature (Ed25519) without which no executor acts, and all that an executor
 * checks of a grant before it looks at its own limits.
 */
#ifndef CONTAIN_GRANT_H
#define CONTAIN_GRANT_H

#include "model/action.h"
#include "model/wire.h"

enum {
    GRANT_KEY_BYTES = 32, /* of the seed, and of the public key */
    GRANT_ALGORITHM_ED25519 = 1,
    GRANT_AGE_S = 10, /* a grant on its way for longer is refused: asked anew, it is cheap */
};

struct grant_signer;
struct grant_verifier;

/* NULL: OpenSSL has no Ed25519. Signs once, so that all it loads is loaded. */
MUST_USE struct grant_signer *grant_signer_open(const uint8_t seed[static GRANT_KEY_BYTES]);
void grant_signer_close(struct grant_signer *s);
void grant_signer_public(const struct grant_signer *s, uint8_t out[static GRANT_KEY_BYTES]);
/* Sets algorithm and signature, over all other fields. */
void grant_sign(struct grant_signer *s, struct wire_grant *g);

/* kinds: 1 << enum action_kind for each that this executor has the power for. */
MUST_USE struct grant_verifier *grant_verifier_open(const uint8_t key[static GRANT_KEY_BYTES],
                                                    uint32_t kinds);
void grant_verifier_close(struct grant_verifier *v);
/* A fresh channel to contain: its nonces may start anew. */
void grant_verifier_attached(struct grant_verifier *v);

enum grant_fault {
    GRANT_GOOD,
    GRANT_ALGORITHM,
    GRANT_SIGNATURE,
    GRANT_KIND,   /* not this executor's, or none at all */
    GRANT_FORM,   /* a target that does not fit the kind, a lease past the limit */
    GRANT_AGE,    /* issued too long ago, or in the future */
    GRANT_REPLAY, /* its nonce is not above the last one's */
};

/*
 * grant_verify - is it genuine, new, for this executor and well-formed?
 *
 * out  the action; its account borrows from g. lease_s is what is left of the lease at `now`,
 *      0 when it is over
 */
MUST_USE enum grant_fault grant_verify(struct grant_verifier *v, const struct wire_grant *g,
                                       struct walltime now, struct action *out);
/* For the log and the accusation. */
struct str grant_fault_text(enum grant_fault fault);
/* No honest contain sends it: accuse. Age can be the clock's fault. */
bool grant_fault_is_hostile(enum grant_fault fault);

#endif
