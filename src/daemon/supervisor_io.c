/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/child.h"

#include "base/file.h"
#include "base/heap.h"
#include "daemon/say.h"
#include "daemon/supervisor_io.h"
#include "guard/channel.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t second_ns = 1000000000U, ms_ns = 1000000U;

enum { EVENTS = 64, ROUND_MESSAGES = 32, LAST_MESSAGES = 256, TICK_MS = 250 };

/* What an epoll event is about, in the high half; the role in the low half. */
enum source { SOURCE_SIGNAL, SOURCE_FOLLOW, SOURCE_CHANNEL, SOURCE_ERRORS };

struct supervisor {
    struct supply_io *supply;
    struct child children[ROLE_COUNT];
    struct role_facts facts;
    int epoll, signals;
    struct instant checked; /* the followed files */
    bool stopping;
    struct instant stopping_from;
    size_t to_stop; /* when stopping: plan_start of the next is one less */
    uint8_t *room;
};

static void poll_add(struct supervisor *s, int fd, enum source source, enum role role)
{
    struct epoll_event e = {.events = EPOLLIN, .data = {.u64 = (uint64_t)source << 32 | role}};
    check(epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

static void say_of(const char *event, const struct child *c, const char *key,
                   struct str foreign)
{
    AUTO_BUF head = {0};
    buf_printf(&head, "%s role=%s%c", event, role_name(c->role).p, 0);
    say_text(head.p, key, foreign);
}

static void poll_writing(struct supervisor *s, struct child *c)
{
    bool waits = link_waiting_bytes(&c->link) > 0;
    if (!c->deaf && waits != c->link.polled_writing) {
        struct epoll_event e = {.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                .data = {.u64 = (uint64_t)SOURCE_CHANNEL << 32 | c->role}};
        check(epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->link.fd, &e) == 0);
        c->link.polled_writing = waits;
    }
}

static void record(struct supervisor *s, const struct child *c, const char *what,
                   struct str why)
{
    size_t from = s->facts.count;
    struct child *ledger = &s->children[ROLE_LEDGER];
    role_facts_add(&s->facts, c->role, what, why, clock_wall());
    if (ledger->state == CHILD_RUNNING) {
        role_facts_send(&s->facts, from, &ledger->link);
    }
}

/* Join two roles that both run by a fresh channel. */
static void join(struct child *a, struct child *b)
{
    int ends[2];
    struct rc rc = channel_pair(ends);
    if (rc_failed(rc)) {
        say_failed("daemon.channel", role_name(a->role), rc);
        return;
    }
    struct wire_message to_a = {.type = WIRE_ATTACH, .attach = {.peer = (uint8_t)b->role}};
    struct wire_message to_b = {.type = WIRE_ATTACH, .attach = {.peer = (uint8_t)a->role}};
    link_send(&a->link, &to_a, ends[0]);
    link_send(&b->link, &to_b, ends[1]);
}

static void start(struct supervisor *s, enum role role)
{
    struct child *c = &s->children[role];
    struct rc rc = child_start(c, supply_io_program(s->supply, role));
    if (rc_failed(rc)) {
        say_failed("role.cannot_start", role_name(role), rc);
        c->due = (struct instant){clock_now().ns + second_ns};
        return;
    }
    poll_add(s, c->link.fd, SOURCE_CHANNEL, role);
    poll_add(s, c->errors, SOURCE_ERRORS, role);
    supply_io_send(s->supply, role, &c->link);
    for (enum role peer = ROLE_INGEST; peer < ROLE_CONSOLE; peer++) {
        if (child_lives(&s->children[peer]) && plan_edge(role, peer)) {
            join(c, &s->children[peer]);
        }
    }
    struct wire_message run = {.type = WIRE_RUN, .run = {.enforce = 1}};
    link_send(&c->link, &run, -1);
    c->due = (struct instant){clock_now().ns + SUPERVISOR_IO_READY_S * second_ns};
}

static void accuse(struct supervisor *s, struct child *by, uint8_t peer, struct str reason)
{
    if (peer >= ROLE_CONSOLE || peer == by->role || !plan_edge(by->role, (enum role)peer)) {
        child_kill(by, "it accuses a role that it has no channel to");
        return;
    }
    struct child *c = &s->children[peer];
    AUTO_BUF why = BUF_WITH_CAP(CHILD_WHY_BYTES);
    buf_printf(&why, "accused by %s: ", role_name(by->role).p);
    buf_put(&why, reason);
    say_of("role.accused", c, "why", buf_str(&why));
    child_kill_for(c, buf_str(&why));
    if (plan_more_exposed(by->role, c->role) && child_accuses_too_often(by, clock_now())) {
        child_kill(by, "it accuses others too often to be believed");
    }
}

static void ready(struct supervisor *s, struct child *c, struct str missing)
{
    c->state = CHILD_RUNNING;
    c->due = (struct instant){0};
    say_event("role.ready role=%s pid=%d", role_name(c->role).p, (int)c->process.pid);
    if (missing.n > 0 && !str_eq(missing, child_missing(c))) {
        say_of("role.unprotected", c, "missing", missing);
    }
    child_set_missing(c, missing);
    record(s, c, "started", missing);
    if (c->role == ROLE_LEDGER) {
        role_facts_send(&s->facts, 0, &c->link);
    }
}

static void hear(struct supervisor *s, struct child *c, const struct wire_message *m)
{
    if (m->type == WIRE_LOG) {
        child_line(c, "", m->log.line, m->log.level, clock_now());
    } else if (m->type == WIRE_READY && c->state == CHILD_STARTING) {
        ready(s, c, m->ready.missing);
    } else if (m->type == WIRE_ACCUSE) {
        accuse(s, c, m->accuse.peer, m->accuse.reason);
    } else if (m->type == WIRE_FACT_STORED && c->role == ROLE_LEDGER) {
        role_facts_stored(&s->facts, m->fact_stored.key);
    } else {
        child_kill(c, "it said to the supervisor what it may not say");
    }
}

/* false: nothing more for now. */
static bool read_message(struct supervisor *s, struct child *c)
{
    enum link_got got = LINK_NOTHING;
    struct wire_message m;
    int fd = -1;
    struct rc rc = link_receive(&c->link, s->room, &m, &fd, &got);
    if (rc_failed(rc)) {
        AUTO_BUF why = BUF_WITH_CAP(CHILD_WHY_BYTES);
        buf_printf(&why, "what it sent to the supervisor %s", rc_text(rc));
        child_kill_for(c, buf_str(&why));
        return false;
    }
    if (got == LINK_MESSAGE) {
        hear(s, c, &m);
    }
    return got == LINK_MESSAGE || got == LINK_GREETED;
}

static void read_channel(struct supervisor *s, struct child *c, size_t most)
{
    for (size_t i = 0; i < most && c->link.fd >= 0 && !c->killed; i++) {
        if (!read_message(s, c)) {
            break;
        }
    }
    /* one that closes its channel is of no use to anyone: it ends by itself, or is ended */
    struct epoll_event none = {0};
    if (c->link.fd >= 0 && (c->killed || link_is_closed(&c->link))) {
        epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->link.fd, &none);
        child_deaf(c, clock_now());
    }
}

