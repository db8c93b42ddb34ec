/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-ingest - the role that follows log files.
 *
 * Job: reads what is added to the files that it was passed, cuts it into lines, and sends them
 * to the ledger with the place where to go on. Input trust: the bytes of the files are hostile;
 * nothing of them is interpreted but line ends. Powers: reading those descriptors. If it dies:
 * the ledger knows how far each source was stored, and reading goes on exactly there.
 */
#include "base/file.h"
#include "base/heap.h"
#include "base/vec.h"
#include "guard/station.h"
#include "ingest/files_io.h"
#include "model/trust.h"

enum {
    SOURCES = 256, /* the supervisor sends at most 200 */
    NAME_BYTES = 64,
    WATCH_TOKEN = 1,
    EVENT_BYTES = 4096,
};
/* Without a watch the files are looked at so often; with one in case that it misses a change,
 * as it does on a network file system. */
static const uint64_t poll_ns = 250000000, watched_poll_ns = 1000000000;
static const uint64_t note_ns = 10000000000; /* between two lines about one source */

struct source {
    char name[NAME_BYTES];
    size_t name_n;
    enum trust trust;
    struct outbox outbox;
    struct files_io *files;
    struct files_io_notes notes; /* not said yet */
    uint64_t said_ns;
};

struct role_state {
    struct station *s;
    VEC(struct source) sources;
    struct outbox_batch batch;
    int watch; /* inotify on all the files, or -1 */
    bool running;
};

static struct str name_of(const struct source *source)
{
    return (struct str){source->name, source->name_n};
}

/* Names are the supervisor's: letters, digits and hyphens. */
static void say(struct role_state *r, enum station_level level, const char *event,
                const struct source *source, const char *text)
{
    AUTO_BUF line = {0};
    buf_printf(&line, "%s source=", event);
    buf_put(&line, name_of(source));
    buf_printf(&line, " text=\"%s\"", text);
    station_log(r->s, level, buf_str(&line));
}

static void gather_notes(struct source *source)
{
    struct files_io_notes n = files_io_notes(source->files), *sum = &source->notes;
    sum->truncated += n.truncated;
    sum->cut_lines += n.cut_lines;
    sum->faults += n.faults;
    sum->sys = n.faults > 0 ? n.sys : sum->sys;
}

static void say_notes(struct role_state *r, struct source *source)
{
    const struct files_io_notes *n = &source->notes;
    gather_notes(source);
    bool any = n->truncated + n->cut_lines + n->faults > 0;
    uint64_t now = clock_now().ns;
    if (!any || (source->said_ns != 0 && now - source->said_ns < note_ns)) {
        return;
    }
    AUTO_BUF text = {0};
    if (n->truncated > 0) {
        buf_printf(&text,
                   "it became shorter or was written anew (%llu times): it is read from its "
                   "start; what was added and not read before that is lost. ",
                   (unsigned long long)n->truncated);
    }
    if (n->cut_lines > 0) {
        buf_printf(&text, "%llu lines of more than %d bytes were cut there. ",
                   (unsigned long long)n->cut_lines, (int)RECORD_CAP_BYTES);
    }
    if (n->faults > 0) {
        struct rc rc = {.code = ERR_SYSTEM, .sys = n->sys};
        buf_printf(&text, "%llu reads failed: %s; they are tried again. ",
                   (unsigned long long)n->faults, rc_text(rc));
    }
    buf_putc(&text, 0);
    say(r, STATION_WARNING, "ingest.source", source, text.p);
    source->notes = (struct files_io_notes){0};
    source->said_ns = now;
}

static void pump(struct role_state *r, struct source *source)
{
    struct wire_message m;
    while (outbox_has_room(&source->outbox)) {
        outbox_clear(&r->batch);
        files_io_fill(source->files, &r->batch);
        if (r->batch.count == 0) {
            break;
        }
        outbox_send(&source->outbox, &r->batch, &m);
        files_io_sent(source->files, m.store_records.seq);
        station_send(r->s, ROLE_LEDGER, &m);
    }
    say_notes(r, source);
}

static void pump_all(struct role_state *r)
{
    for (size_t i = 0; i < r->sources.n; i++) {
        pump(r, &r->sources.p[i]);
    }
}

static void ask(struct role_state *r, struct source *source)
{
    struct wire_message m;
    const struct wire_source_open open = {
        .name = name_of(source), .kind = RECORD_LINE, .trust = (uint8_t)source->trust};
    outbox_ask(&source->outbox, &open, &m);
    if (!station_send(r->s, ROLE_LEDGER, &m)) {
        outbox_lost(&source->outbox); /* it is asked when it is attached */
    }
}

static struct source *find(struct role_state *r, struct str name)
{
    for (size_t i = 0; i < r->sources.n; i++) {
        if (str_eq(name_of(&r->sources.p[i]), name)) {
            return &r->sources.p[i];
        }
    }
    return NULL;
}

static struct source *add_source(struct role_state *r, struct str name, uint64_t trust)
{
    check(name.n <= NAME_BYTES && trust < TRUST_COUNT && r->sources.n < SOURCES);
    struct source source = {
        .name_n = name.n, .trust = (enum trust)trust, .files = files_io_open()};
    memcpy(source.name, name.p, name.n);
    vec_push(&r->sources, source);
    return &r->sources.p[r->sources.n - 1];
}

