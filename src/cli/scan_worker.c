/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_worker.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "cli/event_json.h"
#include "cli/scan_check.h"
#include "cli/scan_read.h"
#include "detect/coverage.h"
#include "detect/found.h"
#include "guard/sandbox.h"
#include "model/finding.h"

#include <unistd.h>

enum {
    /* 16 MiB: for what one event's findings or its JSON take beside the record. */
    SCRATCH_BYTES = 16 << 20,
    PROGRESS_BYTES = 4 << 20, /* read between two PROGRESS frames */
    /* 64 MiB: the line of one event, printed; escapes make it longer than its record. */
    LINE_BYTES = 64 << 20,
};

enum worker_exit { WORKER_ENDED, WORKER_NOT_CONFINED = 2, WORKER_BAD_FRAME, WORKER_ALONE };

struct worker {
    const struct scan_job *job;
    int channel;
    bool alone; /* the parent is gone: nothing more is worth doing */
    uint64_t seed;
    struct detector *detector; /* NULL: print events */
    struct arena *scratch;
    struct hash_stream *hash;

    struct scan_task task;
    struct buf findings, problems, text; /* frames that are being filled */
    struct buf one;                      /* one finding or one event's line */
    struct scan_done done;
    uint64_t unsaid_bytes; /* since the last PROGRESS */
};

static void send_frame(struct worker *w, struct buf *frame)
{
    check(!frame->full);
    if (!w->alone && rc_failed(channel_send(w->channel, bytes_of(buf_str(frame)), -1))) {
        w->alone = true;
    }
    buf_clear(frame);
}

/* An empty frame has no head yet. */
static void flush(struct worker *w, struct buf *frame)
{
    if (frame->n > SCAN_HEAD_BYTES) {
        send_frame(w, frame);
    }
    buf_clear(frame);
}

static void begin(struct worker *w, struct buf *frame, enum scan_frame type)
{
    if (frame->n == 0) {
        scan_wire_head(frame, type, w->task.id);
    }
}

static void send_finding(struct worker *w, const struct finding *f)
{
    buf_clear(&w->one);
    finding_encode(&w->one, f);
    check(!w->one.full);
    if (w->findings.n + sizeof(uint32_t) + w->one.n > CHANNEL_FRAME_BYTES) {
        flush(w, &w->findings);
    }
    begin(w, &w->findings, SCAN_FRAME_FINDINGS);
    buf_lstr(&w->findings, buf_str(&w->one));
}

/* Correlations over it may be of a higher level than the rule. */
static bool is_wanted(const struct scan_job *job, const struct rule *rule)
{
    return rule->correlated || (rule->level >= job->level && !rule->silent);
}

static struct rc detect(struct worker *w, const struct event *e)
{
    const struct hit *hits = NULL;
    size_t count = 0;
    TRY(detector_run(w->detector, e, &hits, &count));
    struct finding shared;
    bool begun = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(w->job, &w->job->rules[hits[i].rule])) {
            continue;
        }
        if (!begun) {
            found_begin(e, TRUST_KERNEL, &shared);
            begun = true;
        }
        struct finding f = shared;
        TRY(found_make(&w->job->rules[hits[i].rule], e, &hits[i], w->scratch, &f));
        send_finding(w, &f);
        arena_reset(w->scratch);
    }
    return RC_OK;
}

static void send_text(struct worker *w, struct str text)
{
    while (text.n > 0) {
        begin(w, &w->text, SCAN_FRAME_TEXT);
        struct str piece = unicode_cut(text, CHANNEL_FRAME_BYTES - w->text.n);
        buf_put(&w->text, piece);
        if (piece.n < text.n) {
            flush(w, &w->text);
        }
        text = str_from(text, piece.n);
    }
}

static struct rc print(struct worker *w, const struct event *e)
{
    const struct event_json_opts opts = {.source = w->task.path,
                                         .custom = w->job->custom,
                                         .fields = w->job->fields,
                                         .seed = w->seed};
    buf_clear(&w->one);
    TRY(event_json(&opts, e, w->scratch, &w->one));
    if (w->one.full) {
        return rc_make(ERR_TOO_LONG);
    }
    send_text(w, buf_str(&w->one));
    return RC_OK;
}

static void on_problem(void *context, const struct problem *p)
{
    struct worker *w = context;
    if (w->done.problems++ < SCAN_MAX_PROBLEMS) {
        begin(w, &w->problems, SCAN_FRAME_PROBLEMS);
        scan_wire_problem(&w->problems, p);
    }
}

static void note_time(struct scan_done *done, struct walltime t)
{
    if (!walltime_known(t)) {
        return;
    }
    if (!walltime_known(done->first) || t.us < done->first.us) {
        done->first = t;
    }
    if (!walltime_known(done->last) || t.us > done->last.us) {
        done->last = t;
    }
}

/* An event without a time is never passed over: it may belong to the span. */
static bool in_span(const struct scan_job *job, struct walltime t)
{
    bool early = walltime_known(job->from) && t.us < job->from.us;
    bool late = walltime_known(job->to) && t.us >= job->to.us;
    return !walltime_known(t) || (!early && !late);
}

