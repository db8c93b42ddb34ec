/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_ledger_role PROGRAM [bench FOLDER COUNT] - the program of the role LEDGER, confined as
 * it will be; this test is its supervisor and its peers. bench: how long it takes in a folder
 * on a real disk.
 */
#include "test.h"

#include "ledger_sample.h"

#include "base/clock.h"
#include "base/heap.h"
#include "guard/channel.h"
#include "guard/link.h"
#include "guard/program.h"
#include "model/fact.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { WAIT_MS = 10000 };

struct role_stage {
    struct sample disk;
    const char *program;
    struct spawned child;
    int errors;
    struct link supervisor, peers[ROLE_COUNT];
    uint8_t *room;
    struct wire_message m;
};

/* The next message on a link that is no HELLO and no LOG; false: the other end is closed. */
static bool next(struct role_stage *t, struct link *l)
{
    for (;;) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        enum link_got got = LINK_NOTHING;
        int fd = -1;
        assert_int_equal(poll(&p, 1, WAIT_MS), 1);
        assert_ok(link_receive(l, t->room, &t->m, &fd, &got));
        if (got == LINK_GONE) {
            return false;
        }
        if (got == LINK_MESSAGE && t->m.type == WIRE_LOG) {
            print_message("%.*s\n", (int)t->m.log.line.n, t->m.log.line.p);
        } else if (got == LINK_MESSAGE) {
            return true;
        }
    }
}

#define want(t, l, wanted)                                                                     \
    do {                                                                                       \
        assert_true(next(t, l));                                                               \
        assert_int_equal((t)->m.type, WIRE_##wanted);                                          \
    } while (0)

static void say(struct link *l, const struct wire_message *m)
{
    assert_true(link_send(l, m, -1));
    assert_true(link_flush(l));
}

/* As the supervisor starts it; the folder stays. */
static void start(struct role_stage *t)
{
    const struct program program = {.path = t->program};
    assert_ok(program_start(&program, &t->child, &t->errors));
    link_open(&t->supervisor, dup(t->child.channel), ROLE_SUPERVISOR, ROLE_LEDGER);
    struct wire_message option = {
        .type = WIRE_OPTION, .option = {.name = STR("ledger.origin"), .value = sample_origin}};
    struct wire_message file = {.type = WIRE_FILE, .file = {.name = STR("folder")}};
    struct wire_message run = {.type = WIRE_RUN};
    int folder = -1;
    assert_ok(folder_open(t->disk.path, &folder)); /* a lock is of an opening */
    say(&t->supervisor, &option);
    assert_true(link_send(&t->supervisor, &file, folder));
    say(&t->supervisor, &run);
    want(t, &t->supervisor, READY);
}

static struct link *attach(struct role_stage *t, enum role peer)
{
    int ends[2];
    struct wire_message m = {.type = WIRE_ATTACH, .attach = {.peer = (uint8_t)peer}};
    link_close(&t->peers[peer]);
    assert_ok(channel_pair(ends));
    assert_true(link_send(&t->supervisor, &m, ends[1]));
    link_open(&t->peers[peer], ends[0], peer, ROLE_LEDGER);
    return &t->peers[peer];
}

static void drop_links(struct role_stage *t)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        link_close(&t->peers[i]);
    }
    link_close(&t->supervisor);
    file_auto_close(&t->errors);
}

static struct role_stage *begin(const char *program, const char *folder)
{
    struct role_stage *t = heap_zalloc(1, sizeof(*t));
    t->program = program;
    t->room = heap_alloc(CHANNEL_FRAME_BYTES);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        t->peers[i] = LINK_NONE;
    }
    if (folder == NULL) {
        sample_make(&t->disk);
        sample_close(&t->disk);
        sample_empty(&t->disk);
        close(t->disk.folder);
    } else {
        (void)snprintf(t->disk.path, sizeof(t->disk.path), "%s", folder);
    }
    start(t);
    return t;
}

