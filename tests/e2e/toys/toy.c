/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * toy - the least that a role can be, on the real station: TOY_ROLE says which one it is. The
 * toy of incident does what the option incident.institution names to the ledger, or to the
 * supervisor, when it is joined to the ledger: what a role would do that was taken over.
 */
#include "base/file.h"
#include "base/folder.h"
#include "base/heap.h"
#include "guard/channel.h"
#include "guard/station_inner.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct toy {
    struct station *station;
    int folder, facts;
    bool subscribed;
    struct buf mood;
};

static void say(struct toy *t, const char *event, struct str text)
{
    AUTO_BUF line = BUF_WITH_CAP(1024);
    buf_puts(&line, event);
    buf_put(&line, text);
    station_log(t->station, STATION_INFO, buf_str(&line));
}

static void on_option(void *context, struct str name, struct str value)
{
    struct toy *t = context;
    if (str_eq(name, STR("incident.institution"))) {
        buf_put(&t->mood, value);
    }
    AUTO_BUF text = {0};
    buf_put(&text, name);
    buf_putc(&text, '=');
    buf_put(&text, value);
    say(t, "toy.option ", buf_str(&text));
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct toy *t = context;
    char first[32];
    size_t n = 0;
    AUTO_BUF text = {0};
    if (str_eq(name, STR("folder"))) {
        t->folder = fd;
    } else if (str_eq(name, STR("listen"))) {
        station_listen(t->station, fd);
    } else {
        rc_ignore(file_read_at(fd, first, sizeof(first), 0, &n), "a folder or a socket");
    }
    buf_put(&text, name);
    buf_printf(&text, " number=%llu first=", (unsigned long long)number);
    buf_put(&text,
            str_upto((struct str){first, n}, str_find_char((struct str){first, n}, '\n')));
    say(t, "toy.file ", (struct str){text.p, TOY_ROLE == ROLE_INGEST ? text.n : name.n});
}

static struct rc on_prepare(void *context)
{
    struct toy *t = context;
    if (TOY_ROLE != ROLE_LEDGER) {
        return RC_OK;
    }
    struct rc rc = folder_update(t->folder, "facts", &t->facts);
    return rc_failed(rc) ? folder_create(t->folder, "facts", 0600, &t->facts) : rc;
}

static void send_raw(int fd, size_t n, int type)
{
    uint8_t *frame = heap_zalloc(1, n == 0 ? 1 : n);
    frame[0] = (uint8_t)type;
    struct iovec part = {frame, n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    (void)!sendmsg(fd, &message, MSG_NOSIGNAL);
    heap_free(frame);
}

static void accuse_many(struct toy *t)
{
    for (size_t i = 0; i < 5; i++) {
        struct wire_message m = {.type = WIRE_ACCUSE,
                                 .accuse = {.peer = ROLE_LEDGER, .reason = STR("no reason")}};
        station_send(t->station, ROLE_SUPERVISOR, &m);
    }
}

static void chatter(struct toy *t)
{
    for (size_t i = 0; i < 1000; i++) {
        say(t, "toy.chatter ", STR("\033[31mred"));
    }
}

static void subscribe(struct toy *t)
{
    struct wire_message m = {.type = WIRE_SUBSCRIBE, .subscribe = {.kinds = 1}};
    station_send(t->station, ROLE_LEDGER, &m);
}

static void misbehave(struct toy *t)
{
    struct str mood = buf_str(&t->mood);
    int ledger = t->station->peers[ROLE_LEDGER].fd;
    int supervisor = t->station->peers[ROLE_SUPERVISOR].fd;
    if (str_eq(mood, STR("garbage"))) {
        send_raw(ledger, 100, 255);
    } else if (str_eq(mood, STR("oversized"))) {
        send_raw(ledger, CHANNEL_FRAME_BYTES + 1, WIRE_STORE_FACT);
    } else if (str_eq(mood, STR("wrong-role"))) {
        send_raw(ledger, 29, WIRE_GRANT);
    } else if (str_eq(mood, STR("wrong-state"))) {
        subscribe(t);
        subscribe(t);
    } else if (str_eq(mood, STR("to-supervisor"))) {
        send_raw(supervisor, 100, WIRE_RUN);
    } else if (str_eq(mood, STR("open"))) {
        (void)!access("/etc/passwd", 0);
        int fd;
        rc_ignore(file_open_read("/etc/passwd", &fd), "it kills");
    } else if (str_eq(mood, STR("crash"))) {
        check(t->mood.n == 0);
    } else if (str_eq(mood, STR("hang"))) {
        for (;;) {
            poll(NULL, 0, -1);
        }
    } else if (str_eq(mood, STR("accuse"))) {
        accuse_many(t);
    } else if (str_eq(mood, STR("chatter"))) {
        chatter(t);
    } else if (str_eq(mood, STR("close"))) {
        close(supervisor);
    }
}

static void on_attached(void *context, enum role peer)
{
    struct toy *t = context;
    say(t, "toy.attached peer=", role_name(peer));
    t->subscribed = false;
    if (TOY_ROLE == ROLE_INCIDENT && peer == ROLE_LEDGER) {
        misbehave(t);
    }
}

static void on_lost(void *context, enum role peer)
{
    say(context, "toy.lost peer=", role_name(peer));
}

static struct rc store(struct toy *t, enum role peer, const struct wire_store_fact *f)
{
    TRY(file_write_all(t->facts, bytes_of(f->json)));
    TRY(file_write_all(t->facts, bytes_of(STR("\n"))));
    struct wire_message m = {.type = WIRE_FACT_STORED,
                             .fact_stored = {.kind = f->kind, .fresh = 1}};
    memcpy(m.fact_stored.key, f->key, WIRE_ID_BYTES);
    station_send(t->station, peer, &m);
    return RC_OK;
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct toy *t = context;
    struct wire_message answer = {.type = WIRE_ANSWER,
                                  .answer = {.last = 1, .piece = bytes_of(STR("toy"))}};
    if (m->type == WIRE_STORE_FACT) {
        return store(t, peer, &m->store_fact);
    }
    if (m->type == WIRE_SUBSCRIBE && !t->subscribed) {
        t->subscribed = true;
        return RC_OK;
    }
    if (m->type == WIRE_ASK) {
        station_answer(t->station, connection, &answer);
        return RC_OK;
    }
    return rc_make(ERR_MALFORMED);
}

int main(void)
{
    static const struct station_handlers handlers = {
        .option = on_option,
        .file = on_file,
        .prepare = on_prepare,
        .attached = on_attached,
        .lost = on_lost,
        .message = on_message,
    };
    struct toy toy = {.folder = -1, .facts = -1};
    return station_main(TOY_ROLE, &handlers, &toy, &toy.station);
}
