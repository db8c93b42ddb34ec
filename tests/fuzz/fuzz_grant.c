/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A GRANT frame as an executor gets it, signed by the key or not: what is good is in range.
 */
#include "contain/grant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[GRANT_KEY_BYTES] = {7};
    uint8_t public[GRANT_KEY_BYTES];
    struct wire_message m;
    struct action a;
    if (rc_failed(
            wire_decode((struct bytes){data, size}, ROLE_CONTAIN, ROLE_CONTAIN_ACCOUNT, &m)) ||
        m.type != WIRE_GRANT) {
        return 0;
    }
    uint32_t kinds = 1u << ACTION_END_SESSION | 1u << ACTION_SUSPEND_ACCOUNT;
    struct grant_signer *signer = grant_signer_open(seed);
    grant_signer_public(signer, public);
    struct grant_verifier *v = grant_verifier_open(public, kinds);
    struct walltime now = {.us = m.grant.issued_us};
    check(grant_verify(v, &m.grant, now, &a) != GRANT_GOOD);
    grant_sign(signer, &m.grant);
    if (grant_verify(v, &m.grant, now, &a) == GRANT_GOOD) {
        check((kinds >> a.kind & 1) != 0 && action_account_ok(a.account));
        check(a.lease_s <= ACTION_MAX_LEASE_S);
        check(grant_verify(v, &m.grant, now, &a) == GRANT_REPLAY);
    }
    grant_signer_close(signer);
    grant_verifier_close(v);
    return 0;
}
