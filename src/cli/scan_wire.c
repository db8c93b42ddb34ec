/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_wire.h"

enum { FLAG_STREAM = 1, FLAG_HASH = 2 };
enum { FLAG_SHRANK = 1, FLAG_HASHED = 2, FLAG_LINES = 4 };

void scan_wire_head(struct buf *out, enum scan_frame type, uint64_t task)
{
    buf_le(out, (uint64_t)type, 1);
    buf_le(out, task, 8);
}

static void put_rc(struct buf *out, struct rc rc)
{
    buf_le(out, rc.code, 2);
    buf_le(out, rc.sys, 2);
    buf_le(out, rc.at, 4);
}

void scan_wire_task(struct buf *out, const struct scan_task *t)
{
    scan_wire_head(out, SCAN_FRAME_TASK, t->id);
    buf_le(out, (uint64_t)t->kind, 1);
    buf_le(out, (uint64_t)t->format, 1);
    buf_le(out, (t->stream ? FLAG_STREAM : 0U) | (t->hash ? FLAG_HASH : 0U), 1);
    buf_le(out, t->start, 8);
    buf_le(out, t->end, 8);
    buf_le(out, t->size, 8);
    buf_le(out, t->split_at, 8);
    buf_le(out, (uint64_t)t->latest_s, 8);
    /* only printed: a path too long for a frame is cut */
    buf_lstr(out, str_upto(t->path, SCAN_BODY_BYTES / 2));
}

void scan_wire_problem(struct buf *out, const struct problem *p)
{
    put_rc(out, p->rc);
    buf_le(out, p->offset, 8);
    buf_le(out, p->number, 8);
}

void scan_wire_done(struct buf *out, uint64_t task, const struct scan_done *d)
{
    scan_wire_head(out, SCAN_FRAME_DONE, task);
    put_rc(out, d->rc);
    buf_le(out,
           (d->shrank ? FLAG_SHRANK : 0U) | (d->hashed ? FLAG_HASHED : 0U) |
               (d->lines ? FLAG_LINES : 0U),
           1);
    buf_le(out, (uint64_t)d->format, 1);
    buf_le(out, (uint64_t)d->compression, 1);
    const uint64_t numbers[] = {d->records,    d->problems,           d->bytes,
                                d->line_count, (uint64_t)d->first.us, (uint64_t)d->last.us};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        buf_le(out, numbers[i], 8);
    }
    buf_put(out, str_bytes((struct bytes){d->sha256, HASH_SHA256_BYTES}));
    buf_le(out, d->shape_count, 1);
    for (size_t i = 0; i < d->shape_count; i++) {
        buf_lstr(out, d->shapes[i].name);
        buf_le(out, d->shapes[i].records, 8);
    }
}

struct rc scan_wire_read_head(struct cursor *c, enum scan_frame *out_type, uint64_t *out_task)
{
    uint8_t type = cursor_u8(c);
    uint64_t task = cursor_u64(c);
    TRY(cursor_done(c));
    if (type == SCAN_FRAME_NONE || type >= SCAN_FRAME_COUNT) {
        return rc_make(ERR_MALFORMED);
    }
    *out_type = (enum scan_frame)type;
    *out_task = task;
    return RC_OK;
}

struct rc scan_wire_end(const struct cursor *c)
{
    TRY(cursor_done(c));
    return cursor_left(c) == 0 ? RC_OK : rc_at(ERR_TRAILING, cursor_offset(c));
}

struct rc scan_wire_read_format(struct cursor *c, enum format *out)
{
    uint8_t format = cursor_u8(c);
    TRY(cursor_done(c));
    if (format >= FORMAT_COUNT) {
        return rc_make(ERR_MALFORMED);
    }
    *out = (enum format)format;
    return RC_OK;
}

