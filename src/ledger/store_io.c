/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/store_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/heap.h"
#include "ledger/checkpoint.h"
#include "ledger/recover_io.h"
#include "ledger/store_parts.h"

#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

static void free_store(struct store *store)
{
    file_auto_close(&store->fd);
    index_free(&store->index);
    note_signer_close(store->signer);
    payload_close(store->codec);
    hash_stream_close(store->hash);
    buf_free(&store->header);
    buf_free(&store->frame);
    heap_free(store);
}

struct rc store_io_open(int folder, struct str origin, struct store_report *report,
                        struct store **out)
{
    *report = (struct store_report){0};
    if (!note_name_valid(origin)) {
        return rc_make(ERR_MALFORMED);
    }
    if (flock(folder, LOCK_EX | LOCK_NB) != 0) {
        return rc_errno();
    }
    struct store *store = heap_zalloc(1, sizeof(*store));
    store->folder = folder;
    store->fd = -1;
    store->index.seed = hash_random_seed();
    store->codec = payload_open();
    store->hash = hash_stream_open();
    struct rc rc = recover_io_run(store, origin, report);
    if (!rc_failed(rc)) {
        rc = store_io_checkpoint(store);
    }
    if (rc_failed(rc)) {
        (void)flock(folder, LOCK_UN);
        free_store(store);
        return rc;
    }
    *out = store;
    return RC_OK;
}

/* Gives back the room ahead; a failure leaves zeros, which the next opening cuts. */
static struct rc seal(struct store *store)
{
    if (ftruncate(store->fd, (off_t)store->offset) != 0 || fsync(store->fd) != 0) {
        store->broken = true;
        return rc_errno();
    }
    store->synced_leaves = store->tree.size;
    store->synced = store->next;
    return RC_OK;
}

void store_io_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    if (!store->broken) {
        rc_ignore(seal(store), "the next opening cuts the room");
    }
    (void)flock(store->folder, LOCK_UN);
    free_store(store);
}

static struct rc write_at(int fd, struct bytes in, uint64_t offset)
{
    while (in.n > 0) {
        ssize_t put = pwrite(fd, in.p, in.n, (off_t)offset);
        if (put < 0 && errno != EINTR) {
            return rc_errno();
        }
        if (put > 0) {
            in.p += put;
            in.n -= (size_t)put;
            offset += (uint64_t)put;
        }
    }
    return RC_OK;
}

/* A new segment when the frame does not fit in this one. */
static struct rc make_room(struct store *store, size_t frame_bytes)
{
    if (store->offset + frame_bytes <= SEGMENT_BYTES) {
        return RC_OK;
    }
    TRY(seal(store));
    file_auto_close(&store->fd);
    store->offset = 0;
    struct rc rc = recover_io_segment(store, store->tree.size);
    store->broken = rc_failed(rc);
    return rc;
}

/* The batch whose header is ready but for first, count and root. */
static struct rc append(struct store *store, struct batch_header *header,
                        const struct payload_entry *entries, size_t count)
{
    struct payload_packed packed;
    struct merkle_hash leaf;
    if (store->broken) {
        return (struct rc){.code = ERR_SYSTEM, .sys = EIO};
    }
    TRY(payload_pack(store->codec, header->kind, entries, count, &packed));
    header->first = store->next;
    header->count = (uint32_t)count;
    header->root = packed.root;
    if (!batch_valid(header)) {
        return rc_make(ERR_MALFORMED);
    }
    buf_clear(&store->header);
    batch_encode(header, &store->header);
    struct segment_frame frame = {.head = {.leaf = store->tree.size,
                                           .synced = store->synced_leaves,
                                           .raw_bytes = packed.raw_bytes},
                                  .header = buf_str(&store->header),
                                  .packed = packed.packed};
    frame.head.header_bytes = (uint32_t)frame.header.n;
    frame.head.packed_bytes = (uint32_t)frame.packed.n;
    TRY(make_room(store, segment_frame_bytes(&frame.head)));
    buf_clear(&store->frame);
    segment_put(&frame, store->seed, &store->frame);
    struct bytes bytes = bytes_of(buf_str(&store->frame));
    recover_io_room(store, store->offset + bytes.n);
    struct rc rc = write_at(store->fd, bytes, store->offset);
    if (rc_failed(rc)) {
        store->broken = true; /* half a frame may stand there: only a new opening knows */
        return rc;
    }
    struct walk_place place = {store->segment, store->offset, store->tree.size, store->next};
    index_add(&store->index, header, &place);
    merkle_leaf(store->hash, bytes_of(frame.header), &leaf);
    merkle_push(store->hash, &store->tree, &leaf);
    store->offset += bytes.n;
    store->next += count;
    return RC_OK;
}

