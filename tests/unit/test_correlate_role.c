/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The role correlate: its bookkeeping (flow), and the program itself, confined, with this test
 * as its supervisor, as detect and as the ledger.
 */
#include "test.h"

#include "base/file.h"
#include "base/heap.h"
#include "detect/correlate/flow.h"
#include "detect/found.h"
#include "guard/channel.h"
#include "guard/link.h"
#include "guard/program.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WAIT_MS = 10000, SENT_MAX = 64 };

static const char rules_text[] =
    "title: Rule a\nname: a\nlevel: low\nlogsource: {product: x}\n"
    "detection: {s: {k: a}, condition: s}\n---\n"
    "title: Rule b\nname: b\nlevel: low\nlogsource: {product: x}\n"
    "detection: {s: {k: b}, condition: s}\n---\n"
    "title: Twice\nname: twice\nlevel: high\ncorrelation: {type: event_count, rules: [a], "
    "group-by: [u], timespan: 60s, condition: {gte: 2}}\n---\n"
    "title: Summed\nlevel: high\ncorrelation: {type: value_sum, rules: [b], timespan: 60s, "
    "condition: {gte: 2, field: n}}\n";

static const int64_t epoch_us = INT64_C(1790000000000000);

/* A list of findings for HITS: of rule 0 or 1, at a position that is also the second. */
static void put(struct buf *list, uint32_t rule, uint64_t position, const char *identity)
{
    const struct matched key = {STR("u"), STR("x")};
    struct finding f = {.rule = rule,
                        .time = {.us = epoch_us + (int64_t)position * 1000000},
                        .record = position,
                        .trust = TRUST_DAEMON,
                        .keys = &key,
                        .key_count = 1};
    hash_sha256(bytes_of(str_of(identity)), f.identity);
    found_put(list, position, &f);
}

static struct wire_message hits(const struct buf *list, uint32_t count, uint64_t next)
{
    struct wire_message m = {.type = WIRE_HITS};
    m.hits = (struct wire_hits){.next = next,
                                .name = STR("sshd-auth"),
                                .received_us = epoch_us + (int64_t)next * 1000000,
                                .count = count,
                                .findings = bytes_of(buf_str(list))};
    return m;
}

/* What flow sent. */
struct sent {
    enum role to[SENT_MAX];
    struct wire_message m[SENT_MAX];
    size_t count;
    struct arena *arena;
    struct diag diag;
    struct ruleset *rules;
    struct flow *flow;
};

static void take(void *context, enum role peer, const struct wire_message *m)
{
    struct sent *s = context;
    assert_true(s->count < SENT_MAX);
    s->to[s->count] = peer;
    s->m[s->count] = *m;
    if (m->type == WIRE_STORE_FACT) {
        assert_ok(arena_copy(s->arena, m->store_fact.json, &s->m[s->count].store_fact.json));
    }
    s->count++;
}

static struct sent *open_flow(void)
{
    struct sent *s = heap_zalloc(1, sizeof(*s));
    s->arena = arena_open((size_t)1 << 24);
    s->diag = diag_open();
    s->rules = ruleset_open(&(struct ruleset_opts){0});
    ruleset_add(s->rules, STR("r.yml"), str_of(rules_text), &s->diag);
    ruleset_finish(s->rules, &s->diag);
    assert_int_equal(s->diag.errors, 0);
    s->flow = flow_open(&(struct flow_opts){.rules = s->rules, .context = s, .send = take});
    return s;
}

static void close_flow(struct sent *s)
{
    flow_close(s->flow);
    ruleset_close(s->rules);
    diag_close(&s->diag);
    arena_close(s->arena);
    heap_free(s);
}

static const struct instant noon = {1000000000000};

static void stored(struct sent *s, size_t message, uint64_t position, bool fresh)
{
    struct wire_fact_stored m = {.kind = FACT_FINDING, .position = position, .fresh = fresh};
    memcpy(m.key, s->m[message].store_fact.key, sizeof(m.key));
    assert_ok(flow_stored(s->flow, &m));
}

static void want_finding(const struct sent *s, size_t at, const char *title)
{
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct finding_fact f;
    assert_true(at < s->count);
    assert_int_equal(s->to[at], ROLE_LEDGER);
    assert_int_equal(s->m[at].type, WIRE_STORE_FACT);
    assert_int_equal(s->m[at].store_fact.kind, FACT_FINDING);
    assert_int_equal(s->m[at].store_fact.sync, 0);
    assert_ok(finding_fact_decode(s->m[at].store_fact.json, a, &f));
    assert_true(str_eq(f.rule_title, str_of(title)));
    uint8_t key[FACT_KEY_BYTES];
    finding_fact_key(&f, key);
    assert_memory_equal(key, s->m[at].store_fact.key, sizeof(key));
}

