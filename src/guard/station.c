/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/station_inner.h"

#include "base/escape.h"
#include "base/file.h"
#include "base/heap.h"
#include "guard/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { SUPERVISOR_FD = 3, EVENTS = 32, DRAIN_MESSAGES = 4096 };

static void watch_event(struct station *s, int operation, int fd, uint32_t events,
                        uint64_t data)
{
    struct epoll_event e = {.events = events, .data = {.u64 = data}};
    check(epoll_ctl(s->epoll, operation, fd, &e) == 0);
}

static uint64_t event_data(enum station_source source, uint32_t index)
{
    return (uint64_t)source << 32 | index;
}

void station_poll(struct station *s, int fd, enum station_source source, uint32_t index)
{
    watch_event(s, EPOLL_CTL_ADD, fd, EPOLLIN, event_data(source, index));
}

void station_poll_writing(struct station *s, struct link *l, enum station_source source,
                          uint32_t index)
{
    bool waits = link_waiting_bytes(l) > 0;
    if (waits != l->polled_writing) {
        watch_event(s, EPOLL_CTL_MOD, l->fd, waits ? EPOLLIN | EPOLLOUT : EPOLLIN,
                    event_data(source, index));
        l->polled_writing = waits;
    }
}

static void flush_peer(struct station *s, enum role peer)
{
    struct link *l = &s->peers[peer];
    if (l->fd < 0) {
        return;
    }
    link_flush(l);
    /* before RUN only the supervisor is in the set */
    if (s->running || peer == ROLE_SUPERVISOR) {
        station_poll_writing(s, l, SOURCE_PEER, peer);
    }
}

void station_flush(struct station *s)
{
    for (enum role peer = 0; peer < ROLE_COUNT; peer++) {
        flush_peer(s, peer);
    }
    station_people_flush(s);
}

bool station_send(struct station *s, enum role peer, const struct wire_message *m)
{
    struct link *l = &s->peers[peer];
    /* the supervisor is the parent: it needs no HELLO to be told something */
    if (!l->greeted && peer != ROLE_SUPERVISOR) {
        return false;
    }
    return link_send(l, m, -1);
}

static struct station_person *find_person(struct station *s, uint64_t connection)
{
    for (size_t i = 0; connection != 0 && i < STATION_CONNECTIONS; i++) {
        if (s->people[i].number == connection) {
            return &s->people[i];
        }
    }
    return NULL;
}

bool station_answer(struct station *s, uint64_t connection, const struct wire_message *m)
{
    struct station_person *p = find_person(s, connection);
    if (p == NULL || !p->link.greeted) {
        return false;
    }
    /* somebody who asks and does not read is no bug of ours */
    if (link_waiting_bytes(&p->link) + 2 * (size_t)CHANNEL_FRAME_BYTES > LINK_QUEUE_BYTES / 2) {
        p->link.broken = true;
        return false;
    }
    return link_send(&p->link, m, -1);
}

uint32_t station_peer_uid(const struct station *s, uint64_t connection)
{
    for (size_t i = 0; connection != 0 && i < STATION_CONNECTIONS; i++) {
        if (s->people[i].number == connection) {
            return s->people[i].uid;
        }
    }
    return UINT32_MAX;
}

void station_log(struct station *s, enum station_level level, struct str line)
{
    /* 4000: the cap of LOG less its head. Escaped here too: text that is not UTF-8 would be
     * taken for the work of an intruder */
    AUTO_BUF text = BUF_WITH_CAP(4000);
    escape_columns(&text, line, 1000);
    struct wire_message m = {.type = WIRE_LOG,
                             .log = {.level = (uint8_t)level, .line = buf_str(&text)}};
    station_send(s, ROLE_SUPERVISOR, &m);
}

void station_end(struct station *s, int status)
{
    s->ending = true;
    s->status = status;
}

/* The timer descriptor goes off at the first of the three. */
static void set_timer(struct station *s)
{
    struct instant next = station_people_next(s);
    if (s->wake.ns != 0 && (next.ns == 0 || s->wake.ns < next.ns)) {
        next = s->wake;
    }
    if (s->stopping && (next.ns == 0 || s->stop_at.ns < next.ns)) {
        next = s->stop_at;
    }
    if (next.ns == s->timer_set.ns) {
        return;
    }
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(next.ns / 1000000000U),
                                         .tv_nsec = (long)(next.ns % 1000000000U)}};
    check(timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL) == 0);
    s->timer_set = next;
}