static struct walltime whole_microseconds(struct walltime t)
{
    return (struct walltime){.us = t.us, .digits = 6};
}

struct rc store_io_append_records(struct store *store, const struct store_records *records,
                                  struct walltime now, struct store_receipt *out)
{
    struct batch_header header = {.kind = BATCH_RECORDS,
                                  .time = whole_microseconds(now),
                                  .source = records->source,
                                  .seq = records->seq};
    if (records->name.n > BATCH_NAME_BYTES || records->cursor.n > BATCH_CURSOR_BYTES) {
        return rc_make(ERR_TOO_LONG);
    }
    switch (index_order(&store->index, records->source, records->seq)) {
    case INDEX_DUPLICATE:
        if (records->seq == 0) {
            return rc_make(ERR_MALFORMED);
        }
        *out = (struct store_receipt){.duplicate = true};
        return RC_OK;
    case INDEX_GAP:
        return rc_make(ERR_MALFORMED);
    case INDEX_FULL:
        return rc_make(ERR_TOO_MANY);
    case INDEX_NEXT:
        break;
    }
    header.name_n = records->name.n;
    memcpy(header.name, records->name.p, records->name.n);
    header.cursor_n = records->cursor.n;
    if (records->cursor.n > 0) {
        memcpy(header.cursor, records->cursor.p, records->cursor.n);
    }
    uint64_t first = store->next;
    TRY(append(store, &header, records->entries, records->count));
    *out = (struct store_receipt){.first = first};
    return RC_OK;
}

/* The one of the new facts with this key, or count. */
static size_t find_new(const struct payload_entry *fresh, size_t count, const uint8_t *key)
{
    size_t i = 0;
    while (i < count && memcmp(fresh[i].key, key, PAYLOAD_KEY_BYTES) != 0) {
        i++;
    }
    return i;
}

struct rc store_io_append_facts(struct store *store, const struct payload_entry *facts,
                                size_t count, struct walltime now, uint64_t *out_positions)
{
    struct payload_entry fresh[STORE_MAX_FACTS];
    uint64_t positions[STORE_MAX_FACTS];
    size_t n = 0;
    if (count == 0 || count > STORE_MAX_FACTS) {
        return rc_make(count == 0 ? ERR_MALFORMED : ERR_TOO_MANY);
    }
    for (size_t i = 0; i < count; i++) {
        if (index_find_fact(&store->index, facts[i].key, &positions[i])) {
            continue;
        }
        size_t at = find_new(fresh, n, facts[i].key);
        positions[i] = store->next + at;
        if (at == n) {
            fresh[n++] = facts[i];
        }
    }
    if (n > 0) {
        struct batch_header header = {.kind = BATCH_FACTS, .time = whole_microseconds(now)};
        uint64_t first = store->next;
        TRY(append(store, &header, fresh, n));
        for (size_t i = 0; i < n; i++) {
            check(index_add_fact(&store->index, fresh[i].key, first + i));
        }
    }
    memcpy(out_positions, positions, count * sizeof(positions[0]));
    return RC_OK;
}

struct rc store_io_sync(struct store *store)
{
    if (store->broken) {
        return (struct rc){.code = ERR_SYSTEM, .sys = EIO};
    }
    if (store->synced_leaves == store->tree.size) {
        return RC_OK;
    }
    if (fdatasync(store->fd) != 0) {
        store->broken = true; /* the kernel may have dropped what it could not write */
        return rc_errno();
    }
    store->synced_leaves = store->tree.size;
    store->synced = store->next;
    return RC_OK;
}

struct rc store_io_checkpoint(struct store *store)
{
    AUTO_BUF text = {0}, note = {0};
    TRY(store_io_sync(store));
    struct checkpoint checkpoint = {.origin = note_key_name(note_signer_key(store->signer)),
                                    .size = store->tree.size};
    merkle_root(store->hash, &store->tree, &checkpoint.root);
    checkpoint_put(&checkpoint, &text);
    note_sign(store->signer, buf_str(&text), &note);
    return folder_replace(store->folder, "checkpoint", 0644, bytes_of(buf_str(&note)));
}

uint64_t store_io_next(const struct store *store)
{
    return store->next;
}

uint64_t store_io_synced(const struct store *store)
{
    return store->synced;
}

uint64_t store_io_offset(const struct store *store)
{
    return store->offset;
}

const struct note_key *store_io_key(const struct store *store)
{
    return note_signer_key(store->signer);
}

const struct index *store_io_index(const struct store *store)
{
    return &store->index;
}
