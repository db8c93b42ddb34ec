/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The role LEDGER without its process: order, credits, what is acknowledged when, what each
 * peer is sent. First the pure parts, then all of it with a store on a disk.
 */
#include "test.h"

#include "hub_sample.h"

#include <time.h>

#include "ledger/origin_io.h"

#include <signal.h>
#include <sys/resource.h>

static void a_window_counts_what_is_under_way(void **state)
{
    (void)state;
    struct window w = {.most = 3};
    window_push(&w, (struct window_span){10, 11});
    window_push(&w, (struct window_span){12, 20});
    window_push(&w, (struct window_span){20, 21});
    assert_false(window_has_room(&w));
    assert_fails(window_done(&w, 22), MALFORMED);
    assert_ok(window_done(&w, 9));
    assert_int_equal(w.count, 3);
    assert_ok(window_done(&w, 20));
    assert_int_equal(w.count, 1);
    /* the same again after a new beginning: the spans are not in order */
    window_push(&w, (struct window_span){10, 11});
    window_push(&w, (struct window_span){12, 20});
    assert_ok(window_done(&w, 11));
    assert_int_equal(w.count, 1);
    assert_int_equal(window_at(&w, 0).first, 12);
    assert_ok(window_done(&w, 21));
    assert_int_equal(w.count, 0);
}

static void a_subscriber_falls_behind_and_catches_up(void **state)
{
    (void)state;
    struct subscribe s = {0};
    assert_fails(subscribe_credit(&s, 0), MALFORMED);
    subscribe_start(&s, 1U << 2, 0);
    assert_true(subscribe_caught_up(&s, 5));
    assert_int_equal(subscribe_take(&s, 5, 1), SUBSCRIBE_SKIP);
    for (uint64_t i = 0; i < SUBSCRIBE_CREDIT; i++) {
        assert_int_equal(subscribe_take(&s, 6 + i, 2), SUBSCRIBE_SEND);
    }
    assert_int_equal(subscribe_take(&s, 70, 1), SUBSCRIBE_SKIP);
    assert_true(s.live);
    assert_int_equal(subscribe_take(&s, 71, 2), SUBSCRIBE_FULL);
    assert_false(s.live);
    assert_int_equal(s.next, 71);
    assert_fails(subscribe_credit(&s, 71), MALFORMED); /* it was sent nothing there */
    assert_ok(subscribe_credit(&s, 7));
    assert_int_equal(subscribe_take(&s, 71, 2), SUBSCRIBE_SEND);
    assert_false(subscribe_caught_up(&s, 72)); /* said once */
    assert_true(s.live);
}

/* Send all that may go from f->next to end, in frames of at most `most`. */
static void feed_all(struct feed *f, uint64_t end, uint64_t most)
{
    while (f->next < end) {
        uint64_t room = feed_room(f, f->next);
        uint64_t n = end - f->next < most ? end - f->next : most;
        if (room == 0) {
            return;
        }
        feed_sent(f, f->next, (uint32_t)(n < room ? n : room));
    }
}

static void records_that_detect_died_of_are_found(void **state)
{
    (void)state;
    struct feed f = {0};
    uint64_t skipped = 0;
    feed_start(&f, 0, 100);
    feed_all(&f, 1000, 10);
    assert_int_equal(f.window.count, FEED_FRAMES);
    assert_ok(feed_done(&f, 100));
    assert_false(feed_lost(&f, &skipped));
    assert_int_equal(f.doubt_from, 100);
    assert_int_equal(f.doubt_to, 320);
    /* again from the beginning: up to the doubt as before, then one by one */
    feed_start(&f, 0, 320);
    feed_all(&f, 95, 10);
    feed_all(&f, 1000, 10);
    assert_int_equal(f.next, 100);
    for (uint64_t at = 100; at < 150; at++) {
        assert_ok(feed_done(&f, at));
        feed_all(&f, 1000, 10);
        assert_int_equal(f.next, at + 1);
        assert_int_equal(f.window.count, 1);
    }
    assert_true(feed_lost(&f, &skipped));
    assert_int_equal(skipped, 149);
    assert_true(feed_skips(&f, 149));
    assert_false(feed_skips(&f, 150));
    /* what was only near it gets through, and the doubt is over */
    feed_start(&f, 150, 320);
    for (uint64_t at = 150; at < 320; at++) {
        feed_all(&f, 1000, 10);
        assert_int_equal(f.next, at + 1);
        assert_ok(feed_done(&f, at + 1));
    }
    feed_all(&f, 1000, 10);
    assert_int_equal(f.window.count, FEED_FRAMES);
}

