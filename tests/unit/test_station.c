/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A real process with a station in it: this test is its supervisor, its peers and its people.
 */
#include "base/file.h"
#include "base/folder.h"
#include "base/heap.h"
#include "guard/channel.h"
#include "guard/link.h"
#include "guard/spawn.h"
#include "station_sample.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The test's side. */
struct stage {
    struct subject subject;
    struct spawned child;
    struct link supervisor, peer;
    uint8_t *room;
    struct wire_message m;
};

/* The next message on a link; its HELLO is skipped. LINK_GONE when it is closed. */
static enum link_got next(struct stage *t, struct link *l)
{
    for (;;) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, WAIT_MS), 1);
        enum link_got got = LINK_NOTHING;
        int fd = -1;
        assert_ok(link_receive(l, t->room, &t->m, &fd, &got));
        if (got == LINK_MESSAGE || got == LINK_GONE) {
            return got;
        }
    }
}

static void want_log(struct stage *t, const char *line)
{
    assert_int_equal(next(t, &t->supervisor), LINK_MESSAGE);
    assert_int_equal(t->m.type, WIRE_LOG);
    if (!str_eq(t->m.log.line, str_of(line))) {
        print_error("got %.*s, want %s\n", (int)t->m.log.line.n, t->m.log.line.p, line);
        fail();
    }
}

static void want_done(struct stage *t, uint64_t number)
{
    assert_int_equal(next(t, &t->peer), LINK_MESSAGE);
    assert_int_equal(t->m.type, WIRE_HITS_DONE);
    assert_int_equal(t->m.hits_done.next, number);
}

static void order(struct stage *t, enum wire_type type)
{
    struct wire_message m = {.type = type};
    m.run.enforce = 1;
    assert_true(link_send(&t->supervisor, &m, -1));
}

/* A fresh channel to DETECT; its near end is in t->peer. */
static void attach_raw(struct stage *t, int out_ends[static 2])
{
    assert_ok(channel_pair(out_ends));
    struct wire_message m = {.type = WIRE_ATTACH, .attach = {.peer = ROLE_DETECT}};
    assert_true(link_send(&t->supervisor, &m, out_ends[1]));
}

static void attach(struct stage *t)
{
    int ends[2];
    attach_raw(t, ends);
    link_open(&t->peer, ends[0], ROLE_DETECT, ROLE_CORRELATE);
    want_log(t, "test.attached number=4");
}

static void hits(struct stage *t, uint64_t number)
{
    struct wire_message m = {.type = WIRE_HITS, .hits = {.next = number}};
    assert_true(link_send(&t->peer, &m, -1));
}

static struct stage *begin(enum role self)
{
    struct stage *t = heap_zalloc(1, sizeof(*t));
    t->room = heap_alloc(CHANNEL_FRAME_BYTES);
    t->subject = (struct subject){.self = self, .uid = getuid()};
    t->peer = LINK_NONE;
    assert_ok(spawn_fork(run_subject, &t->subject, &t->child));
    link_open(&t->supervisor, dup(t->child.channel), ROLE_SUPERVISOR, self);
    return t;
}

static void run(struct stage *t)
{
    order(t, WIRE_RUN);
    assert_int_equal(next(t, &t->supervisor), LINK_MESSAGE);
    assert_int_equal(t->m.type, WIRE_READY);
}

