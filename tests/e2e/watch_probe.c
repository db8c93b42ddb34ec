/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watch_probe ROLES - the programs of incident and query as they are installed. This program is
 * their supervisor, ledger, contain and console: findings in, proposal at once, incident as a
 * fact, answers to people; killed and started again, nothing is written twice.
 */
#include "base/clock.h"
#include "base/heap.h"
#include "base/vec.h"
#include "cli/ask.h"
#include "guard/channel.h"
#include "guard/link.h"
#include "guard/spawn.h"

#include "../unit/incident_sample.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 5000, TRIALS = 200 };

struct fact_row {
    enum fact_kind kind;
    uint8_t key[FACT_KEY_BYTES];
    struct buf json;
};

struct stage {
    char program[512];
    enum role self;
    struct spawned child;
    struct link supervisor, ledger, contain;
    uint8_t *room;
    struct wire_message m;
    VEC(struct fact_row) facts; /* what the ledger of this stage holds */
};

static void want(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "watch_probe: not so: %s\n", what);
        exit(1);
    }
}

static int run_program(void *context, int channel)
{
    struct stage *t = context;
    char *const argv[] = {t->program, NULL};
    char *const environment[] = {NULL};
    (void)channel;
    execve(t->program, argv, environment);
    return 99;
}

/* The next message within the time; false: none came. Lines of the log are printed. */
static bool next(struct stage *t, struct link *l, int wait_ms)
{
    for (;;) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        enum link_got got = LINK_NOTHING;
        int fd = -1;
        bool flushed = link_flush(&t->ledger);
        if (poll(&p, 1, flushed ? wait_ms : 1) != 1) {
            if (!flushed) {
                continue;
            }
            return false;
        }
        want(!rc_failed(link_receive(l, t->room, &t->m, &fd, &got)), "an honest frame");
        if (got == LINK_GONE) {
            return false;
        }
        if (got == LINK_MESSAGE && t->m.type == WIRE_LOG) {
            fprintf(stderr, "%.*s\n", (int)t->m.log.line.n, t->m.log.line.p);
        } else if (got == LINK_MESSAGE) {
            return true;
        }
    }
}

static void give_file(struct stage *t, const char *name, const char *text)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    want(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
             lseek(fd, 0, SEEK_SET) == 0,
         "a file");
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = str_of(name)}};
    link_send(&t->supervisor, &m, fd);
}

static void attach(struct stage *t, struct link *l, enum role peer)
{
    int ends[2];
    want(!rc_failed(channel_pair(ends)), "a channel");
    struct wire_message m = {.type = WIRE_ATTACH, .attach = {.peer = (uint8_t)peer}};
    link_send(&t->supervisor, &m, ends[1]);
    link_open(l, ends[0], peer, t->self);
}

static void send_fact(struct stage *t, uint64_t position)
{
    struct fact_row *f = &t->facts.p[position];
    struct wire_message m = {
        .type = WIRE_FACT,
        .fact = {.position = position, .kind = (uint8_t)f->kind, .json = buf_str(&f->json)}};
    memcpy(m.fact.key, f->key, FACT_KEY_BYTES);
    want(link_send(&t->ledger, &m, -1), "the ledger can send");
}

/* What the ledger holds, then what is new; 64 under way at most, as credits go. */
static void serve(struct stage *t)
{
    want(next(t, &t->ledger, WAIT_MS) && t->m.type == WIRE_SUBSCRIBE &&
             t->m.subscribe.from == 0,
         "it subscribes from the start");
    uint32_t kinds = t->m.subscribe.kinds;
    uint64_t credit = 0;
    for (uint64_t i = 0; i < t->facts.n; i++) {
        while (i >= credit + 64 && next(t, &t->ledger, WAIT_MS)) {
            credit = t->m.type == WIRE_FACT_CREDIT ? t->m.fact_credit.position : credit;
        }
        if ((kinds >> t->facts.p[i].kind & 1) != 0) {
            send_fact(t, i);
        }
    }
    struct wire_message done = {.type = WIRE_CAUGHT_UP, .caught_up = {.position = t->facts.n}};
    link_send(&t->ledger, &done, -1);
}

