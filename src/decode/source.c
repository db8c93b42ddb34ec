/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/source.h"

#include "base/heap.h"
#include "decode/access.h"
#include "decode/binary.h"
#include "decode/evtx.h"
#include "decode/inflate.h"
#include "decode/json.h"
#include "decode/lines.h"
#include "decode/normal.h"
#include "decode/syslog.h"
#include "decode/utf16.h"

enum {
    SNIFF_BYTES = 64 * 1024,
    MAGIC_BYTES = 4,
    SNIFF_LINES = 32, /* that decide between syslog and text */
};

/* One record may be 16 MiB of text; its pairs and what had to be unescaped come on top. */
#define BATCH_CAP_BYTES ((size_t)128 << 20)

struct source {
    struct source_opts opts;
    struct source_report report;
    struct rc dead; /* nothing more can come of the stream */
    struct arena *batch;
    struct normal *normal;
    struct inflate *inflate;
    struct buf magic; /* until it is known whether the stream is compressed */
    struct buf head;  /* until it is known what the (decompressed) stream is */
    bool head_lined;  /* it holds the end of a line */
    bool head_clear;  /* it says what the stream is before it is full */
    bool opened;      /* one of the next two is */
    struct utf16 *utf16;
    struct evtx *evtx;
    struct lines *lines;
};

static const struct str format_names[FORMAT_COUNT] = {
    [FORMAT_AUTO] = STR_INIT("auto"), [FORMAT_EVTX] = STR_INIT("evtx"),
    [FORMAT_JSON] = STR_INIT("json"), [FORMAT_SYSLOG] = STR_INIT("syslog"),
    [FORMAT_TEXT] = STR_INIT("text"),
};

bool source_format_parse(struct str name, enum format *out)
{
    for (size_t i = 0; i < COUNT_OF(format_names); i++) {
        if (str_eq_nocase(name, format_names[i])) {
            *out = (enum format)i;
            return true;
        }
    }
    return false;
}

struct str source_format_name(enum format format)
{
    check(format < FORMAT_COUNT);
    return format_names[format];
}

static void count_shape(struct source *s, const char *shape)
{
    size_t i = 0;
    /* Shapes beyond the table count as its last row. */
    while (i < SOURCE_MAX_SHAPES - 1 && s->report.shapes[i].shape != NULL &&
           strcmp(s->report.shapes[i].shape, shape) != 0) {
        i++;
    }
    if (s->report.shapes[i].shape == NULL) {
        s->report.shapes[i].shape = shape;
    }
    s->report.shapes[i].records++;
}

static void deliver(void *context, const struct event *event)
{
    struct source *s = context;
    s->report.counts.records++;
    count_shape(s, event->shape == NULL ? "" : event->shape);
    s->opts.sink.event(s->opts.sink.context, event);
}

static void complain(void *context, const struct problem *problem)
{
    struct source *s = context;
    s->report.counts.problems++;
    s->opts.sink.problem(s->opts.sink.context, problem);
}

static struct rc decode_json(struct source *s, struct str text, struct event *out)
{
    struct json_pairs pairs;
    TRY(json_flatten(text, s->batch, &pairs));
    return normal_json(s->normal, &pairs, s->opts.logsource, s->batch, out);
}

/* The log source that the user named, if any, is the only reading of the event. */
static void force_logsource(const struct source *s, struct event *e)
{
    if (s->opts.logsource != LOGSOURCE_UNKNOWN) {
        e->logsource = s->opts.logsource;
        e->views = NULL;
        e->view_count = 0;
    }
}

static struct rc decode_line(struct source *s, struct str text, struct event *out)
{
    TRY(normal_line(s->normal, text, s->opts.latest_s, s->batch, out));
    force_logsource(s, out);
    return RC_OK;
}

