/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_apply.h"

#include "base/escape.h"
#include "model/finding.h"

static void give(const struct scan_apply *a, struct str path, const struct finding *f)
{
    const struct rule *rule = &a->rules[f->rule];
    if (a->correlate != NULL) {
        scan_correlate_add(a->correlate, path, f);
    }
    if (a->sink != NULL) {
        a->sink->finding(a->sink->context, path, f);
    } else if (!rule->silent && rule->level >= a->level) {
        report_finding(a->report, f, a->out);
    }
}

/* unit NULL: only check. */
static struct rc apply_findings(const struct scan_apply *a, struct scan_unit *unit,
                                struct cursor *c)
{
    if (a->report == NULL && a->sink == NULL) {
        return rc_make(ERR_MALFORMED);
    }
    while (cursor_left(c) > 0) {
        struct str one = cursor_lstr(c);
        TRY(cursor_done(c));
        arena_reset(a->arena);
        struct finding f;
        TRY(finding_decode(bytes_of(one), a->rule_count, a->arena, &f));
        if (unit == NULL) {
            continue;
        }
        f.record += unit->input->lines;
        give(a, unit->input->path, &f);
    }
    return RC_OK;
}

static struct rc apply_problems(const struct scan_apply *a, struct scan_unit *unit,
                                struct cursor *c)
{
    while (cursor_left(c) > 0) {
        struct problem p;
        TRY(scan_wire_read_problem(c, &p));
        if (unit == NULL || unit->input->told >= SCAN_MAX_PROBLEMS) {
            continue;
        }
        unit->input->told++;
        p.number += p.number == 0 ? 0 : unit->input->lines;
        scan_collect_fault(a->collect, unit->input->path, &p);
    }
    return RC_OK;
}

/* JSON lines, cut between characters. */
static struct rc apply_text(const struct scan_apply *a, struct scan_unit *unit,
                            struct cursor *c)
{
    struct bytes text = cursor_take(c, cursor_left(c));
    if (unit == NULL && !escape_is_plain(str_bytes(text))) {
        return rc_make(ERR_MALFORMED);
    }
    if (a->report != NULL || a->sink != NULL) {
        return rc_make(ERR_MALFORMED);
    }
    if (unit != NULL) {
        buf_put(a->out, str_bytes(text));
    }
    return RC_OK;
}

static void note_fault(struct scan_input *input, const struct scan_done *done)
{
    if (input->fault.n != 0) {
        return;
    }
    if (rc_failed(done->rc)) {
        buf_puts(&input->fault, rc_text(done->rc));
        input->ignored = done->rc.code == ERR_NOT_LOG && !input->named;
        if (done->rc.at != 0) {
            buf_printf(&input->fault, " (byte %u)", done->rc.at);
        }
    } else if (done->shrank) {
        buf_puts(&input->fault, "became shorter while it was read");
    }
}

static struct rc apply_done(const struct scan_apply *a, struct scan_unit *unit,
                            struct cursor *c)
{
    struct scan_done done;
    TRY(scan_wire_read_done(c, &done));
    if (unit == NULL) {
        return RC_OK;
    }
    struct scan_input *input = unit->input;
    note_fault(input, &done);
    if (done.hashed) {
        scan_collect_hash(a->collect, input->path, done.sha256);
    }
    if (unit->task.kind != SCAN_TASK_READ) {
        done.records = done.problems = 0;
        done.shape_count = 0;
    }
    scan_collect_done(a->collect, &done);
    input->records += done.records;
    input->problems += done.problems;
    if (input->stream) {
        scan_collect_bytes(a->collect, done.bytes);
    }
    input->lines += input->split && done.lines ? done.line_count : 0;
    return RC_OK;
}

static struct rc apply(const struct scan_apply *a, struct scan_unit *unit, struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    enum scan_frame type;
    uint64_t task;
    TRY(scan_wire_read_head(&c, &type, &task));
    switch (type) {
    case SCAN_FRAME_FINDINGS:
        return apply_findings(a, unit, &c);
    case SCAN_FRAME_PROBLEMS:
        return apply_problems(a, unit, &c);
    case SCAN_FRAME_TEXT:
        return apply_text(a, unit, &c);
    case SCAN_FRAME_DONE:
        return apply_done(a, unit, &c);
    case SCAN_FRAME_NONE:
    case SCAN_FRAME_TASK:
    case SCAN_FRAME_QUIT:
    case SCAN_FRAME_HELLO:
    case SCAN_FRAME_SPLIT:
    case SCAN_FRAME_PROGRESS:
    case SCAN_FRAME_COVERAGE:
    case SCAN_FRAME_COUNT:
        break;
    }
    return rc_make(ERR_MALFORMED);
}

struct rc scan_apply_check(const struct scan_apply *a, struct bytes frame)
{
    return apply(a, NULL, frame);
}

void scan_apply_frame(const struct scan_apply *a, struct scan_unit *unit, struct bytes frame)
{
    struct rc rc = apply(a, unit, frame);
    check(!rc_failed(rc)); /* scan_apply_check accepted the same bytes */
}

void scan_apply_kept(const struct scan_apply *a, struct scan_queue *q, struct scan_unit *unit)
{
    struct cursor c = cursor_of(bytes_of(buf_str(&unit->answer)));
    while (cursor_left(&c) > 0) {
        struct str frame = cursor_lstr(&c);
        check(!c.fault);
        scan_apply_frame(a, unit, bytes_of(frame));
    }
    scan_queue_drop_answer(q, unit);
}
