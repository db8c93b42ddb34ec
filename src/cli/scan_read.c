/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_read.h"

#include "base/file.h"
#include "base/heap.h"

#include <poll.h>

/* A writer that pauses no longer than this is not slow. */
enum { PATIENCE_MS = 50 };

struct scan_reader scan_read_open(int fd, const struct scan_task *task)
{
    return (struct scan_reader){
        .fd = fd, .task = task, .room = heap_alloc(SCAN_READ_BYTES), .at = task->start};
}

void scan_read_close(struct scan_reader *r)
{
    heap_free(r->room);
    r->room = NULL;
}

/* A named pipe that nobody has opened to write reads as if it were at its end. */
static void wait_for_writer(const struct scan_reader *r)
{
    struct pollfd fd = {.fd = r->fd, .events = POLLIN};
    (void)poll(&fd, 1, -1);
}

/* Up to SCAN_READ_BYTES before `limit`, and never past where the file ended when opened. */
static struct rc read_block(struct scan_reader *r, uint64_t limit, struct bytes *out)
{
    size_t got = 0;
    if (r->task->stream) {
        wait_for_writer(r);
        TRY(file_read(r->fd, r->room, SCAN_READ_BYTES, &got));
    } else if (r->at < limit) {
        uint64_t left = limit - r->at;
        size_t want = left < SCAN_READ_BYTES ? (size_t)left : SCAN_READ_BYTES;
        TRY(file_read_at(r->fd, r->room, want, r->at, &got));
        r->shrank = got == 0;
    }
    *out = (struct bytes){r->room, got};
    return RC_OK;
}

struct rc scan_read_head(struct scan_reader *r, struct bytes *out)
{
    size_t got = 0;
    if (!r->task->stream) {
        TRY(file_read_at(r->fd, r->room, SCAN_HEAD_SNIFF_BYTES, r->task->start, &got));
    }
    *out = (struct bytes){r->room, got};
    return RC_OK;
}

struct rc scan_read_to_line(struct scan_reader *r)
{
    r->lines = true;
    if (r->at == 0) {
        return RC_OK;
    }
    r->at--; /* a newline there means that a line starts right at the border */
    while (r->at + 1 < r->task->end) {
        struct bytes block;
        TRY(read_block(r, r->task->end - 1, &block));
        if (block.n == 0) {
            break;
        }
        const uint8_t *newline = memchr(block.p, '\n', block.n);
        if (newline != NULL) {
            r->at += (uint64_t)(newline - block.p) + 1;
            return RC_OK;
        }
        r->at += block.n;
    }
    r->ended = true;
    return RC_OK;
}

/* The last line of a part goes on to the first newline at or after its last byte. */
static void cut_at_line_end(struct scan_reader *r, struct bytes *block)
{
    uint64_t last = r->task->end - 1;
    size_t from = last > r->at ? (size_t)(last - r->at) : 0;
    if (from >= block->n) {
        return;
    }
    const uint8_t *newline = memchr(block->p + from, '\n', block->n - from);
    if (newline != NULL) {
        block->n = (size_t)(newline - block->p) + 1;
        r->ended = true;
    }
}

bool scan_read_waits(const struct scan_reader *r)
{
    struct pollfd fd = {.fd = r->fd, .events = POLLIN};
    return r->task->stream && !r->ended && poll(&fd, 1, PATIENCE_MS) == 0;
}

struct rc scan_read_next(struct scan_reader *r, struct bytes *out)
{
    *out = (struct bytes){0};
    if (r->ended) {
        return RC_OK;
    }
    struct bytes block;
    TRY(read_block(r, r->lines ? r->task->size : r->task->end, &block));
    if (r->lines && r->task->end < r->task->size && block.n != 0) {
        cut_at_line_end(r, &block);
    }
    r->ended = r->ended || block.n == 0;
    r->at += block.n;
    *out = block;
    return RC_OK;
}
