/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_collect.h"

#include "base/heap.h"
#include "base/vec.h"

struct scan_collect {
    struct arena *texts;
    VEC(struct report_unread) unread;
    VEC(struct report_fault) faults;
    VEC(struct report_shape) shapes;
    VEC(struct report_hash) hashes;
    uint64_t inputs, ignored, bytes, records, problems, unread_count;
    struct walltime first, last;
};

struct scan_collect *scan_collect_open(void)
{
    struct scan_collect *c = heap_zalloc(1, sizeof(*c));
    c->texts = arena_open(SIZE_MAX); /* the caps on lists bound it */
    c->first.us = c->last.us = WALLTIME_NONE;
    return c;
}

void scan_collect_close(struct scan_collect *c)
{
    if (c == NULL) {
        return;
    }
    arena_close(c->texts);
    vec_free(&c->unread);
    vec_free(&c->faults);
    vec_free(&c->shapes);
    vec_free(&c->hashes);
    heap_free(c);
}

static struct str keep(struct scan_collect *c, struct str s)
{
    struct str copy = {0};
    check(!rc_failed(arena_copy(c->texts, s, &copy)));
    return copy;
}

void scan_collect_input(struct scan_collect *c, uint64_t bytes)
{
    c->inputs++;
    c->bytes += bytes;
}

void scan_collect_bytes(struct scan_collect *c, uint64_t bytes)
{
    c->bytes += bytes;
}

void scan_collect_ignored(struct scan_collect *c)
{
    c->ignored++;
}

void scan_collect_unread(struct scan_collect *c, struct str path, struct str reason)
{
    c->unread_count++;
    if (c->unread.n < COLLECT_MAX_UNREAD) {
        struct report_unread row = {keep(c, path), keep(c, reason)};
        vec_push(&c->unread, row);
    }
}

void scan_collect_fault(struct scan_collect *c, struct str path, const struct problem *p)
{
    if (c->faults.n < COLLECT_MAX_FAULTS) {
        struct report_fault row = {keep(c, path), p->number, p->offset, p->rc};
        vec_push(&c->faults, row);
    }
}

static void add_shape(struct scan_collect *c, struct str format, struct str shape,
                      uint64_t records)
{
    for (size_t i = 0; i < c->shapes.n; i++) {
        struct report_shape *row = &c->shapes.p[i];
        if (str_eq(row->format, format) && str_eq(row->shape, shape)) {
            row->records += records;
            return;
        }
    }
    if (c->shapes.n < COLLECT_MAX_SHAPES) {
        struct report_shape row = {format, keep(c, shape), records};
        vec_push(&c->shapes, row);
    }
}

void scan_collect_done(struct scan_collect *c, const struct scan_done *done)
{
    c->records += done->records;
    c->problems += done->problems;
    if (walltime_known(done->first) &&
        (!walltime_known(c->first) || done->first.us < c->first.us)) {
        c->first = done->first;
    }
    if (walltime_known(done->last) &&
        (!walltime_known(c->last) || done->last.us > c->last.us)) {
        c->last = done->last;
    }
    for (size_t i = 0; i < done->shape_count; i++) {
        add_shape(c, source_format_name(done->format), done->shapes[i].name,
                  done->shapes[i].records);
    }
}

void scan_collect_hash(struct scan_collect *c, struct str path,
                       const uint8_t sha256[static HASH_SHA256_BYTES])
{
    struct report_hash row = {.path = keep(c, path)};
    memcpy(row.sha256, sha256, HASH_SHA256_BYTES);
    vec_push(&c->hashes, row);
}

uint64_t scan_collect_unread_count(const struct scan_collect *c)
{
    return c->unread_count;
}

void scan_collect_summary(struct scan_collect *c, struct scan_summary *out)
{
    if (c->unread_count > c->unread.n && c->unread.n == COLLECT_MAX_UNREAD) {
        AUTO_BUF more = {0};
        buf_u64(&more, c->unread_count - c->unread.n);
        buf_puts(&more, " more, not listed");
        struct report_unread row = {STR("…"), keep(c, buf_str(&more))};
        vec_push(&c->unread, row);
    }
    out->inputs = c->inputs;
    out->ignored = c->ignored;
    out->bytes = c->bytes;
    out->records = c->records;
    out->problems = c->problems;
    out->unread = c->unread.p;
    out->unread_count = c->unread.n;
    out->faults = c->faults.p;
    out->fault_count = c->faults.n;
    out->shapes = c->shapes.p;
    out->shape_count = c->shapes.n;
    out->hashes = c->hashes.p;
    out->hash_count = c->hashes.n;
    out->first = c->first;
    out->last = c->last;
}