static void who_waits_is_not_kept_waiting(void **state)
{
    (void)state;
    struct timing t = {0};
    struct instant now = {1000000000};
    assert_int_equal(timing_next(&t).ns, 0);
    timing_appended(&t, now, 100); /* nobody waits */
    assert_false(timing_sync_due(&t, now, true));
    assert_true(timing_next(&t).ns == now.ns + TIMING_LAZY_US * 1000);
    assert_true(timing_sync_due(&t, timing_next(&t), false));
    timing_wait(&t, now);
    assert_true(timing_sync_due(&t, now, true));
    assert_false(timing_sync_due(&t, now, false)); /* more messages: together with them */
    assert_true(timing_sync_due(&t, (struct instant){now.ns + 1000000}, false));
    timing_synced(&t);
    assert_false(timing_sync_due(&t, now, true));
    timing_appended(&t, now, TIMING_BYTES);
    assert_true(timing_sync_due(&t, now, false));
    timing_synced(&t);
    assert_false(timing_sign_due(&t, now));
    assert_true(timing_sign_due(&t, timing_next(&t)));
    timing_sign_failed(&t, timing_next(&t));
    assert_false(timing_sign_due(&t, (struct instant){now.ns + 600000000}));
    timing_signed(&t);
    assert_int_equal(timing_next(&t).ns, 0);
}

static void a_roster_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct roster r = {0}, again = {0};
    AUTO_BUF text = {0}, copy = {0};
    roster_add(&r, STR("sshd-auth"))->trust = TRUST_DAEMON;
    roster_add(&r, STR("journal"))->kind = 1;
    roster_encode(&r, &text);
    assert_str(buf_str(&text), "tocsin-sources/v1\n1 0 2 sshd-auth\n2 1 0 journal\n");
    /* the ledger knows one of them by another number */
    roster_add(&again, STR("journal"));
    assert_ok(roster_parse(&again, buf_str(&text)));
    roster_encode(&again, &copy);
    assert_str(buf_str(&copy), "tocsin-sources/v1\n1 1 0 journal\n");
    static const char *const bad[] = {"",
                                      "1 0 2 a",
                                      "x\n1 0 2 a\n",
                                      "tocsin-sources/v1\n1 0 9 a\n",
                                      "tocsin-sources/v1\n1 0 2 A\n",
                                      "tocsin-sources/v1\n1 0 2\n",
                                      "tocsin-sources/v1\n99999999999 0 2 a\n",
                                      "tocsin-sources/v1\n1 0 2 a"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_fails(roster_parse(&again, str_of(bad[i])), MALFORMED);
    }
    roster_free(&r);
    roster_free(&again);
}

static void sources_keep_their_numbers(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    static const char *const names[] = {"one", "two", "three"};
    for (uint32_t i = 0; i < 3; i++) {
        assert_ok(hub_sample_source(h, ROLE_INGEST, names[i]));
        hub_sample_want(h, ROLE_INGEST, SOURCE_STATE);
        assert_int_equal(h->m.source_state.source, i + 1);
        assert_int_equal(h->m.source_state.seq, 0);
    }
    assert_ok(hub_sample_records(h, 1, 0, 3, 20));
    assert_fails(hub_sample_source(h, ROLE_JOURNAL, "one"), MALFORMED);
    assert_fails(hub_sample_source(h, ROLE_INGEST, "No Name"), MALFORMED);
    hub_sample_reopen(h);
    assert_fails(hub_sample_records(h, 2, 0, 3, 20), MALFORMED); /* nobody opened it */
    assert_ok(hub_sample_source(h, ROLE_JOURNAL, "three"));
    hub_sample_want(h, ROLE_JOURNAL, SOURCE_STATE);
    assert_int_equal(h->m.source_state.source, 3);
    assert_ok(hub_sample_source(h, ROLE_INGEST, "one"));
    hub_sample_want(h, ROLE_INGEST, SOURCE_STATE);
    assert_int_equal(h->m.source_state.source, 1);
    assert_int_equal(h->m.source_state.seq, 1);
    assert_str(str_bytes(h->m.source_state.cursor), "there");
    assert_fails(hub_sample_records(h, 3, 0, 3, 20), MALFORMED); /* 2 is missing */
    hub_sample_end(h);
}

