/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan.h"

#include "base/escape.h"
#include "base/file.h"
#include "base/heap.h"
#include "cli/progress.h"
#include "cli/scan_pool.h"
#include "ingest/evidence_io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DECODE_ARENA_BYTES = 1 << 20 }; /* the lists of one finding */

struct scan {
    const struct scan_opts *opts;
    struct scan_queue queue;
    struct scan_apply apply;
    struct scan_pool pool;
    struct evidence *walk; /* NULL when it has ended */
    int signals;
    bool interrupted;
    struct progress progress;
    struct progress_state state;
    struct buf terminal; /* for standard error */
    struct pollfd polled[SCAN_MAX_JOBS + 1];
};

/* A line on standard error, before which a progress line goes away. */
static void note(struct scan *s, struct str path, const char *what)
{
    if (s->opts->quiet) {
        return;
    }
    if (s->opts->progress) {
        progress_clear(&s->progress, &s->terminal);
    }
    buf_puts(&s->terminal, "tocsin: ");
    escape_text(&s->terminal, path);
    buf_puts(&s->terminal, path.n == 0 ? "" : ": ");
    buf_puts(&s->terminal, what);
    buf_putc(&s->terminal, '\n');
}

static void flush_terminal(struct scan *s)
{
    rc_ignore(file_write_all(STDERR_FILENO, bytes_of(buf_str(&s->terminal))),
              "there is nowhere else to say so");
    buf_clear(&s->terminal);
}

/* The next file or stream joins the queue; false when there are no more. */
static bool pull(struct scan *s)
{
    struct evidence_item item;
    if (s->walk == NULL || !evidence_io_next(s->walk, &item)) {
        evidence_io_close(s->walk);
        s->walk = NULL;
        return false;
    }
    if (item.fd >= 0 && output_is(s->opts->output, item.fd)) {
        close(item.fd);
        item.fd = -1;
        item.kind = EVIDENCE_IGNORED;
        item.reason = "is where the output goes: not read";
    }
    struct scan_input *input = scan_queue_input(item.path);
    input->fd = item.fd;
    input->size = item.size;
    input->stream = item.kind == EVIDENCE_STREAM;
    input->named = item.named;
    input->ignored = item.kind == EVIDENCE_IGNORED;
    if (item.reason != NULL) {
        buf_puts(&input->fault, item.reason);
    }
    struct scan_task task = {.kind = s->opts->kind,
                             .format = s->opts->format,
                             .end = item.size,
                             .size = item.size,
                             .latest_s =
                                 input->stream ? clock_wall().us / 1000000 : item.modified,
                             .stream = input->stream,
                             .hash = s->opts->hash};
    if (s->opts->split && item.size > 2 * (uint64_t)SCAN_PART_BYTES) {
        /* EVTX has its header before the first chunk: borders lie behind one */
        task.split_at = SCAN_PART_BYTES + 4096;
    }
    scan_queue_add(&s->queue, input, &task);
    return true;
}

static struct rc assign(struct scan *s)
{
    for (;;) {
        struct scan_unit *unit = scan_queue_waiting(&s->queue);
        bool more = unit == NULL && s->queue.waiting == 0 &&
                    s->queue.count < SCAN_QUEUE_TASKS && pull(s);
        if (more) {
            continue;
        }
        if (unit == NULL) {
            return RC_OK;
        }
        struct scan_worker *worker = NULL;
        struct rc rc = scan_pool_idle(&s->pool, &worker);
        if (rc_failed(rc) || worker == NULL) {
            return rc;
        }
        scan_pool_start(&s->pool, worker, unit);
    }
}

static void begin_input(struct scan *s, struct scan_input *input)
{
    input->begun = true;
    s->state.path = input->path;
    if (input->fd < 0) {
        return;
    }
    scan_collect_input(s->opts->collect, input->size);
    if (s->opts->report != NULL) {
        report_source(s->opts->report, input->path);
    }
}

