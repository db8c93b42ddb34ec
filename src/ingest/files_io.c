/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/files_io.h"

#include "base/file.h"
#include "base/heap.h"

#include <sys/stat.h>
#include <unistd.h>

struct followed {
    int fd;
    struct follow_cursor at;
    uint8_t head[FOLLOW_HEAD_BYTES]; /* at.head_bytes of them, as they were read */
    uint64_t last_seq;               /* of a batch that was read from it */
};

/*
 * Invariants: files are in the order in which they stood at the path; those before `reading`
 * were read to their end.
 */
struct files_io {
    struct followed files[FILES_IO_MOST];
    size_t count, reading;
    size_t filled; /* index of the file that the last batch ends in */
    struct files_io_notes notes;
    uint8_t *room; /* FOLLOW_BLOCK_BYTES */
};

struct files_io *files_io_open(void)
{
    struct files_io *f = heap_zalloc(1, sizeof(*f));
    f->room = heap_alloc(FOLLOW_BLOCK_BYTES);
    return f;
}

void files_io_close(struct files_io *f)
{
    for (size_t i = 0; f != NULL && i < f->count; i++) {
        close(f->files[i].fd);
    }
    if (f != NULL) {
        heap_free(f->room);
    }
    heap_free(f);
}

static void remove_at(struct files_io *f, size_t i)
{
    close(f->files[i].fd);
    f->count--;
    memmove(&f->files[i], &f->files[i + 1], (f->count - i) * sizeof(f->files[0]));
}

struct rc files_io_add(struct files_io *f, int fd, enum files_io_added *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        struct rc rc = rc_errno();
        close(fd);
        return rc;
    }
    *out = FILES_IO_NEW;
    if (f->count > 0) {
        const struct follow_cursor *last = &f->files[f->count - 1].at;
        if (last->device == st.st_dev && last->inode == st.st_ino) {
            *out = FILES_IO_KNOWN;
            close(fd);
            return RC_OK;
        }
    }
    if (f->count == FILES_IO_MOST) {
        *out = FILES_IO_DROPPED;
        f->reading = f->reading == f->count - 1 ? f->count - 2 : f->reading;
        remove_at(f, f->count - 1);
    }
    f->files[f->count++] =
        (struct followed){.fd = fd, .at = {.device = st.st_dev, .inode = st.st_ino}};
    return RC_OK;
}

static void fault(struct files_io *f, struct rc rc)
{
    f->notes.faults++;
    f->notes.sys = rc.sys;
}

/* From its start, as if nothing had been read. */
static void begin_anew(struct followed *file)
{
    struct follow_cursor at = {.device = file->at.device, .inode = file->at.inode};
    file->at = at;
}

/* Does the file still begin as it did? A fault of reading is not a no. */
static bool same_head(struct files_io *f, const struct followed *file)
{
    uint8_t head[FOLLOW_HEAD_BYTES];
    size_t n = 0;
    struct rc rc = file_read_at(file->fd, head, file->at.head_bytes, 0, &n);
    if (rc_failed(rc)) {
        fault(f, rc);
        return true;
    }
    return n == file->at.head_bytes && memcmp(head, file->head, n) == 0;
}

/* Read as much of its beginning as the cursor can vouch for by now. */
static void see_head(struct files_io *f, struct followed *file)
{
    size_t want =
        file->at.offset < FOLLOW_HEAD_BYTES ? (size_t)file->at.offset : FOLLOW_HEAD_BYTES;
    if (file->at.head_bytes == want) {
        return;
    }
    size_t n = 0;
    struct rc rc = file_read_at(file->fd, file->head, want, 0, &n);
    if (rc_failed(rc)) {
        fault(f, rc);
        return;
    }
    file->at.head_bytes = (uint16_t)n;
    hash_sha256((struct bytes){file->head, n}, file->at.head);
}

/* Is this the file that the cursor is about? Then it has the place. */
static bool fits(struct files_io *f, struct followed *file, const struct follow_cursor *c)
{
    if (file->at.inode != c->inode) {
        return false;
    }
    size_t n = 0;
    uint8_t digest[HASH_SHA256_BYTES];
    struct rc rc = file_read_at(file->fd, file->head, c->head_bytes, 0, &n);
    if (rc_failed(rc)) {
        fault(f, rc);
        return false;
    }
    hash_sha256((struct bytes){file->head, n}, digest);
    if (c->head_bytes > 0 && memcmp(digest, c->head, sizeof(digest)) != 0) {
        return false;
    }
    uint64_t device = file->at.device;
    file->at = *c;
    file->at.device = device;
    return true;
}