/* It ended: why, and what now. */
static void buried(struct supervisor *s, struct child *c, int status)
{
    if (!c->killed && c->link.fd >= 0) {
        read_channel(s, c, LAST_MESSAGES);
    }
    child_read_errors(c, clock_now());
    struct instant now = clock_now();
    bool failing = false;
    struct instant again = plan_again(&c->restart, c->started, now, &failing);
    AUTO_BUF why = BUF_WITH_CAP(CHILD_WHY_BYTES);
    child_describe_end(c, status, &why);
    say_of("role.ended", c, "why", buf_str(&why));
    bool killed = c->killed || WIFSIGNALED(status);
    child_clear(c);
    record(s, c, s->stopping ? "stopped" : killed ? "killed" : "ended", buf_str(&why));
    if (s->stopping) {
        return;
    }
    c->due = again;
    c->state = CHILD_WAITING;
    if (failing) {
        say_event("role.failing role=%s ends=%zu again_s=%u text=\"it ends again and again; "
                  "look at the lines above\"",
                  role_name(c->role).p, c->restart.count, c->restart.pause_s);
    }
}

static void reap(struct supervisor *s)
{
    for (enum role role = ROLE_INGEST; role < ROLE_CONSOLE; role++) {
        struct child *c = &s->children[role];
        int status = 0;
        if (child_lives(c) && waitpid(c->process.pid, &status, WNOHANG) == c->process.pid) {
            buried(s, c, status);
        }
    }
}

static void told_to_stop(struct supervisor *s)
{
    struct instant now = clock_now();
    if (!s->stopping) {
        say_event("daemon.stopping");
        s->stopping = true;
        s->stopping_from = now;
        s->to_stop = PLAN_ROLES;
        return;
    }
    /* one order may come twice: to the process, and to its group */
    for (enum role role = ROLE_INGEST;
         role < ROLE_CONSOLE && now.ns - s->stopping_from.ns >= second_ns; role++) {
        child_kill(&s->children[role], "told to stop twice");
    }
}

