/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/evtx.h"

#include "base/cursor.h"
#include "base/heap.h"
#include "decode/evtx_run.h"

#include <zlib.h>

enum {
    MAGIC_BYTES = 8,
    CHUNK_HEADER_BYTES = 512, /* with the tables of strings and templates */
    RECORD_HEADER_BYTES = 24, /* magic, size, number, time written */
    RECORD_MIN_BYTES = 28,    /* and the size again */
    RECORD_MAGIC_BYTES = 4,
    FLAG_NO_CHECKSUMS = 2, /* in a chunk header */
};

static const uint8_t file_magic[MAGIC_BYTES] = "ElfFile";
static const uint8_t chunk_magic[MAGIC_BYTES] = "ElfChnk";
static const uint8_t record_magic[RECORD_MAGIC_BYTES] = {'*', '*', 0, 0};

struct evtx {
    struct evtx_opts opts;
    struct evtx_run *run;
    struct arena *batch;
    uint8_t *buffer; /* heap, EVTX_CHUNK_BYTES: what came of the unit at hand */
    size_t have;
    uint64_t offset; /* in the file, of the unit at hand */
    bool in_header;
};

/* A chunk at hand. */
struct chunk {
    struct bytes in; /* what is there of it */
    size_t limit;    /* where its records end, as far as is known; <= in.n */
    bool cut;        /* the file ends inside it */
    bool searched;   /* records from here on are found by their magic, not by their place */
};

struct record {
    uint32_t size;
    uint64_t number, written; /* written: FILETIME */
};

struct evtx *evtx_open(const struct evtx_opts *opts)
{
    struct evtx *x = heap_zalloc(1, sizeof(*x));
    x->opts = *opts;
    x->run = evtx_run_open(opts->fields);
    x->batch = arena_open(EVTX_BATCH_CAP_BYTES);
    x->buffer = heap_alloc(EVTX_CHUNK_BYTES);
    x->offset = opts->start_offset;
    x->in_header = opts->start_offset == 0;
    return x;
}

void evtx_close(struct evtx *x)
{
    if (x != NULL) {
        evtx_run_close(x->run);
        arena_close(x->batch);
        heap_free(x->buffer);
        heap_free(x);
    }
}

static bool has_magic(struct bytes in, const uint8_t magic[static MAGIC_BYTES])
{
    return in.n >= MAGIC_BYTES && memcmp(in.p, magic, MAGIC_BYTES) == 0;
}

bool evtx_sniff(struct bytes head)
{
    return has_magic(head, file_magic) || has_magic(head, chunk_magic);
}

static bool is_zero(struct bytes in)
{
    return in.n == 0 || (in.p[0] == 0 && memcmp(in.p, in.p + 1, in.n - 1) == 0);
}

static uint32_t u32_at(struct bytes in, size_t at)
{
    struct cursor c = cursor_of((struct bytes){in.p + at, 4});
    return cursor_u32(&c);
}

static void problem(struct evtx *x, struct rc rc, size_t at, uint64_t number)
{
    struct problem p = {rc, x->offset + at, number};
    x->opts.sink.problem(x->opts.sink.context, &p);
}

/* src: doc/formats/evtx.md section 1 */
static void file_header(struct evtx *x, struct bytes in)
{
    if (!has_magic(in, file_magic)) {
        problem(x, rc_make(ERR_MALFORMED), 0, 0);
    } else if (crc32(0, in.p, 120) != u32_at(in, 124)) {
        problem(x, rc_at(ERR_CHECKSUM, 124), 0, 0);
    }
}

/* The record whose header is at `at`, if its header can be true. */
static bool record_at(const struct chunk *k, size_t at, size_t limit, struct record *out)
{
    if (limit - at < RECORD_MIN_BYTES ||
        memcmp(k->in.p + at, record_magic, RECORD_MAGIC_BYTES) != 0) {
        return false;
    }
    struct cursor c = cursor_of((struct bytes){k->in.p + at, RECORD_HEADER_BYTES});
    (void)cursor_u32(&c);
    out->size = cursor_u32(&c);
    out->number = cursor_u64(&c);
    out->written = cursor_u64(&c);
    return out->size >= RECORD_MIN_BYTES && out->size <= limit - at;
}

/* Records end with their size again. */
static bool is_closed(const struct chunk *k, size_t at, const struct record *record)
{
    return u32_at(k->in, at + record->size - 4) == record->size;
}

static void record(struct evtx *x, const struct chunk *k, size_t at, const struct record *rec)
{
    struct event e = {
        .record = {k->in.p + at, rec->size},
        .number = rec->number,
        .time = walltime_from_filetime(rec->written),
        .shape = "evtx",
        .recovered = k->searched,
    };
    if (arena_used(x->batch) != 0) {
        arena_reset(x->batch);
    }
    struct rc rc = evtx_run_record(x->run, (uint32_t)at + RECORD_HEADER_BYTES,
                                   (uint32_t)(at + rec->size - 4), x->batch, &e);
    if (rc_failed(rc)) {
        problem(x, rc, at, rec->number);
        return;
    }
    const struct event *deliver = &e;
    if (x->opts.normalise != NULL) {
        deliver = x->opts.normalise(x->opts.normalise_context, &e, x->batch);
    }
    x->opts.sink.event(x->opts.sink.context, deliver);
}

/* The next offset from `at` that may begin a record, or limit. */
static size_t find_record(const struct chunk *k, size_t at, size_t limit)
{
    struct record rec;
    while (at + RECORD_MIN_BYTES <= limit) {
        const uint8_t *star = memchr(k->in.p + at, record_magic[0], limit - at);
        if (star == NULL) {
            return limit;
        }
        at = (size_t)(star - k->in.p);
        if (record_at(k, at, limit, &rec) && is_closed(k, at, &rec)) {
            return at;
        }
        at++;
    }
    return limit;
}

