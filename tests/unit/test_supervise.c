/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the supervisor decides, without processes: who talks to whom, the order, when to start
 * again, what waits for the ledger.
 */
#include "base/handover.h"
#include "daemon/plan.h"
#include "daemon/role_facts.h"
#include "guard/channel.h"
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void test_edges(void **state)
{
    (void)state;
    assert_true(plan_edge(ROLE_INGEST, ROLE_LEDGER));
    assert_true(plan_edge(ROLE_LEDGER, ROLE_INGEST));
    assert_true(plan_edge(ROLE_CONTAIN, ROLE_CONTAIN_NET));
    assert_true(plan_edge(ROLE_INCIDENT, ROLE_CONTAIN));
    assert_true(plan_edge(ROLE_DETECT, ROLE_CORRELATE));
    /* who reads what attackers write is not joined to who has a power */
    const enum role exposed[] = {ROLE_INGEST, ROLE_JOURNAL, ROLE_DETECT, ROLE_CORRELATE};
    const enum role powers[] = {ROLE_CONTAIN, ROLE_CONTAIN_NET, ROLE_CONTAIN_ACCOUNT};
    for (size_t i = 0; i < COUNT_OF(exposed); i++) {
        for (size_t j = 0; j < COUNT_OF(powers); j++) {
            assert_false(plan_edge(exposed[i], powers[j]));
        }
    }
    assert_false(plan_edge(ROLE_INCIDENT, ROLE_CONTAIN_NET));
    assert_false(plan_edge(ROLE_LEDGER, ROLE_LEDGER));
}

static void test_order(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (size_t i = 0; i < PLAN_ROLES; i++) {
        assert_false(seen >> plan_start(i) & 1);
        seen |= UINT32_C(1) << plan_start(i);
    }
    assert_int_equal(plan_start(0), ROLE_LEDGER);
    assert_true(plan_more_exposed(ROLE_INGEST, ROLE_LEDGER));
    assert_true(plan_more_exposed(ROLE_DETECT, ROLE_CORRELATE));
    assert_false(plan_more_exposed(ROLE_CONTAIN, ROLE_INCIDENT));
}

static struct instant at(uint64_t ms)
{
    return (struct instant){ms * 1000000U};
}

static void test_restart(void **state)
{
    (void)state;
    struct plan_restart p = {0};
    bool failing = true;
    uint64_t now = 100000;
    for (size_t i = 0; i < PLAN_BURST - 1; i++) {
        assert_int_equal(plan_again(&p, at(now - 10), at(now), &failing).ns, at(now).ns);
        assert_false(failing);
        now += 100;
    }
    const uint64_t pauses_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
        struct instant again = plan_again(&p, at(now - 10), at(now), &failing);
        assert_true(failing);
        assert_int_equal(again.ns, at(now + 1000 * pauses_s[i]).ns);
        now = again.ns / 1000000U + 10;
    }
    /* one that ran for long is new again */
    assert_int_equal(plan_again(&p, at(now - 70000), at(now), &failing).ns, at(now).ns);
    assert_false(failing);
    /* slow ends are no failing */
    for (size_t i = 0; i < 20; i++) {
        now += 5000;
        assert_int_equal(plan_again(&p, at(now - 4000), at(now), &failing).ns, at(now).ns);
    }
}

static void test_facts_wait_for_the_ledger(void **state)
{
    (void)state;
    struct role_facts f = {0};
    struct walltime now = walltime_from_unix(1700000000);
    for (size_t i = 0; i < ROLE_FACTS_WAITING + 3; i++) {
        role_facts_add(&f, ROLE_DETECT, "killed", STR("by \"x\"\n\xff"), now);
    }
    assert_int_equal(f.count, ROLE_FACTS_WAITING);
    assert_int_equal(f.dropped, 3);
    uint8_t first[FACT_KEY_BYTES], second[FACT_KEY_BYTES];
    memcpy(first, f.waiting[0].key, sizeof(first));
    memcpy(second, f.waiting[1].key, sizeof(second));
    assert_memory_not_equal(first, second, sizeof(first));
    role_facts_stored(&f, first);
    role_facts_stored(&f, first);
    assert_int_equal(f.count, ROLE_FACTS_WAITING - 1);
    assert_memory_equal(f.waiting[0].key, second, sizeof(second));
    role_facts_add(&f, ROLE_DETECT, "started", STR(""), now);
    assert_true(str_find(buf_str(&f.waiting[f.count - 1].json), STR("\"unrecorded\":3")) !=
                SIZE_MAX);
    int ends[2];
    assert_ok(channel_pair(ends));
    struct link ledger;
    link_open(&ledger, ends[0], ROLE_SUPERVISOR, ROLE_LEDGER);
    role_facts_send(&f, f.count - 1, &ledger);
    static uint8_t room[CHANNEL_FRAME_BYTES];
    size_t n = 0;
    int fd = -1;
    struct wire_message m;
    assert_ok(channel_receive(ends[1], room, &n, &fd)); /* HELLO */
    assert_ok(channel_receive(ends[1], room, &n, &fd));
    assert_ok(wire_decode((struct bytes){room, n}, ROLE_SUPERVISOR, ROLE_LEDGER, &m));
    assert_int_equal(m.type, WIRE_STORE_FACT);
    assert_int_equal(m.store_fact.kind, FACT_ROLE);
    link_close(&ledger);
    close(ends[1]);
    role_facts_free(&f);
}

static void test_what_is_handed_over(void **state)
{
    (void)state;
    int fd = -1, again = -1;
    char folder[] = "/tmp/tocsin-supervise-XXXXXX";
    assert_non_null(mkdtemp(folder));
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    assert_ok(handover_lock(dir, "lock", &fd));
    assert_fails(handover_lock(dir, "lock", &again), SYSTEM);
    close(fd);
    assert_ok(handover_lock(dir, "lock", &fd));
    close(fd);
    /* only a regular file, not through a link */
    AUTO_BUF link = {0}, file = {0};
    buf_printf(&link, "%s/link%c", folder, 0);
    buf_printf(&file, "%s/lock%c", folder, 0);
    assert_int_equal(symlink(file.p, link.p), 0);
    assert_fails(handover_open_log(link.p, &fd), SYSTEM);
    assert_fails(handover_open_log("/dev/null", &fd), NOT_LOG);
    assert_ok(handover_open_log(file.p, &fd));
    close(fd);
    assert_ok(handover_seal("test", bytes_of(STR("abc")), &fd));
    char got[4];
    assert_int_equal(read(fd, got, sizeof(got)), 3);
    assert_true(pwrite(fd, "x", 1, 0) < 0);
    assert_true(ftruncate(fd, 0) < 0);
    assert_true(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    close(fd);
    unlink(link.p);
    unlink(file.p);
    rmdir(folder);
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_facts_wait_for_the_ledger),
        cmocka_unit_test(test_what_is_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
