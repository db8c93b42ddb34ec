/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's text forms: batch header, signed note, checkpoint, proofs. */
#include "test.h"

#include "base/base64.h"
#include "ledger/batch.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"

/* src: c2sp.org/signed-note, its example */
static const struct str example_key =
    STR_INIT("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
static const struct str example_note = STR_INIT(
    "This is an example message.\n\n\xE2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1T"
    "nagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n");

static struct batch_header sample(void)
{
    struct batch_header header = {.kind = BATCH_RECORDS,
                                  .first = 1234,
                                  .count = 17,
                                  .time = {.us = 1795514400123456},
                                  .source = 3,
                                  .seq = 42,
                                  .name_n = 9,
                                  .cursor_n = 5};
    memcpy(header.name, "sshd-auth", 9);
    memcpy(header.cursor, "a\0b\xFF\n", 5);
    memset(header.root.b, 7, sizeof(header.root.b));
    return header;
}

static void header_reads_as_documented(void **state)
{
    (void)state;
    struct batch_header header = sample(), again;
    AUTO_BUF out = {0};
    batch_encode(&header, &out);
    assert_str(buf_str(&out), "tocsin-batch/v1\nkind records\nfirst 1234\ncount 17\n"
                              "time 2026-11-24T10:00:00.123456Z\nsource 3 sshd-auth\nseq 42\n"
                              "cursor YQBi/wo=\n"
                              "root BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n");
    assert_ok(batch_parse(buf_str(&out), &again));
    assert_int_equal(again.first, 1234);
    assert_int_equal(again.seq, 42);
    assert_int_equal(again.time.us, header.time.us);
    assert_str(batch_name(&again), "sshd-auth");
    assert_memory_equal(again.cursor, header.cursor, 5);
    header.kind = BATCH_FACTS;
    buf_clear(&out);
    batch_encode(&header, &out);
    assert_true(str_find(buf_str(&out), STR("seq")) == SIZE_MAX);
    assert_ok(batch_parse(buf_str(&out), &again));
    assert_int_equal(again.seq, 0);
}

static void longest_header_fits(void **state)
{
    (void)state;
    struct batch_header header = sample(), again;
    header.first = UINT64_MAX - 65536;
    header.count = BATCH_MAX_ENTRIES;
    header.source = UINT32_MAX;
    header.seq = UINT64_MAX;
    header.name_n = BATCH_NAME_BYTES;
    memset(header.name, 'x', BATCH_NAME_BYTES);
    header.cursor_n = BATCH_CURSOR_BYTES;
    AUTO_BUF out = {0};
    batch_encode(&header, &out);
    assert_in_range(out.n, 800, BATCH_HEADER_BYTES);
    assert_ok(batch_parse(buf_str(&out), &again));
}

/* Whatever bit is turned: refused, or another header that is written just so. */
static void flipped_header_bits(void **state)
{
    (void)state;
    struct batch_header header = sample(), again;
    AUTO_BUF out = {0}, other = {0};
    batch_encode(&header, &out);
    for (size_t bit = 0; bit < out.n * 8; bit++) {
        out.p[bit / 8] ^= (char)(1 << bit % 8);
        if (!rc_failed(batch_parse(buf_str(&out), &again))) {
            buf_clear(&other);
            batch_encode(&again, &other);
            assert_true(str_eq(buf_str(&out), buf_str(&other)));
        }
        out.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t n = 0; n < out.n; n++) {
        assert_true(rc_failed(batch_parse(str_upto(buf_str(&out), n), &again)));
    }
    buf_putc(&out, '\n');
    assert_true(rc_failed(batch_parse(buf_str(&out), &again)));
}

static void values_outside_are_not_valid(void **state)
{
    (void)state;
    struct batch_header header = sample();
    assert_true(batch_valid(&header));
    header.count = 0;
    assert_false(batch_valid(&header));
    header = sample();
    header.first = UINT64_MAX - 3;
    assert_false(batch_valid(&header));
    header = sample();
    header.seq = 0;
    assert_false(batch_valid(&header));
    header = sample();
    header.name[0] = '/';
    assert_false(batch_valid(&header));
    header = sample();
    header.time.us = -1;
    assert_false(batch_valid(&header));
}

static void example_of_the_specification(void **state)
{
    (void)state;
    struct note_key key;
    struct str text;
    assert_ok(note_key_parse(example_key, &key));
    assert_int_equal(key.id, 0x530d903a);
    assert_str(note_key_name(&key), "example.com/foo");
    assert_ok(note_open(example_note, &key, 1, &text));
    assert_str(text, "This is an example message.\n");
    AUTO_BUF again = {0};
    note_key_put(&key, &again);
    assert_true(str_eq(buf_str(&again), example_key));
}

static void every_flipped_bit_of_a_note_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    struct str text;
    AUTO_BUF note = {0};
    buf_put(&note, example_note);
    assert_ok(note_key_parse(example_key, &key));
    for (size_t bit = 0; bit < note.n * 8; bit++) {
        note.p[bit / 8] ^= (char)(1 << bit % 8);
        assert_true(rc_failed(note_open(buf_str(&note), &key, 1, &text)));
        note.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t n = 0; n < note.n; n++) {
        assert_true(rc_failed(note_open(str_upto(buf_str(&note), n), &key, 1, &text)));
    }
}