static void add_file(struct role_state *r, struct str name, uint64_t trust, int fd)
{
    struct source *source = find(r, name);
    enum files_io_added added = FILES_IO_KNOWN;
    bool fresh = source == NULL;
    source = fresh ? add_source(r, name, trust) : source;
    struct rc rc = files_io_add(source->files, fd, &added);
    if (rc_failed(rc)) {
        say(r, STATION_ERROR, "ingest.file", source, rc_text(rc));
    } else if (added == FILES_IO_DROPPED) {
        say(r, STATION_ERROR, "ingest.file", source,
            "the file was rotated too often while nothing could be stored: one of them is not "
            "read to its end");
    }
    if (r->running && fresh) {
        ask(r, source);
    } else if (r->running) {
        pump(r, source);
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    static const struct str prefix = STR_INIT("follow:");
    struct role_state *r = context;
    if (str_starts(name, prefix)) {
        add_file(r, str_from(name, prefix.n), number, fd);
    } else if (str_eq(name, STR("watch")) && r->watch < 0) {
        r->watch = fd;
        station_watch(r->s, fd, WATCH_TOKEN);
    } else {
        file_auto_close(&fd);
    }
}

static void wake_later(struct role_state *r)
{
    uint64_t pause = r->watch < 0 ? poll_ns : watched_poll_ns;
    station_wake(r->s, (struct instant){clock_now().ns + pause});
}

static struct rc prepare(void *context)
{
    struct role_state *r = context;
    uint8_t digest[HASH_SHA256_BYTES];
    hash_sha256((struct bytes){0}, digest); /* its library opens a file at first use */
    r->running = true;
    wake_later(r);
    return RC_OK;
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    for (size_t i = 0; peer == ROLE_LEDGER && i < r->sources.n; i++) {
        ask(r, &r->sources.p[i]);
    }
}

static void on_lost(void *context, enum role peer)
{
    struct role_state *r = context;
    for (size_t i = 0; peer == ROLE_LEDGER && i < r->sources.n; i++) {
        outbox_lost(&r->sources.p[i].outbox);
    }
}

static void say_start(struct role_state *r, const struct source *source,
                      enum files_io_start start)
{
    switch (start) {
    case FILES_IO_FROM_START:
        say(r, STATION_INFO, "ingest.start", source, "new: read from the start of the file");
        return;
    case FILES_IO_GOES_ON:
        return;
    case FILES_IO_CUT:
        say(r, STATION_WARNING, "ingest.start", source,
            "it is shorter than what was stored of it: read from its start");
        return;
    case FILES_IO_OTHER:
        say(r, STATION_WARNING, "ingest.start", source,
            "another file is in its place: read from its start; what was added to the old one "
            "after it was last read is not read");
        return;
    }
}

static struct rc on_state(struct role_state *r, const struct wire_source_state *m)
{
    struct source *source = find(r, m->name);
    if (source == NULL) {
        return rc_make(ERR_MALFORMED);
    }
    TRY(outbox_opened(&source->outbox, m));
    say_start(r, source, files_io_seek(source->files, m->cursor));
    pump(r, source);
    return RC_OK;
}

static struct rc on_stored(struct role_state *r, const struct wire_records_stored *m)
{
    for (size_t i = 0; i < r->sources.n; i++) {
        struct source *source = &r->sources.p[i];
        if (source->outbox.state == OUTBOX_OPEN && source->outbox.source == m->source) {
            TRY(outbox_stored(&source->outbox, m->seq));
            files_io_stored(source->files, m->seq);
            pump(r, source);
            return RC_OK;
        }
    }
    return rc_make(ERR_MALFORMED);
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    (void)connection;
    if (peer == ROLE_LEDGER && m->type == WIRE_SOURCE_STATE) {
        return on_state(r, &m->source_state);
    }
    if (peer == ROLE_LEDGER && m->type == WIRE_RECORDS_STORED) {
        return on_stored(r, &m->records_stored);
    }
    return rc_make(ERR_MALFORMED);
}

/* Something was written to some of the files: looking is cheaper than asking which. */
static void on_ready(void *context, uint64_t token)
{
    struct role_state *r = context;
    _Alignas(8) uint8_t events[EVENT_BYTES];
    size_t n;
    (void)token;
    rc_ignore(file_read(r->watch, events, sizeof(events), &n), "what is left comes again");
    pump_all(r);
}

static void on_timer(void *context)
{
    struct role_state *r = context;
    pump_all(r);
    wake_later(r);
}

int main(void)
{
    static const struct station_handlers handlers = {.file = on_file,
                                                     .prepare = prepare,
                                                     .attached = on_attached,
                                                     .lost = on_lost,
                                                     .message = on_message,
                                                     .ready = on_ready,
                                                     .timer = on_timer};
    struct role_state r = {.watch = -1};
    int status = station_main(ROLE_INGEST, &handlers, &r, &r.s);
    for (size_t i = 0; i < r.sources.n; i++) {
        files_io_close(r.sources.p[i].files);
    }
    vec_free(&r.sources);
    buf_free(&r.batch.records);
    buf_free(&r.batch.cursor);
    return status;
}