static void start(struct stage *t, int listen_fd)
{
    want(!rc_failed(spawn_fork(run_program, t, &t->child)), "the program starts");
    link_open(&t->supervisor, dup(t->child.channel), ROLE_SUPERVISOR, t->self);
    if (t->self == ROLE_INCIDENT) {
        give_file(t, "playbook", sample_playbook);
        give_file(t, "history", sample_history);
        give_file(t, "assets", sample_assets);
    } else {
        struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("listen")}};
        link_send(&t->supervisor, &m, listen_fd);
    }
    struct wire_message run = {.type = WIRE_RUN};
    link_send(&t->supervisor, &run, -1);
    want(next(t, &t->supervisor, WAIT_MS) && t->m.type == WIRE_READY, "it is ready");
    attach(t, &t->ledger, ROLE_LEDGER);
    if (t->self == ROLE_INCIDENT) {
        attach(t, &t->contain, ROLE_CONTAIN);
    }
    serve(t);
}

static void stop(struct stage *t)
{
    kill(t->child.pid, SIGKILL);
    (void)spawn_end(&t->child);
    link_close(&t->supervisor);
    link_close(&t->ledger);
    link_close(&t->contain);
}

static uint64_t keep(struct stage *t, enum fact_kind kind, const uint8_t *key, struct str json)
{
    struct fact_row row = {.kind = kind};
    memcpy(row.key, key, FACT_KEY_BYTES);
    buf_put(&row.json, json);
    vec_push(&t->facts, row);
    return t->facts.n - 1;
}

static void find(struct stage *t, const struct finding_fact *f)
{
    AUTO_BUF json = {0};
    uint8_t key[FACT_KEY_BYTES];
    finding_fact_encode(&json, f);
    finding_fact_key(f, key);
    send_fact(t, keep(t, FACT_FINDING, key, buf_str(&json)));
}

static void want_proposal(struct stage *t, enum action_kind kind)
{
    do {
        if (!next(t, &t->contain, WAIT_MS)) {
            (void)next(t, &t->supervisor, 0); /* what it has to say */
            want(false, "a proposal comes");
        }
        /* addresses to ask about beforehand; what is proposed again, which changes nothing */
    } while (t->m.type == WIRE_EXPECT ||
             (t->m.type == WIRE_PROPOSE && t->m.propose.kind != (uint8_t)kind));
    want(t->m.type == WIRE_PROPOSE, "and nothing else");
    want(t->m.propose.kind == (uint8_t)kind, "of the expected kind");
}

/* Facts of incidents until none has come for that long; they are kept. How many. */
static unsigned take_incidents(struct stage *t, int quiet_ms)
{
    unsigned count = 0;
    while (next(t, &t->ledger, quiet_ms)) {
        if (t->m.type == WIRE_STORE_FACT) {
            want(t->m.store_fact.kind == FACT_INCIDENT, "it writes incidents only");
            keep(t, FACT_INCIDENT, t->m.store_fact.key, t->m.store_fact.json);
            count++;
        }
    }
    return count;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* From the finding on the ledger's channel to the proposal on contain's. */
static void measure(struct stage *t)
{
    uint64_t ns[TRIALS];
    for (unsigned i = 0; i < TRIALS; i++) {
        char address[32];
        int n = snprintf(address, sizeof(address), "192.0.2.%u", i + 1);
        struct sample s;
        sample_entry(&s, (struct str){address, (size_t)n}, 1000 + i);
        s.entities[1].value = STR("-");
        struct instant before = clock_now();
        find(t, &s.f);
        want_proposal(t, ACTION_BLOCK_ADDRESS);
        ns[i] = clock_now().ns - before.ns;
        (void)take_incidents(t, 0);
    }
    qsort(ns, TRIALS, sizeof(ns[0]), compare_u64);
    printf("finding to proposal, us: p50 %u, p99 %u, worst %u (%u trials)\n",
           (unsigned)(ns[TRIALS / 2] / 1000), (unsigned)(ns[TRIALS * 99 / 100] / 1000),
           (unsigned)(ns[TRIALS - 1] / 1000), TRIALS);
}

static void play_incident(struct stage *t)
{
    struct sample s;
    start(t, -1);
    for (unsigned i = 0; i < 300; i++) {
        char address[32];
        int n = snprintf(address, sizeof(address), "198.51.100.%u", i % 250);
        sample_guessing(&s, (struct str){address, (size_t)n}, i);
        find(t, &s.f);
    }
    sample_guessing(&s, STR("203.0.113.66"), 400);
    find(t, &s.f);
    want(take_incidents(t, 300) == 0, "noise is no incident");
    sample_entry(&s, STR("203.0.113.66"), 430);
    find(t, &s.f);
    want_proposal(t, ACTION_BLOCK_ADDRESS);
    want(take_incidents(t, 400) == 1, "one version of one incident");
    stop(t);

    /* killed before anything was decided: the proposal comes again, the incident does not */
    start(t, -1);
    want_proposal(t, ACTION_BLOCK_ADDRESS);
    want(take_incidents(t, 400) == 0, "what is in the ledger is not written again");
    sample_read(&s, STR("/srv/cases/AC-1/list.txt"), 460);
    find(t, &s.f);
    want_proposal(t, ACTION_END_SESSION);
    want_proposal(t, ACTION_SUSPEND_ACCOUNT);
    sample_out(&s, 470);
    find(t, &s.f);
    want(take_incidents(t, 400) >= 1, "it grows");
    for (unsigned i = 0; i < 400; i++) {
        sample_read(&s, STR("/srv/cases/AC-1/list.txt"), 480 + i);
        s.entities[1].value = STR("/srv/cases/AC-2");
        find(t, &s.f);
    }
    unsigned versions = take_incidents(t, 400);
    want(versions >= 1 && versions < 20, "a flood of findings is a few versions");
    measure(t);
    (void)take_incidents(t, 500);
    stop(t);
}

static int listen_at(const char *folder)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/query.sock", folder);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    want(fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
             listen(fd, 8) == 0,
         "a socket");
    return fd;
}

