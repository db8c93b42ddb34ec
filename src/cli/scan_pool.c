/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_pool.h"

#include "base/clock.h"
#include "base/heap.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum {
    COVERAGE_WAIT_MS = 30000,      /* a worker that has not said all by then is given up */
    COVERAGE_CAP_BYTES = 64 << 20, /* more than any honest worker has to say */
};

struct scan_pool scan_pool_open(const struct scan_opts *opts, const struct scan_apply *apply,
                                struct scan_queue *queue)
{
    check(opts->jobs >= 1 && opts->jobs <= SCAN_MAX_JOBS);
    struct scan_pool p = {
        .opts = opts, .apply = apply, .queue = queue, .landlock_abi = -1, .interrupt_fd = -1};
    p.workers = heap_zalloc(opts->jobs, sizeof(*p.workers));
    p.room = heap_alloc(CHANNEL_FRAME_BYTES);
    return p;
}

void scan_pool_close(struct scan_pool *p)
{
    for (unsigned i = 0; i < p->opts->jobs; i++) {
        if (p->workers[i].process.pid > 0) {
            (void)spawn_end(&p->workers[i].process);
        }
    }
    heap_free(p->workers);
    heap_free(p->room);
}

struct rc scan_pool_idle(struct scan_pool *p, struct scan_worker **out)
{
    struct scan_worker *none = NULL;
    unsigned alive = 0;
    for (unsigned i = 0; i < p->opts->jobs; i++) {
        struct scan_worker *w = &p->workers[i];
        if (w->process.pid > 0 && w->unit == NULL) {
            *out = w;
            return RC_OK;
        }
        alive += w->process.pid > 0;
        none = none == NULL && w->process.pid == 0 ? w : none;
    }
    *out = NULL;
    if (none == NULL) {
        return RC_OK;
    }
    struct scan_job *job = (struct scan_job *)(uintptr_t)&p->opts->job;
    struct rc rc = spawn_fork(scan_worker_run, job, &none->process);
    if (rc_failed(rc)) {
        return alive > 0 ? RC_OK : rc; /* fewer workers than wanted are slower, no more */
    }
    none->confined = false;
    *out = none;
    return RC_OK;
}

/* The worker is gone; what it was reading is lost from here on. */
static void bury(struct scan_pool *p, struct scan_worker *w, const char *crime)
{
    int status = spawn_end(&w->process);
    struct scan_unit *unit = w->unit;
    w->unit = NULL;
    p->coverage_partial = true;
    if (unit == NULL) {
        return;
    }
    unit->state = SCAN_FINISHED;
    unit->lost = true;
    struct buf *fault = &unit->input->fault;
    if (fault->n != 0) {
        return;
    }
    buf_puts(fault, "the worker process that read it ");
    if (crime != NULL) {
        buf_puts(fault, crime);
    } else {
        spawn_describe(status, fault);
    }
}

void scan_pool_start(struct scan_pool *p, struct scan_worker *w, struct scan_unit *unit)
{
    check(w->unit == NULL && w->process.pid > 0);
    AUTO_BUF frame = BUF_WITH_CAP(CHANNEL_FRAME_BYTES);
    scan_wire_task(&frame, &unit->task);
    check(!frame.full);
    scan_queue_start(p->queue, unit);
    w->unit = unit;
    w->silent_ms = 0;
    if (!channel_can_send(w->process.channel)) {
        bury(p, w, "did not read its tasks, and was stopped");
        return;
    }
    struct rc rc = channel_send(w->process.channel, bytes_of(buf_str(&frame)), unit->input->fd);
    rc_ignore(rc, "a dead worker is found when it is heard next");
}

bool scan_pool_wanted(const struct scan_pool *p, const struct scan_worker *w)
{
    return w->process.pid > 0 && (w->unit == NULL || w->unit == p->queue->head ||
                                  p->queue->answer_bytes < SCAN_QUEUE_BYTES);
}

static struct rc take_split(struct scan_pool *p, struct scan_unit *unit, struct cursor *c)
{
    enum format format;
    TRY(scan_wire_read_format(c, &format));
    TRY(scan_wire_end(c));
    if (unit->task.split_at == 0 || unit->input->split || format == FORMAT_AUTO) {
        return rc_make(ERR_MALFORMED);
    }
    scan_queue_split(p->queue, unit, format);
    return RC_OK;
}

static struct rc take_progress(struct scan_pool *p, struct scan_unit *unit, struct cursor *c)
{
    uint64_t bytes = cursor_u64(c);
    TRY(scan_wire_end(c));
    if (unit->task.kind == SCAN_TASK_READ) {
        unit->read_bytes += bytes;
        p->done_bytes += bytes;
    }
    return RC_OK;
}

static struct rc take_answer(struct scan_pool *p, struct scan_unit *unit, struct bytes frame)
{
    TRY(scan_apply_check(p->apply, frame));
    if (unit == p->queue->head) {
        scan_apply_frame(p->apply, unit, frame);
    } else {
        scan_queue_keep(p->queue, unit, frame);
    }
    return RC_OK;
}

static void end_unit(struct scan_pool *p, struct scan_worker *w)
{
    struct scan_unit *unit = w->unit;
    uint64_t bytes = unit->task.end - unit->task.start;
    if (unit->task.kind == SCAN_TASK_READ && !unit->task.stream && unit->read_bytes < bytes) {
        p->done_bytes += bytes - unit->read_bytes;
    }
    unit->state = SCAN_FINISHED;
    w->unit = NULL;
}