static void every_flipped_bit_of_a_key_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    AUTO_BUF vkey = {0};
    buf_put(&vkey, example_key);
    for (size_t bit = 0; bit < vkey.n * 8; bit++) {
        vkey.p[bit / 8] ^= (char)(1 << bit % 8);
        assert_true(rc_failed(note_key_parse(buf_str(&vkey), &key)));
        vkey.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_fails(note_key_parse(STR(""), &key), MALFORMED);
    assert_fails(note_key_parse(STR("a+00000000+"), &key), MALFORMED);
    assert_fails(note_key_parse(STR("a+00000000+BAAA"), &key), UNSUPPORTED);
}

/* A note with `count` signatures of other keys and then ours. */
static void put_crowd(struct buf *note, unsigned count, const struct note_signer *signer)
{
    AUTO_BUF ours = {0};
    note_sign(signer, STR("text\n"), &ours);
    buf_puts(note, "text\n\n");
    for (unsigned i = 0; i < count; i++) {
        struct note_signer *other = note_signer_make(STR("witness.example"));
        AUTO_BUF theirs = {0};
        note_sign(other, STR("text\n"), &theirs);
        buf_put(note, str_from(buf_str(&theirs), 6));
        note_signer_close(other);
    }
    buf_put(note, str_from(buf_str(&ours), 6));
}

static void unknown_keys_are_ignored_and_bad_known_ones_are_not(void **state)
{
    (void)state;
    struct note_signer *signer = note_signer_make(STR("log.example/x"));
    const struct note_key *key = note_signer_key(signer);
    struct str text;
    AUTO_BUF note = {0};
    put_crowd(&note, 20, signer);
    assert_ok(note_open(buf_str(&note), key, 1, &text));
    assert_str(text, "text\n");
    /* the same name with another key */
    struct note_signer *other = note_signer_make(STR("log.example/x"));
    assert_fails(note_open(buf_str(&note), note_signer_key(other), 1, &text), REJECTED);
    /* a second, wrong signature of a known key spoils a good first one */
    AUTO_BUF second = {0};
    note_sign(signer, STR("other text\n"), &second);
    buf_put(&note, str_from(buf_str(&second), sizeof("other text\n")));
    assert_fails(note_open(buf_str(&note), key, 1, &text), REJECTED);
    buf_clear(&note);
    put_crowd(&note, NOTE_MAX_SIGNATURES, signer);
    assert_fails(note_open(buf_str(&note), key, 1, &text), TOO_MANY);
    note_signer_close(other);
    note_signer_close(signer);
}

static void a_secret_comes_back(void **state)
{
    (void)state;
    struct note_signer *signer = note_signer_make(STR("log.example/x")), *again = NULL;
    AUTO_BUF secret = {0}, one = {0}, two = {0};
    note_signer_put(signer, &secret);
    assert_ok(note_signer_parse(buf_str(&secret), &again));
    note_sign(signer, STR("text\n"), &one);
    note_sign(again, STR("text\n"), &two);
    assert_true(str_eq(buf_str(&one), buf_str(&two))); /* Ed25519 has no chance in it */
    note_signer_close(again);
    secret.p[secret.n - 3] ^= 1;
    assert_true(rc_failed(note_signer_parse(buf_str(&secret), &again)));
    assert_fails(note_signer_parse(STR("x"), &again), MALFORMED);
    note_wipe(&secret);
    assert_null(secret.p);
    note_signer_close(signer);
}

static void names_of_keys(void **state)
{
    (void)state;
    assert_true(note_name_valid(STR("example.com/foo")));
    assert_true(note_name_valid(STR("caf\xC3\xA9")));
    assert_false(note_name_valid(STR("")));
    assert_false(note_name_valid(STR("a b")));
    assert_false(note_name_valid(STR("a+b")));
    assert_false(note_name_valid(STR("a\xC2\xA0z"))); /* no-break space */
    assert_false(note_name_valid(STR("a\xE3\x80\x80z")));
    assert_false(note_name_valid(STR("\xFF")));
}

