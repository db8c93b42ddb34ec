/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-journal - the role that reads the system's journal.
 *
 * Job: sends each entry to the ledger as one line of JSON, with its cursor. Input trust: the
 * journal's files are written by journald, their content by any process of the system; their
 * form is parsed by libsystemd, here and nowhere else. Powers: opening and mapping files in
 * that one folder, for reading. If it dies: the ledger knows the last entry that it stored.
 */
#include "base/file.h"
#include "guard/station.h"
#include "ingest/journal_io.h"
#include "model/trust.h"

enum { JOURNAL_TOKEN = 1 };
/*
 * journald tells of a new entry up to 250 ms after it has written it, to gather several; the
 * count of entries in a mapped file is seen at once. Looking costs some microseconds.
 */
static const uint64_t poll_ns = 20000000;
static const uint64_t note_ns = 10000000000; /* between two lines about faults */
static const struct str source_name = STR_INIT("journal");

struct role_state {
    struct station *s;
    int folder;
    struct journal_io *journal;
    struct outbox outbox;
    struct outbox_batch batch;
    uint64_t faults, said_ns;
};

static void say(struct role_state *r, enum station_level level, const char *event,
                const char *text)
{
    AUTO_BUF line = {0};
    buf_printf(&line, "%s text=\"%s\"", event, text);
    station_log(r->s, level, buf_str(&line));
}

static void say_fault(struct role_state *r, struct rc rc)
{
    uint64_t now = clock_now().ns;
    r->faults++;
    if (r->said_ns != 0 && now - r->said_ns < note_ns) {
        return;
    }
    AUTO_BUF line = {0};
    buf_printf(&line, "journal.fault count=%llu text=\"an entry could not be read: %s\"",
               (unsigned long long)r->faults, rc_text(rc));
    station_log(r->s, STATION_WARNING, buf_str(&line));
    r->faults = 0;
    r->said_ns = now;
}

static void pump(struct role_state *r)
{
    struct wire_message m;
    while (outbox_has_room(&r->outbox)) {
        outbox_clear(&r->batch);
        struct rc rc = journal_io_fill(r->journal, &r->batch);
        if (rc_failed(rc)) {
            say_fault(r, rc);
        }
        if (r->batch.count == 0) {
            return; /* after a fault the clock comes back to it */
        }
        outbox_send(&r->outbox, &r->batch, &m);
        station_send(r->s, ROLE_LEDGER, &m);
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("journal")) && r->folder < 0) {
        r->folder = fd;
        return;
    }
    file_auto_close(&fd);
}

static void wake_later(struct role_state *r)
{
    station_wake(r->s, (struct instant){clock_now().ns + poll_ns});
}

static struct rc prepare(void *context)
{
    struct role_state *r = context;
    int fd;
    if (r->folder < 0) {
        say(r, STATION_ERROR, "journal.folder", "no folder of a journal was passed");
        return rc_make(ERR_MALFORMED);
    }
    TRY(journal_io_open(r->folder, &r->journal));
    TRY(journal_io_fd(r->journal, &fd));
    station_watch(r->s, fd, JOURNAL_TOKEN);
    wake_later(r);
    return RC_OK;
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    struct wire_message m;
    const struct wire_source_open open = {
        .name = source_name, .kind = RECORD_JOURNAL, .trust = TRUST_JOURNAL};
    if (peer == ROLE_LEDGER) {
        outbox_ask(&r->outbox, &open, &m);
        station_send(r->s, ROLE_LEDGER, &m);
    }
}

static void on_lost(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer == ROLE_LEDGER) {
        outbox_lost(&r->outbox);
    }
}

static struct rc on_state(struct role_state *r, const struct wire_source_state *m)
{
    bool gone = false;
    if (!str_eq(m->name, source_name)) {
        return rc_make(ERR_MALFORMED);
    }
    TRY(outbox_opened(&r->outbox, m));
    struct rc rc = journal_io_seek(r->journal, m->cursor, &gone);
    if (rc_failed(rc)) {
        say_fault(r, rc);
    } else if (m->cursor.n == 0) {
        say(r, STATION_INFO, "journal.start", "new: read from its oldest entry");
    } else if (gone) {
        say(r, STATION_WARNING, "journal.start",
            "the entry that was stored last is not there any more; entries between it and the "
            "next may be missing");
    }
    pump(r);
    return RC_OK;
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    (void)connection;
    if (peer == ROLE_LEDGER && m->type == WIRE_SOURCE_STATE) {
        return on_state(r, &m->source_state);
    }
    if (peer != ROLE_LEDGER || m->type != WIRE_RECORDS_STORED ||
        m->records_stored.source != r->outbox.source) {
        return rc_make(ERR_MALFORMED);
    }
    TRY(outbox_stored(&r->outbox, m->records_stored.seq));
    pump(r);
    return RC_OK;
}

/* Files came or went, or have new entries. */
static void on_ready(void *context, uint64_t token)
{
    struct role_state *r = context;
    struct rc rc = journal_io_changed(r->journal);
    (void)token;
    if (rc_failed(rc)) {
        say_fault(r, rc);
    }
    pump(r);
}

static void on_timer(void *context)
{
    pump(context);
    wake_later(context);
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
    struct role_state r = {.folder = -1};
    int status = station_main(ROLE_JOURNAL, &handlers, &r, &r.s);
    journal_io_close(r.journal);
    file_auto_close(&r.folder);
    buf_free(&r.batch.records);
    buf_free(&r.batch.cursor);
    return status;
}