static void end_input(struct scan *s, struct scan_input *input)
{
    struct stat st;
    if (input->fd >= 0 && !input->stream && fstat(input->fd, &st) == 0 &&
        (uint64_t)st.st_size > input->size) {
        note(s, input->path, "grew while it was read; what was added then was not read");
    }
    if (input->fd >= 0 && !input->stream && input->size == 0) {
        note(s, input->path, "is empty");
    }
    buf_putc(&input->fault, '\0');
    struct str reason = {input->fault.p, input->fault.n - 1};
    if (input->ignored) {
        note(s, input->path, input->fault.p);
        scan_collect_ignored(s->opts->collect);
    } else if (reason.n != 0) {
        scan_collect_unread(s->opts->collect, input->path, reason);
    }
    if (s->opts->sink != NULL && !s->interrupted) {
        const struct scan_ended ended = {input->records, input->problems, reason};
        s->opts->sink->ended(s->opts->sink->context, input->path, &ended);
    }
    s->state.inputs_done++;
    s->state.path = (struct str){0};
    if (input->fd >= 0) {
        close(input->fd);
    }
    scan_queue_input_free(input);
}

/*
 * A worker died in a part of a file whose later parts need its number of lines: have them
 * counted by another, and keep the unit at the head.
 */
static bool recount(struct scan *s, struct scan_unit *unit)
{
    bool lines = unit->input->split && unit->task.format != FORMAT_EVTX;
    if (!unit->lost || !lines || unit->task.kind != SCAN_TASK_READ) {
        return false;
    }
    unit->lost = false;
    unit->state = SCAN_WAITING;
    unit->task.kind = SCAN_TASK_COUNT;
    unit->task.split_at = 0;
    unit->task.hash = false;
    s->queue.waiting++;
    return true;
}

/* Give out what has come for the head, and go on to the next while heads are finished. */
static void deliver(struct scan *s)
{
    while (s->queue.head != NULL) {
        struct scan_unit *unit = s->queue.head;
        struct scan_input *input = unit->input;
        if (!input->begun) {
            begin_input(s, input);
        }
        scan_apply_kept(&s->apply, &s->queue, unit);
        if (unit->state != SCAN_FINISHED || recount(s, unit)) {
            return;
        }
        scan_queue_pop(&s->queue);
        if (input->tasks == 0) {
            end_input(s, input);
        }
    }
}

/*
 * The user stopped it: what has come for later inputs is given out too, but for parts of a
 * file behind one that is not finished, whose line numbers nobody knows.
 */
static void deliver_rest(struct scan *s)
{
    const struct scan_input *cut = NULL;
    while (s->queue.head != NULL) {
        struct scan_unit *unit = s->queue.head;
        struct scan_input *input = unit->input;
        if (!input->begun && unit->answer.n != 0) {
            begin_input(s, input);
        }
        if (input != cut) {
            scan_apply_kept(&s->apply, &s->queue, unit);
        }
        if (unit->state != SCAN_FINISHED) {
            cut = input;
        }
        scan_queue_pop(&s->queue);
        if (input->tasks == 0) {
            end_input(s, input);
        }
    }
}

static void draw(struct scan *s)
{
    if (!s->opts->progress) {
        return;
    }
    s->state.done_bytes = s->pool.done_bytes;
    if (s->opts->report != NULL) {
        for (int level = 0; level < LEVEL_COUNT; level++) {
            s->state.findings[level] = report_count(s->opts->report, (enum level)level);
        }
    }
    progress_draw(&s->progress, &s->state, s->opts->width, clock_now(), &s->terminal);
}

/* So that they do not strike when they are no longer blocked. */
static void drain_signals(const struct scan *s)
{
    struct signalfd_siginfo info;
    size_t n = 1;
    while (n > 0 && !rc_failed(file_read(s->signals, &info, sizeof(info), &n))) {
    }
}

/* Wait for a frame or a signal, and hear one frame of each worker that has one. */
static struct rc hear(struct scan *s)
{
    s->polled[0] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    for (unsigned i = 0; i < s->opts->jobs; i++) {
        struct scan_worker *w = &s->pool.workers[i];
        s->polled[i + 1] = (struct pollfd){
            .fd = scan_pool_wanted(&s->pool, w) ? w->process.channel : -1, .events = POLLIN};
    }
    const int patience_ms = s->opts->progress ? PROGRESS_INTERVAL_MS : 1000;
    int ready = poll(s->polled, s->opts->jobs + 1, patience_ms);
    if (ready < 0) {
        return errno == EINTR ? RC_OK : rc_errno();
    }
    if (ready == 0) {
        scan_pool_wait(&s->pool, (unsigned)patience_ms);
    }
    if (s->polled[0].revents != 0) {
        drain_signals(s);
        s->interrupted = true;
        return RC_OK;
    }
    for (unsigned i = 0; i < s->opts->jobs; i++) {
        if (s->polled[i + 1].revents != 0) {
            TRY(scan_pool_hear(&s->pool, &s->pool.workers[i]));
        }
    }
    return RC_OK;
}