static uint64_t size_of(struct files_io *f, const struct followed *file)
{
    struct stat st;
    if (fstat(file->fd, &st) != 0) {
        fault(f, rc_errno());
        return file->at.offset;
    }
    return (uint64_t)st.st_size;
}

enum files_io_start files_io_seek(struct files_io *f, struct bytes cursor)
{
    struct follow_cursor c;
    for (size_t i = 0; i < f->count; i++) {
        begin_anew(&f->files[i]);
        f->files[i].last_seq = 0;
    }
    f->reading = f->filled = 0;
    if (cursor.n == 0) {
        return FILES_IO_FROM_START;
    }
    if (rc_failed(follow_cursor_decode(cursor, &c))) {
        return FILES_IO_OTHER;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (!fits(f, &f->files[i], &c)) {
            continue;
        }
        while (i > 0) { /* what came before it is stored */
            remove_at(f, 0);
            i--;
        }
        if (size_of(f, &f->files[0]) >= c.offset) {
            return FILES_IO_GOES_ON;
        }
        begin_anew(&f->files[0]);
        return FILES_IO_CUT;
    }
    return FILES_IO_OTHER;
}

/* The writer has gone on to a later file. */
static bool is_left(struct files_io *f)
{
    size_t next = f->reading + 1;
    return next < f->count && (next + 1 < f->count || size_of(f, &f->files[next]) > 0);
}

/* false: the batch has no room for the record. */
static bool add(struct files_io *f, struct outbox_batch *b, const struct follow_record *r)
{
    if (!r->cut) {
        return outbox_add(b, r->text);
    }
    AUTO_BUF text = {0};
    buf_put(&text, r->text);
    buf_puts(&text, RECORD_CUT_MARK);
    bool added = outbox_add(b, buf_str(&text));
    f->notes.cut_lines += added;
    return added;
}

/* Lines of a block until it or the room of the batch ends; false: the latter. */
static bool cut(struct files_io *f, struct outbox_batch *b, struct bytes block, bool ended)
{
    struct followed *file = &f->files[f->reading];
    struct follow_record r;
    struct follow_cursor before = file->at;
    while (follow_next(&file->at, &block, ended, &r)) {
        if (!add(f, b, &r)) {
            file->at = before; /* the next batch begins with it */
            return false;
        }
        before = file->at;
    }
    return true;
}

static void watch_truncation(struct files_io *f, struct followed *file)
{
    if (size_of(f, file) < file->at.offset || !same_head(f, file)) {
        f->notes.truncated++;
        begin_anew(file);
    }
}

/* One block of the file that is being read; false: nothing more for now. */
static bool step(struct files_io *f, struct outbox_batch *b)
{
    struct followed *file = &f->files[f->reading];
    bool left = is_left(f); /* asked before reading: what is read after it is all */
    uint64_t before = file->at.offset;
    size_t n = 0;
    struct rc rc = file_read_at(file->fd, f->room, FOLLOW_BLOCK_BYTES, before, &n);
    if (rc_failed(rc)) {
        fault(f, rc);
        return false;
    }
    bool ended = left && n < FOLLOW_BLOCK_BYTES;
    bool all = cut(f, b, (struct bytes){f->room, n}, ended);
    if (all && ended && b->count == 0) {
        f->reading++;
        return true;
    }
    return all && b->count == 0 && file->at.offset > before;
}

void files_io_fill(struct files_io *f, struct outbox_batch *b)
{
    check(b->count == 0);
    if (f->count == 0) {
        return;
    }
    watch_truncation(f, &f->files[f->reading]);
    while (step(f, b)) {
    }
    f->filled = f->reading;
    struct followed *file = &f->files[f->filled];
    if (b->count > 0) {
        see_head(f, file);
        follow_cursor_encode(&b->cursor, &file->at);
    }
}

void files_io_sent(struct files_io *f, uint64_t seq)
{
    f->files[f->filled].last_seq = seq;
}

void files_io_stored(struct files_io *f, uint64_t seq)
{
    while (f->reading > 0 && f->files[0].last_seq <= seq) {
        remove_at(f, 0);
        f->reading--;
        f->filled -= f->filled > 0;
    }
}

struct files_io_notes files_io_notes(struct files_io *f)
{
    struct files_io_notes notes = f->notes;
    f->notes = (struct files_io_notes){0};
    return notes;
}