static void records_are_acknowledged_after_the_sync(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    assert_ok(hub_sample_source(h, ROLE_INGEST, "one"));
    hub_sample_want(h, ROLE_INGEST, SOURCE_STATE);
    hub_sample_read(h, 3600);
    hub_sample_idle(h);
    assert_true(h->hub->feed.live);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        assert_ok(hub_sample_records(h, seq, (uint32_t)(2 * seq), 2, 20));
    }
    hub_sample_idle(h);
    assert_int_equal(store_io_synced(h->hub->store), 0);
    assert_false(hub_sample_take(h, ROLE_INGEST));
    const struct timespec soon = {.tv_nsec = 2 * 1000 * TIMING_SOON_US};
    nanosleep(&soon, NULL);
    hub_sample_idle(h);
    assert_int_equal(store_io_synced(h->hub->store), 6);
    hub_sample_want(h, ROLE_INGEST, RECORDS_STORED); /* one for all */
    assert_int_equal(h->m.records_stored.seq, 3);
    assert_false(hub_sample_take(h, ROLE_INGEST));
    /* detect had them at once: what it finds is acted on only after a sync */
    for (uint64_t i = 0; i < 3; i++) {
        hub_sample_want(h, ROLE_DETECT, RECORDS);
        assert_int_equal(h->m.records.first, 2 * i);
        assert_int_equal(h->m.records.count, 2);
        assert_int_equal(h->m.records.trust, TRUST_DAEMON);
        assert_int_equal(h->m.records.replay, 0);
        assert_str(h->m.records.name, "one");
    }
    /* a batch that was there already: acknowledged, not looked at again */
    assert_ok(hub_sample_records(h, 2, 0, 2, 20));
    hub_sample_idle(h);
    hub_sample_want(h, ROLE_INGEST, RECORDS_STORED);
    assert_int_equal(h->m.records_stored.seq, 2);
    assert_false(hub_sample_take(h, ROLE_DETECT));
    hub_sample_end(h);
}

/* Take RECORDS until none is left; the numbers in them must go on from `from`. */
static uint32_t take_records(struct hub_sample *h, uint32_t from, bool replay)
{
    while (hub_sample_take(h, ROLE_DETECT)) {
        struct wire_records r = h->m.records;
        struct bytes item;
        assert_int_equal(h->m.type, WIRE_RECORDS);
        assert_true(r.records.n <= FEED_FRAME_BYTES || r.count == 1);
        assert_int_equal(r.replay, replay);
        for (uint32_t i = 0; i < r.count; i++) {
            assert_true(wire_list_next(&r.records, &item));
            AUTO_BUF want = {0};
            buf_u64(&want, from++);
            buf_putc(&want, ' ');
            assert_true(str_starts(str_bytes(item), buf_str(&want)));
        }
        assert_int_equal(r.records.n, 0);
    }
    return from;
}

static void detect_gets_all_records_in_order_with_credit(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    assert_ok(hub_sample_source(h, ROLE_INGEST, "one"));
    hub_sample_read(h, 3600);
    hub_sample_idle(h);
    uint32_t put = 0, got = 0;
    for (uint64_t seq = 1; seq <= 60; seq++) { /* 7 to 9 frames of 48 KiB for 8 batches */
        uint32_t count = 1 + (uint32_t)(seq % 3) * 20;
        assert_ok(hub_sample_records(h, seq, put, count, 1500));
        put += count;
    }
    assert_ok(hub_sample_records(h, 61, put++, 1, FEED_RECORD_BYTES));
    assert_fails(hub_sample_records(h, 62, put, 1, FEED_RECORD_BYTES + 1), TOO_LONG);
    hub_sample_idle(h);
    while (got < put) {
        uint32_t before = got;
        got = take_records(h, got, false);
        assert_true(got > before && h->hub->feed.window.count <= FEED_FRAMES);
        assert_ok(hub_sample_done(h, got));
        hub_sample_idle(h);
    }
    assert_true(h->hub->feed.live);
    assert_fails(hub_sample_done(h, put + 1), MALFORMED);
    /* another detect: the same again, marked as seen; what comes meanwhile is new */
    hub_io_attached(h->hub, ROLE_DETECT);
    hub_sample_read(h, 3600);
    got = 0;
    do {
        uint32_t before = got;
        hub_sample_idle(h);
        got = take_records(h, got, true);
        assert_true(got > before);
        assert_ok(hub_sample_done(h, got));
    } while (got < put);
    assert_ok(hub_sample_records(h, 62, put, 5, 100));
    hub_sample_idle(h);
    assert_int_equal(take_records(h, put, false), put + 5);
    hub_sample_end(h);
}

