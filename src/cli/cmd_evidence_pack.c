/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_evidence_pack.h"

#include "base/file.h"
#include "base/folder.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"

#include <stdio.h>

enum { NAME_BYTES = 40, MODE = 0640 };

/* The text for people, in two halves: the files are named between them. */
static const char verify_head[] =
    "How to check this evidence\n"
    "==========================\n"
    "\n"
    "tools/evidence_check.py of tocsin does all of it (Python 3, nothing else):\n"
    "\n"
    "    python3 evidence_check.py --vkey 'KEY' FOLDER\n"
    "\n"
    "KEY is the ledger's public key as you got it from the institution by another way; the\n"
    "file vkey here only says which key that was. By hand, with coreutils and OpenSSL 3:\n"
    "\n"
    "1. sha256sum -c manifest-sha256.txt\n"
    "2. The checkpoint (c2sp.org/tlog-checkpoint): origin, number of batches, root, an empty\n"
    "   line, signatures. The key in base64, after its first byte 1, is an Ed25519 key:\n"
    "     { printf '302a300506032b6570032100' | xxd -r -p\n"
    "       cut -d+ -f3- vkey | base64 -d | tail -c 32; } >key.der\n"
    "     sed '/^$/,$d' checkpoint >text\n"
    "     sed '1,/^$/d' checkpoint | head -1 | cut -d' ' -f3 | base64 -d | tail -c 64 "
    ">signature\n"
    "     openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der \\\n"
    "       -in text -sigfile signature\n"
    "3. For each entry N below: N.batch is the header of its batch, N.tlog-proof\n"
    "   (c2sp.org/tlog-proof) proves it to be leaf `index` of the checkpoint's tree.\n"
    "     { printf '\\0'; cat N.batch; } | sha256sum          the leaf\n"
    "     { printf '\\1'; LEFT; RIGHT; } | sha256sum          a node (RFC 6962)\n"
    "4. N.inner-proof proves N.entry, the bytes as they were received, to be leaf `index` of\n"
    "   the tree whose root stands in N.batch; N is `first` of N.batch plus that index.\n"
    "5. If the subject is a finding, each record that it lists by position is here, and the\n"
    "   `sha256` is the SHA-256 of its bytes.\n"
    "\n"
    "What this proves: these bytes were in the log when the checkpoint was signed, in this\n"
    "order. Not who wrote them, nor that they are true.\n"
    "\n";

struct hashes VEC_OF(struct merkle_hash);

struct pack {
    int ledger, output;
    const struct cmd_evidence_positions *positions;
    struct buf vkey, note, manifest;
    struct note_key key;
    struct checkpoint checkpoint;
    struct hashes leaves;                  /* of all batches that the checkpoint counts */
    struct cmd_evidence_positions batches; /* of each position */
    struct hash_stream *hash;
    struct buf *error;
};

static bool complain(struct pack *p, const char *what, struct rc rc)
{
    buf_printf(p->error, "%s %s", what, rc_text(rc));
    return false;
}

/* A file of the folder, and its line in the manifest. */
static bool save(struct pack *p, const char *name, struct str text)
{
    AUTO_FD fd = -1;
    uint8_t digest[HASH_SHA256_BYTES];
    struct rc rc = folder_create(p->output, name, MODE, &fd);
    if (!rc_failed(rc)) {
        rc = file_write_all(fd, bytes_of(text));
    }
    if (rc_failed(rc)) {
        return complain(p, name, rc);
    }
    hash_sha256(bytes_of(text), digest);
    buf_hex(&p->manifest, (struct bytes){digest, sizeof(digest)});
    buf_puts(&p->manifest, "  ");
    buf_puts(&p->manifest, name);
    buf_putc(&p->manifest, '\n');
    return true;
}

static bool save_part(struct pack *p, uint64_t position, const char *suffix, struct str text)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "%llu.%s", (unsigned long long)position, suffix);
    return save(p, name, text);
}

static bool load(struct pack *p)
{
    struct rc rc = folder_load(p->ledger, "checkpoint", NOTE_MAX_BYTES, &p->note);
    if (rc_failed(rc)) {
        return complain(p, "the ledger's checkpoint", rc);
    }
    rc = folder_load(p->ledger, "vkey", STORE_KEY_FILE_BYTES, &p->vkey);
    if (!rc_failed(rc)) {
        rc = note_key_parse(str_trim(buf_str(&p->vkey)), &p->key);
    }
    if (rc_failed(rc)) {
        return complain(p, "the ledger's vkey", rc);
    }
    rc = checkpoint_open(buf_str(&p->note), &p->key, &p->checkpoint);
    return rc_failed(rc) ? complain(p, "the ledger's checkpoint", rc) : true;
}

/* The entry and its inner proof, while its batch is at hand. */
static bool save_entry(struct pack *p, const struct walk_batch *batch,
                       struct payload_codec *codec, uint64_t position)
{
    struct payload payload;
    struct payload_entry entry;
    struct merkle_prover prover;
    struct merkle_proof proof;
    AUTO_BUF text = {0}, bytes = {0};
    uint64_t index = position - batch->header.first, at = 0;
    struct rc rc = payload_unpack(codec, &batch->frame, &batch->header, &payload);
    if (rc_failed(rc)) {
        return complain(p, "a batch of the ledger", rc);
    }
    merkle_prover_inclusion(&prover, index, batch->header.count);
    while (payload_next(&payload, &entry)) {
        struct merkle_hash leaf;
        merkle_leaf(p->hash, entry.bytes, &leaf);
        merkle_prover_add(p->hash, &prover, &leaf);
        if (at++ == index) {
            buf_put(&bytes, str_bytes(entry.bytes));
        }
    }
    check(merkle_prover_done(&prover, &proof));
    proof_put_inner(&proof, &text);
    return save_part(p, position, "entry", buf_str(&bytes)) &&
           save_part(p, position, "batch", batch->frame.header) &&
           save_part(p, position, "inner-proof", buf_str(&text));
}