static void on_event(void *context, const struct event *e)
{
    struct worker *w = context;
    if (w->alone || !in_span(w->job, e->time)) {
        return;
    }
    note_time(&w->done, e->time);
    struct rc rc = w->detector != NULL ? detect(w, e) : print(w, e);
    arena_reset(w->scratch);
    if (rc_failed(rc)) {
        on_problem(w, &(struct problem){.rc = rc, .number = e->number});
    }
}

static void say_progress(struct worker *w, size_t bytes)
{
    w->unsaid_bytes += bytes;
    if (w->unsaid_bytes < PROGRESS_BYTES) {
        return;
    }
    char room[SCAN_HEAD_BYTES + sizeof(uint64_t)];
    struct buf frame = {.p = room, .room = sizeof(room), .cap = sizeof(room)};
    scan_wire_head(&frame, SCAN_FRAME_PROGRESS, w->task.id);
    buf_le(&frame, w->unsaid_bytes, 8);
    send_frame(w, &frame);
    w->unsaid_bytes = 0;
}

static uint64_t count_newlines(struct bytes in)
{
    uint64_t count = 0;
    struct str rest = str_bytes(in);
    for (size_t at; (at = str_find_char(rest, '\n')) != SIZE_MAX; count++) {
        rest = str_from(rest, at + 1);
    }
    return count;
}

static void flush_results(struct worker *w)
{
    flush(w, &w->findings);
    flush(w, &w->text);
    flush(w, &w->problems);
}

static struct rc feed(struct worker *w, struct scan_reader *r, struct source *source)
{
    while (!w->alone) {
        struct bytes block;
        if (scan_read_waits(r) && source != NULL) {
            /* what comes slowly is reported as it comes */
            TRY(source_settle(source));
            flush_results(w);
        }
        TRY(scan_read_next(r, &block));
        if (block.n == 0) {
            return source == NULL ? RC_OK : source_end(source);
        }
        if (w->done.hashed) {
            hash_stream_add(w->hash, block);
        }
        if (w->done.lines) {
            w->done.line_count += count_newlines(block);
        }
        if (source != NULL) {
            TRY(source_feed(source, block));
        }
        say_progress(w, block.n);
    }
    return RC_OK;
}

static void note_source(struct worker *w, const struct source *source)
{
    struct source_report report;
    source_report(source, &report);
    struct scan_done *done = &w->done;
    done->format = report.format;
    done->compression = report.compression;
    done->records = report.counts.records;
    done->bytes = report.counts.bytes;
    for (size_t i = 0; i < SOURCE_MAX_SHAPES && report.shapes[i].shape != NULL; i++) {
        done->shapes[i].name = str_of(report.shapes[i].shape);
        done->shapes[i].records = report.shapes[i].records;
        done->shape_count = i + 1;
    }
}

static void say_split(struct worker *w, enum format format)
{
    char room[SCAN_HEAD_BYTES + 1];
    struct buf frame = {.p = room, .room = sizeof(room), .cap = sizeof(room)};
    scan_wire_head(&frame, SCAN_FRAME_SPLIT, w->task.id);
    buf_le(&frame, (uint64_t)format, 1);
    send_frame(w, &frame);
}

/* A large file: may it be cut? Then this task is only its first part. */
static struct rc consider_split(struct worker *w, struct scan_reader *r)
{
    struct scan_task *task = &w->task;
    if (task->split_at == 0 || task->split_at >= task->end) {
        return RC_OK;
    }
    struct bytes head;
    enum compression compression = COMPRESSION_NONE;
    enum format format = FORMAT_AUTO;
    TRY(scan_read_head(r, &head));
    source_sniff(head, &compression, &format);
    format = task->format == FORMAT_AUTO ? format : task->format;
    if (compression != COMPRESSION_NONE || format == FORMAT_AUTO ||
        !source_can_split(head, format)) {
        return RC_OK;
    }
    task->format = format;
    task->end = task->split_at;
    w->done.hashed = false; /* a task of its own will read the whole */
    say_split(w, format);
    return RC_OK;
}

static struct rc read_task(struct worker *w, struct scan_reader *r)
{
    struct scan_task *task = &w->task;
    w->done.hashed = task->hash;
    TRY(consider_split(w, r));
    bool part = task->end < task->size || task->start > 0;
    w->done.lines = part && task->format != FORMAT_EVTX;
    if (w->done.lines) {
        TRY(scan_read_to_line(r));
    }
    if (task->kind == SCAN_TASK_COUNT || r->ended) {
        w->done.format = task->format;
        return feed(w, r, NULL);
    }
    const struct source_opts opts = {.fields = w->job->fields,
                                     .sink = {w, on_event, on_problem},
                                     .format = task->format,
                                     .carve = w->job->carve,
                                     .logsource = w->job->logsource,
                                     .latest_s = task->latest_s,
                                     .start_offset = r->at};
    struct source *source = source_open(&opts);
    struct rc rc = feed(w, r, source);
    note_source(w, source);
    source_close(source);
    if (rc_failed(rc) && w->done.hashed) {
        /* nothing more can be decoded; the digest is still that of the whole file */
        w->done.hashed = !rc_failed(feed(w, r, NULL));
    }
    return rc;
}