/* Behind the end that the header gives: was it written after the header was? */
static bool is_next(const struct chunk *k, size_t at, const struct record *rec, uint64_t last)
{
    return rec->number == last + 1 && is_closed(k, at, rec);
}

/*
 * The records of a chunk, from `at`. A gap between sound records is one problem. Returns where
 * they end: where the header says, and, as a header is written late in a log that was not
 * closed, on to where the numbers stop counting up.
 */
static size_t records(struct evtx *x, struct chunk *k, size_t at)
{
    struct record rec;
    uint64_t last = 0; /* number of the record before */
    size_t limit = k->limit;
    while (at < k->in.n) {
        bool whole = record_at(k, at, at < limit ? limit : k->in.n, &rec);
        if (whole && (at < limit || is_next(k, at, &rec, last))) {
            record(x, k, at, &rec);
            at += rec.size;
            last = rec.number;
            continue;
        }
        if (at >= limit) {
            return at;
        }
        struct bytes rest = {k->in.p + at, limit - at};
        if (is_zero(rest)) {
            return at; /* room that was never used */
        }
        size_t next = find_record(k, at + 1, limit);
        if (!k->cut || next < limit) {
            problem(x, rc_make(ERR_MALFORMED), at, 0);
        }
        k->searched = true;
        at = next;
    }
    return at;
}

/* Whatever looks like a record; what is between is nobody's business. */
static void carve(struct evtx *x, struct chunk *k, size_t at)
{
    struct record rec;
    k->searched = true;
    for (at = find_record(k, at, k->in.n); at < k->in.n;
         at = find_record(k, at + rec.size, k->in.n)) {
        check(record_at(k, at, k->in.n, &rec));
        record(x, k, at, &rec);
    }
}

/*
 * Check a chunk's checksums and find out where its records end.
 * src: doc/formats/evtx.md section 2
 */
static void chunk_header(struct evtx *x, struct chunk *k)
{
    uint32_t end = u32_at(k->in, 48), flags = u32_at(k->in, 120);
    bool plausible = end >= CHUNK_HEADER_BYTES && end <= EVTX_CHUNK_BYTES;
    k->limit = plausible && end < k->in.n ? end : k->in.n;
    if ((flags & FLAG_NO_CHECKSUMS) != 0) {
        return;
    }
    uLong crc = crc32(0, k->in.p, 120);
    crc = crc32(crc, k->in.p + 128, CHUNK_HEADER_BYTES - 128);
    if (crc != u32_at(k->in, 124)) {
        problem(x, rc_at(ERR_CHECKSUM, 124), 0, 0);
        return;
    }
    if (!plausible) {
        problem(x, rc_at(ERR_MALFORMED, 48), 0, 0);
    } else if (end <= k->in.n && crc32(0, k->in.p + CHUNK_HEADER_BYTES,
                                       end - CHUNK_HEADER_BYTES) != u32_at(k->in, 52)) {
        problem(x, rc_at(ERR_CHECKSUM, 52), 0, 0);
    }
}

/* n < EVTX_CHUNK_BYTES: the file ends there. */
static void chunk(struct evtx *x, struct bytes in)
{
    struct chunk k = {.in = in, .limit = in.n, .cut = in.n < EVTX_CHUNK_BYTES};
    if (is_zero(in)) {
        return; /* allocated ahead */
    }
    evtx_run_next_chunk(x->run, in);
    if (!has_magic(in, chunk_magic)) {
        problem(x, rc_make(ERR_MALFORMED), 0, 0);
        if (x->opts.carve) {
            carve(x, &k, 0);
        }
        return;
    }
    if (k.cut) {
        problem(x, rc_at(ERR_SHORT, in.n), 0, 0);
    }
    if (in.n < CHUNK_HEADER_BYTES) {
        return;
    }
    chunk_header(x, &k);
    size_t end = records(x, &k, CHUNK_HEADER_BYTES);
    if (x->opts.carve) {
        carve(x, &k, end);
    }
}

/* One whole unit (or the last part of one) is there. */
static void unit(struct evtx *x, struct bytes in)
{
    if (x->in_header) {
        file_header(x, in);
    } else {
        chunk(x, in);
    }
    x->in_header = false;
    x->offset += in.n;
    x->have = 0;
}

struct rc evtx_feed(struct evtx *x, struct bytes in)
{
    while (in.n > 0) {
        size_t want = x->in_header ? EVTX_HEADER_BYTES : EVTX_CHUNK_BYTES;
        if (x->have == 0 && in.n >= want && !x->in_header) {
            unit(x, (struct bytes){in.p, want});
            in.p += want;
            in.n -= want;
            continue;
        }
        size_t n = want - x->have < in.n ? want - x->have : in.n;
        memcpy(x->buffer + x->have, in.p, n);
        x->have += n;
        in.p += n;
        in.n -= n;
        struct bytes got = {x->buffer, x->have};
        if (x->in_header && has_magic(got, chunk_magic)) {
            x->in_header = false; /* a carved piece: it begins with a chunk */
        } else if (x->have == want) {
            unit(x, got);
        }
    }
    return RC_OK;
}

struct rc evtx_end(struct evtx *x)
{
    if (x->in_header && has_magic((struct bytes){x->buffer, x->have}, file_magic)) {
        return rc_at(ERR_STUB, x->have);
    }
    if (x->have > 0 || x->in_header) {
        unit(x, (struct bytes){x->buffer, x->have});
    }
    return RC_OK;
}