static struct buf ask(const char *folder, const char *what, const char *argument,
                      uint8_t status)
{
    struct wire_message m = {.type = WIRE_ASK,
                             .ask = {.what = str_of(what), .argument = str_of(argument)}};
    struct buf answer = {0};
    uint8_t got = 9;
    want(!rc_failed(ask_socket(folder, "query.sock", &m, &answer, &got)), "it answers");
    want(got == status, "with the expected status");
    buf_putc(&answer, '\0');
    return answer;
}

static void want_part(const char *folder, const char *what, const char *argument,
                      uint8_t status, const char *part)
{
    struct buf answer = ask(folder, what, argument, status);
    if (strstr(answer.p, part) == NULL) {
        fprintf(stderr, "%s %s: %s\nlacks %s\n", what, argument, answer.p, part);
        exit(1);
    }
    buf_free(&answer);
}

static void play_query(struct stage *t, const char *folder)
{
    start(t, listen_at(folder));
    for (unsigned tries = 0; tries < 100; tries++) {
        struct buf answer = ask(folder, "status", "", 0);
        bool complete = strstr(answer.p, "\"complete\":true") != NULL;
        buf_free(&answer);
        if (complete) {
            break;
        }
        (void)link_flush(&t->ledger);
        usleep(20000);
    }
    want_part(folder, "status", "", 0, "\"complete\":true");
    want_part(folder, "status", "", 0, "{\"class\":\"guessing\",");
    want_part(folder, "incidents", "", 0, "\"name\":\"2026-001\"");
    want_part(folder, "incident", "2026-001", 0, "\"asset\":\"case-store\"");
    want_part(folder, "incident", "2026-001", 0, "\"notices\":[]");
    want_part(folder, "incident", "nonsense", 1, "{\"error\":");
    want_part(folder, "weather", "", 1, "{\"error\":");
    want_part(folder, "actions", "", 0, "\"actions\":[]");
    stop(t);
}

int main(int argc, char **argv)
{
    want(argc == 2, "one argument: the folder of the roles");
    char folder[] = "/tmp/tocsin-watch-XXXXXX";
    want(mkdtemp(folder) != NULL, "a folder");
    struct stage t = {.room = heap_alloc(CHANNEL_FRAME_BYTES)};
    t.supervisor = t.ledger = t.contain = LINK_NONE;
    t.self = ROLE_INCIDENT;
    (void)snprintf(t.program, sizeof(t.program), "%s/incident", argv[1]);
    play_incident(&t);
    t.self = ROLE_QUERY;
    (void)snprintf(t.program, sizeof(t.program), "%s/query", argv[1]);
    play_query(&t, folder);
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/query.sock", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    for (size_t i = 0; i < t.facts.n; i++) {
        buf_free(&t.facts.p[i].json);
    }
    vec_free(&t.facts);
    heap_free(t.room);
    return 0;
}