/* A record of JSON, or a line of text. */
static void on_record(void *context, const struct lines_record *record)
{
    struct source *s = context;
    struct event e = {0};
    struct str text = str_bytes(record->bytes);
    arena_reset(s->batch);
    struct rc rc =
        s->report.format == FORMAT_JSON ? decode_json(s, text, &e) : decode_line(s, text, &e);
    if (rc_failed(rc)) {
        struct problem p = {.rc = rc, .offset = record->offset, .number = record->line};
        complain(s, &p);
        return;
    }
    e.record = record->bytes;
    e.number = record->line;
    deliver(s, &e);
}

static const struct event *normalise_evtx(void *context, struct event *e, struct arena *batch)
{
    struct source *s = context;
    e->trust = TRUST_ATTACKER;
    struct event plain = *e;
    struct rc rc = normal_windows(s->normal, e, batch);
    if (rc_failed(rc)) {
        /* The record was decoded: it is delivered, only without aliases and readings. */
        *e = plain;
        e->logsource = LOGSOURCE_WINDOWS;
        struct problem p = {.rc = rc, .number = e->number};
        complain(s, &p);
    }
    force_logsource(s, e);
    return e;
}

static enum compression find_compression(struct bytes head)
{
    static const uint8_t gzip[] = {0x1F, 0x8B}, zstd[] = {0x28, 0xB5, 0x2F, 0xFD};
    if (head.n >= sizeof(gzip) && memcmp(head.p, gzip, sizeof(gzip)) == 0) {
        return COMPRESSION_GZIP;
    }
    bool skippable = head.n >= MAGIC_BYTES && (head.p[0] & 0xF0) == 0x50 && head.p[1] == 0x2A &&
                     head.p[2] == 0x4D && head.p[3] == 0x18;
    if (skippable || (head.n >= sizeof(zstd) && memcmp(head.p, zstd, sizeof(zstd)) == 0)) {
        return COMPRESSION_ZSTD;
    }
    return COMPRESSION_NONE;
}

/* What the first lines of a text are. */
struct line_counts {
    unsigned all, syslog, access;
};

static struct line_counts count_lines(struct str text)
{
    struct line_counts n = {0};
    while (text.n != 0 && n.all < SNIFF_LINES) {
        struct syslog syslog;
        struct access access;
        size_t end = str_find_char(text, '\n');
        struct str line = str_upto(text, end);
        text = end == SIZE_MAX ? STR("") : str_from(text, end + 1);
        if (line.n > 1) {
            n.all++;
            n.syslog += syslog_parse(line, 0, &syslog);
            n.access += access_parse(line, &access);
        }
    }
    return n;
}

/* Is most of the text syslog? */
static enum format find_text_format(struct str text)
{
    struct line_counts n = count_lines(text);
    return n.syslog * 2 > n.all ? FORMAT_SYSLOG : FORMAT_TEXT;
}

/* A line of a log among the first ones outweighs the bytes around it: nothing hides in them. */
static struct rc check_text(struct bytes head)
{
    struct rc rc = binary_check(head);
    struct line_counts n = {0};
    if (rc_failed(rc)) {
        n = count_lines(str_bytes(head));
    }
    return n.syslog + n.access != 0 ? RC_OK : rc;
}

static enum format find_format(struct bytes head)
{
    if (head.n == 0) {
        return FORMAT_TEXT;
    }
    if (evtx_sniff(head)) {
        return FORMAT_EVTX;
    }
    return lines_sniff(head) != LINES_NOT_JSON ? FORMAT_JSON
                                               : find_text_format(str_bytes(head));
}

void source_sniff(struct bytes head, enum compression *out_compression, enum format *out_format)
{
    *out_compression = find_compression(head);
    *out_format = *out_compression != COMPRESSION_NONE ? FORMAT_AUTO
                  : utf16_sniff(head)                  ? FORMAT_AUTO
                                                       : find_format(head);
}