void station_wake(struct station *s, struct instant at)
{
    s->wake = (struct instant){at.ns == 0 ? 1 : at.ns};
}

static void timer_event(struct station *s)
{
    uint64_t times;
    size_t n;
    rc_ignore(file_read(s->timer, &times, sizeof(times), &n), "set again since: nothing");
    s->timer_set = (struct instant){0};
    struct instant now = clock_now();
    station_people_expire(s, now);
    if (s->wake.ns != 0 && now.ns >= s->wake.ns) {
        s->wake = (struct instant){0};
        if (s->handlers->timer != NULL) {
            s->handlers->timer(s->context);
        }
    }
}

void station_watch(struct station *s, int fd, uint64_t token)
{
    uint32_t i = 0;
    while (i < STATION_WATCHES && s->watched[i].fd >= 0) {
        i++;
    }
    check(i < STATION_WATCHES);
    s->watched[i] = (struct station_watched){fd, token};
    station_poll(s, fd, SOURCE_WATCH, i);
}

void station_unwatch(struct station *s, int fd)
{
    for (size_t i = 0; i < STATION_WATCHES; i++) {
        if (s->watched[i].fd == fd) {
            watch_event(s, EPOLL_CTL_DEL, fd, 0, 0);
            s->watched[i].fd = -1;
        }
    }
}

