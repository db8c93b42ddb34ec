/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/lines.h"

#include "base/heap.h"
#include "decode/lines_seq.h"

struct lines {
    struct lines_out out;
    struct lines_seq *seq; /* JSON_SEQ only */
    bool skipping;         /* PLAIN: over the rest of a line that is too long */
};

static const struct str mark = STR_INIT("\xEF\xBB\xBF");

struct lines *lines_open(enum lines_mode mode, const struct lines_sink *sink,
                         uint64_t first_offset)
{
    check(mode != LINES_NOT_JSON);
    struct lines *l = heap_zalloc(1, sizeof(*l));
    l->out = (struct lines_out){
        .sink = *sink,
        .carry = BUF_WITH_CAP(LINES_MAX_RECORD_BYTES),
        .at = first_offset,
        .start = first_offset,
        .line = 1,
        .start_line = 1,
    };
    if (mode == LINES_JSON_SEQ) {
        l->seq = lines_seq_open(&l->out);
    }
    return l;
}

void lines_close(struct lines *l)
{
    if (l == NULL) {
        return;
    }
    lines_seq_close(l->seq);
    buf_free(&l->out.carry);
    heap_free(l);
}

/* A whole line without its LF. */
static void deliver_line(struct lines_out *o, struct str line)
{
    if (line.n != 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    size_t skip = o->start == 0 && str_starts(line, mark) ? mark.n : 0;
    if (line.n == skip) {
        return;
    }
    struct lines_record record = {
        .bytes = bytes_of(str_from(line, skip)),
        .offset = o->start + skip,
        .line = o->line,
    };
    o->sink.record(o->sink.context, &record);
}

static void report_too_long(struct lines_out *o)
{
    struct problem problem = {rc_at(ERR_TOO_LONG, LINES_MAX_RECORD_BYTES), o->start, o->line};
    o->sink.problem(o->sink.context, &problem);
}

/* The last part of a line, up to its end. */
static void end_line(struct lines *l, struct str part)
{
    struct lines_out *o = &l->out;
    if (l->skipping) {
        l->skipping = false;
    } else if (part.n > LINES_MAX_RECORD_BYTES - o->carry.n) {
        report_too_long(o);
    } else if (o->carry.n != 0) {
        buf_put(&o->carry, part);
        deliver_line(o, buf_str(&o->carry));
    } else {
        deliver_line(o, part);
    }
    buf_clear(&o->carry);
}

/* The first part of a line, or a middle one: its end is not in this block. */
static void keep_part(struct lines *l, struct str part)
{
    struct lines_out *o = &l->out;
    if (l->skipping) {
        return;
    }
    if (part.n > LINES_MAX_RECORD_BYTES - o->carry.n) {
        report_too_long(o);
        buf_clear(&o->carry);
        l->skipping = true;
        return;
    }
    buf_put(&o->carry, part);
}

static void feed_plain(struct lines *l, struct str in)
{
    struct lines_out *o = &l->out;
    const char *p = in.p;
    const char *end = in.p + in.n;
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        if (lf == NULL) {
            keep_part(l, (struct str){p, (size_t)(end - p)});
            o->at += (uint64_t)(end - p);
            return;
        }
        end_line(l, (struct str){p, (size_t)(lf - p)});
        o->at += (uint64_t)(lf + 1 - p);
        o->start = o->at;
        o->line++;
        p = lf + 1;
    }
}

void lines_feed(struct lines *l, struct bytes in)
{
    if (in.n == 0) {
        return;
    }
    if (l->seq != NULL) {
        lines_seq_feed(l->seq, str_bytes(in));
    } else {
        feed_plain(l, str_bytes(in));
    }
}

void lines_end(struct lines *l)
{
    if (l->seq != NULL) {
        lines_seq_end(l->seq);
    } else {
        end_line(l, STR(""));
    }
}
