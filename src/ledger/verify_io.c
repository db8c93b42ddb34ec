/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/verify_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "ledger/index.h"
#include "ledger/store_io.h"
#include "ledger/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A checkpoint and whether the tree was as it says when it had that size. */
struct claim {
    bool valid, met;
    struct buf text;
    struct checkpoint checkpoint;
};

struct verify {
    int folder;
    const struct verify_opts *opts;
    struct verify_report report;
    struct walk *walk;
    struct index index;
    struct merkle_tree tree;
    struct hash_stream *hash;
    struct payload_codec *codec;
    struct claim own, given;
    uint64_t total_bytes, walked_bytes;
    bool gaps; /* some batch could not be hashed: the root cannot be right */
};

static void tell(struct verify *v, const struct damage *damage)
{
    v->report.damages++;
    if (v->opts->tell != NULL && v->report.damages <= VERIFY_MAX_DAMAGES) {
        v->opts->tell(v->opts->context, damage);
    }
}

static void tell_kind(struct verify *v, enum damage_kind kind, uint64_t batch)
{
    struct damage damage = {.kind = kind, .batch = batch};
    tell(v, &damage);
}

static struct damage at_batch(const struct walk_batch *batch, enum damage_kind kind)
{
    return (struct damage){.kind = kind,
                           .segment = batch->place.segment,
                           .offset = batch->place.offset,
                           .batch = batch->place.leaf,
                           .first = batch->header.first,
                           .count = batch->header.count};
}

/* The folder's key, unless the caller knows it. False: without it no signature says a thing. */
static struct rc find_key(struct verify *v, bool *found)
{
    AUTO_BUF text = {0};
    *found = v->opts->key != NULL;
    if (*found) {
        v->report.key = *v->opts->key;
        return RC_OK;
    }
    struct rc rc = folder_load(v->folder, "vkey", STORE_KEY_FILE_BYTES, &text);
    if (rc_failed(rc) && rc.code == ERR_SYSTEM && rc.sys != ENOENT) {
        return rc;
    }
    *found = !rc_failed(rc) && text.n > 0 && text.p[text.n - 1] == '\n' &&
             !rc_failed(note_key_parse(str_upto(buf_str(&text), text.n - 1), &v->report.key));
    if (!*found) {
        tell_kind(v, DAMAGE_KEY, 0);
    }
    return RC_OK;
}

static void open_claim(struct verify *v, struct claim *claim)
{
    claim->valid =
        !rc_failed(checkpoint_open(buf_str(&claim->text), &v->report.key, &claim->checkpoint));
    if (!claim->valid) {
        tell_kind(v, DAMAGE_CHECKPOINT, 0);
    }
}

static struct rc find_claims(struct verify *v)
{
    bool found = false;
    TRY(find_key(v, &found));
    if (!found) {
        return RC_OK;
    }
    struct rc rc = folder_load(v->folder, "checkpoint", NOTE_MAX_BYTES, &v->own.text);
    if (rc_failed(rc) && rc.code == ERR_SYSTEM && rc.sys != ENOENT) {
        return rc;
    }
    open_claim(v, &v->own);
    if (v->opts->checkpoint.n > 0) {
        buf_put(&v->given.text, v->opts->checkpoint);
        open_claim(v, &v->given);
    }
    return RC_OK;
}

static void meet(struct verify *v, struct claim *claim)
{
    struct merkle_hash root;
    if (!claim->valid || claim->met || v->gaps || v->tree.size != claim->checkpoint.size) {
        return;
    }
    claim->met = true;
    merkle_root(v->hash, &v->tree, &root);
    if (!merkle_equal(&root, &claim->checkpoint.root)) {
        tell_kind(v, DAMAGE_TREE, claim->checkpoint.size);
    }
}

static void push_leaf(struct verify *v, struct str header)
{
    struct merkle_hash leaf;
    merkle_leaf(v->hash, bytes_of(header), &leaf);
    merkle_push(v->hash, &v->tree, &leaf);
    meet(v, &v->own);
    meet(v, &v->given);
}

