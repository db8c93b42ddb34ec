/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The role inform: the program itself, confined, with this test as its supervisor, as the
 * ledger and as a person at the console.
 */
#include "test.h"

#include "base/heap.h"
#include "guard/channel.h"
#include "guard/link.h"
#include "guard/program.h"
#include "notice_sample.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

struct stage {
    struct spawned child;
    int errors, listener;
    struct sockaddr_un at;
    struct link supervisor, ledger, person;
    uint8_t *room;
    struct wire_message m;
};

/* The next message on the channel, whatever it is. */
static void next(struct stage *t, struct link *l)
{
    enum link_got got = LINK_NOTHING;
    while (got != LINK_MESSAGE) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        int fd = -1;
        assert_int_equal(poll(&p, 1, WAIT_MS), 1);
        assert_ok(link_receive(l, t->room, &t->m, &fd, &got));
        assert_int_not_equal(got, LINK_GONE);
    }
}

static void want(struct stage *t, struct link *l, enum wire_type type)
{
    do {
        next(t, l);
    } while (t->m.type == WIRE_LOG || t->m.type == WIRE_FACT_CREDIT);
    assert_int_equal(t->m.type, type);
}

static void post(struct link *l, const struct wire_message *m, int fd)
{
    assert_true(link_send(l, m, fd));
}

static void option(struct stage *t, const char *name, const char *value)
{
    struct wire_message m = {.type = WIRE_OPTION,
                             .option = {.name = str_of(name), .value = str_of(value)}};
    post(&t->supervisor, &m, -1);
}

static void attach_ledger(struct stage *t)
{
    int ends[2];
    assert_ok(channel_pair(ends));
    struct wire_message m = {.type = WIRE_ATTACH, .attach = {.peer = ROLE_LEDGER}};
    post(&t->supervisor, &m, ends[1]);
    link_close(&t->ledger);
    link_open(&t->ledger, ends[0], ROLE_LEDGER, ROLE_INFORM);
    want(t, &t->ledger, WIRE_SUBSCRIBE);
    assert_int_equal(t->m.subscribe.kinds, FACT_BIT(FACT_INCIDENT));
}

static void listen_abstract(struct stage *t)
{
    struct sockaddr_un any = {.sun_family = AF_UNIX};
    socklen_t n = sizeof(t->at);
    t->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    /* only the family: the kernel gives a name of its own */
    assert_int_equal(bind(t->listener, (struct sockaddr *)&any, sizeof(any.sun_family)), 0);
    assert_int_equal(getsockname(t->listener, (struct sockaddr *)&t->at, &n), 0);
    assert_int_equal(listen(t->listener, 4), 0);
    t->person = LINK_NONE;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&t->at, n), 0);
    link_open(&t->person, fd, ROLE_CONSOLE, ROLE_INFORM);
}

static struct stage *start(const char *path)
{
    struct stage *t = heap_zalloc(1, sizeof(*t));
    const struct program p = {.path = path};
    t->room = heap_alloc(CHANNEL_FRAME_BYTES);
    t->ledger = LINK_NONE;
    assert_ok(program_start(&p, &t->child, &t->errors));
    link_open(&t->supervisor, dup(t->child.channel), ROLE_SUPERVISOR, ROLE_INFORM);
    option(t, "inform.institution_en", "The Court of Example");
    option(t, "inform.institution_fr", "La Cour d’Exemple");
    option(t, "inform.contact", "press@court.example");
    option(t, "inform.next_update_h", "72");
    listen_abstract(t);
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("listen")}};
    post(&t->supervisor, &m, dup(t->listener));
    m = (struct wire_message){.type = WIRE_RUN, .run = {.enforce = 1}};
    post(&t->supervisor, &m, -1);
    want(t, &t->supervisor, WIRE_READY);
    return t;
}

static void finish(struct stage *t)
{
    link_close(&t->supervisor);
    link_close(&t->ledger);
    link_close(&t->person);
    spawn_end(&t->child);
    close(t->errors);
    close(t->listener);
    heap_free(t->room);
    heap_free(t);
}

