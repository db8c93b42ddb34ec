/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/journal_io.h"

#include "base/heap.h"

#include <systemd/sd-journal.h>

struct journal_io {
    sd_journal *journal;
    struct arena *arena; /* of one entry */
    struct journal_entry entry;
    struct buf line;
    struct str cursor; /* of `line`; owned by the arena */
    bool held;         /* line did not fit the last batch: it comes first in the next */
};

static struct rc fault(int r)
{
    return (struct rc){.code = ERR_SYSTEM, .sys = (uint16_t)-r};
}

struct rc journal_io_open(int folder, struct journal_io **out)
{
    sd_journal *journal;
    int r = sd_journal_open_directory_fd(&journal, folder, 0);
    if (r < 0) {
        return fault(r);
    }
    struct journal_io *j = heap_zalloc(1, sizeof(*j));
    j->journal = journal;
    j->arena = arena_open(JOURNAL_ARENA_BYTES);
    j->entry.fields = heap_zalloc(JOURNAL_FIELDS, sizeof(j->entry.fields[0]));
    sd_journal_set_data_threshold(journal, (size_t)2 * JOURNAL_MESSAGE_BYTES);
    *out = j;
    return RC_OK;
}

void journal_io_close(struct journal_io *j)
{
    if (j == NULL) {
        return;
    }
    sd_journal_close(j->journal);
    arena_close(j->arena);
    heap_free(j->entry.fields);
    buf_free(&j->line);
    heap_free(j);
}

struct rc journal_io_fd(struct journal_io *j, int *out_fd)
{
    int fd = sd_journal_get_fd(j->journal);
    if (fd < 0) {
        return fault(fd);
    }
    *out_fd = fd;
    return RC_OK;
}

struct rc journal_io_changed(struct journal_io *j)
{
    int r = sd_journal_process(j->journal);
    return r < 0 ? fault(r) : RC_OK;
}

static struct rc seek_head(struct journal_io *j)
{
    int r = sd_journal_seek_head(j->journal);
    return r < 0 ? fault(r) : RC_OK;
}

struct rc journal_io_seek(struct journal_io *j, struct bytes cursor, bool *out_gone)
{
    j->held = false;
    *out_gone = false;
    if (cursor.n == 0) {
        return seek_head(j);
    }
    arena_reset(j->arena);
    char *text = arena_cstr(j->arena, str_bytes(cursor));
    if (text == NULL || sd_journal_seek_cursor(j->journal, text) < 0) {
        *out_gone = true;
        return seek_head(j);
    }
    int r = sd_journal_next(j->journal);
    if (r < 0) {
        return fault(r);
    }
    bool there = r > 0 && sd_journal_test_cursor(j->journal, text) > 0;
    *out_gone = !there;
    if (r > 0 && !there) {
        /* a later one, which is to come: the next call of sd_journal_next finds it again */
        r = sd_journal_previous(j->journal);
        return r < 0 ? fault(r) : r == 0 ? seek_head(j) : RC_OK;
    }
    return RC_OK;
}

/* A field of our own making: numbers and cursors are plain. */
static struct rc put_own(struct journal_io *j, const char *name, struct str value)
{
    AUTO_BUF data = {0};
    buf_printf(&data, "%s=", name);
    buf_put(&data, value);
    return journal_put(&j->entry, bytes_of(buf_str(&data)), j->arena);
}

static struct rc put_time(struct journal_io *j)
{
    AUTO_BUF digits = {0};
    uint64_t us;
    int r = sd_journal_get_realtime_usec(j->journal, &us);
    if (r < 0) {
        return fault(r);
    }
    buf_u64(&digits, us);
    return put_own(j, "__REALTIME_TIMESTAMP", buf_str(&digits));
}

static struct rc put_cursor(struct journal_io *j)
{
    AUTO_HEAP char *cursor = NULL;
    int r = sd_journal_get_cursor(j->journal, &cursor);
    if (r < 0) {
        return fault(r);
    }
    TRY(arena_copy(j->arena, str_of(cursor), &j->cursor));
    return put_own(j, "__CURSOR", j->cursor);
}

/* The entry that the journal stands at, as a line. */
static struct rc read_entry(struct journal_io *j)
{
    const void *data;
    size_t n;
    int r;
    arena_reset(j->arena);
    buf_clear(&j->line);
    j->entry.count = 0;
    TRY(put_cursor(j));
    TRY(put_time(j));
    sd_journal_restart_data(j->journal);
    while ((r = sd_journal_enumerate_available_data(j->journal, &data, &n)) > 0) {
        TRY(journal_put(&j->entry, (struct bytes){data, n}, j->arena));
    }
    if (r < 0) {
        return fault(r);
    }
    journal_print(&j->entry, &j->line);
    return RC_OK;
}

struct rc journal_io_fill(struct journal_io *j, struct outbox_batch *b)
{
    check(b->count == 0);
    for (;;) {
        int r = j->held ? 1 : sd_journal_next(j->journal);
        if (r <= 0) {
            return r < 0 ? fault(r) : RC_OK;
        }
        if (!j->held) {
            TRY(read_entry(j));
        }
        j->held = !outbox_add(b, buf_str(&j->line));
        if (j->held) {
            return RC_OK;
        }
        buf_clear(&b->cursor);
        buf_put(&b->cursor, j->cursor);
    }
}