/* The exit status of a child that ends by itself. */
static int ended(struct stage *t)
{
    while (next(t, &t->supervisor) != LINK_GONE) {
    }
    int status = 0;
    assert_int_equal(waitpid(t->child.pid, &status, 0), t->child.pid);
    close(t->child.channel);
    t->child.pid = 0;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void finish(struct stage *t)
{
    link_close(&t->supervisor);
    link_close(&t->peer);
    if (t->child.pid > 0) {
        spawn_end(&t->child);
    }
    heap_free(t->room);
    heap_free(t);
}

static void test_life(void **state)
{
    (void)state;
    struct stage *t = begin(ROLE_CORRELATE);
    struct wire_message option = {.type = WIRE_OPTION,
                                  .option = {.name = STR("greeting"), .value = STR("hello")}};
    assert_true(link_send(&t->supervisor, &option, -1));
    want_log(t, "test.option number=5");
    int fd = -1;
    assert_ok(file_open_read("/dev/zero", &fd));
    struct wire_message file = {.type = WIRE_FILE, .file = {.name = STR("assets")}};
    assert_true(link_send(&t->supervisor, &file, fd));
    want_log(t, "test.file number=8");
    run(t);
    attach(t);
    hits(t, 7);
    want_done(t, 7);
    want_log(t, "test.idle number=1");
    order(t, WIRE_STOP);
    assert_int_equal(ended(t), 0);
    finish(t);
}

/* What the subject says that it lacks; it reads a folder of that name, and closes it. */
static void lacks(const char *folder, struct buf *out)
{
    struct stage *t = begin(ROLE_CORRELATE);
    int fd = -1;
    if (folder != NULL) {
        assert_ok(folder_open(folder, &fd));
        struct wire_message file = {.type = WIRE_FILE, .file = {.name = STR("playbook")}};
        assert_true(link_send(&t->supervisor, &file, fd));
        want_log(t, "test.file number=0");
    }
    run(t);
    buf_put(out, t->m.ready.missing);
    order(t, WIRE_STOP);
    assert_int_equal(ended(t), 0);
    finish(t);
}

/* A rule for a descriptor that is closed would be refused, and all of Landlock with it. */
static void test_a_folder_that_was_read_costs_no_protection(void **state)
{
    (void)state;
    AUTO_BUF without = {0};
    AUTO_BUF with = {0};
    lacks(NULL, &without);
    lacks("/tmp", &with);
    assert_true(str_eq(buf_str(&with), buf_str(&without)));
}

static void test_watch_timer_and_end(void **state)
{
    (void)state;
    struct stage *t = begin(ROLE_CORRELATE);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    /* the subject calls the descriptor by the number that it has there: 6 is the first free */
    struct wire_message file = {.type = WIRE_FILE, .file = {.name = STR("watch"), .number = 6}};
    assert_true(link_send(&t->supervisor, &file, ends[0]));
    run(t);
    attach(t);
    assert_int_equal(write(ends[1], "x", 1), 1);
    want_log(t, "test.ready number=6");
    hits(t, WAKE);
    want_done(t, WAKE);
    want_log(t, "test.idle number=1");
    hits(t, BAD_LINE);
    want_log(t, "a\\x00b\\xff\\x1b"); /* a bad line is no crime */
    want_done(t, BAD_LINE);
    want_log(t, "test.idle number=1");
    hits(t, END);
    want_done(t, END);
    assert_int_equal(ended(t), 42);
    close(ends[1]);
    finish(t);
}

static void test_without_supervisor_it_ends(void **state)
{
    (void)state;
    struct stage *t = begin(ROLE_CORRELATE);
    run(t);
    link_close(&t->supervisor);
    close(t->child.channel);
    t->child.channel = -1;
    int status = 0;
    assert_int_equal(waitpid(t->child.pid, &status, 0), t->child.pid);
    assert_true(WIFEXITED(status));
    t->child.pid = 0;
    finish(t);
}

/* What is queued comes whole and in order, however slowly it is read. */
static void test_slow_reader(void **state)
{
    (void)state;
    struct stage *t = begin(ROLE_CORRELATE);
    run(t);
    attach(t);
    hits(t, MANY);
    usleep(100000);
    for (uint64_t i = 0; i < MANY_COUNT; i++) {
        want_done(t, i);
    }
    want_done(t, MANY);
    finish(t);
}

/* Nothing of a peer that died is lost, and its successor is heard. */
static void test_peer_is_replaced(void **state)
{
    (void)state;
    struct stage *t = begin(ROLE_CORRELATE);
    run(t);
    attach(t);
    hits(t, 1);
    want_done(t, 1);
    want_log(t, "test.idle number=1");
    kill(t->child.pid, SIGSTOP);
    hits(t, 2);
    hits(t, 3);
    struct link old = t->peer;
    int ends[2];
    attach_raw(t, ends);
    link_open(&t->peer, ends[0], ROLE_DETECT, ROLE_CORRELATE);
    hits(t, 4);
    kill(t->child.pid, SIGCONT);
    want_done(t, 4);
    struct link fresh = t->peer;
    t->peer = old;
    want_done(t, 2);
    want_done(t, 3);
    assert_int_equal(next(t, &t->peer), LINK_GONE);
    link_close(&t->peer);
    t->peer = fresh;
    want_log(t, "test.lost number=4");
    want_log(t, "test.attached number=4");
    want_log(t, "test.idle number=3");
    link_close(&t->peer);
    want_log(t, "test.lost number=4");
    attach(t);
    finish(t);
}

static void put_hello(struct buf *out, enum role self, uint32_t protocol, bool other_build)
{
    struct wire_message m;
    link_hello(self, &m);
    m.hello.protocol = protocol;
    m.hello.build[0] ^= other_build;
    wire_encode(out, &m);
}

struct lie {
    const char *name;
    bool after_hello;
    int pass_fd;
    size_t n; /* frame of so many 'x' when `make` is NULL */
    void (*make)(struct buf *out);
};

static void make_second_hello(struct buf *out)
{
    put_hello(out, ROLE_DETECT, WIRE_PROTOCOL, false);
}

static void make_other_role(struct buf *out)
{
    put_hello(out, ROLE_INGEST, WIRE_PROTOCOL, false);
}

static void make_other_protocol(struct buf *out)
{
    put_hello(out, ROLE_DETECT, WIRE_PROTOCOL + 1, false);
}

static void make_other_build(struct buf *out)
{
    put_hello(out, ROLE_DETECT, WIRE_PROTOCOL, true);
}

static void make_hits(struct buf *out)
{
    wire_encode(out, &(struct wire_message){.type = WIRE_HITS});
}

static void make_trailing(struct buf *out)
{
    make_hits(out);
    buf_putc(out, 0);
}

static void make_cut(struct buf *out)
{
    make_hits(out);
    out->n--;
}

static void make_refused(struct buf *out)
{
    wire_encode(out, &(struct wire_message){.type = WIRE_HITS, .hits = {.next = REFUSED}});
}

static void make_proposal(struct buf *out)
{
    wire_encode(out, &(struct wire_message){.type = WIRE_PROPOSE});
}

static void send_raw(int channel, struct bytes frame, int pass_fd)
{
    if (pass_fd >= 0) {
        assert_ok(channel_send(channel, frame, pass_fd));
        return;
    }
    assert_int_equal(send(channel, frame.p, frame.n, 0), frame.n);
}

static void tell(struct stage *t, const struct lie *lie)
{
    int ends[2];
    attach_raw(t, ends);
    AUTO_BUF frame = {0};
    put_hello(&frame, ROLE_DETECT, WIRE_PROTOCOL, false);
    if (lie->after_hello) {
        send_raw(ends[0], bytes_of(buf_str(&frame)), -1);
        want_log(t, "test.attached number=4");
    }
    buf_clear(&frame);
    if (lie->make != NULL) {
        lie->make(&frame);
    } else {
        buf_fill(&frame, 'x', lie->n);
    }
    send_raw(ends[0], bytes_of(buf_str(&frame)), lie->pass_fd);
    assert_int_equal(next(t, &t->supervisor), LINK_MESSAGE);
    if (t->m.type != WIRE_ACCUSE || t->m.accuse.peer != ROLE_DETECT) {
        print_error("%s: not accused\n", lie->name);
        fail();
    }
    if (lie->after_hello) {
        want_log(t, "test.lost number=4");
    }
    struct pollfd p = {.fd = ends[0], .events = POLLRDHUP};
    assert_int_equal(poll(&p, 1, WAIT_MS), 1); /* it closed the channel */
    close(ends[0]);
}

static void test_liars_are_accused(void **state)
{
    (void)state;
    const struct lie lies[] = {
        {"garbage", true, -1, 100, NULL},
        {"garbage first", false, -1, 100, NULL},
        {"an empty frame", true, -1, 0, NULL},
        {"more than a frame", true, -1, CHANNEL_FRAME_BYTES + 1, NULL},
        {"a full frame", true, -1, CHANNEL_FRAME_BYTES, NULL},
        {"a second HELLO", true, -1, 0, make_second_hello},
        {"no HELLO", false, -1, 0, make_hits},
        {"HELLO of another role", false, -1, 0, make_other_role},
        {"HELLO of another protocol", false, -1, 0, make_other_protocol},
        {"HELLO of another build", false, -1, 0, make_other_build},
        {"bytes after the end", true, -1, 0, make_trailing},
        {"a cut message", true, -1, 0, make_cut},
        {"a message of another role", true, -1, 0, make_proposal},
        {"a message in the wrong state", true, -1, 0, make_refused},
        {"a descriptor", true, STDERR_FILENO, 0, make_hits},
    };
    struct stage *t = begin(ROLE_CORRELATE);
    run(t);
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        tell(t, &lies[i]);
    }
    int ends[2]; /* it lives, and works with an honest peer */
    attach_raw(t, ends);
    link_open(&t->peer, ends[0], ROLE_DETECT, ROLE_CORRELATE);
    hits(t, 9);
    want_done(t, 9);
    finish(t);
}