static struct rc read_rc(struct cursor *c, struct rc *out)
{
    struct rc rc;
    rc.code = cursor_u16(c);
    rc.sys = cursor_u16(c);
    rc.at = cursor_u32(c);
    TRY(cursor_done(c));
    if (rc.code >= ERR_COUNT) {
        return rc_make(ERR_MALFORMED);
    }
    *out = rc;
    return RC_OK;
}

struct rc scan_wire_read_task(struct cursor *c, uint64_t id, struct scan_task *out)
{
    struct scan_task t = {.id = id};
    uint8_t kind = cursor_u8(c);
    TRY(scan_wire_read_format(c, &t.format));
    uint8_t flags = cursor_u8(c);
    t.start = cursor_u64(c);
    t.end = cursor_u64(c);
    t.size = cursor_u64(c);
    t.split_at = cursor_u64(c);
    t.latest_s = (int64_t)cursor_u64(c);
    t.path = cursor_lstr(c);
    TRY(scan_wire_end(c));
    if (kind >= SCAN_TASK_KINDS || flags > (FLAG_STREAM | FLAG_HASH) || t.start > t.end ||
        t.end > t.size) {
        return rc_make(ERR_MALFORMED);
    }
    t.kind = (enum scan_task_kind)kind;
    t.stream = (flags & FLAG_STREAM) != 0;
    t.hash = (flags & FLAG_HASH) != 0;
    *out = t;
    return RC_OK;
}

struct rc scan_wire_read_problem(struct cursor *c, struct problem *out)
{
    struct problem p = {0};
    TRY(read_rc(c, &p.rc));
    p.offset = cursor_u64(c);
    p.number = cursor_u64(c);
    TRY(cursor_done(c));
    if (p.rc.code == ERR_NONE) {
        return rc_make(ERR_MALFORMED);
    }
    *out = p;
    return RC_OK;
}

/* Our own static text in an honest worker; nothing else may reach a terminal from here. */
static bool is_shape_name(struct str s)
{
    if (s.n == 0 || s.n > SCAN_MAX_SHAPE_BYTES) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || str_is_digit(c);
        if (!letter && c != '_' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

static struct rc read_shapes(struct cursor *c, struct scan_done *d)
{
    d->shape_count = cursor_u8(c);
    TRY(cursor_done(c));
    if (d->shape_count > SOURCE_MAX_SHAPES) {
        return rc_make(ERR_TOO_MANY);
    }
    for (size_t i = 0; i < d->shape_count; i++) {
        d->shapes[i].name = cursor_lstr(c);
        d->shapes[i].records = cursor_u64(c);
        TRY(cursor_done(c));
        if (!is_shape_name(d->shapes[i].name)) {
            return rc_make(ERR_MALFORMED);
        }
    }
    return RC_OK;
}

struct rc scan_wire_read_done(struct cursor *c, struct scan_done *out)
{
    struct scan_done d = {0};
    TRY(read_rc(c, &d.rc));
    uint8_t flags = cursor_u8(c);
    TRY(scan_wire_read_format(c, &d.format));
    uint8_t compression = cursor_u8(c);
    d.records = cursor_u64(c);
    d.problems = cursor_u64(c);
    d.bytes = cursor_u64(c);
    d.line_count = cursor_u64(c);
    d.first.us = (int64_t)cursor_u64(c);
    d.last.us = (int64_t)cursor_u64(c);
    struct bytes digest = cursor_take(c, HASH_SHA256_BYTES);
    TRY(read_shapes(c, &d));
    TRY(scan_wire_end(c));
    if (flags > (FLAG_SHRANK | FLAG_HASHED | FLAG_LINES) || compression > COMPRESSION_ZSTD) {
        return rc_make(ERR_MALFORMED);
    }
    memcpy(d.sha256, digest.p, HASH_SHA256_BYTES);
    d.compression = (enum compression)compression;
    d.shrank = (flags & FLAG_SHRANK) != 0;
    d.hashed = (flags & FLAG_HASHED) != 0;
    d.lines = (flags & FLAG_LINES) != 0;
    *out = d;
    return RC_OK;
}