static struct rc take_hello(struct scan_pool *p, struct scan_worker *w, struct cursor *c)
{
    uint8_t abi = cursor_u8(c);
    TRY(scan_wire_end(c));
    p->landlock_abi = abi;
    w->confined = true;
    return RC_OK;
}

/* Every frame but the first is about the worker's task. */
static struct rc take_frame(struct scan_pool *p, struct scan_worker *w, struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    enum scan_frame type;
    uint64_t task;
    TRY(scan_wire_read_head(&c, &type, &task));
    if (!w->confined) {
        return type == SCAN_FRAME_HELLO ? take_hello(p, w, &c) : rc_make(ERR_MALFORMED);
    }
    if (w->unit == NULL || w->unit->task.id != task) {
        return rc_make(ERR_MALFORMED);
    }
    if (type == SCAN_FRAME_SPLIT) {
        return take_split(p, w->unit, &c);
    }
    if (type == SCAN_FRAME_PROGRESS) {
        return take_progress(p, w->unit, &c);
    }
    TRY(take_answer(p, w->unit, frame));
    if (type == SCAN_FRAME_DONE) {
        end_unit(p, w);
    }
    return RC_OK;
}

struct rc scan_pool_hear(struct scan_pool *p, struct scan_worker *w)
{
    size_t n = 0;
    int fd = -1;
    w->silent_ms = 0;
    struct rc rc = channel_receive(w->process.channel, p->room, &n, &fd);
    bool gone = rc_failed(rc) ? rc.sys == ECONNRESET : n == 0;
    if (gone) {
        bool confined = w->confined;
        bury(p, w, NULL);
        return confined ? RC_OK : rc_make(ERR_CHILD_DIED);
    }
    if (!rc_failed(rc) && fd < 0) {
        rc = take_frame(p, w, (struct bytes){p->room, n});
    }
    if (rc_failed(rc) || fd >= 0) {
        if (fd >= 0) {
            close(fd);
        }
        bury(p, w, "sent a message that it may not send, and was stopped");
    }
    return RC_OK;
}

void scan_pool_wait(struct scan_pool *p, unsigned ms)
{
    for (unsigned i = 0; i < p->opts->jobs; i++) {
        struct scan_worker *w = &p->workers[i];
        if (w->unit == NULL || w->unit->task.stream || !scan_pool_wanted(p, w)) {
            continue;
        }
        w->silent_ms += ms;
        if (w->silent_ms >= SCAN_POOL_SILENCE_MS) {
            bury(p, w, "was silent for 10 minutes, and was stopped");
        }
    }
}

/* Is there a frame before the deadline, and does nobody want an end? */
static bool await_frame(const struct scan_pool *p, int channel, struct instant start)
{
    uint64_t waited_ms = (clock_now().ns - start.ns) / 1000000;
    struct pollfd fds[] = {{.fd = channel, .events = POLLIN},
                           {.fd = p->interrupt_fd, .events = POLLIN}};
    return waited_ms < COVERAGE_WAIT_MS &&
           poll(fds, COUNT_OF(fds), COVERAGE_WAIT_MS - (int)waited_ms) > 0 &&
           fds[0].revents != 0 && fds[1].revents == 0;
}

/* Pieces until the empty one; false when the worker does not come to that. */
static bool gather(struct scan_pool *p, const struct scan_worker *w, struct buf *coverage)
{
    const struct instant start = clock_now();
    for (;;) {
        size_t n = 0;
        int fd = -1;
        if (!await_frame(p, w->process.channel, start) ||
            rc_failed(channel_receive(w->process.channel, p->room, &n, &fd)) || fd >= 0) {
            return false;
        }
        struct cursor c = cursor_of((struct bytes){p->room, n});
        enum scan_frame type;
        uint64_t task;
        if (rc_failed(scan_wire_read_head(&c, &type, &task)) || type != SCAN_FRAME_COVERAGE) {
            return false;
        }
        struct bytes piece = cursor_take(&c, cursor_left(&c));
        if (piece.n == 0) {
            return !coverage->full;
        }
        buf_put(coverage, str_bytes(piece));
    }
}

void scan_pool_finish(struct scan_pool *p)
{
    char room[SCAN_HEAD_BYTES];
    struct buf quit = {.p = room, .room = sizeof(room), .cap = sizeof(room)};
    scan_wire_head(&quit, SCAN_FRAME_QUIT, 0);
    for (unsigned i = 0; i < p->opts->jobs; i++) {
        struct scan_worker *w = &p->workers[i];
        AUTO_BUF coverage = BUF_WITH_CAP(COVERAGE_CAP_BYTES);
        if (w->process.pid == 0 || p->opts->coverage == NULL) {
            continue;
        }
        bool ok = channel_can_send(w->process.channel) &&
                  !rc_failed(channel_send(w->process.channel, bytes_of(buf_str(&quit)), -1)) &&
                  gather(p, w, &coverage) &&
                  p->opts->coverage(p->opts->coverage_context, bytes_of(buf_str(&coverage)));
        p->coverage_partial = p->coverage_partial || !ok;
    }
}