/* The fault of rc.at is the offset in the file. */
static struct rc check_task(struct worker *w, struct scan_reader *r)
{
    struct scan_check check = scan_check_open();
    struct rc rc = RC_OK;
    struct bytes block = {.n = 1};
    while (!rc_failed(rc) && block.n != 0) {
        rc = scan_read_next(r, &block);
        if (!rc_failed(rc)) {
            rc = block.n != 0 ? scan_check_feed(&check, block) : scan_check_end(&check);
            say_progress(w, block.n);
        }
    }
    scan_check_free(&check);
    return rc;
}

static void run_task(struct worker *w, int fd)
{
    w->done = (struct scan_done){.first = {.us = WALLTIME_NONE}, .last = {.us = WALLTIME_NONE}};
    struct scan_reader reader = scan_read_open(fd, &w->task);
    switch (w->task.kind) {
    case SCAN_TASK_HASH:
        w->done.hashed = true;
        w->done.rc = feed(w, &reader, NULL);
        break;
    case SCAN_TASK_CHECK:
        w->done.rc = check_task(w, &reader);
        break;
    case SCAN_TASK_READ:
    case SCAN_TASK_COUNT:
    case SCAN_TASK_KINDS:
        w->done.rc = read_task(w, &reader);
        break;
    }
    w->done.shrank = reader.shrank;
    if (w->done.hashed) {
        hash_stream_end(w->hash, w->done.sha256);
    }
    flush_results(w);
    buf_clear(&w->one);
    scan_wire_done(&w->one, w->task.id, &w->done);
    send_frame(w, &w->one);
    scan_read_close(&reader);
}

/* In pieces; the last one is empty. */
static void send_coverage(struct worker *w)
{
    buf_clear(&w->one);
    if (w->detector != NULL) {
        coverage_encode(detector_coverage(w->detector), &w->one);
    }
    struct str left = buf_str(&w->one);
    struct str piece;
    do {
        piece = str_upto(left, SCAN_BODY_BYTES);
        left = str_from(left, piece.n);
        buf_clear(&w->text);
        scan_wire_head(&w->text, SCAN_FRAME_COVERAGE, 0);
        buf_put(&w->text, piece);
        send_frame(w, &w->text);
    } while (piece.n != 0);
}

static enum worker_exit serve(struct worker *w, uint8_t *room)
{
    while (!w->alone) {
        size_t n = 0;
        int fd = -1;
        if (rc_failed(channel_receive(w->channel, room, &n, &fd)) || n == 0) {
            break;
        }
        struct cursor c = cursor_of((struct bytes){room, n});
        enum scan_frame type;
        uint64_t id;
        if (rc_failed(scan_wire_read_head(&c, &type, &id))) {
            return WORKER_BAD_FRAME;
        }
        if (type == SCAN_FRAME_QUIT) {
            send_coverage(w);
            return WORKER_ENDED;
        }
        if (type != SCAN_FRAME_TASK || fd < 0 ||
            rc_failed(scan_wire_read_task(&c, id, &w->task))) {
            return WORKER_BAD_FRAME;
        }
        run_task(w, fd);
        close(fd);
    }
    return WORKER_ALONE;
}

static void say_hello(struct worker *w, const struct sandbox_report *report)
{
    char room[SCAN_HEAD_BYTES + 1];
    struct buf frame = {.p = room, .room = sizeof(room), .cap = sizeof(room)};
    scan_wire_head(&frame, SCAN_FRAME_HELLO, 0);
    buf_le(&frame, (uint64_t)report->landlock_abi, 1);
    send_frame(w, &frame);
}

int scan_worker_run(void *context, int channel)
{
    struct worker w = {.job = context, .channel = channel, .seed = hash_random_seed()};
    w.findings = w.problems = w.text = BUF_WITH_CAP(CHANNEL_FRAME_BYTES);
    w.one = BUF_WITH_CAP(LINE_BYTES);
    w.scratch = arena_open(SCRATCH_BYTES);
    /* the library behind the hash opens its configuration at first use: before the sandbox */
    w.hash = hash_stream_open();
    if (w.job->engine != NULL) {
        w.detector = detector_open(w.job->engine);
    }
    uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    struct sandbox_report report;
    if (rc_failed(sandbox_enter(channel, &report))) {
        return WORKER_NOT_CONFINED;
    }
    say_hello(&w, &report);
    enum worker_exit status = serve(&w, room);
    heap_free(room);
    hash_stream_close(w.hash);
    detector_close(w.detector);
    arena_close(w.scratch);
    buf_free(&w.findings);
    buf_free(&w.problems);
    buf_free(&w.text);
    buf_free(&w.one);
    return (int)status;
}
