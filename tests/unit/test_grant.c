/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "contain/grant.h"

static const int64_t now_us = 1764214810000000;
static const uint8_t seed[GRANT_KEY_BYTES] = {7, 1};

enum { NET_KINDS = 1 << ACTION_BLOCK_ADDRESS };

struct bench {
    struct grant_signer *signer;
    struct grant_verifier *verifier;
    struct wire_grant g;
};

static void set_up(struct bench *b)
{
    uint8_t public[GRANT_KEY_BYTES];
    b->signer = grant_signer_open(seed);
    assert_non_null(b->signer);
    grant_signer_public(b->signer, public);
    b->verifier = grant_verifier_open(public, NET_KINDS);
    assert_non_null(b->verifier);
    b->g = (struct wire_grant){.act = ACT_APPLY,
                               .kind = ACTION_BLOCK_ADDRESS,
                               .until_us = now_us + 3600000000,
                               .issued_us = now_us,
                               .nonce = 5};
    memset(b->g.action, 0xa, sizeof(b->g.action));
    assert_true(ipaddr_parse(STR("203.0.113.66"), &b->g.address));
}

static void tear_down(struct bench *b)
{
    grant_signer_close(b->signer);
    grant_verifier_close(b->verifier);
}

static enum grant_fault verify(struct bench *b, struct action *out)
{
    return grant_verify(b->verifier, &b->g, (struct walltime){.us = now_us}, out);
}

static enum grant_fault sign_and_verify(struct bench *b)
{
    struct action a;
    grant_sign(b->signer, &b->g);
    return verify(b, &a);
}

static void good_one_is_taken_once(void **state)
{
    (void)state;
    struct bench b;
    struct action a;
    set_up(&b);
    grant_sign(b.signer, &b.g);
    assert_int_equal(verify(&b, &a), GRANT_GOOD);
    assert_true(ipaddr_eq(&a.address, &b.g.address));
    assert_int_equal(a.lease_s, 3600);
    assert_int_equal(verify(&b, &a), GRANT_REPLAY);
    b.g.nonce = 4;
    assert_int_equal(sign_and_verify(&b), GRANT_REPLAY);
    b.g.nonce = 6;
    assert_int_equal(sign_and_verify(&b), GRANT_GOOD);
    b.g.nonce = 1;
    grant_verifier_attached(b.verifier);
    assert_int_equal(sign_and_verify(&b), GRANT_GOOD);
    tear_down(&b);
}

/* RFC 8032, 7.1, test 1: the public key of a secret key. */
static void key_is_ed25519(void **state)
{
    (void)state;
    static const uint8_t secret[GRANT_KEY_BYTES] = {
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
        0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
        0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
    uint8_t public[GRANT_KEY_BYTES];
    struct grant_signer *s = grant_signer_open(secret);
    AUTO_BUF hex = {0};
    grant_signer_public(s, public);
    buf_hex(&hex, (struct bytes){public, sizeof(public)});
    assert_str(buf_str(&hex),
               "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    grant_signer_close(s);
}

/* Whatever is changed after signing, the signature is void. */
static void every_field_is_signed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        struct bench b;
        struct action a;
        set_up(&b);
        grant_sign(b.signer, &b.g);
        struct wire_grant *g = &b.g;
        switch (i) {
        case 0:
            g->action[0] ^= 1;
            break;
        case 1:
            g->act = ACT_UNDO;
            break;
        case 2:
            g->kind = ACTION_END_SESSION;
            break;
        case 3:
            g->address.bytes[3] ^= 1;
            break;
        case 4:
            g->account = STR("x");
            break;
        case 5:
            g->until_us++;
            break;
        case 6:
            g->issued_us++;
            break;
        case 7:
            g->nonce++;
            break;
        case 8:
            g->signature[40] ^= 1;
            break;
        default:
            g->address.prefix_bits = 24;
            break;
        }
        assert_int_equal(verify(&b, &a), GRANT_SIGNATURE);
        tear_down(&b);
    }
}

static void other_key_is_refused(void **state)
{
    (void)state;
    static const uint8_t other[GRANT_KEY_BYTES] = {8};
    struct bench b;
    struct action a;
    set_up(&b);
    struct grant_signer *s = grant_signer_open(other);
    grant_sign(s, &b.g);
    assert_int_equal(verify(&b, &a), GRANT_SIGNATURE);
    b.g.algorithm = 2;
    assert_int_equal(verify(&b, &a), GRANT_ALGORITHM);
    grant_signer_close(s);
    tear_down(&b);
}

static void signed_but_not_for_this_executor(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    b.g.kind = ACTION_SUSPEND_ACCOUNT;
    assert_int_equal(sign_and_verify(&b), GRANT_KIND);
    b.g.kind = ACTION_KIND_COUNT;
    assert_int_equal(sign_and_verify(&b), GRANT_KIND);
    b.g.kind = 200;
    assert_int_equal(sign_and_verify(&b), GRANT_KIND);
    b.g.kind = ACTION_BLOCK_ADDRESS;
    b.g.act = ACT_COUNT;
    assert_int_equal(sign_and_verify(&b), GRANT_KIND);
    b.g.act = ACT_APPLY;
    b.g.account = STR("clerk");
    assert_int_equal(sign_and_verify(&b), GRANT_FORM);
    b.g.account = (struct str){0};
    b.g.address = (struct ipaddr){0};
    assert_int_equal(sign_and_verify(&b), GRANT_FORM);
    tear_down(&b);
}

static void age_and_lease_are_bounded(void **state)
{
    (void)state;
    struct bench b;
    struct action a;
    set_up(&b);
    b.g.issued_us = now_us - 10000001;
    assert_int_equal(sign_and_verify(&b), GRANT_AGE);
    b.g.issued_us = now_us + 10000001;
    assert_int_equal(sign_and_verify(&b), GRANT_AGE);
    b.g.issued_us = INT64_MIN;
    assert_int_equal(sign_and_verify(&b), GRANT_AGE);
    b.g.issued_us = now_us - 9999999;
    assert_int_equal(sign_and_verify(&b), GRANT_GOOD);
    b.g.nonce++;
    b.g.until_us = INT64_MAX;
    assert_int_equal(sign_and_verify(&b), GRANT_FORM);
    b.g.until_us = now_us - 1;
    grant_sign(b.signer, &b.g);
    assert_int_equal(verify(&b, &a), GRANT_GOOD);
    assert_int_equal(a.lease_s, 0);
    b.g.nonce++;
    b.g.until_us = now_us + 7 * 86400 * INT64_C(1000000);
    grant_sign(b.signer, &b.g);
    assert_int_equal(verify(&b, &a), GRANT_GOOD);
    assert_int_equal(a.lease_s, ACTION_MAX_LEASE_S);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_one_is_taken_once),
        cmocka_unit_test(key_is_ed25519),
        cmocka_unit_test(every_field_is_signed),
        cmocka_unit_test(other_key_is_refused),
        cmocka_unit_test(signed_but_not_for_this_executor),
        cmocka_unit_test(age_and_lease_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