/* A detect that dies of record 37 is helped past it. */
static void a_poisonous_record_is_skipped(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    uint32_t lives = 0, seen = 0;
    assert_ok(hub_sample_source(h, ROLE_INGEST, "one"));
    assert_ok(hub_sample_records(h, 1, 0, 30, 100));
    assert_ok(hub_sample_records(h, 2, 30, 30, 100));
    assert_ok(hub_sample_records(h, 3, 60, 30, 100));
    while (seen < 90 && lives < 10) {
        hub_io_attached(h->hub, ROLE_DETECT);
        hub_sample_read(h, 3600);
        bool dead = false;
        hub_sample_idle(h);
        for (seen = 0; !dead && hub_sample_take(h, ROLE_DETECT);) {
            struct wire_records r = h->m.records;
            dead = r.first <= 37 && r.first + r.count > 37;
            if (!dead) {
                seen = (uint32_t)r.first + r.count;
                assert_ok(hub_sample_done(h, seen));
                hub_sample_idle(h);
            }
        }
        hub_sample_forget(h);
        lives++;
    }
    assert_int_equal(lives, 3);
    assert_true(feed_skips(&h->hub->feed, 37));
    hub_sample_end(h);
}

static void facts_are_forwarded_before_the_sync(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    hub_sample_subscribe(h, ROLE_INCIDENT, FACT_BIT(FACT_FINDING), 0);
    hub_sample_subscribe(h, ROLE_CONTAIN, FACT_BIT(FACT_INTENT), 0);
    hub_sample_idle(h);
    hub_sample_want(h, ROLE_INCIDENT, CAUGHT_UP);
    hub_sample_want(h, ROLE_CONTAIN, CAUGHT_UP);
    assert_ok(hub_sample_fact(h, ROLE_CORRELATE, FACT_FINDING, 1, false));
    hub_sample_want(h, ROLE_INCIDENT, FACT);
    assert_int_equal(h->m.fact.position, 0);
    hub_sample_want(h, ROLE_CORRELATE, FACT_STORED);
    assert_int_equal(h->m.fact_stored.fresh, 1);
    h->hub->timing.lazy.ns += 1000000000; /* this machine may be slow */
    hub_io_idle(h->hub);
    assert_int_equal(store_io_synced(h->hub->store), 0); /* an intent may follow */
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 2, true));
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 2, true)); /* not durable either */
    hub_sample_want(h, ROLE_CONTAIN, FACT);
    assert_false(hub_sample_take(h, ROLE_CONTAIN));
    hub_io_idle(h->hub);
    assert_int_equal(store_io_synced(h->hub->store), 2);
    for (uint8_t fresh = 1; fresh < 2; fresh--) {
        hub_sample_want(h, ROLE_CONTAIN, FACT_STORED);
        assert_int_equal(h->m.fact_stored.position, 1);
        assert_int_equal(h->m.fact_stored.fresh, fresh);
    }
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 2, true)); /* durable: at once */
    hub_sample_want(h, ROLE_CONTAIN, FACT_STORED);
    assert_int_equal(h->m.fact_stored.fresh, 0);
    assert_false(hub_sample_take(h, ROLE_INCIDENT));
    /* who alone waits for nothing is synced a little later */
    assert_ok(hub_sample_fact(h, ROLE_CORRELATE, FACT_FINDING, 3, false));
    usleep(TIMING_LAZY_US + 500);
    hub_io_idle(h->hub);
    assert_int_equal(store_io_synced(h->hub->store), 3);
    hub_sample_end(h);
}