static void credit_comes_when_facts_are_stored(void **state)
{
    (void)state;
    struct sent *s = open_flow();
    flow_attached(s->flow, ROLE_DETECT, noon);
    assert_int_equal(s->m[0].type, WIRE_REPLAY);
    assert_true(s->m[0].replay.window_s == FLOW_MIN_REPLAY_S);
    AUTO_BUF one = {0}, two = {0};
    put(&one, 1, 5, "b5");
    struct wire_message m = hits(&one, 1, 6);
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    want_finding(s, 1, "Rule b");
    put(&two, 0, 7, "a7");
    put(&two, 0, 8, "a8");
    m = hits(&two, 2, 9);
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    want_finding(s, 2, "Twice");
    assert_int_equal(s->count, 3);
    stored(s, 2, 100, true);
    assert_int_equal(s->count, 3); /* the first batch is not settled yet */
    stored(s, 1, 99, true);
    assert_int_equal(s->count, 4);
    assert_int_equal(s->m[3].type, WIRE_HITS_DONE);
    assert_true(s->m[3].hits_done.next == 9);
    assert_int_equal(flow_waiting(s->flow), 0);
    /* nothing found: settled at once */
    AUTO_BUF none = {0};
    m = hits(&none, 0, 20);
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    assert_true(s->m[4].hits_done.next == 20);
    close_flow(s);
}

static void what_is_not_stored_is_sent_again(void **state)
{
    (void)state;
    struct sent *s = open_flow();
    AUTO_BUF one = {0};
    put(&one, 1, 5, "b5");
    struct wire_message m = hits(&one, 1, 6);
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    flow_attached(s->flow, ROLE_LEDGER, noon);
    assert_int_equal(s->count, 2);
    assert_memory_equal(s->m[0].store_fact.key, s->m[1].store_fact.key, FACT_KEY_BYTES);
    flow_lost(s->flow, ROLE_DETECT);
    stored(s, 1, 9, true);
    assert_int_equal(s->count, 2); /* nobody is there to be given credit */
    close_flow(s);
}

/* detect was restarted and reads again: what was folded is not folded twice. */
static void seen_positions_are_passed_over(void **state)
{
    (void)state;
    struct sent *s = open_flow();
    AUTO_BUF list = {0};
    put(&list, 0, 5, "a5");
    struct wire_message m = hits(&list, 1, 6);
    m.hits.replay = 1;
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    assert_int_equal(s->m[0].type, WIRE_HITS_DONE);
    assert_int_equal(s->m[1].type, WIRE_HITS_DONE);
    assert_int_equal(s->count, 2);
    /* it was away for an hour: it shall read as far back */
    flow_attached(s->flow, ROLE_DETECT, (struct instant){noon.ns + UINT64_C(3600000000000)});
    assert_int_equal(s->m[2].type, WIRE_REPLAY);
    assert_true(s->m[2].replay.window_s >= 3600);
    close_flow(s);
}

/* What came before the replay of a fresh start began is folded anew, in order. */
static void a_replay_starts_over(void **state)
{
    (void)state;
    struct sent *s = open_flow();
    AUTO_BUF late = {0}, early = {0};
    put(&late, 0, 50, "a50");
    struct wire_message m = hits(&late, 1, 51);
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    put(&early, 0, 49, "a49");
    put(&early, 0, 50, "a50");
    m = hits(&early, 2, 51);
    m.hits.replay = 1;
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    want_finding(s, 1, "Twice");
    close_flow(s);
}

/* The ledger has that id since before the record was there: it is an equal event of old. */
static void an_equal_event_of_old_gets_an_id_of_its_own(void **state)
{
    (void)state;
    struct sent *s = open_flow();
    AUTO_BUF list = {0};
    put(&list, 1, 50, "b");
    struct wire_message m = hits(&list, 1, 51);
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    stored(s, 0, 20, false);
    assert_int_equal(s->count, 2);
    want_finding(s, 1, "Rule b");
    assert_memory_not_equal(s->m[0].store_fact.key, s->m[1].store_fact.key, FACT_KEY_BYTES);
    stored(s, 1, 60, false);
    assert_int_equal(s->m[2].type, WIRE_HITS_DONE);
    close_flow(s);
    /* stored after the record came: it is this very event, derived before a crash */
    s = open_flow();
    assert_ok(flow_hits(s->flow, &m.hits, noon));
    stored(s, 0, 60, false);
    assert_int_equal(s->m[1].type, WIRE_HITS_DONE);
    close_flow(s);
}

