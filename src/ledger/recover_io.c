/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/recover_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "ledger/checkpoint.h"
#include "ledger/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* checkpoint: size 0 when there is none */
struct recovery {
    struct store *store;
    struct store_report *report;
    struct walk *walk;
    struct checkpoint checkpoint;
    bool tree_wrong; /* at the size of the checkpoint the root was another */
};

static struct rc fail(struct store_report *report, struct damage damage)
{
    report->damage = damage;
    return rc_make(ERR_REJECTED);
}

static struct rc make_key(struct store *store, struct str origin)
{
    AUTO_BUF secret = {0};
    store->signer = note_signer_make(origin);
    note_signer_put(store->signer, &secret);
    buf_putc(&secret, '\n');
    struct rc rc = folder_replace(store->folder, "key", 0600, bytes_of(buf_str(&secret)));
    note_wipe(&secret);
    return rc;
}

/* A text file of one line, without its newline; absent: *there is false. */
static struct rc load_line(int folder, const char *name, struct buf *out, bool *there)
{
    struct rc rc = folder_load(folder, name, STORE_KEY_FILE_BYTES, out);
    *there = !rc_failed(rc);
    if (rc_failed(rc)) {
        return rc.sys == ENOENT ? RC_OK : rc;
    }
    if (out->n > 0 && out->p[out->n - 1] == '\n') {
        out->n--;
    }
    return RC_OK;
}

/* Load the key, or make it when the folder holds no ledger yet. */
static struct rc find_key(struct recovery *r, struct str origin, bool used)
{
    struct store *store = r->store;
    AUTO_BUF secret = BUF_WITH_CAP(STORE_KEY_FILE_BYTES + 1);
    bool there = false;
    check(buf_reserve(&secret, STORE_KEY_FILE_BYTES + 1)); /* growing leaves copies behind */
    TRY(load_line(store->folder, "key", &secret, &there));
    if (!there && !used) {
        r->report->fresh = true;
        return make_key(store, origin);
    }
    struct rc rc =
        there ? note_signer_parse(buf_str(&secret), &store->signer) : rc_make(ERR_MALFORMED);
    note_wipe(&secret);
    if (rc_failed(rc) || !str_eq(note_key_name(note_signer_key(store->signer)), origin)) {
        return fail(r->report, (struct damage){.kind = DAMAGE_KEY});
    }
    return RC_OK;
}

/* The public half beside it, for people to copy. */
static struct rc write_vkey(struct store *store)
{
    AUTO_BUF want = {0}, got = {0};
    bool there = false;
    note_key_put(note_signer_key(store->signer), &want);
    TRY(load_line(store->folder, "vkey", &got, &there));
    if (there && str_eq(buf_str(&got), buf_str(&want))) {
        return RC_OK;
    }
    buf_putc(&want, '\n');
    return folder_replace(store->folder, "vkey", 0644, bytes_of(buf_str(&want)));
}

/* text owns what the checkpoint borrows. */
static struct rc find_checkpoint(struct recovery *r, struct buf *text)
{
    struct rc rc = folder_load(r->store->folder, "checkpoint", NOTE_MAX_BYTES, text);
    if (rc_failed(rc) && rc.sys == ENOENT) {
        return RC_OK; /* a crash before the first one */
    }
    TRY(rc);
    rc = checkpoint_open(buf_str(text), note_signer_key(r->store->signer), &r->checkpoint);
    return rc_failed(rc) ? fail(r->report, (struct damage){.kind = DAMAGE_CHECKPOINT}) : RC_OK;
}

static struct damage damage_of(const struct walk_batch *batch, enum damage_kind kind)
{
    return (struct damage){.kind = kind,
                           .segment = batch->place.segment,
                           .offset = batch->place.offset,
                           .batch = batch->place.leaf,
                           .first = batch->header.first,
                           .count = batch->header.count};
}

static struct rc add_facts(struct recovery *r, const struct walk_batch *batch)
{
    struct payload payload;
    struct payload_entry fact;
    uint64_t position = batch->header.first;
    struct rc rc = payload_unpack(r->store->codec, &batch->frame, &batch->header, &payload);
    if (rc_failed(rc)) {
        return fail(r->report, damage_of(batch, DAMAGE_PAYLOAD));
    }
    while (payload_next(&payload, &fact)) {
        if (!index_add_fact(&r->store->index, fact.key, position)) {
            struct damage damage = damage_of(batch, DAMAGE_KEYS);
            damage.first = position;
            damage.count = 1;
            return fail(r->report, damage);
        }
        position++;
    }
    return RC_OK;
}

static void compare_root(struct recovery *r)
{
    struct store *store = r->store;
    struct merkle_hash root;
    if (store->tree.size == r->checkpoint.size && r->checkpoint.size > 0) {
        merkle_root(store->hash, &store->tree, &root);
        r->tree_wrong = !merkle_equal(&root, &r->checkpoint.root);
    }
}

static struct rc add_batch(struct recovery *r, const struct walk_batch *batch)
{
    struct store *store = r->store;
    const struct batch_header *header = &batch->header;
    struct merkle_hash leaf;
    if (header->kind == BATCH_FACTS) {
        TRY(add_facts(r, batch));
    } else if (index_order(&store->index, header->source, header->seq) != INDEX_NEXT) {
        return fail(r->report, damage_of(batch, DAMAGE_SEQ));
    }
    index_add(&store->index, header, &batch->place);
    merkle_leaf(store->hash, bytes_of(batch->frame.header), &leaf);
    merkle_push(store->hash, &store->tree, &leaf);
    compare_root(r);
    return RC_OK;
}

