/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/reader_io.h"

#include "base/heap.h"
#include "ledger/store_parts.h"

/* store: NULL when it reads a folder */
struct reader {
    const struct store *store;
    struct walk *walk;
    struct payload_codec *codec;
    struct walk_batch batch;
    struct payload payload; /* left: entries of the batch still to be given */
    uint64_t position;      /* of the next entry to be given */
    struct damage damage;
};

struct reader *reader_io_open_folder(int folder, uint64_t position)
{
    struct reader *reader = heap_zalloc(1, sizeof(*reader));
    reader->walk = walk_io_open(folder);
    reader->codec = payload_open();
    reader->position = position;
    return reader;
}

struct rc reader_io_open(const struct store *store, uint64_t position, struct reader **out)
{
    struct reader *reader = reader_io_open_folder(store->folder, position);
    const struct index_mark *mark = index_find_position(&store->index, position);
    reader->store = store;
    if (mark != NULL) {
        struct rc rc = walk_io_seek(reader->walk, &mark->place);
        if (rc_failed(rc)) {
            reader_io_close(reader);
            return rc;
        }
    }
    *out = reader;
    return RC_OK;
}

void reader_io_close(struct reader *reader)
{
    if (reader != NULL) {
        walk_io_close(reader->walk);
        payload_close(reader->codec);
        heap_free(reader);
    }
}

struct damage reader_io_damage(const struct reader *reader)
{
    return reader->damage;
}

const struct walk_batch *reader_io_batch(const struct reader *reader)
{
    return &reader->batch;
}

/* The next batch that is synced; *more is false when there is none. */
static struct rc next_batch(struct reader *reader, bool *more)
{
    enum walk_step step;
    *more = false;
    if (reader->store != NULL &&
        walk_io_place(reader->walk).leaf >= reader->store->synced_leaves) {
        return RC_OK;
    }
    TRY(walk_io_next(reader->walk, &reader->batch, &step));
    if (step == WALK_DAMAGED) {
        reader->damage = walk_io_damage(reader->walk);
        return rc_make(ERR_REJECTED);
    }
    *more = step == WALK_BATCH;
    return RC_OK;
}

static struct rc unpack(struct reader *reader)
{
    const struct batch_header *header = &reader->batch.header;
    struct rc rc =
        payload_unpack(reader->codec, &reader->batch.frame, header, &reader->payload);
    if (rc_failed(rc)) {
        reader->payload.left = 0;
        reader->damage = (struct damage){.kind = DAMAGE_PAYLOAD,
                                         .segment = reader->batch.place.segment,
                                         .offset = reader->batch.place.offset,
                                         .batch = reader->batch.place.leaf,
                                         .first = header->first,
                                         .count = header->count};
        return rc_make(ERR_REJECTED);
    }
    return RC_OK;
}

/* The next entry at or after the position, in the batch at hand. */
static void take(struct reader *reader, struct reader_entry *out)
{
    const struct batch_header *header = &reader->batch.header;
    uint64_t position;
    do {
        position = header->first + header->count - reader->payload.left;
        check(payload_next(&reader->payload, &out->entry));
    } while (position < reader->position);
    out->position = position;
    out->header = header;
    reader->position = position + 1;
}

struct rc reader_io_next_of(struct reader *reader, enum batch_kind kind, size_t *batches,
                            struct reader_entry *out, enum reader_step *step)
{
    const struct batch_header *header = &reader->batch.header;
    while (reader->payload.left == 0) {
        bool more = false;
        if (*batches == 0) {
            *step = READER_PAUSE;
            return RC_OK;
        }
        TRY(next_batch(reader, &more));
        if (!more) {
            *step = READER_END;
            return RC_OK;
        }
        --*batches;
        if (header->kind == kind && header->first + header->count > reader->position) {
            TRY(unpack(reader));
        }
    }
    take(reader, out);
    *step = READER_ENTRY;
    return RC_OK;
}

struct rc reader_io_next(struct reader *reader, struct reader_entry *out, bool *more)
{
    const struct batch_header *header = &reader->batch.header;
    *more = true;
    while (*more && reader->payload.left == 0) {
        TRY(next_batch(reader, more));
        if (*more && header->first + header->count > reader->position) {
            TRY(unpack(reader));
        }
    }
    if (*more) {
        take(reader, out);
    }
    return RC_OK;
}

struct rc reader_io_find_time(const struct store *store, struct walltime t,
                              uint64_t *out_position)
{
    struct reader *reader = NULL;
    const struct index_mark *mark = index_find_time(&store->index, t.us);
    TRY(reader_io_open(store, mark == NULL ? 0 : mark->place.position, &reader));
    struct rc rc;
    bool more = false;
    uint64_t position = store->synced;
    do {
        rc = next_batch(reader, &more);
        if (!rc_failed(rc) && more && reader->batch.header.time.us >= t.us) {
            position = reader->batch.header.first;
            break;
        }
    } while (!rc_failed(rc) && more);
    reader_io_close(reader);
    if (!rc_failed(rc)) {
        *out_position = position;
    }
    return rc;
}