static void lies_of_peers_are_refused(void **state)
{
    (void)state;
    struct sent *s = open_flow();
    AUTO_BUF list = {0};
    put(&list, 1, 5, "b");
    struct wire_message m = hits(&list, 2, 6);
    assert_fails(flow_hits(s->flow, &m.hits, noon), SHORT);
    m = hits(&list, 0, 6);
    assert_fails(flow_hits(s->flow, &m.hits, noon), TRAILING);
    m = hits(&list, 1, 6);
    m.hits.received_us = INT64_MAX;
    assert_fails(flow_hits(s->flow, &m.hits, noon), MALFORMED);
    buf_clear(&list);
    put(&list, 2, 5, "no such rule");
    m = hits(&list, 1, 6);
    assert_fails(flow_hits(s->flow, &m.hits, noon), MALFORMED);
    struct wire_fact_stored answer = {.kind = FACT_FINDING};
    assert_fails(flow_stored(s->flow, &answer), MALFORMED);
    close_flow(s);
}

/* The program. */
struct stage {
    struct spawned child;
    int errors;
    struct link supervisor, detect, ledger;
    uint8_t *room;
    struct wire_message m;
};

static void next(struct stage *t, struct link *l, enum wire_type type)
{
    for (;;) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, WAIT_MS), 1);
        enum link_got got = LINK_NOTHING;
        int fd = -1;
        assert_ok(link_receive(l, t->room, &t->m, &fd, &got));
        assert_int_not_equal(got, LINK_GONE);
        if (got == LINK_MESSAGE && t->m.type == type) {
            return;
        }
    }
}

static void attach(struct stage *t, struct link *l, enum role peer)
{
    int ends[2];
    assert_ok(channel_pair(ends));
    struct wire_message m = {.type = WIRE_ATTACH, .attach = {.peer = (uint8_t)peer}};
    assert_true(link_send(&t->supervisor, &m, ends[1]));
    link_open(l, ends[0], peer, ROLE_CORRELATE);
}

static int rules_file(void)
{
    AUTO_BUF list = {0};
    wire_list_put(&list, bytes_of(STR("r.yml")));
    wire_list_put(&list, bytes_of(str_of(rules_text)));
    int fd = memfd_create("rules", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(file_write_all(fd, bytes_of(buf_str(&list))));
    return fd;
}

static struct stage *start(const char *program)
{
    struct stage *t = heap_zalloc(1, sizeof(*t));
    const struct program p = {.path = program};
    t->room = heap_alloc(CHANNEL_FRAME_BYTES);
    assert_ok(program_start(&p, &t->child, &t->errors));
    link_open(&t->supervisor, dup(t->child.channel), ROLE_SUPERVISOR, ROLE_CORRELATE);
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("rules")}};
    assert_true(link_send(&t->supervisor, &m, rules_file()));
    attach(t, &t->detect, ROLE_DETECT);
    attach(t, &t->ledger, ROLE_LEDGER);
    m = (struct wire_message){.type = WIRE_RUN, .run = {.enforce = 1}};
    assert_true(link_send(&t->supervisor, &m, -1));
    return t;
}

static void the_program_confined_finds_and_stores(void **state)
{
    (void)state;
    const char *program = getenv("TOCSIN_CORRELATE");
    if (program == NULL) {
        skip();
    }
    struct stage *t = start(program);
    next(t, &t->detect, WIRE_REPLAY);
    AUTO_BUF list = {0};
    put(&list, 0, 7, "a7");
    put(&list, 0, 8, "a8");
    const struct wire_message m = hits(&list, 2, 9);
    assert_true(link_send(&t->detect, &m, -1));
    next(t, &t->ledger, WIRE_STORE_FACT);
    AUTO_ARENA a = arena_open((size_t)1 << 18);
    struct finding_fact f;
    assert_ok(finding_fact_decode(t->m.store_fact.json, a, &f));
    assert_str(f.rule_name, "twice");
    assert_true(f.records[1].position == 8);
    struct wire_message answer = {.type = WIRE_FACT_STORED,
                                  .fact_stored = {.kind = FACT_FINDING, .position = 9}};
    answer.fact_stored.fresh = 1;
    memcpy(answer.fact_stored.key, t->m.store_fact.key, FACT_KEY_BYTES);
    assert_true(link_send(&t->ledger, &answer, -1));
    next(t, &t->detect, WIRE_HITS_DONE);
    assert_true(t->m.hits_done.next == 9);
    /* and what cannot come from an honest detect is told */
    struct wire_message lie = hits(&list, 3, 12);
    assert_true(link_send(&t->detect, &lie, -1));
    next(t, &t->supervisor, WIRE_ACCUSE);
    assert_int_equal(t->m.accuse.peer, ROLE_DETECT);
    link_close(&t->supervisor);
    link_close(&t->detect);
    link_close(&t->ledger);
    spawn_end(&t->child);
    close(t->errors);
    heap_free(t->room);
    heap_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credit_comes_when_facts_are_stored),
        cmocka_unit_test(what_is_not_stored_is_sent_again),
        cmocka_unit_test(seen_positions_are_passed_over),
        cmocka_unit_test(a_replay_starts_over),
        cmocka_unit_test(an_equal_event_of_old_gets_an_id_of_its_own),
        cmocka_unit_test(lies_of_peers_are_refused),
        cmocka_unit_test(the_program_confined_finds_and_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