static void tell_incident(struct stage *t)
{
    struct sample s;
    AUTO_BUF json = {0};
    sample_make(&s);
    incident_encode(&json, &s.incident, sample_time(14, 6));
    struct wire_message m = {
        .type = WIRE_FACT,
        .fact = {.position = 70, .kind = FACT_INCIDENT, .json = buf_str(&json)}};
    post(&t->ledger, &m, -1);
    m = (struct wire_message){.type = WIRE_CAUGHT_UP, .caught_up = {.position = 71}};
    post(&t->ledger, &m, -1);
    next(t, &t->ledger); /* so that it has read both */
    assert_int_equal(t->m.type, WIRE_FACT_CREDIT);
    assert_int_equal(t->m.fact_credit.position, 71);
}

static void ask(struct stage *t, const char *audience)
{
    struct wire_message m = {.type = WIRE_DRAFT,
                             .draft = {.incident = STR("2026-001"),
                                       .audience = str_of(audience),
                                       .language = STR("fr"),
                                       .format = STR("html")}};
    post(&t->person, &m, -1);
}

static void stored(struct stage *t, const uint8_t *key)
{
    struct wire_message m = {.type = WIRE_FACT_STORED,
                             .fact_stored = {.kind = FACT_NOTICE, .position = 90, .fresh = 1}};
    memcpy(m.fact_stored.key, key, FACT_KEY_BYTES);
    post(&t->ledger, &m, -1);
}

static struct str piece(const struct stage *t)
{
    return str_bytes(t->m.answer.piece);
}

static struct stage *begin(void)
{
    const char *program = getenv("TOCSIN_INFORM");
    if (program == NULL) {
        skip();
    }
    return start(program);
}

static void a_draft_is_given_out_once_it_is_recorded(void **state)
{
    (void)state;
    uint8_t key[FACT_KEY_BYTES];
    struct stage *t = begin();
    attach_ledger(t);
    tell_incident(t);
    ask(t, "public");
    want(t, &t->ledger, WIRE_STORE_FACT);
    assert_int_equal(t->m.store_fact.kind, FACT_NOTICE);
    assert_int_equal(t->m.store_fact.sync, 1);
    memcpy(key, t->m.store_fact.key, sizeof(key));
    /* until then there is no answer */
    struct pollfd p = {.fd = t->person.fd, .events = POLLIN};
    enum link_got got = LINK_NOTHING;
    int fd = -1;
    while (poll(&p, 1, 100) == 1 && got != LINK_MESSAGE) {
        assert_ok(link_receive(&t->person, t->room, &t->m, &fd, &got));
    }
    assert_int_not_equal(got, LINK_MESSAGE);
    stored(t, key);
    want(t, &t->person, WIRE_ANSWER);
    assert_int_equal(t->m.answer.status, 0);
    assert_int_equal(t->m.answer.last, 1);
    assert_true(str_starts(piece(t), STR("<!DOCTYPE html>\n<html lang=\"fr\">")));
    assert_true(str_find(piece(t), STR("La Cour d’Exemple")) != SIZE_MAX);
    finish(t);
}

/* The ledger is restarted before it has confirmed: the fact is sent to the new one. */
static void a_fact_outlives_a_ledger(void **state)
{
    (void)state;
    uint8_t key[FACT_KEY_BYTES];
    struct stage *t = begin();
    attach_ledger(t);
    tell_incident(t);
    ask(t, "members");
    want(t, &t->ledger, WIRE_STORE_FACT);
    memcpy(key, t->m.store_fact.key, sizeof(key));
    attach_ledger(t);
    want(t, &t->ledger, WIRE_STORE_FACT);
    assert_memory_equal(key, t->m.store_fact.key, sizeof(key));
    stored(t, key);
    want(t, &t->person, WIRE_ANSWER);
    assert_int_equal(t->m.answer.status, 0);
    finish(t);
}

static void what_cannot_be_done_is_said(void **state)
{
    (void)state;
    struct stage *t = begin();
    ask(t, "public");
    want(t, &t->person, WIRE_ANSWER);
    assert_int_equal(t->m.answer.status, 1);
    assert_true(str_find(piece(t), STR("the ledger is away")) != SIZE_MAX);
    attach_ledger(t);
    tell_incident(t);
    ask(t, "press");
    want(t, &t->person, WIRE_ANSWER);
    assert_int_equal(t->m.answer.status, 1);
    assert_true(str_find(piece(t), STR("no audience \"press\"")) != SIZE_MAX);
    finish(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_is_given_out_once_it_is_recorded),
        cmocka_unit_test(a_fact_outlives_a_ledger),
        cmocka_unit_test(what_cannot_be_done_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