bool source_can_split(struct bytes head, enum format format)
{
    enum format found;
    enum compression compression;
    source_sniff(head, &compression, &found);
    format = format == FORMAT_AUTO ? found : format;
    switch (format) {
    case FORMAT_TEXT:
        if (rc_failed(check_text(head))) {
            return false;
        }
        return compression == COMPRESSION_NONE && !utf16_sniff(head);
    case FORMAT_EVTX:
    case FORMAT_SYSLOG:
        return compression == COMPRESSION_NONE && !utf16_sniff(head);
    case FORMAT_JSON:
        return compression == COMPRESSION_NONE && lines_sniff(head) == LINES_PLAIN;
    case FORMAT_AUTO:
    case FORMAT_COUNT:
        break;
    }
    return false;
}

struct source *source_open(const struct source_opts *opts)
{
    struct source *s = heap_zalloc(1, sizeof(*s));
    s->opts = *opts;
    s->batch = arena_open(BATCH_CAP_BYTES);
    s->normal = normal_open(opts->fields);
    s->report.format = opts->format;
    return s;
}

void source_close(struct source *s)
{
    if (s == NULL) {
        return;
    }
    evtx_close(s->evtx);
    lines_close(s->lines);
    inflate_close(s->inflate);
    utf16_close(s->utf16);
    normal_close(s->normal);
    arena_close(s->batch);
    buf_free(&s->magic);
    buf_free(&s->head);
    heap_free(s);
}

static void open_lines(struct source *s, struct bytes head)
{
    enum lines_mode mode = LINES_PLAIN;
    /* A part of a split file is lines: only such files are split. */
    if (s->report.format == FORMAT_JSON && s->opts.start_offset == 0) {
        mode = lines_sniff(head);
        mode = mode == LINES_NOT_JSON ? LINES_PLAIN : mode;
    }
    struct lines_sink sink = {.context = s, .record = on_record, .problem = complain};
    s->lines = lines_open(mode, &sink, s->opts.start_offset);
}

/* What the stream is, unless the user said. fails NOT_LOG, OTHER_LOG */
static struct rc decide_format(struct source *s, struct bytes head)
{
    if (s->opts.format != FORMAT_AUTO) {
        return RC_OK;
    }
    s->report.format = find_format(head);
    return s->report.format == FORMAT_TEXT ? check_text(head) : RC_OK;
}

static void open_decoder(struct source *s, struct bytes head)
{
    s->opened = true;
    if (s->report.format != FORMAT_EVTX) {
        open_lines(s, head);
        return;
    }
    struct evtx_opts opts = {
        .fields = s->opts.fields,
        .carve = s->opts.carve,
        .start_offset = s->opts.start_offset,
        .normalise = normalise_evtx,
        .normalise_context = s,
        .sink = {.context = s, .event = deliver, .problem = complain},
    };
    s->evtx = evtx_open(&opts);
}

static struct rc decoder_feed(struct source *s, struct bytes in)
{
    if (s->evtx != NULL) {
        return evtx_feed(s->evtx, in);
    }
    lines_feed(s->lines, in);
    return RC_OK;
}

static struct rc content_decide(struct source *s)
{
    struct bytes head = bytes_of(buf_str(&s->head));
    TRY(decide_format(s, head));
    open_decoder(s, head);
    struct rc rc = decoder_feed(s, head);
    buf_free(&s->head);
    return rc;
}

static bool is_record(struct str line)
{
    static const struct str mark = STR_INIT("\xEF\xBB\xBF");
    line = str_starts(line, mark) ? str_from(line, mark.n) : line;
    struct syslog parsed;
    bool json = line.n != 0 && line.p[0] == '{' && !rc_failed(json_check(line));
    return json || (line.n != 0 && syslog_parse(line, 0, &parsed));
}

/*
 * Move bytes from in to the head: up to the end of the first line, then up to SNIFF_BYTES. A
 * first line that is a whole record says enough, so that what comes through a pipe line by line
 * is not kept waiting. What is decided depends on the content alone, not on how it is cut.
 */