static void end(struct role_stage *t)
{
    int status = 0;
    struct wire_message stop = {.type = WIRE_STOP};
    say(&t->supervisor, &stop);
    while (next(t, &t->supervisor)) {
    }
    assert_int_equal(waitpid(t->child.pid, &status, 0), t->child.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(t->child.channel);
    drop_links(t);
    assert_ok(folder_open(t->disk.path, &t->disk.folder));
}

static void clear(struct role_stage *t)
{
    sample_end(&t->disk);
    heap_free(t->room);
    heap_free(t);
}

static void kill_it(struct role_stage *t)
{
    int status = 0;
    assert_int_equal(kill(t->child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(t->child.pid, &status, 0), t->child.pid);
    close(t->child.channel);
    drop_links(t);
}

static uint64_t open_source(struct role_stage *t, struct link *ingest)
{
    struct wire_message m = {.type = WIRE_SOURCE_OPEN,
                             .source_open = {.name = STR("sshd-auth"), .trust = 2}};
    say(ingest, &m);
    want(t, ingest, SOURCE_STATE);
    assert_int_equal(t->m.source_state.source, 1);
    return t->m.source_state.seq;
}

/* A batch of one line. */
static void put_line(struct link *ingest, uint64_t seq)
{
    AUTO_BUF list = {0}, line = {0};
    buf_printf(&line,
               "Nov 24 10:00:00 registry sshd[%llu]: Failed password for clerk from "
               "203.0.113.66 port 40022 ssh2",
               (unsigned long long)seq);
    wire_list_put(&list, bytes_of(buf_str(&line)));
    struct wire_message m = {.type = WIRE_STORE_RECORDS,
                             .store_records = {.source = 1,
                                               .seq = seq,
                                               .cursor = bytes_of(STR("12345678:4096")),
                                               .count = 1,
                                               .records = bytes_of(buf_str(&list))}};
    say(ingest, &m);
}

static void put_fact(struct link *writer, enum fact_kind kind, uint64_t number, bool sync)
{
    AUTO_BUF json = {0};
    struct jsonw w = jsonw_to(&json);
    struct wire_message m = {.type = WIRE_STORE_FACT,
                             .store_fact = {.kind = (uint8_t)kind, .sync = sync}};
    memcpy(m.store_fact.key, &number, sizeof(number));
    m.store_fact.key[15] = (uint8_t)kind;
    fact_begin(&w, kind, m.store_fact.key, (struct walltime){.us = 1795514400000000});
    jsonw_key_str(&w, "target", STR("203.0.113.66"));
    jsonw_key_str(&w, "reason", STR("password guessed after failures, and then a log-on"));
    jsonw_key_u64(&w, "lease_s", 3600);
    fact_end(&w);
    m.store_fact.json = buf_str(&json);
    say(writer, &m);
}

static void read_records(struct link *detect)
{
    struct wire_message m = {.type = WIRE_READ_RECORDS, .read_records = {3600}};
    say(detect, &m);
}

static void records_done(struct link *detect, uint64_t position)
{
    struct wire_message m = {.type = WIRE_RECORDS_DONE, .records_done = {position}};
    say(detect, &m);
}

/* What was acknowledged is there after a kill; all go on where they were. */
static void it_is_killed_and_goes_on(void **state)
{
    struct role_stage *t = begin(*state, NULL);
    struct link *ingest = attach(t, ROLE_INGEST), *detect = attach(t, ROLE_DETECT);
    struct link *contain = attach(t, ROLE_CONTAIN), *query = attach(t, ROLE_QUERY);
    struct wire_message subscribe = {.type = WIRE_SUBSCRIBE,
                                     .subscribe = {.kinds = FACT_BIT(FACT_INTENT)}};
    assert_int_equal(open_source(t, ingest), 0);
    read_records(detect);
    for (uint64_t seq = 1; seq <= 5; seq++) {
        put_line(ingest, seq);
        want(t, ingest, RECORDS_STORED);
        assert_int_equal(t->m.records_stored.seq, seq);
        want(t, detect, RECORDS);
        assert_int_equal(t->m.records.first, seq - 1);
        assert_str(t->m.records.name, "sshd-auth");
        records_done(detect, seq);
    }
    put_fact(contain, FACT_INTENT, 7, true);
    want(t, contain, FACT_STORED);
    assert_int_equal(t->m.fact_stored.fresh, 1);
    kill_it(t);
    start(t);
    ingest = attach(t, ROLE_INGEST);
    detect = attach(t, ROLE_DETECT);
    contain = attach(t, ROLE_CONTAIN);
    query = attach(t, ROLE_QUERY);
    say(query, &subscribe);
    want(t, query, FACT);
    assert_int_equal(t->m.fact.position, 5);
    want(t, query, CAUGHT_UP);
    read_records(detect); /* before the source is open: its trust is known all the same */
    for (uint64_t i = 0; i < 5; i++) {
        want(t, detect, RECORDS);
        assert_int_equal(t->m.records.first, i);
        assert_int_equal(t->m.records.replay, 1);
        assert_int_equal(t->m.records.trust, 2);
    }
    assert_int_equal(open_source(t, ingest), 5);
    put_fact(contain, FACT_INTENT, 7, true);
    want(t, contain, FACT_STORED);
    assert_int_equal(t->m.fact_stored.fresh, 0);
    put_line(ingest, 6);
    want(t, detect, RECORDS);
    assert_int_equal(t->m.records.replay, 0);
    end(t);
    assert_ok(sample_reopen(&t->disk));
    assert_int_equal(t->disk.report.cut_bytes, 0);
    assert_int_equal(store_io_next(t->disk.store), 7);
    clear(t);
}

static void who_lies_is_accused(void **state)
{
    struct role_stage *t = begin(*state, NULL);
    struct link *incident = attach(t, ROLE_INCIDENT), *ingest = attach(t, ROLE_INGEST);
    put_fact(incident, FACT_INTENT, 1, true); /* only contain may */
    want(t, &t->supervisor, ACCUSE);
    assert_int_equal(t->m.accuse.peer, ROLE_INCIDENT);
    put_line(ingest, 1); /* of a source that it did not open */
    want(t, &t->supervisor, ACCUSE);
    assert_int_equal(t->m.accuse.peer, ROLE_INGEST);
    ingest = attach(t, ROLE_INGEST);
    assert_int_equal(open_source(t, ingest), 0);
    put_line(ingest, 1);
    want(t, ingest, RECORDS_STORED);
    end(t);
    clear(t);
}

static void stop_signs_everything(void **state)
{
    struct role_stage *t = begin(*state, NULL);
    struct link *correlate = attach(t, ROLE_CORRELATE);
    for (uint64_t i = 0; i < 50; i++) {
        put_fact(correlate, FACT_FINDING, i, false);
        want(t, correlate, FACT_STORED);
    }
    end(t);
    AUTO_BUF checkpoint = {0};
    assert_ok(folder_load(t->disk.folder, "checkpoint", 4096, &checkpoint));
    assert_true(str_starts(buf_str(&checkpoint), STR("test.example/ledger\n50\n")));
    clear(t);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_times(const char *what, uint64_t *ns, size_t count)
{
    qsort(ns, count, sizeof(*ns), compare);
    printf("%-34s n %zu  p50 %llu us  p99 %llu us  longest %llu us\n", what, count,
           (unsigned long long)ns[count / 2] / 1000,
           (unsigned long long)ns[count * 99 / 100] / 1000,
           (unsigned long long)ns[count - 1] / 1000);
}

/* One after the other, with a pause in which the ledger comes to rest. */
static void measure(struct role_stage *t, size_t count, long pause_us)
{
    struct link *ingest = attach(t, ROLE_INGEST), *detect = attach(t, ROLE_DETECT);
    struct link *contain = attach(t, ROLE_CONTAIN), *correlate = attach(t, ROLE_CORRELATE);
    struct link *incident = attach(t, ROLE_INCIDENT);
    AUTO_HEAP uint64_t *records = heap_zalloc(count, sizeof(uint64_t));
    AUTO_HEAP uint64_t *intents = heap_zalloc(count, sizeof(uint64_t));
    AUTO_HEAP uint64_t *findings = heap_zalloc(count, sizeof(uint64_t));
    AUTO_HEAP uint64_t *chains = heap_zalloc(count, sizeof(uint64_t));
    struct wire_message subscribe = {.type = WIRE_SUBSCRIBE,
                                     .subscribe = {.kinds = FACT_BIT(FACT_FINDING)}};
    open_source(t, ingest);
    read_records(detect);
    say(incident, &subscribe);
    want(t, incident, CAUGHT_UP);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t start_ns = clock_now().ns;
        put_line(ingest, i + 1);
        want(t, detect, RECORDS);
        uint64_t at_detect = clock_now().ns;
        put_fact(correlate, FACT_FINDING, i, false);
        want(t, incident, FACT);
        uint64_t at_incident = clock_now().ns;
        uint64_t position = t->m.fact.position;
        put_fact(contain, FACT_INTENT, i, true);
        want(t, contain, FACT_STORED);
        uint64_t at_contain = clock_now().ns;
        records[i] = at_detect - start_ns;
        findings[i] = at_incident - at_detect;
        intents[i] = at_contain - at_incident;
        chains[i] = at_contain - start_ns;
        want(t, ingest, RECORDS_STORED);
        want(t, correlate, FACT_STORED);
        records_done(detect, position);
        struct wire_message credit = {.type = WIRE_FACT_CREDIT, .fact_credit = {position + 1}};
        say(incident, &credit);
        usleep((useconds_t)pause_us);
    }
    print_times("STORE_RECORDS to RECORDS", records, count);
    print_times("STORE_FACT to FACT", findings, count);
    print_times("STORE_FACT sync to FACT_STORED", intents, count);
    print_times("all three, one after the other", chains, count);
}

/* A new process: until it is ready, and until a subscriber has all facts. */
static void measure_start(struct role_stage *t, size_t facts)
{
    struct wire_message subscribe = {.type = WIRE_SUBSCRIBE,
                                     .subscribe = {.kinds = UINT32_MAX}};
    size_t got = 0;
    kill_it(t);
    uint64_t killed = clock_now().ns;
    start(t);
    uint64_t ready = clock_now().ns;
    struct link *query = attach(t, ROLE_QUERY);
    say(query, &subscribe);
    while (next(t, query) && t->m.type == WIRE_FACT) {
        struct wire_message credit = {.type = WIRE_FACT_CREDIT,
                                      .fact_credit = {t->m.fact.position + 1}};
        if (++got % 16 == 0) {
            say(query, &credit);
        }
    }
    assert_int_equal(t->m.type, WIRE_CAUGHT_UP);
    assert_int_equal(got, facts);
    printf("a new process is ready after %llu ms; a subscriber has %zu facts %llu ms later\n",
           (unsigned long long)(ready - killed) / 1000000, got,
           (unsigned long long)(clock_now().ns - ready) / 1000000);
}

static int bench(const char *program, const char *folder, size_t count)
{
    struct role_stage *t = begin(program, folder);
    measure(t, count, 3000);
    measure_start(t, 2 * count);
    end(t);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t count = 0;
    if (argc == 5 && str_to_u64(str_of(argv[4]), &count)) {
        return bench(argv[1], argv[3], (size_t)count);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(it_is_killed_and_goes_on, argv[1]),
        cmocka_unit_test_prestate(who_lies_is_accused, argv[1]),
        cmocka_unit_test_prestate(stop_signs_everything, argv[1]),
    };
    return argc == 2 ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