/* One entry: its leaf goes into the inner tree. False, and told, when it was changed. */
static bool check_entry(struct verify *v, const struct walk_batch *batch,
                        const struct payload_entry *entry, uint32_t sum,
                        struct merkle_tree *inner)
{
    struct merkle_hash leaf;
    uint64_t position = batch->header.first + inner->size;
    merkle_leaf(v->hash, entry->bytes, &leaf);
    merkle_push(v->hash, inner, &leaf);
    struct damage damage = at_batch(batch, DAMAGE_KEYS);
    damage.first = position;
    damage.count = 1;
    bool good = true;
    if (payload_sum(&leaf) != sum) {
        damage.kind = DAMAGE_ENTRY;
        tell(v, &damage);
        good = false;
    } else if (batch->header.kind == BATCH_FACTS &&
               !index_add_fact(&v->index, entry->key, position)) {
        tell(v, &damage);
        good = false;
    }
    return good;
}

/* The entries against their header. How much is wrong is told as narrowly as can be known. */
static bool check_entries(struct verify *v, const struct walk_batch *batch)
{
    struct payload payload;
    struct payload_entry entry;
    struct merkle_tree inner = {0};
    struct merkle_hash root;
    bool good = true;
    struct rc rc = payload_unpack(v->codec, &batch->frame, &batch->header, &payload);
    if (rc_failed(rc)) {
        struct damage damage = at_batch(batch, DAMAGE_PAYLOAD);
        tell(v, &damage);
        return false;
    }
    while (payload_next(&payload, &entry)) {
        good &= check_entry(v, batch, &entry, payload.check, &inner);
    }
    merkle_root(v->hash, &inner, &root);
    if (good && !merkle_equal(&root, &batch->header.root)) {
        struct damage damage = at_batch(batch, DAMAGE_ROOT);
        tell(v, &damage);
        good = false;
    }
    return good;
}

static void check_batch(struct verify *v, const struct walk_batch *batch)
{
    const struct batch_header *header = &batch->header;
    if (header->kind == BATCH_RECORDS) {
        enum index_order order = index_order(&v->index, header->source, header->seq);
        if (order != INDEX_NEXT && !v->gaps) {
            struct damage damage = at_batch(batch, DAMAGE_SEQ);
            tell(v, &damage);
        }
        v->report.records += header->count;
    } else {
        v->report.facts += header->count;
    }
    const struct index_source *known = index_find_source(&v->index, header->source);
    if (header->kind == BATCH_FACTS || known != NULL ||
        v->index.sources.n < INDEX_MAX_SOURCES) {
        index_add(&v->index, header, &batch->place);
    }
    (void)check_entries(v, batch);
    push_leaf(v, batch->frame.header);
    v->report.batches++;
}

/* A frame that fails its checksum but whose lengths are known: which part is it? */
static void look_closer(struct verify *v, struct walk_batch *batch, struct damage damage)
{
    uint64_t before = v->report.damages;
    if (damage.kind == DAMAGE_FRAME &&
        !rc_failed(batch_parse(batch->frame.header, &batch->header))) {
        damage.first = batch->header.first;
        damage.count = batch->header.count;
        (void)check_entries(v, batch);
    }
    if (v->report.damages == before) { /* nothing narrower was found */
        tell(v, &damage);
    }
}

static struct rc damaged(struct verify *v, struct walk_batch *batch, bool *at_end)
{
    struct damage damage = walk_io_damage(v->walk);
    struct walk_place at = walk_io_place(v->walk);
    bool may_be_torn =
        damage.kind == DAMAGE_HEAD || damage.kind == DAMAGE_CUT || damage.kind == DAMAGE_FRAME;
    uint64_t later;
    TRY(walk_io_segment_after(v->walk, at.segment, &later));
    if (may_be_torn && later == UINT64_MAX) {
        AUTO_BUF rest = {0};
        TRY(walk_io_rest(v->walk, &rest));
        struct tail_view view = {.rest = bytes_of(buf_str(&rest)),
                                 .offset = at.offset,
                                 .leaf = at.leaf,
                                 .signed_size = v->own.valid ? v->own.checkpoint.size : 0,
                                 .seed = walk_io_seed(v->walk)};
        if (tail_judge(&view) != TAIL_DAMAGED) {
            v->report.tail_bytes = rest.n;
            *at_end = true;
            return RC_OK;
        }
    }
    v->gaps = true;
    look_closer(v, batch, damage);
    return walk_io_resume(v->walk);
}