static void a_fact_must_be_what_its_writer_may_write(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    AUTO_BUF json = {0};
    struct wire_message m = {.type = WIRE_STORE_FACT, .store_fact = {.kind = FACT_FINDING}};
    assert_fails(hub_sample_fact(h, ROLE_INCIDENT, FACT_FINDING, 1, false), MALFORMED);
    assert_fails(hub_sample_fact(h, ROLE_CONTAIN, FACT_NOTICE, 1, false), MALFORMED);
    assert_ok(hub_sample_fact(h, ROLE_SUPERVISOR, FACT_GAP, 1, true));
    hub_sample_json(FACT_FINDING, m.store_fact.key, 1, &json);
    m.store_fact.json = buf_str(&json);
    m.store_fact.key[3] = 1; /* another key than the JSON says */
    assert_fails(hub_sample_say(h, ROLE_CORRELATE, &m), MALFORMED);
    m.store_fact.key[3] = 0;
    m.store_fact.kind = FACT_KIND_COUNT;
    assert_fails(hub_sample_say(h, ROLE_CORRELATE, &m), MALFORMED);
    m.store_fact.kind = FACT_FINDING;
    m.store_fact.json = STR("{\"fact\":\"finding\"");
    assert_fails(hub_sample_say(h, ROLE_CORRELATE, &m), SYNTAX);
    assert_int_equal(store_io_next(h->hub->store), 1);
    hub_sample_end(h);
}

/* Credits: at most 64 under way; who is behind gets the rest from the store, in order, once. */
static void a_slow_subscriber_gets_everything_once(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    enum { BEFORE = 150, ALL = 400 };
    uint64_t put = 0, got = 0, under_way = 0;
    bool caught_up = false;
    assert_ok(hub_sample_source(h, ROLE_INGEST, "one"));
    while (put < BEFORE) {
        assert_ok(hub_sample_fact(h, ROLE_CORRELATE, FACT_FINDING, put++, false));
    }
    assert_ok(hub_sample_records(h, 1, 0, 20, 50));
    hub_sample_subscribe(h, ROLE_QUERY, FACT_BIT(FACT_FINDING), 0);
    while (got < ALL || !caught_up) {
        uint64_t position = 0;
        hub_sample_idle(h);
        while (hub_sample_take(h, ROLE_QUERY)) {
            if (h->m.type == WIRE_CAUGHT_UP) {
                assert_false(caught_up);
                caught_up = true;
                continue;
            }
            position = h->m.fact.position;
            uint64_t number = position < BEFORE ? position : position - 20;
            assert_int_equal(number, got++);
            assert_true(++under_way <= SUBSCRIBE_CREDIT);
        }
        for (int i = 0; i < 7 && put < ALL; i++) {
            assert_ok(hub_sample_fact(h, ROLE_CORRELATE, FACT_FINDING, put++, false));
        }
        under_way = 0;
        for (size_t i = 0; i < h->sent.n; i++) { /* what the puts brought at once */
            under_way += h->sent.p[i].peer == ROLE_QUERY && !h->sent.p[i].taken;
        }
        if (position > 0) {
            assert_ok(hub_sample_credit(h, ROLE_QUERY, position + 1));
        }
    }
    assert_int_equal(got, ALL);
    assert_true(h->hub->subscribers[ROLE_QUERY].live);
    assert_fails(hub_sample_credit(h, ROLE_QUERY, 1000), MALFORMED);
    /* a new process asks anew; what waited for the old one is not sent to it */
    hub_sample_forget(h);
    hub_io_lost(h->hub, ROLE_QUERY);
    assert_ok(hub_sample_fact(h, ROLE_CORRELATE, FACT_FINDING, put++, false));
    assert_false(hub_sample_take(h, ROLE_QUERY));
    assert_fails(hub_sample_credit(h, ROLE_QUERY, 1), MALFORMED);
    hub_sample_subscribe(h, ROLE_QUERY, FACT_BIT(FACT_FINDING), 419);
    hub_sample_idle(h);
    hub_sample_want(h, ROLE_QUERY, FACT);
    assert_int_equal(h->m.fact.position, 419);
    hub_sample_want(h, ROLE_QUERY, FACT);
    hub_sample_want(h, ROLE_QUERY, CAUGHT_UP);
    assert_int_equal(h->m.caught_up.position, 421);
    hub_sample_end(h);
}