static struct rc run(struct scan *s)
{
    bool said = false;
    for (;;) {
        deliver(s);
        TRY(assign(s));
        output_flush(s->opts->output);
        s->interrupted = s->interrupted || s->opts->output->interrupted;
        draw(s);
        flush_terminal(s);
        bool ended = s->queue.head == NULL && s->walk == NULL;
        if (ended || s->interrupted || s->opts->output->gone) {
            return RC_OK;
        }
        if (s->queue.head == NULL || s->queue.head->state == SCAN_FINISHED) {
            continue; /* what was pulled needs no worker */
        }
        TRY(hear(s));
        if (s->opts->verbose && !said && s->pool.landlock_abi >= 0) {
            said = true;
            note(s, (struct str){0},
                 s->pool.landlock_abi > 0
                     ? "workers are confined by seccomp and Landlock"
                     : "workers are confined by seccomp; this kernel offers no Landlock");
        }
    }
}

/* Sizes of all files, for the progress line: a walk of its own. */
static void add_sizes(struct scan *s)
{
    struct evidence *walk = evidence_io_open(s->opts->paths, s->opts->path_count);
    struct evidence_item item;
    while (evidence_io_next(walk, &item)) {
        s->state.inputs += item.fd >= 0;
        s->state.total_bytes += item.size;
        if (item.fd >= 0) {
            close(item.fd);
        }
    }
    evidence_io_close(walk);
}

static void finish(struct scan *s, struct scan_result *out)
{
    if (s->interrupted || s->opts->output->gone) {
        s->pool.coverage_partial = true;
        deliver_rest(s);
    } else {
        scan_pool_finish(&s->pool);
    }
    if (s->opts->progress) {
        progress_clear(&s->progress, &s->terminal);
    }
    flush_terminal(s);
    out->interrupted = s->interrupted;
    out->coverage_partial = s->pool.coverage_partial;
}

static void drop_queue(struct scan *s)
{
    while (s->queue.head != NULL) {
        struct scan_input *input = s->queue.head->input;
        scan_queue_pop(&s->queue);
        if (input->tasks == 0) {
            if (input->fd >= 0) {
                close(input->fd);
            }
            scan_queue_input_free(input);
        }
    }
}

struct rc scan_run(const struct scan_opts *opts, struct scan_result *out)
{
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP);
    /* workers inherit it: only we are stopped */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    sigprocmask(SIG_BLOCK, &stop, &before);
    AUTO_FD signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    AUTO_ARENA arena = arena_open(DECODE_ARENA_BYTES);
    struct scan *s = heap_zalloc(1, sizeof(*s));
    s->opts = opts;
    s->apply = (struct scan_apply){.report = opts->report,
                                   .sink = opts->sink,
                                   .correlate = opts->correlate,
                                   .collect = opts->collect,
                                   .arena = arena,
                                   .out = &opts->output->pending,
                                   .rules = opts->job.rules,
                                   .rule_count = (uint32_t)opts->job.rule_count,
                                   .level = opts->job.level};
    s->pool = scan_pool_open(opts, &s->apply, &s->queue);
    s->walk = evidence_io_open(opts->paths, opts->path_count);
    s->signals = s->pool.interrupt_fd = signals;
    opts->output->interrupt_fd = signals;
    s->progress = progress_start(clock_now(), opts->colour);
    if (opts->progress) {
        add_sizes(s);
    }
    struct rc rc = run(s);
    if (!rc_failed(rc)) {
        finish(s, out);
    }
    drain_signals(s);
    scan_pool_close(&s->pool);
    drop_queue(s);
    evidence_io_close(s->walk);
    buf_free(&s->terminal);
    heap_free(s);
    opts->output->interrupt_fd = -1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}