/* What stands behind the last batch, and segments that nothing leads to. */
static struct rc check_end(struct verify *v, bool torn)
{
    struct walk_place at = walk_io_place(v->walk);
    AUTO_BUF rest = {0};
    TRY(walk_io_rest(v->walk, &rest));
    struct tail_view view = {.rest = bytes_of(buf_str(&rest)),
                             .offset = at.offset,
                             .leaf = at.leaf,
                             .signed_size = v->own.valid ? v->own.checkpoint.size : 0,
                             .seed = walk_io_seed(v->walk)};
    enum tail tail = torn ? TAIL_TORN : tail_judge(&view);
    if (tail == TAIL_TORN) {
        v->report.tail_bytes = rest.n;
    } else if (tail == TAIL_DAMAGED) {
        struct damage damage = {
            .kind = DAMAGE_ROOM, .segment = at.segment, .offset = at.offset, .batch = at.leaf};
        tell(v, &damage);
    }
    return RC_OK;
}

static struct rc walk_all(struct verify *v, bool *at_end)
{
    struct walk_batch batch = {0};
    enum walk_step step = WALK_BATCH;
    while (step != WALK_END && !*at_end) {
        TRY(walk_io_next(v->walk, &batch, &step));
        if (step == WALK_BATCH) {
            check_batch(v, &batch);
        } else if (step == WALK_DAMAGED) {
            TRY(damaged(v, &batch, at_end));
        }
        if (v->opts->progress != NULL && step == WALK_BATCH) {
            v->walked_bytes += segment_frame_bytes(&batch.frame.head);
            v->opts->progress(v->opts->context, v->walked_bytes, v->total_bytes);
        }
    }
    return RC_OK;
}

/* The walk, and again behind each gap in the row of segments. */
static struct rc walk_segments(struct verify *v)
{
    for (;;) {
        bool torn = false;
        uint64_t later;
        TRY(walk_all(v, &torn));
        TRY(check_end(v, torn));
        struct walk_place at = walk_io_place(v->walk);
        TRY(walk_io_segment_after(v->walk, at.segment, &later));
        if (later == UINT64_MAX) {
            return RC_OK;
        }
        struct damage damage = {.kind = DAMAGE_STRAY, .segment = later, .batch = later};
        tell(v, &damage);
        v->gaps = true;
        TRY(walk_io_skip(v->walk, later));
    }
}

static void check_size(struct verify *v, const struct claim *claim)
{
    if (claim->valid && claim->checkpoint.size > walk_io_place(v->walk).leaf) {
        tell_kind(v, DAMAGE_SIZE, claim->checkpoint.size);
    }
}

struct measure {
    int folder;
    uint64_t bytes, segments;
};

static void measure(void *context, struct str name)
{
    struct measure *m = context;
    char file[SEGMENT_NAME_BYTES];
    struct stat st;
    uint64_t leaf;
    if (segment_name_parse(name, &leaf)) {
        segment_name(leaf, file);
        m->segments++;
        m->bytes += fstatat(m->folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0
                        ? (uint64_t)st.st_blocks * TAIL_SECTOR_BYTES
                        : 0;
    }
}

static struct rc run(struct verify *v)
{
    struct measure m = {.folder = v->folder};
    TRY(folder_each(v->folder, measure, &m));
    v->report.segments = m.segments;
    v->report.bytes = v->total_bytes = m.bytes;
    TRY(find_claims(v));
    meet(v, &v->own); /* a checkpoint of size 0 */
    meet(v, &v->given);
    TRY(walk_segments(v));
    check_size(v, &v->own);
    check_size(v, &v->given);
    v->report.signed_batches = v->own.valid ? v->own.checkpoint.size : 0;
    merkle_root(v->hash, &v->tree, &v->report.root);
    return RC_OK;
}

struct rc verify_io_run(int folder, const struct verify_opts *opts, struct verify_report *out)
{
    struct verify v = {.folder = folder,
                       .opts = opts,
                       .walk = walk_io_open(folder),
                       .hash = hash_stream_open(),
                       .codec = payload_open()};
    v.index.seed = hash_random_seed();
    struct rc rc = run(&v);
    if (!rc_failed(rc)) {
        *out = v.report;
    }
    walk_io_close(v.walk);
    hash_stream_close(v.hash);
    payload_close(v.codec);
    index_free(&v.index);
    buf_free(&v.own.text);
    buf_free(&v.given.text);
    return rc;
}