void station_listen(struct station *s, int fd)
{
    check(s->listener_count < COUNT_OF(s->listeners));
    int flags = fcntl(fd, F_GETFL);
    check(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
    s->listeners[s->listener_count] = fd;
    station_poll(s, fd, SOURCE_LISTEN, (uint32_t)s->listener_count++);
}

static void lose(struct station *s, enum role peer)
{
    bool known = s->peers[peer].greeted;
    link_close(&s->peers[peer]);
    if (peer == ROLE_SUPERVISOR) {
        station_end(s, 1); /* nobody watches over this process any more */
    } else if (known && s->handlers->lost != NULL) {
        s->handlers->lost(s->context, peer);
    }
}

static void accuse(struct station *s, enum role peer, const char *what, struct rc rc)
{
    AUTO_BUF reason = BUF_WITH_CAP(256);
    buf_printf(&reason, "%s: %s (%s) at %u", what, rc_text(rc), rc_name(rc), rc.at);
    struct wire_message m = {.type = WIRE_ACCUSE,
                             .accuse = {.peer = (uint8_t)peer, .reason = buf_str(&reason)}};
    station_send(s, ROLE_SUPERVISOR, &m);
    lose(s, peer);
}

static struct rc deliver(struct station *s, enum role peer, const struct wire_message *m)
{
    if (s->handlers->message == NULL || !s->running) {
        return rc_make(ERR_MALFORMED);
    }
    return s->handlers->message(s->context, peer, 0, m);
}

/* One message of a peer; false: there is no more, or the peer is gone. */
static bool read_peer(struct station *s, enum role peer)
{
    struct link *l = &s->peers[peer];
    enum link_got got = LINK_NOTHING;
    struct wire_message m;
    int fd = -1;
    struct rc rc = link_receive(l, s->room, &m, &fd, &got);
    if (rc_failed(rc)) {
        accuse(s, peer, "a frame", rc);
        return false;
    }
    switch (got) {
    case LINK_NOTHING:
        return false;
    case LINK_GONE:
        lose(s, peer);
        return false;
    case LINK_GREETED:
        if (s->handlers->attached != NULL) {
            s->handlers->attached(s->context, peer);
        }
        return true;
    case LINK_MESSAGE:
        break;
    }
    rc = deliver(s, peer, &m);
    if (rc_failed(rc)) {
        accuse(s, peer, "a message in the wrong place", rc);
        return false;
    }
    return s->peers[peer].fd >= 0;
}

static void read_round(struct station *s, enum role peer, size_t most)
{
    for (size_t i = 0; i < most && s->peers[peer].fd >= 0 && read_peer(s, peer); i++) {
    }
}

/* A fresh channel: what the old one still holds was said in its time. */
static struct rc attach(struct station *s, uint8_t peer, int fd)
{
    if (peer == ROLE_SUPERVISOR || peer >= ROLE_CONSOLE || peer == s->self) {
        close(fd);
        return rc_make(ERR_MALFORMED);
    }
    if (s->peers[peer].fd >= 0) {
        if (s->running) {
            read_round(s, peer, DRAIN_MESSAGES);
        }
        if (s->peers[peer].fd >= 0) {
            lose(s, peer);
        }
    }
    link_open(&s->peers[peer], fd, s->self, peer);
    if (s->running) {
        station_poll(s, fd, SOURCE_PEER, peer);
    }
    return RC_OK;
}

static struct rc run(struct station *s)
{
    if (s->running) {
        return rc_make(ERR_MALFORMED);
    }
    if (s->handlers->prepare != NULL) {
        TRY(s->handlers->prepare(s->context));
    }
    /* jansson reads the seed of its tables from a file when it is first used */
    json_object_seed(0);
    AUTO_BUF missing = BUF_WITH_CAP(2000);
    struct profile_folders folders = {s->folders, s->folder_count};
    TRY(profile_enter(s->self, folders, &missing));
    s->running = true;
    for (enum role peer = ROLE_SUPERVISOR + 1; peer < ROLE_COUNT; peer++) {
        if (s->peers[peer].fd >= 0) {
            station_poll(s, s->peers[peer].fd, SOURCE_PEER, peer);
        }
    }
    struct wire_message m = {.type = WIRE_READY, .ready = {.missing = buf_str(&missing)}};
    station_send(s, ROLE_SUPERVISOR, &m);
    return RC_OK;
}

static void stop(struct station *s)
{
    s->stopping = true;
    s->stop_at = (struct instant){clock_now().ns + (uint64_t)STATION_STOP_MS * 1000000U};
}

void station_allow_folder(struct station *s, int fd)
{
    check(s->folder_count < STATION_FOLDERS);
    s->folders[s->folder_count++] = fd;
}

/* A folder that the role kept will be read later on; one that it closed it has read. */
static void pass_file(struct station *s, const struct wire_file *f, int fd)
{
    struct stat before, after;
    if (s->handlers->file == NULL) {
        close(fd);
        return;
    }
    bool folder = !s->running && fstat(fd, &before) == 0 && S_ISDIR(before.st_mode);
    s->handlers->file(s->context, f->name, f->number, fd);
    if (folder && fstat(fd, &after) == 0 && after.st_dev == before.st_dev &&
        after.st_ino == before.st_ino) {
        station_allow_folder(s, fd);
    }
}

/* What only the supervisor says; anything else of it is a peer's message. */
static struct rc obey(struct station *s, const struct wire_message *m, int fd)
{
    if (m->type == WIRE_ATTACH) {
        /* draining the old channel reads into the room that m borrows from */
        return attach(s, m->attach.peer, fd);
    }
    if (m->type == WIRE_FILE) {
        pass_file(s, &m->file, fd);
        return RC_OK;
    }
    if (m->type == WIRE_OPTION) {
        if (s->handlers->option != NULL) {
            s->handlers->option(s->context, m->option.name, m->option.value);
        }
        return RC_OK;
    }
    if (m->type == WIRE_RUN) {
        return run(s);
    }
    if (m->type == WIRE_STOP) {
        stop(s);
        return RC_OK;
    }
    return deliver(s, ROLE_SUPERVISOR, m);
}

/* false: nothing more for now. The supervisor is trusted: what it does wrong ends the role. */
static bool read_supervisor(struct station *s)
{
    enum link_got got = LINK_NOTHING;
    struct wire_message m;
    int fd = -1;
    struct rc rc = link_receive(&s->peers[ROLE_SUPERVISOR], s->room, &m, &fd, &got);
    if (!rc_failed(rc) && got == LINK_MESSAGE) {
        rc = obey(s, &m, fd);
    }
    if (rc_failed(rc)) {
        AUTO_BUF line = BUF_WITH_CAP(256);
        buf_printf(&line, "role.failed what=%s errno=%u at=%u text=\"%s\"", rc_name(rc), rc.sys,
                   rc.at, rc_text(rc));
        station_log(s, STATION_ERROR, buf_str(&line));
        station_end(s, 1);
        return false;
    }
    if (got == LINK_GONE) {
        lose(s, ROLE_SUPERVISOR);
    }
    return got == LINK_MESSAGE || got == LINK_GREETED;
}

static void watch_ready(struct station *s, uint32_t index)
{
    if (s->watched[index].fd >= 0 && s->handlers->ready != NULL) {
        s->handlers->ready(s->context, s->watched[index].token);
    }
}

static void handle(struct station *s, uint64_t data)
{
    uint32_t index = (uint32_t)data;
    switch ((enum station_source)(data >> 32)) {
    case SOURCE_PEER:
        if (index != ROLE_SUPERVISOR) {
            read_round(s, (enum role)index, STATION_ROUND_MESSAGES);
            return;
        }
        for (size_t i = 0; i < STATION_ROUND_MESSAGES && !s->ending; i++) {
            if (!read_supervisor(s)) {
                return;
            }
        }
        return;
    case SOURCE_PERSON:
        station_people_read(s, index);
        return;
    case SOURCE_LISTEN:
        station_people_accept(s, index);
        return;
    case SOURCE_TIMER:
        timer_event(s);
        return;
    case SOURCE_WATCH:
        watch_ready(s, index);
        return;
    }
}

static void idle(struct station *s)
{
    if (s->running && s->handlers->idle != NULL) {
        s->handlers->idle(s->context);
    }
}

static bool all_sent(const struct station *s)
{
    for (enum role peer = 0; peer < ROLE_COUNT; peer++) {
        if (s->peers[peer].fd >= 0 && link_waiting_bytes(&s->peers[peer]) > 0) {
            return false;
        }
    }
    return true;
}

/* One turn: what is ready, or, when nothing is and something was, `idle`. */
static void turn(struct station *s, size_t *busy_rounds)
{
    struct epoll_event events[EVENTS];
    station_flush(s);
    set_timer(s);
    bool last = s->stopping && *busy_rounds == 0 && all_sent(s);
    if (last || (s->stopping && clock_now().ns >= s->stop_at.ns)) {
        station_end(s, 0);
        return;
    }
    int n = epoll_wait(s->epoll, events, EVENTS, *busy_rounds > 0 ? 0 : -1);
    check(n >= 0 || errno == EINTR);
    for (int i = 0; i < n && !s->ending; i++) {
        handle(s, events[i].data.u64);
    }
    if (n > 0) {
        ++*busy_rounds;
    }
    if (n == 0 || *busy_rounds >= STATION_ROUNDS) {
        idle(s);
        *busy_rounds = 0;
    }
}

static void open_station(struct station *s)
{
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    check(s->epoll >= 0 && s->timer >= 0);
    s->room = heap_alloc(CHANNEL_FRAME_BYTES);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        s->peers[i] = LINK_NONE;
    }
    for (size_t i = 0; i < STATION_WATCHES; i++) {
        s->watched[i].fd = -1;
    }
    station_people_open(s);
    station_poll(s, s->timer, SOURCE_TIMER, 0);
    link_open(&s->peers[ROLE_SUPERVISOR], SUPERVISOR_FD, s->self, ROLE_SUPERVISOR);
    station_poll(s, SUPERVISOR_FD, SOURCE_PEER, ROLE_SUPERVISOR);
}

static void close_station(struct station *s)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        link_close(&s->peers[i]);
    }
    station_people_close(s);
    close(s->timer);
    close(s->epoll);
    heap_free(s->room);
}

int station_main(enum role self, const struct station_handlers *handlers, void *context,
                 struct station **slot)
{
    if (fcntl(SUPERVISOR_FD, F_SETFD, FD_CLOEXEC) != 0) {
        AUTO_BUF text = BUF_WITH_CAP(256);
        buf_puts(&text, "this program is a part of tocsind, which starts it: see tocsind(8)\n");
        rc_ignore(file_write_all(STDERR_FILENO, bytes_of(buf_str(&text))), "nobody reads it");
        return 2;
    }
    /* started by descriptor, it would be known by that number */
    (void)prctl(PR_SET_NAME, role_name(self).p, 0, 0, 0);
    struct station *s = heap_zalloc(1, sizeof(*s));
    s->self = self;
    s->handlers = handlers;
    s->context = context;
    open_station(s);
    *slot = s;
    size_t busy_rounds = 0;
    while (!s->ending) {
        turn(s, &busy_rounds);
    }
    station_flush(s);
    int status = s->status;
    close_station(s);
    *slot = NULL;
    heap_free(s);
    return status;
}
