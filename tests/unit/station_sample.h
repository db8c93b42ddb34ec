/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * station_sample - a role that is nothing but its station, and says all that it hears.
 */
#ifndef TESTS_UNIT_STATION_SAMPLE_H
#define TESTS_UNIT_STATION_SAMPLE_H

#include "base/file.h"
#include "guard/station.h"
#include "test.h"

#include <unistd.h>

enum {
    WAIT_MS = 5000,
    REFUSED = 666,
    WAKE = 667,
    MANY = 668,
    MANY_COUNT = 3000,
    END = 669,
    BAD_LINE
};

/* The subject: CORRELATE answers HITS with HITS_DONE, QUERY answers questions. */
struct subject {
    enum role self;
    struct station *station;
    uint32_t uid;
    uint64_t batch; /* messages since the last idle */
};

static void say(struct subject *s, const char *what, uint64_t number)
{
    AUTO_BUF line = BUF_WITH_CAP(256);
    buf_printf(&line, "test.%s number=%llu", what, (unsigned long long)number);
    station_log(s->station, STATION_INFO, buf_str(&line));
}

static void done(struct subject *s, uint64_t next)
{
    struct wire_message m = {.type = WIRE_HITS_DONE, .hits_done = {.next = next}};
    station_send(s->station, ROLE_DETECT, &m);
}

static void on_option(void *context, struct str name, struct str value)
{
    say(context, str_eq(name, STR("greeting")) ? "option" : "other_option", value.n);
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct subject *s = context;
    if (str_eq(name, STR("listen"))) {
        station_listen(s->station, fd);
    } else if (str_eq(name, STR("watch"))) {
        station_watch(s->station, fd, number);
    } else {
        char text[8];
        size_t n = 0;
        rc_ignore(file_read(fd, text, sizeof(text), &n), "n says it");
        close(fd);
        say(s, "file", n);
    }
}

static void on_attached(void *context, enum role peer)
{
    say(context, "attached", peer);
}

static void on_lost(void *context, enum role peer)
{
    say(context, "lost", peer);
}

static struct rc on_hits(struct subject *s, const struct wire_hits *h)
{
    if (h->next == REFUSED) {
        return rc_make(ERR_MALFORMED);
    }
    s->batch++;
    if (h->next == WAKE) {
        station_wake(s->station, (struct instant){clock_now().ns + 5000000});
        return RC_OK;
    }
    for (uint64_t i = 0; h->next == MANY && i < MANY_COUNT; i++) {
        done(s, i);
    }
    if (h->next == BAD_LINE) {
        station_log(s->station, STATION_INFO, STR("a\0b\xff\x1b"));
    }
    if (h->next == END) {
        station_end(s->station, 42);
    }
    done(s, h->next);
    return RC_OK;
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct subject *s = context;
    if (m->type == WIRE_ASK && peer == ROLE_CONSOLE) {
        struct wire_message answer = {
            .type = WIRE_ANSWER, .answer = {.last = 1, .piece = bytes_of(m->ask.argument)}};
        answer.answer.status = station_peer_uid(s->station, connection) == s->uid ? 0 : 1;
        return station_answer(s->station, connection, &answer) ? RC_OK : rc_make(ERR_INTERNAL);
    }
    return m->type == WIRE_HITS ? on_hits(s, &m->hits) : rc_make(ERR_MALFORMED);
}

static void on_ready(void *context, uint64_t token)
{
    struct subject *s = context;
    say(s, "ready", token);
    station_unwatch(s->station, (int)token);
}

static void on_timer(void *context)
{
    done(context, WAKE);
}

static void on_idle(void *context)
{
    struct subject *s = context;
    if (s->batch > 0) {
        say(s, "idle", s->batch);
        s->batch = 0;
    }
}

static int run_subject(void *context, int channel)
{
    static const struct station_handlers handlers = {
        .option = on_option,
        .file = on_file,
        .attached = on_attached,
        .lost = on_lost,
        .message = on_message,
        .ready = on_ready,
        .timer = on_timer,
        .idle = on_idle,
    };
    (void)channel;
    struct subject *s = context;
    return station_main(s->self, &handlers, s, &s->station);
}

#endif