static bool take_batch(struct pack *p, const struct walk_batch *batch,
                       struct payload_codec *codec)
{
    struct merkle_hash leaf;
    uint64_t end = batch->header.first + batch->header.count;
    merkle_leaf(p->hash, bytes_of(batch->frame.header), &leaf);
    vec_push(&p->leaves, leaf);
    while (p->batches.n < p->positions->n && p->positions->p[p->batches.n] < end) {
        if (!save_entry(p, batch, codec, p->positions->p[p->batches.n])) {
            return false;
        }
        vec_push(&p->batches, batch->place.leaf);
    }
    return true;
}

/* All batches that are signed. */
static bool walk(struct pack *p)
{
    struct walk *w = walk_io_open(p->ledger);
    struct payload_codec *codec = payload_open();
    struct walk_batch batch;
    enum walk_step step = WALK_BATCH;
    bool good = true;
    while (good && p->leaves.n < p->checkpoint.size && step == WALK_BATCH) {
        struct rc rc = walk_io_next(w, &batch, &step);
        if (rc_failed(rc)) {
            good = complain(p, "the ledger", rc);
        } else if (step == WALK_BATCH) {
            good = take_batch(p, &batch, codec);
        }
    }
    if (good && step != WALK_BATCH) {
        struct damage damage = walk_io_damage(w);
        damage = damage.kind != DAMAGE_NONE
                     ? damage
                     : (struct damage){.kind = DAMAGE_SIZE, .batch = p->checkpoint.size};
        damage_text(&damage, p->error);
        good = false;
    }
    payload_close(codec);
    walk_io_close(w);
    return good;
}

static bool check_root(struct pack *p)
{
    struct merkle_tree tree = {0};
    struct merkle_hash root;
    for (size_t i = 0; i < p->leaves.n; i++) {
        merkle_push(p->hash, &tree, &p->leaves.p[i]);
    }
    merkle_root(p->hash, &tree, &root);
    if (!merkle_equal(&root, &p->checkpoint.root)) {
        struct damage damage = {.kind = DAMAGE_TREE, .batch = p->checkpoint.size};
        damage_text(&damage, p->error);
        return false;
    }
    if (p->batches.n < p->positions->n) {
        buf_printf(p->error, "entry %llu is not signed yet: wait for the next checkpoint",
                   (unsigned long long)p->positions->p[p->batches.n]);
        return false;
    }
    return true;
}

/* One proof for each batch; entries of the same batch get the same. */
static bool save_proofs(struct pack *p)
{
    AUTO_BUF text = {0};
    for (size_t i = 0; i < p->positions->n; i++) {
        if (i == 0 || p->batches.p[i] != p->batches.p[i - 1]) {
            struct merkle_prover prover;
            struct merkle_proof proof;
            merkle_prover_inclusion(&prover, p->batches.p[i], p->checkpoint.size);
            for (size_t leaf = 0; leaf < p->leaves.n; leaf++) {
                merkle_prover_add(p->hash, &prover, &p->leaves.p[leaf]);
            }
            check(merkle_prover_done(&prover, &proof));
            buf_clear(&text);
            proof_put_log(&proof, buf_str(&p->note), &text);
        }
        if (!save_part(p, p->positions->p[i], "tlog-proof", buf_str(&text))) {
            return false;
        }
    }
    return true;
}

static bool save_rest(struct pack *p, uint64_t subject)
{
    AUTO_BUF verify = {0};
    buf_puts(&verify, verify_head);
    buf_printf(&verify, "Subject: entry %llu\nEntries:", (unsigned long long)subject);
    for (size_t i = 0; i < p->positions->n; i++) {
        buf_printf(&verify, " %llu", (unsigned long long)p->positions->p[i]);
    }
    buf_putc(&verify, '\n');
    if (!save(p, "checkpoint", buf_str(&p->note)) || !save(p, "vkey", buf_str(&p->vkey)) ||
        !save(p, "VERIFY.txt", buf_str(&verify))) {
        return false;
    }
    AUTO_BUF manifest = {0};
    buf_put(&manifest, buf_str(&p->manifest)); /* before its own line is added */
    return save(p, "manifest-sha256.txt", buf_str(&manifest));
}

bool cmd_evidence_pack(int ledger, int output, const struct cmd_evidence_positions *positions,
                       uint64_t subject, struct buf *error)
{
    struct pack p = {.ledger = ledger,
                     .output = output,
                     .positions = positions,
                     .hash = hash_stream_open(),
                     .error = error};
    bool good =
        load(&p) && walk(&p) && check_root(&p) && save_proofs(&p) && save_rest(&p, subject);
    vec_free(&p.leaves);
    vec_free(&p.batches);
    hash_stream_close(p.hash);
    buf_free(&p.vkey);
    buf_free(&p.note);
    buf_free(&p.manifest);
    return good;
}