static void head_take(struct source *s, struct bytes *in)
{
    struct str part = str_upto(str_bytes(*in), SNIFF_BYTES - s->head.n);
    size_t end = s->head_lined ? SIZE_MAX : str_find_char(part, '\n');
    part = end != SIZE_MAX ? str_upto(part, end + 1) : part;
    buf_put(&s->head, part);
    *in = (struct bytes){in->p + part.n, in->n - part.n};
    s->head_lined |= end != SIZE_MAX;
    s->head_clear = end != SIZE_MAX && is_record(str_trim(buf_str(&s->head)));
}

/* UTF-8 text or EVTX. */
static struct rc content_feed(void *context, struct bytes in)
{
    struct source *s = context;
    s->report.counts.bytes += in.n;
    while (!s->opened && in.n != 0) {
        head_take(s, &in);
        if (s->head_clear || s->head.n == SNIFF_BYTES) {
            TRY(content_decide(s));
        }
    }
    return in.n == 0 ? RC_OK : decoder_feed(s, in);
}

/* Whatever the compression held: PowerShell and wevtutil write UTF-16. */
static struct rc plain_feed(void *context, struct bytes in)
{
    struct source *s = context;
    bool start = !s->opened && s->head.n == 0 && s->opts.start_offset == 0;
    if (s->utf16 == NULL && start && utf16_sniff(in)) {
        s->utf16 = utf16_open(content_feed, s);
    }
    return s->utf16 != NULL ? utf16_feed(s->utf16, in) : content_feed(s, in);
}

static struct rc stream_feed(struct source *s, struct bytes in)
{
    return s->inflate != NULL ? inflate_feed(s->inflate, in) : plain_feed(s, in);
}

static struct rc magic_decide(struct source *s)
{
    struct bytes magic = bytes_of(buf_str(&s->magic));
    if (s->opts.start_offset == 0) {
        s->report.compression = find_compression(magic);
    }
    if (s->report.compression != COMPRESSION_NONE) {
        s->inflate = inflate_open(s->report.compression, plain_feed, s);
    }
    return stream_feed(s, magic);
}

struct rc source_feed(struct source *s, struct bytes in)
{
    if (!rc_failed(s->dead) && s->magic.n < MAGIC_BYTES) {
        size_t n = MAGIC_BYTES - s->magic.n < in.n ? MAGIC_BYTES - s->magic.n : in.n;
        buf_put(&s->magic, (struct str){(const char *)in.p, n});
        in = (struct bytes){in.p + n, in.n - n};
        if (s->magic.n == MAGIC_BYTES) {
            s->dead = magic_decide(s);
        }
    }
    if (!rc_failed(s->dead) && in.n != 0) {
        s->dead = stream_feed(s, in);
    }
    return s->dead;
}

struct rc source_settle(struct source *s)
{
    bool line = s->head.n != 0 && memchr(s->head.p, '\n', s->head.n) != NULL;
    if (!rc_failed(s->dead) && !s->opened && line) {
        s->dead = content_decide(s);
    }
    return s->dead;
}

/* What came before the fault is complete: it is delivered too. */
static struct rc end_decoder(struct source *s)
{
    if (!s->opened && s->head.n != 0) {
        TRY(content_decide(s));
    }
    if (s->evtx != NULL) {
        return evtx_end(s->evtx);
    }
    if (s->lines != NULL) {
        lines_end(s->lines);
    }
    return RC_OK;
}

struct rc source_end(struct source *s)
{
    struct rc rc = s->dead;
    if (!rc_failed(rc) && s->magic.n != 0 && s->magic.n < MAGIC_BYTES) {
        rc = magic_decide(s);
    }
    if (!rc_failed(rc) && s->inflate != NULL) {
        rc = inflate_end(s->inflate);
    }
    if (s->utf16 != NULL) {
        struct rc tail = utf16_end(s->utf16);
        rc = rc_failed(rc) ? rc : tail;
    }
    struct rc end = end_decoder(s);
    s->dead = rc_failed(rc) ? rc : end;
    return s->dead;
}

void source_report(const struct source *s, struct source_report *out)
{
    *out = s->report;
}
