/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-ledger - the role that keeps what happened.
 *
 * Job: stores records and facts in order, acknowledges what is on the disk, hands records to
 * detect and facts to all who subscribed. Input trust: records are opaque bytes with a length;
 * of a fact only the head is read, to see that its writer may write it. Powers: writes below
 * one folder, in which the log's signing key lies. If it dies: what it acknowledged is on the
 * disk; the next process cuts what was half written, and all peers say anew what they need and
 * send again what was not acknowledged. Containment goes on meanwhile with contain's spool.
 */
#include "base/file.h"
#include "ledger/hub_io.h"
#include "ledger/origin_io.h"

enum { ORIGIN_BYTES = 256 };

struct role_state {
    struct station *s;
    struct hub *hub;
    struct buf origin;
    int folder;
};

static void on_send(void *context, enum role peer, const struct wire_message *m)
{
    struct role_state *r = context;
    (void)station_send(r->s, peer, m); /* who is not there asks again when it is */
}

static void on_log(void *context, enum station_level level, struct str line)
{
    struct role_state *r = context;
    station_log(r->s, level, line);
}

static void on_option(void *context, struct str name, struct str value)
{
    struct role_state *r = context;
    if (str_eq(name, STR("ledger.origin"))) {
        buf_clear(&r->origin);
        buf_put(&r->origin, str_upto(value, ORIGIN_BYTES));
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("folder")) && r->folder < 0) {
        r->folder = fd;
        return;
    }
    file_auto_close(&fd);
}

static struct rc on_prepare(void *context)
{
    struct role_state *r = context;
    const struct hub_output output = {.context = r, .send = on_send, .log = on_log};
    if (r->folder < 0) {
        station_log(r->s, STATION_ERROR,
                    STR("ledger.no_folder text=\"no folder was sent to the ledger\""));
        return rc_make(ERR_VANISHED);
    }
    if (r->origin.n == 0) {
        TRY(origin_io_find(r->folder, &r->origin));
    }
    return hub_io_open(r->folder, buf_str(&r->origin), &output, &r->hub);
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    hub_io_attached(r->hub, peer);
}

static void on_lost(void *context, enum role peer)
{
    struct role_state *r = context;
    hub_io_lost(r->hub, peer);
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    (void)connection;
    return hub_io_message(r->hub, peer, m);
}

static void on_idle(void *context)
{
    struct role_state *r = context;
    struct instant next = hub_io_idle(r->hub);
    if (hub_io_over(r->hub)) {
        station_end(r->s, 1);
    } else if (next.ns != 0) {
        station_wake(r->s, next);
    }
}

int main(void)
{
    struct role_state r = {.folder = -1};
    const struct station_handlers handlers = {.option = on_option,
                                              .file = on_file,
                                              .prepare = on_prepare,
                                              .attached = on_attached,
                                              .lost = on_lost,
                                              .message = on_message,
                                              .idle = on_idle};
    int status = station_main(ROLE_LEDGER, &handlers, &r, &r.s);
    hub_io_close(r.hub);
    buf_free(&r.origin);
    file_auto_close(&r.folder);
    return status;
}