/* No acknowledgement without a disk; subscribers are still served; then a new process. */
static void a_disk_that_is_full(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    struct rlimit was, none;
    assert_ok(hub_sample_source(h, ROLE_INGEST, "one"));
    hub_sample_want(h, ROLE_INGEST, SOURCE_STATE);
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 1, true));
    hub_sample_idle(h);
    hub_sample_want(h, ROLE_CONTAIN, FACT_STORED);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    none = (struct rlimit){1, was.rlim_max};
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_ok(hub_sample_records(h, 1, 0, 3, 20));
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 2, true));
    assert_fails(hub_sample_fact(h, ROLE_INFORM, FACT_INTENT, 3, true), MALFORMED);
    hub_sample_subscribe(h, ROLE_QUERY, FACT_BIT(FACT_INTENT), 0);
    h->hub->probed.ns = 1;
    hub_sample_idle(h);
    hub_sample_want(h, ROLE_QUERY, FACT);
    hub_sample_want(h, ROLE_QUERY, CAUGHT_UP);
    assert_false(hub_sample_take(h, ROLE_INGEST));
    assert_false(hub_sample_take(h, ROLE_CONTAIN));
    assert_false(hub_io_over(h->hub));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    h->hub->probed.ns = 1;
    hub_io_idle(h->hub);
    assert_true(hub_io_over(h->hub));
    assert_non_null(strstr(h->log.p, "ledger.disk errno=27"));
    assert_non_null(strstr(h->log.p, "ledger.disk_back"));
    hub_sample_reopen(h);
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 1, true));
    hub_sample_want(h, ROLE_CONTAIN, FACT_STORED);
    assert_int_equal(h->m.fact_stored.fresh, 0);
    hub_sample_end(h);
}

static void a_ledger_keeps_its_name(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    AUTO_BUF name = {0}, fresh = {0};
    assert_ok(origin_io_find(h->disk.folder, &name));
    test_assert_str(buf_str(&name), sample_origin, __FILE__, __LINE__);
    assert_int_equal(unlinkat(h->disk.folder, "vkey", 0), 0);
    assert_ok(origin_io_find(h->disk.folder, &fresh));
    assert_true(note_name_valid(buf_str(&fresh)) && str_ends(buf_str(&fresh), STR("/tocsin")));
    hub_sample_end(h);
}

static void damage_is_told(void **state)
{
    (void)state;
    struct hub_sample *h = hub_sample_make();
    assert_ok(hub_sample_fact(h, ROLE_CONTAIN, FACT_INTENT, 1, true));
    hub_io_close(h->hub);
    AUTO_FD fd = -1;
    assert_ok(folder_update(h->disk.folder, "00000000000000000000.segment", &fd));
    assert_int_equal(pwrite(fd, "!", 1, SEGMENT_TITLE_BYTES + 100), 1);
    h->hub = NULL;
    assert_fails(hub_sample_open(h), REJECTED);
    assert_non_null(strstr(h->log.p, "ledger.damaged"));
    assert_non_null(strstr(h->log.p, "tocsin evidence verify"));
    hub_sample_end(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_counts_what_is_under_way),
        cmocka_unit_test(a_subscriber_falls_behind_and_catches_up),
        cmocka_unit_test(records_that_detect_died_of_are_found),
        cmocka_unit_test(who_waits_is_not_kept_waiting),
        cmocka_unit_test(a_roster_is_read_as_it_was_written),
        cmocka_unit_test(sources_keep_their_numbers),
        cmocka_unit_test(records_are_acknowledged_after_the_sync),
        cmocka_unit_test(detect_gets_all_records_in_order_with_credit),
        cmocka_unit_test(a_poisonous_record_is_skipped),
        cmocka_unit_test(facts_are_forwarded_before_the_sync),
        cmocka_unit_test(a_fact_must_be_what_its_writer_may_write),
        cmocka_unit_test(a_slow_subscriber_gets_everything_once),
        cmocka_unit_test(a_disk_that_is_full),
        cmocka_unit_test(a_ledger_keeps_its_name),
        cmocka_unit_test(damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
