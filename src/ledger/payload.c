/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/payload.h"

#include "base/heap.h"

#include <zstd.h>

/* 1: a batch of one entry waits for this; higher levels gain little on small batches */
enum { LEVEL = 1, RECORD_ROW_BYTES = 8, FACT_ROW_BYTES = 8 + 1 + PAYLOAD_KEY_BYTES };

struct payload_codec {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
    struct hash_stream *hash;
    struct buf raw, packed;
};

struct payload_codec *payload_open(void)
{
    struct payload_codec *codec = heap_zalloc(1, sizeof(*codec));
    codec->pack = ZSTD_createCCtx();
    codec->unpack = ZSTD_createDCtx();
    check(codec->pack != NULL && codec->unpack != NULL);
    codec->hash = hash_stream_open();
    codec->raw.cap = SEGMENT_MAX_RAW_BYTES;
    return codec;
}

void payload_close(struct payload_codec *codec)
{
    if (codec == NULL) {
        return;
    }
    (void)ZSTD_freeCCtx(codec->pack);
    (void)ZSTD_freeDCtx(codec->unpack);
    hash_stream_close(codec->hash);
    buf_free(&codec->raw);
    buf_free(&codec->packed);
    heap_free(codec);
}

uint32_t payload_sum(const struct merkle_hash *leaf)
{
    struct cursor c = cursor_of((struct bytes){leaf->b, sizeof(leaf->b)});
    return cursor_u32(&c);
}

static void put_row(struct payload_codec *codec, enum batch_kind kind,
                    const struct payload_entry *entry, struct merkle_tree *tree)
{
    struct merkle_hash leaf;
    merkle_leaf(codec->hash, entry->bytes, &leaf);
    merkle_push(codec->hash, tree, &leaf);
    buf_le(&codec->raw, entry->bytes.n, 4);
    buf_le(&codec->raw, payload_sum(&leaf), 4);
    if (kind == BATCH_FACTS) {
        buf_putc(&codec->raw, (char)entry->kind);
        buf_put(&codec->raw, (struct str){(const char *)entry->key, sizeof(entry->key)});
    }
}

struct rc payload_pack(struct payload_codec *codec, enum batch_kind kind,
                       const struct payload_entry *entries, size_t count,
                       struct payload_packed *out)
{
    struct merkle_tree tree = {0};
    if (count == 0 || count > BATCH_MAX_ENTRIES) {
        return rc_make(count == 0 ? ERR_MALFORMED : ERR_TOO_MANY);
    }
    buf_clear(&codec->raw);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].bytes.n > PAYLOAD_MAX_ENTRY_BYTES) {
            return rc_at(ERR_TOO_LONG, i);
        }
        put_row(codec, kind, &entries[i], &tree);
    }
    for (size_t i = 0; i < count; i++) {
        buf_put(&codec->raw, str_bytes(entries[i].bytes));
    }
    if (codec->raw.full) {
        return rc_at(ERR_TOO_LONG, SEGMENT_MAX_RAW_BYTES);
    }
    size_t bound = ZSTD_compressBound(codec->raw.n);
    buf_clear(&codec->packed);
    check(bound <= SEGMENT_MAX_PACKED_BYTES && buf_reserve(&codec->packed, bound));
    size_t n = ZSTD_compressCCtx(codec->pack, codec->packed.p, bound, codec->raw.p,
                                 codec->raw.n, LEVEL);
    check(ZSTD_isError(n) == 0);
    merkle_root(codec->hash, &tree, &out->root);
    out->packed = (struct bytes){(const uint8_t *)codec->packed.p, n};
    out->raw_bytes = (uint32_t)codec->raw.n;
    return RC_OK;
}

struct rc payload_unpack(struct payload_codec *codec, const struct segment_frame *frame,
                         const struct batch_header *header, struct payload *out)
{
    size_t row = header->kind == BATCH_FACTS ? FACT_ROW_BYTES : RECORD_ROW_BYTES;
    size_t raw_bytes = frame->head.raw_bytes, table_bytes = row * header->count;
    check(raw_bytes <= SEGMENT_MAX_RAW_BYTES && header->count <= BATCH_MAX_ENTRIES);
    if (table_bytes > raw_bytes) {
        return rc_make(ERR_MALFORMED);
    }
    buf_clear(&codec->raw);
    check(buf_reserve(&codec->raw, raw_bytes));
    size_t n = ZSTD_decompressDCtx(codec->unpack, codec->raw.p, raw_bytes, frame->packed.p,
                                   frame->packed.n);
    if (ZSTD_isError(n) != 0 || n != raw_bytes) {
        return rc_make(ERR_MALFORMED);
    }
    const uint8_t *raw = (const uint8_t *)codec->raw.p;
    struct cursor table = cursor_of((struct bytes){raw, table_bytes}), rows = table;
    uint64_t total = 0;
    for (uint32_t i = 0; i < header->count; i++) {
        struct bytes entry = cursor_take(&rows, row);
        struct cursor c = cursor_of(entry);
        uint32_t entry_bytes = cursor_u32(&c);
        if (entry_bytes > PAYLOAD_MAX_ENTRY_BYTES) {
            return rc_at(ERR_MALFORMED, i);
        }
        total += entry_bytes;
    }
    if (total != raw_bytes - table_bytes) {
        return rc_make(ERR_MALFORMED);
    }
    *out = (struct payload){
        .kind = header->kind,
        .left = header->count,
        .table = table,
        .bytes = cursor_of((struct bytes){raw + table_bytes, raw_bytes - table_bytes})};
    return RC_OK;
}

bool payload_next(struct payload *payload, struct payload_entry *out)
{
    if (payload->left == 0) {
        return false;
    }
    struct payload_entry entry = {0};
    uint32_t n = cursor_u32(&payload->table);
    payload->check = cursor_u32(&payload->table);
    if (payload->kind == BATCH_FACTS) {
        entry.kind = cursor_u8(&payload->table);
        struct bytes key = cursor_take(&payload->table, sizeof(entry.key));
        check(key.n == sizeof(entry.key));
        memcpy(entry.key, key.p, key.n);
    }
    entry.bytes = cursor_take(&payload->bytes, n);
    check(!payload->table.fault && !payload->bytes.fault); /* payload_unpack made sure */
    payload->left--;
    *out = entry;
    return true;
}