/* All batches up to the end or to damage that is not an interrupted append. */
static struct rc read_batches(struct recovery *r)
{
    struct walk_batch batch;
    enum walk_step step = WALK_BATCH;
    for (;;) {
        TRY(walk_io_next(r->walk, &batch, &step));
        if (step != WALK_BATCH) {
            break;
        }
        TRY(add_batch(r, &batch));
    }
    struct damage damage = walk_io_damage(r->walk);
    bool may_be_torn = step == WALK_END || damage.kind == DAMAGE_HEAD ||
                       damage.kind == DAMAGE_CUT || damage.kind == DAMAGE_FRAME;
    if (!may_be_torn) {
        return fail(r->report, damage);
    }
    uint64_t later;
    struct walk_place at = walk_io_place(r->walk);
    TRY(walk_io_segment_after(r->walk, at.segment, &later));
    if (later == UINT64_MAX) {
        return RC_OK;
    }
    if (step == WALK_END) {
        damage = (struct damage){.kind = DAMAGE_STRAY, .segment = later};
    }
    return fail(r->report, damage);
}

/* What lies behind the last whole batch. */
static struct rc judge_tail(struct recovery *r, struct walk_place at, enum tail *out_tail)
{
    AUTO_BUF rest = {0};
    TRY(walk_io_rest(r->walk, &rest));
    struct tail_view view = {.rest = bytes_of(buf_str(&rest)),
                             .offset = at.offset,
                             .leaf = at.leaf,
                             .signed_size = r->checkpoint.size,
                             .seed = walk_io_seed(r->walk)};
    *out_tail = tail_judge(&view);
    struct damage damage = walk_io_damage(r->walk);
    if (damage.kind == DAMAGE_NONE) {
        damage = (struct damage){
            .kind = DAMAGE_ROOM, .segment = at.segment, .offset = at.offset, .batch = at.leaf};
    }
    if (*out_tail == TAIL_DAMAGED) {
        return fail(r->report, damage);
    }
    if (r->checkpoint.size > at.leaf || r->tree_wrong) {
        return fail(r->report,
                    (struct damage){.kind = r->tree_wrong ? DAMAGE_TREE : DAMAGE_SIZE,
                                    .batch = r->checkpoint.size});
    }
    if (*out_tail == TAIL_TORN) {
        r->report->cut_bytes = rest.n;
        r->report->cut_segment = at.segment;
        r->report->cut_offset = at.offset;
    }
    return RC_OK;
}

void recover_io_room(struct store *store, uint64_t need)
{
    while (store->room < need) {
        (void)fallocate(store->fd, 0, (off_t)store->room, RECOVER_ROOM_BYTES);
        store->room += RECOVER_ROOM_BYTES;
    }
}

struct rc recover_io_segment(struct store *store, uint64_t first_leaf)
{
    char name[SEGMENT_NAME_BYTES];
    AUTO_BUF title = {0};
    segment_name(first_leaf, name);
    struct rc rc = folder_create(store->folder, name, 0600, &store->fd);
    if (rc_failed(rc) && rc.sys == EEXIST) {
        rc = folder_update(store->folder, name, &store->fd);
    }
    TRY(rc);
    store->segment = first_leaf;
    if (store->offset == 0) {
        store->seed = hash_random_seed();
        segment_title(first_leaf, store->seed, &title);
        if (ftruncate(store->fd, 0) != 0) {
            return rc_errno();
        }
        TRY(file_write_all(store->fd, bytes_of(buf_str(&title))));
        store->offset = SEGMENT_TITLE_BYTES;
    } else if (ftruncate(store->fd, (off_t)store->offset) != 0) {
        return rc_errno();
    }
    store->room = store->offset;
    recover_io_room(store, store->offset + 1);
    if (fsync(store->fd) != 0) {
        return rc_errno();
    }
    return folder_sync(store->folder);
}

/* Is there anything that a key must belong to? */
static void see(void *context, struct str name)
{
    uint64_t leaf;
    bool *used = context;
    *used |= segment_name_parse(name, &leaf) || str_eq(name, STR("checkpoint"));
}

static struct rc run(struct recovery *r, struct str origin)
{
    struct store *store = r->store;
    AUTO_BUF checkpoint = {0};
    enum tail tail = TAIL_ROOM;
    bool used = false;
    TRY(folder_each(store->folder, see, &used));
    TRY(find_key(r, origin, used));
    TRY(write_vkey(store));
    TRY(find_checkpoint(r, &checkpoint));
    TRY(read_batches(r));
    struct walk_place at = walk_io_place(r->walk);
    TRY(judge_tail(r, at, &tail));
    store->next = at.position;
    store->offset = at.offset;
    store->seed = walk_io_seed(r->walk);
    TRY(recover_io_segment(store, at.segment));
    store->synced = store->next;
    store->synced_leaves = store->tree.size;
    return RC_OK;
}

struct rc recover_io_run(struct store *store, struct str origin, struct store_report *report)
{
    struct recovery r = {.store = store, .report = report, .walk = walk_io_open(store->folder)};
    struct rc rc = run(&r, origin);
    walk_io_close(r.walk);
    return rc;
}