static void signalled(struct supervisor *s)
{
    struct signalfd_siginfo info;
    size_t n = 0;
    while (!rc_failed(file_read(s->signals, &info, sizeof(info), &n)) && n == sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            say_event("daemon.signal text=\"SIGHUP does nothing: restart to read the "
                      "configuration again\"");
        } else if (info.ssi_signo != SIGCHLD) {
            told_to_stop(s);
        }
    }
    reap(s);
}

/* Stop one role after the other, upstream first. true: all have ended. */
static bool go_on_stopping(struct supervisor *s)
{
    while (s->to_stop > 0) {
        struct child *c = &s->children[plan_start(s->to_stop - 1)];
        if (!child_lives(c)) {
            s->to_stop--;
            continue;
        }
        if (c->state != CHILD_STOPPING) {
            child_stop(c, clock_now().ns + SUPERVISOR_IO_STOP_S * second_ns);
            poll_writing(s, c);
        }
        return false;
    }
    return true;
}

/* What the clock alone brings about. */
static void tick(struct supervisor *s)
{
    struct instant now = clock_now();
    for (size_t i = 0; i < PLAN_ROLES; i++) {
        struct child *c = &s->children[plan_start(i)];
        bool due = c->due.ns != 0 && now.ns >= c->due.ns;
        if (due && c->state == CHILD_WAITING && !s->stopping) {
            start(s, c->role);
        } else if (due && child_lives(c)) {
            c->due = (struct instant){0};
            child_kill(c, c->state == CHILD_STARTING   ? "it did not say that it was ready"
                          : c->state == CHILD_STOPPING ? "it did not stop"
                                                       : "it closed its channel");
        }
    }
    if (now.ns - s->checked.ns >= FOLLOW_IO_CHECK_MS * ms_ns) {
        s->checked = now;
        follow_io_check(supply_io_followed(s->supply), &s->children[ROLE_INGEST].link);
    }
}

static void handle(struct supervisor *s, uint64_t data)
{
    struct child *c = &s->children[(uint32_t)data];
    switch ((enum source)(data >> 32)) {
    case SOURCE_SIGNAL:
        signalled(s);
        return;
    case SOURCE_FOLLOW:
        follow_io_check(supply_io_followed(s->supply), &s->children[ROLE_INGEST].link);
        return;
    case SOURCE_CHANNEL:
        read_channel(s, c, ROUND_MESSAGES);
        return;
    case SOURCE_ERRORS:
        child_read_errors(c, clock_now());
        return;
    }
}

static void flush(struct supervisor *s)
{
    for (enum role role = ROLE_INGEST; role < ROLE_CONSOLE; role++) {
        struct child *c = &s->children[role];
        if (c->link.fd >= 0 && !c->deaf) {
            link_flush(&c->link);
            poll_writing(s, c);
        }
    }
}

static void loop(struct supervisor *s)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        tick(s);
        if (s->stopping && go_on_stopping(s)) {
            return;
        }
        flush(s);
        int n = epoll_wait(s->epoll, events, EVENTS, TICK_MS);
        check(n >= 0 || errno == EINTR);
        for (int i = 0; i < n; i++) {
            handle(s, events[i].data.u64);
        }
    }
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    sigaddset(&set, SIGPIPE); /* whoever reads our lines may go away */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    check(fd >= 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    return fd;
}

int supervisor_io_run(struct supply_io *supply)
{
    struct supervisor *s = heap_zalloc(1, sizeof(*s));
    s->supply = supply;
    s->room = heap_alloc(CHANNEL_FRAME_BYTES);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->signals = open_signals();
    check(s->epoll >= 0);
    poll_add(s, s->signals, SOURCE_SIGNAL, 0);
    poll_add(s, follow_io_fd(supply_io_followed(supply)), SOURCE_FOLLOW, 0);
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        child_init(&s->children[role], role);
    }
    for (size_t i = 0; i < PLAN_ROLES; i++) {
        if (supply_io_program(supply, plan_start(i)) != NULL) {
            s->children[plan_start(i)].state = CHILD_WAITING;
            start(s, plan_start(i));
        }
    }
    loop(s);
    say_event("daemon.stopped");
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        child_free(&s->children[role]);
    }
    role_facts_free(&s->facts);
    close(s->signals);
    close(s->epoll);
    heap_free(s->room);
    heap_free(s);
    return 0;
}
