/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_correlate.h"

#include "base/heap.h"
#include "base/vec.h"

#include <stdlib.h>

enum {
    DECODE_BYTES = 1 << 20, /* one finding */
    /* What an entry takes beside its bytes: itself, and the heap's own. */
    ENTRY_BYTES = 64,
};

struct entry {
    int64_t time_us;
    uint64_t record, arrival;
    uint32_t path;
    uint32_t bytes;
    uint8_t *frame; /* finding_encode, owned */
};

struct scan_correlate {
    struct correlator_opts opts;
    struct correlator *correlator;
    struct arena *paths_text, *arena;
    VEC(struct str) paths;
    VEC(struct entry) entries;
    size_t bytes, max_bytes;
    uint64_t parts;
};

struct scan_correlate *scan_correlate_open(const struct correlator_opts *opts, size_t max_bytes)
{
    struct scan_correlate *s = heap_zalloc(1, sizeof(*s));
    s->opts = *opts;
    s->opts.correlations_only = true;
    s->correlator = correlator_open(&s->opts);
    s->paths_text = arena_open(SIZE_MAX); /* as many as there are inputs */
    s->arena = arena_open(DECODE_BYTES);
    s->max_bytes = max_bytes != 0 ? max_bytes : SCAN_CORRELATE_MAX_BYTES;
    s->parts = 1;
    return s;
}

static void drop_entries(struct scan_correlate *s)
{
    for (size_t i = 0; i < s->entries.n; i++) {
        heap_free(s->entries.p[i].frame);
    }
    s->entries.n = 0;
    s->bytes = 0;
}

void scan_correlate_close(struct scan_correlate *s)
{
    if (s == NULL) {
        return;
    }
    drop_entries(s);
    vec_free(&s->entries);
    vec_free(&s->paths);
    correlator_close(s->correlator);
    arena_close(s->paths_text);
    arena_close(s->arena);
    heap_free(s);
}

/* By time, then as the inputs were given, then as they were read. */
static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->time_us != y->time_us) {
        return x->time_us < y->time_us ? -1 : 1;
    }
    if (x->path != y->path) {
        return x->path < y->path ? -1 : 1;
    }
    if (x->record != y->record) {
        return x->record < y->record ? -1 : 1;
    }
    return (x->arrival > y->arrival) - (x->arrival < y->arrival);
}

static void feed(struct scan_correlate *s)
{
    if (s->entries.n != 0) {
        qsort(s->entries.p, s->entries.n, sizeof(s->entries.p[0]), by_time);
    }
    for (size_t i = 0; i < s->entries.n; i++) {
        const struct entry *e = &s->entries.p[i];
        struct finding f;
        arena_reset(s->arena);
        struct rc rc = finding_decode((struct bytes){e->frame, e->bytes},
                                      (uint32_t)s->opts.rule_count, s->arena, &f);
        check(!rc_failed(rc)); /* we wrote it */
        const struct correlator_input in = {.finding = &f,
                                            .source = s->paths.p[e->path],
                                            .source_id = e->path,
                                            .position = FINDING_NO_POSITION,
                                            .received = {.us = WALLTIME_NONE}};
        correlator_advance(s->correlator, e->time_us);
        correlator_add(s->correlator, &in);
    }
    drop_entries(s);
}

/* Paths come one after the other, so only the last one needs to be compared. */
static uint32_t path_of(struct scan_correlate *s, struct str path)
{
    if (s->paths.n == 0 || !str_eq(s->paths.p[s->paths.n - 1], path)) {
        struct str copy = {0};
        check(!rc_failed(arena_copy(s->paths_text, path, &copy)));
        vec_push(&s->paths, copy);
    }
    return (uint32_t)(s->paths.n - 1);
}

void scan_correlate_add(struct scan_correlate *s, struct str path, const struct finding *f)
{
    if (!s->opts.rules[f->rule].correlated) {
        return;
    }
    AUTO_BUF frame = {0};
    struct finding slim = *f;
    slim.matched_count = 0; /* what a rule matched is told by its own finding */
    finding_encode(&frame, &slim);
    if (s->bytes + frame.n + ENTRY_BYTES > s->max_bytes) {
        feed(s);
        s->parts++;
    }
    struct entry e = {.time_us = f->time.us,
                      .record = f->record,
                      .arrival = s->entries.n,
                      .path = path_of(s, path),
                      .bytes = (uint32_t)frame.n,
                      .frame = heap_alloc(frame.n)};
    memcpy(e.frame, frame.p, frame.n);
    vec_push(&s->entries, e);
    s->bytes += frame.n + ENTRY_BYTES;
}

void scan_correlate_end(struct scan_correlate *s)
{
    if (s->paths.n == 0) {
        return; /* nothing came */
    }
    feed(s);
    correlator_advance(s->correlator, INT64_MAX);
    correlator_reset(s->correlator);
    s->paths.n = 0;
    arena_reset(s->paths_text);
}

uint64_t scan_correlate_parts(const struct scan_correlate *s)
{
    return s->parts;
}

struct correlator_counts scan_correlate_counts(const struct scan_correlate *s)
{
    return correlator_counts(s->correlator);
}