static int listen_on(struct sockaddr_un *at, const char *path)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(at->sun_path, path, strlen(path));
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

static int visit(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)at, sizeof(*at)), 0);
    return fd;
}

static void ask(struct stage *t, struct link *l)
{
    struct wire_message m = {.type = WIRE_ASK,
                             .ask = {.what = STR("status"), .argument = STR("abc")}};
    assert_true(link_send(l, &m, -1));
    assert_int_equal(next(t, l), LINK_MESSAGE);
    assert_int_equal(t->m.answer.status, 0);
    assert_str(str_bytes(t->m.answer.piece), "abc");
}

static void test_people(void **state)
{
    (void)state;
    char folder[] = "/tmp/tocsin-station-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AUTO_BUF path = {0};
    buf_printf(&path, "%s/query.sock%c", folder, 0);
    struct sockaddr_un at;
    struct stage *t = begin(ROLE_QUERY);
    struct wire_message file = {.type = WIRE_FILE, .file = {.name = STR("listen")}};
    assert_true(link_send(&t->supervisor, &file, listen_on(&at, path.p)));
    run(t);
    struct link guests[STATION_CONNECTIONS];
    for (size_t i = 0; i < COUNT_OF(guests); i++) {
        link_open(&guests[i], visit(&at), ROLE_CONSOLE, ROLE_QUERY);
        ask(t, &guests[i]);
    }
    struct link more;
    link_open(&more, visit(&at), ROLE_CONSOLE, ROLE_QUERY);
    assert_int_equal(next(t, &more), LINK_GONE);
    link_close(&more);
    want_log(t, "console.full limit=32");
    /* one that lies loses its own connection, and makes room */
    send_raw(guests[0].fd, bytes_of(STR("garbage")), -1);
    assert_int_equal(next(t, &guests[0]), LINK_GONE);
    assert_int_equal(next(t, &t->supervisor), LINK_MESSAGE);
    assert_int_equal(t->m.type, WIRE_LOG);
    link_close(&guests[0]);
    link_open(&guests[0], visit(&at), ROLE_CONSOLE, ROLE_QUERY);
    for (size_t i = 0; i < COUNT_OF(guests); i++) {
        ask(t, &guests[i]);
        link_close(&guests[i]);
    }
    finish(t);
    unlink(path.p);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_a_folder_that_was_read_costs_no_protection),
        cmocka_unit_test(test_watch_timer_and_end),
        cmocka_unit_test(test_without_supervisor_it_ends),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_peer_is_replaced),
        cmocka_unit_test(test_liars_are_accused),
        cmocka_unit_test(test_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