static void checkpoints(void **state)
{
    (void)state;
    struct note_signer *signer = note_signer_make(STR("log.example/x"));
    struct checkpoint in = {.origin = STR("log.example/x"), .size = 109482}, out;
    memset(in.root.b, 9, sizeof(in.root.b));
    AUTO_BUF text = {0}, note = {0};
    checkpoint_put(&in, &text);
    assert_str(buf_str(&text),
               "log.example/x\n109482\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n");
    note_sign(signer, buf_str(&text), &note);
    assert_ok(checkpoint_open(buf_str(&note), note_signer_key(signer), &out));
    assert_int_equal(out.size, 109482);
    assert_memory_equal(out.root.b, in.root.b, sizeof(in.root.b));
    buf_puts(&text, "extension\n");
    assert_ok(checkpoint_parse(buf_str(&text), &out));
    buf_puts(&text, "\n");
    assert_fails(checkpoint_parse(buf_str(&text), &out), MALFORMED);
    assert_fails(checkpoint_parse(STR("a\n01\nCQ==\n"), &out), MALFORMED);
    /* signed by this key, but for a log of another name */
    in.origin = STR("other.example");
    buf_clear(&text);
    buf_clear(&note);
    checkpoint_put(&in, &text);
    note_sign(signer, buf_str(&text), &note);
    assert_fails(checkpoint_open(buf_str(&note), note_signer_key(signer), &out), REJECTED);
    note_signer_close(signer);
}

static void proofs_come_back(void **state)
{
    (void)state;
    struct merkle_proof in = {.index = 5, .size = 9, .count = 3}, out;
    struct str checkpoint;
    for (uint32_t i = 0; i < in.count; i++) {
        memset(in.hash[i].b, (int)i + 1, MERKLE_BYTES);
    }
    AUTO_BUF log = {0}, inner = {0};
    proof_put_log(&in, STR("the note\n"), &log);
    assert_ok(proof_parse_log(buf_str(&log), &out, &checkpoint));
    assert_str(checkpoint, "the note\n");
    assert_int_equal(out.index, 5);
    assert_int_equal(out.count, 3);
    assert_memory_equal(out.hash, in.hash, (size_t)in.count * MERKLE_BYTES);
    proof_put_inner(&in, &inner);
    assert_ok(proof_parse_inner(buf_str(&inner), &out));
    assert_int_equal(out.size, 9);
    for (size_t n = 0; n < inner.n - 3 * (size_t)45; n++) {
        assert_true(rc_failed(proof_parse_inner(str_upto(buf_str(&inner), n), &out)));
    }
    assert_ok(proof_parse_log(STR("c2sp.org/tlog-proof@v1\nextra QQ==\nindex 0\n\nx\n"), &out,
                              &checkpoint));
    assert_str(checkpoint, "x\n");
    in.count = MERKLE_MAX_PROOF_HASHES;
    buf_clear(&inner);
    proof_put_inner(&in, &inner);
    assert_ok(proof_parse_inner(buf_str(&inner), &out));
    buf_puts(&inner, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    assert_fails(proof_parse_inner(buf_str(&inner), &out), TOO_MANY);
}

static void base64_has_one_form(void **state)
{
    (void)state;
    uint8_t out[8];
    size_t n = 0;
    AUTO_BUF text = {0};
    for (size_t i = 0; i <= 3; i++) {
        base64_put(&text, bytes_of(str_upto(STR("\xFB\xFF\xFE"), i)));
        buf_putc(&text, ' ');
    }
    assert_str(buf_str(&text), " +w== +/8= +//+ ");
    assert_true(base64_get(STR("+/8="), out, sizeof(out), &n));
    assert_int_equal(n, 2);
    static const char *const bad[] = {"+/9=", "+x==",  "+",    "+/8",
                                      "====", "A===",  "AA=A", "AA==AAAA",
                                      "AA A", "AA\nA", "AA-_", "AAAAAAAAAAAA"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(base64_get(str_of(bad[i]), out, sizeof(out), &n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_reads_as_documented),
        cmocka_unit_test(longest_header_fits),
        cmocka_unit_test(flipped_header_bits),
        cmocka_unit_test(values_outside_are_not_valid),
        cmocka_unit_test(example_of_the_specification),
        cmocka_unit_test(every_flipped_bit_of_a_note_is_refused),
        cmocka_unit_test(every_flipped_bit_of_a_key_is_refused),
        cmocka_unit_test(unknown_keys_are_ignored_and_bad_known_ones_are_not),
        cmocka_unit_test(a_secret_comes_back),
        cmocka_unit_test(names_of_keys),
        cmocka_unit_test(checkpoints),
        cmocka_unit_test(proofs_come_back),
        cmocka_unit_test(base64_has_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
