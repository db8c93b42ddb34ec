/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "ledger/merkle.h"

enum { LEAVES = 300 };

static struct hash_stream *h;

static void assert_hash(const struct merkle_hash *got, const char *want)
{
    AUTO_BUF hex = {0};
    buf_hex(&hex, (struct bytes){got->b, sizeof(got->b)});
    test_assert_str(buf_str(&hex), str_of(want), __FILE__, __LINE__);
}

/* The definition, word for word. src: RFC 6962 section 2.1 */
static void naive_root(const struct merkle_hash *leaf, size_t n, struct merkle_hash *out)
{
    struct merkle_hash left, right;
    size_t k = 1;
    if (n == 0) {
        hash_sha256((struct bytes){NULL, 0}, out->b);
        return;
    }
    if (n == 1) {
        *out = leaf[0];
        return;
    }
    while (k * 2 < n) {
        k *= 2;
    }
    naive_root(leaf, k, &left);
    naive_root(leaf + k, n - k, &right);
    merkle_node(h, &left, &right, out);
}

static void make_leaves(struct merkle_hash leaf[static LEAVES])
{
    for (uint32_t i = 0; i < LEAVES; i++) {
        uint8_t data[2] = {(uint8_t)i, (uint8_t)(i >> 8)};
        merkle_leaf(h, (struct bytes){data, sizeof(data)}, &leaf[i]);
    }
}

static void known_answers(void **state)
{
    (void)state;
    static const struct str input[] = {
        STR_INIT(""),         STR_INIT("\0"),
        STR_INIT("\x10"),     STR_INIT("\x20\x21"),
        STR_INIT("\x30\x31"), STR_INIT("\x40\x41\x42\x43"),
        STR_INIT("PQRSTUVW"), STR_INIT("`abcdefghijklmno"),
    };
    /* src: the eight-leaf tree of Certificate Transparency's own tests */
    static const char *const root[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct merkle_tree t = {0};
    for (size_t i = 0; i <= COUNT_OF(input); i++) {
        struct merkle_hash got;
        merkle_root(h, &t, &got);
        assert_hash(&got, root[i]);
        if (i < COUNT_OF(input)) {
            merkle_leaf(h, bytes_of(input[i]), &got);
            merkle_push(h, &t, &got);
        }
    }
    struct merkle_hash leaf;
    merkle_leaf(h, bytes_of(STR("L123456")), &leaf);
    assert_hash(&leaf, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

static void prove(struct merkle_prover *p, const struct merkle_hash *leaf,
                  struct merkle_proof *out)
{
    assert_false(p->size > 0 && merkle_prover_done(p, out));
    for (size_t i = 0; i < p->size; i++) {
        merkle_prover_add(h, p, &leaf[i]);
    }
    assert_true(merkle_prover_done(p, out));
}

static void every_tree_proves_every_leaf(void **state)
{
    (void)state;
    struct merkle_hash leaf[LEAVES], root, grown;
    struct merkle_tree t = {0};
    make_leaves(leaf);
    for (size_t n = 1; n <= LEAVES; n++) {
        merkle_push(h, &t, &leaf[n - 1]);
        merkle_root(h, &t, &grown);
        naive_root(leaf, n, &root);
        assert_true(merkle_equal(&root, &grown));
        for (size_t i = 0; i < n; i += n < 40 ? 1 : 17) {
            struct merkle_prover p;
            struct merkle_proof proof;
            merkle_prover_inclusion(&p, i, n);
            prove(&p, leaf, &proof);
            assert_true(merkle_included(h, &proof, &leaf[i], &root));
            assert_false(merkle_included(h, &proof, &leaf[(i + 1) % LEAVES], &root));
        }
    }
}

static void every_tree_begins_with_each_older_one(void **state)
{
    (void)state;
    struct merkle_hash leaf[LEAVES], root, old;
    make_leaves(leaf);
    for (size_t n = 1; n <= LEAVES; n += n < 40 ? 1 : 13) {
        naive_root(leaf, n, &root);
        for (size_t m = 1; m <= n; m += n < 40 ? 1 : 7) {
            struct merkle_prover p;
            struct merkle_proof proof;
            naive_root(leaf, m, &old);
            merkle_prover_consistency(&p, m, n);
            prove(&p, leaf, &proof);
            assert_true(merkle_consistent(h, &proof, &old, &root));
            old.b[3] ^= 1;
            assert_false(merkle_consistent(h, &proof, &old, &root));
        }
    }
}

static void flip(struct merkle_proof *proof, size_t bit)
{
    proof->hash[bit / 256].b[bit % 256 / 8] ^= (uint8_t)(1 << bit % 8);
}

static void a_flipped_bit_or_a_wrong_length_is_refused(void **state)
{
    (void)state;
    struct merkle_hash leaf[LEAVES], root, old;
    struct merkle_prover p;
    struct merkle_proof in, con;
    make_leaves(leaf);
    naive_root(leaf, 201, &root);
    naive_root(leaf, 77, &old);
    merkle_prover_inclusion(&p, 77, 201);
    prove(&p, leaf, &in);
    merkle_prover_consistency(&p, 77, 201);
    prove(&p, leaf, &con);
    for (size_t bit = 0; bit < in.count * 256; bit++) {
        flip(&in, bit);
        assert_false(merkle_included(h, &in, &leaf[77], &root));
        flip(&in, bit);
    }
    for (size_t bit = 0; bit < con.count * 256; bit++) {
        flip(&con, bit);
        assert_false(merkle_consistent(h, &con, &old, &root));
        flip(&con, bit);
    }
    for (uint32_t count = 0; count <= MERKLE_MAX_PROOF_HASHES + 1; count++) {
        struct merkle_proof other = in;
        other.count = count;
        assert_int_equal(merkle_included(h, &other, &leaf[77], &root), count == in.count);
        other = con;
        other.count = count;
        assert_int_equal(merkle_consistent(h, &other, &old, &root), count == con.count);
    }
    in.index = 201;
    assert_false(merkle_included(h, &in, &leaf[77], &root));
    in.size = 0;
    assert_false(merkle_included(h, &in, &leaf[77], &root));
}

static void edges_of_consistency(void **state)
{
    (void)state;
    struct merkle_hash leaf[LEAVES], root, empty;
    make_leaves(leaf);
    naive_root(leaf, 5, &root);
    naive_root(leaf, 0, &empty);
    struct merkle_proof proof = {.index = 5, .size = 5};
    assert_true(merkle_consistent(h, &proof, &root, &root));
    proof.count = 1;
    assert_false(merkle_consistent(h, &proof, &root, &root));
    proof = (struct merkle_proof){.index = 0, .size = 5};
    assert_false(merkle_consistent(h, &proof, &empty, &root));
    proof = (struct merkle_proof){.index = 0, .size = 0};
    assert_false(merkle_consistent(h, &proof, &empty, &empty));
    proof = (struct merkle_proof){.index = 6, .size = 5};
    assert_false(merkle_consistent(h, &proof, &root, &root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_tree_proves_every_leaf),
        cmocka_unit_test(every_tree_begins_with_each_older_one),
        cmocka_unit_test(a_flipped_bit_or_a_wrong_length_is_refused),
        cmocka_unit_test(edges_of_consistency),
    };
    h = hash_stream_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    hash_stream_close(h);
    return failed;
}
