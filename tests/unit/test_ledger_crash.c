/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's store after every kind of crash, and on a disk that fails. */
#include "test.h"

#include "ledger_sample.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The ledger up to a checkpoint, and two batches later, as files. */
struct grown {
    struct buf before, after, checkpoint, later_checkpoint;
};

static void grow(struct sample *s, struct grown *g)
{
    *g = (struct grown){0};
    sample_make(s);
    sample_records(s, "one", 2);
    sample_fact(s, 1, "{}");
    assert_ok(store_io_checkpoint(s->store));
    sample_load(s, "checkpoint", &g->checkpoint);
    sample_close(s);
    sample_load(s, SAMPLE_SEGMENT, &g->before);
    assert_ok(sample_reopen(s));
    sample_records(s,
                   "a record that makes its frame longer than one sector of a disk is, which "
                   "takes",
                   8);
    sample_close(s);
    sample_load(s, SAMPLE_SEGMENT, &g->after);
    assert_ok(sample_reopen(s));
    sample_load(s, "checkpoint", &g->later_checkpoint);
    sample_close(s);
}

static void free_grown(struct grown *g)
{
    buf_free(&g->before);
    buf_free(&g->after);
    buf_free(&g->checkpoint);
    buf_free(&g->later_checkpoint);
}

/* The last frame cut at every length, with and without the room that was ahead of it. */
static void a_torn_append_is_cut(void **state)
{
    (void)state;
    struct sample s;
    struct grown g;
    grow(&s, &g);
    for (size_t n = g.before.n; n <= g.after.n; n++) {
        for (int zeros = 0; zeros < 2; zeros++) {
            AUTO_BUF file = {0};
            buf_put(&file, str_upto(buf_str(&g.after), n));
            buf_fill(&file, 0, zeros == 1 ? 3000 : 0);
            sample_save(&s, SAMPLE_SEGMENT, buf_str(&file));
            sample_save(&s, "checkpoint", buf_str(&g.checkpoint));
            assert_ok(sample_reopen(&s));
            bool whole = n == g.after.n;
            assert_int_equal(store_io_next(s.store), whole ? 11 : 3);
            bool torn = !whole && n > g.before.n;
            assert_int_equal(s.report.cut_bytes != 0, torn);
            assert_int_equal(s.report.cut_offset, torn ? g.before.n : 0);
            s.seq = whole ? 2 : 1;
            sample_records(&s, "after", 1);
            sample_close(&s);
            assert_ok(sample_reopen(&s));
            assert_int_equal(store_io_next(s.store), whole ? 12 : 4);
            sample_close(&s);
        }
    }
    free_grown(&g);
    sample_end(&s);
}

/* The same, but a checkpoint counts what is missing: nothing is cut, the opening fails. */
static void what_was_signed_is_never_cut(void **state)
{
    (void)state;
    struct sample s;
    struct grown g;
    struct buf file = {0};
    grow(&s, &g);
    for (size_t n = g.before.n; n < g.after.n; n++) {
        sample_save(&s, SAMPLE_SEGMENT, str_upto(buf_str(&g.after), n));
        sample_save(&s, "checkpoint", buf_str(&g.later_checkpoint));
        assert_fails(sample_reopen(&s), REJECTED);
        assert_int_equal(s.report.damage.kind, n == g.before.n ? DAMAGE_SIZE : DAMAGE_CUT);
        sample_load(&s, SAMPLE_SEGMENT, &file);
        assert_int_equal(file.n, n);
    }
    buf_free(&file);
    free_grown(&g);
    sample_end(&s);
}

/* A frame that is all there and wrong is not a torn append, signed or not. */
static void damage_is_never_cut(void **state)
{
    (void)state;
    struct sample s;
    struct grown g;
    grow(&s, &g);
    for (size_t at = SEGMENT_TITLE_BYTES; at < g.after.n - 1; at++) {
        g.after.p[at] ^= 0x40;
        sample_save(&s, SAMPLE_SEGMENT, buf_str(&g.after));
        sample_save(&s, "checkpoint", buf_str(&g.checkpoint));
        assert_fails(sample_reopen(&s), REJECTED);
        assert_in_range(s.report.damage.offset, SEGMENT_TITLE_BYTES, at);
        assert_int_equal(s.report.damage.batch == 2, at >= g.before.n);
        g.after.p[at] ^= 0x40;
    }
    free_grown(&g);
    sample_end(&s);
}

/* A sector in the middle of unsynced frames did not reach the disk, later ones did. */
static void a_lost_sector_of_what_was_not_synced(void **state)
{
    (void)state;
    struct sample s;
    struct buf before = {0}, file = {0};
    sample_make(&s);
    sample_records(&s, "synced", 1);
    assert_ok(store_io_sync(s.store));
    sample_load(&s, SAMPLE_SEGMENT, &before);
    size_t synced = before.n;
    while (before.p[synced - 1] == 0) {
        synced--;
    }
    for (int i = 0; i < 20; i++) {
        sample_records(&s, "not synced", 8);
    }
    sample_load(&s, SAMPLE_SEGMENT, &file);
    sample_close(&s); /* not the truth: the bytes of before are put back below */
    struct buf checkpoint = {0};
    sample_load(&s, "checkpoint", &checkpoint);
    size_t end = file.n;
    while (file.p[end - 1] == 0) {
        end--;
    }
    for (size_t sector = (synced + 511) / 512; (sector + 1) * 512 < end; sector++) {
        AUTO_BUF torn = {0};
        buf_put(&torn, str_upto(buf_str(&file), end + 5000));
        memset(torn.p + sector * 512, 0, 512);
        sample_save(&s, SAMPLE_SEGMENT, buf_str(&torn));
        sample_save(&s, "checkpoint", buf_str(&checkpoint));
        assert_ok(sample_reopen(&s));
        assert_in_range(store_io_next(s.store), 1, 160);
        assert_int_not_equal(s.report.cut_bytes, 0);
        sample_close(&s);
    }
    buf_free(&before);
    buf_free(&file);
    buf_free(&checkpoint);
    sample_end(&s);
}

/* The same sector, but each frame was synced before the next: that is damage. */
static void a_lost_sector_of_what_was_synced(void **state)
{
    (void)state;
    struct sample s;
    struct buf file = {0}, checkpoint = {0};
    sample_make(&s);
    sample_load(&s, "checkpoint", &checkpoint);
    for (int i = 0; i < 20; i++) {
        sample_records(&s, "synced", 8);
        assert_ok(store_io_sync(s.store));
    }
    sample_close(&s);
    sample_load(&s, SAMPLE_SEGMENT, &file);
    for (size_t sector = 1; (sector + 3) * 512 < file.n; sector++) {
        AUTO_BUF torn = {0};
        buf_put(&torn, buf_str(&file));
        memset(torn.p + sector * 512, 0, 512);
        sample_save(&s, SAMPLE_SEGMENT, buf_str(&torn));
        sample_save(&s, "checkpoint", buf_str(&checkpoint));
        assert_fails(sample_reopen(&s), REJECTED);
    }
    buf_free(&file);
    buf_free(&checkpoint);
    sample_end(&s);
}

/*
 * In a child that may write no file past `limit` bytes: append until it fails. Every position
 * that a sync acknowledged goes to the pipe.
 */
static void append_until_it_fails(struct sample *s, uint64_t limit, int acknowledged)
{
    struct rlimit rlimit = {limit, limit};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &rlimit) != 0 || rc_failed(sample_reopen(s))) {
        _exit(1);
    }
    for (uint64_t i = 1; i < 50; i++) {
        struct payload_entry entry = sample_entry("a record of some length, 1234567890");
        struct store_receipt receipt;
        struct store_records records = {
            .source = 1, .name = STR("a"), .seq = i, .entries = &entry, .count = 1};
        struct rc rc =
            store_io_append_records(s->store, &records, (struct walltime){.us = 1}, &receipt);
        if (!rc_failed(rc)) {
            rc = store_io_sync(s->store);
        }
        if (rc_failed(rc)) {
            bool stays =
                rc_failed(store_io_append_records(s->store, &records,
                                                  (struct walltime){.us = 1}, &receipt)) &&
                rc_failed(store_io_sync(s->store)) && rc_failed(store_io_checkpoint(s->store));
            _exit(stays ? 0 : 2);
        }
        rc_ignore(file_write_all(acknowledged, (struct bytes){(const uint8_t *)&i, sizeof(i)}),
                  "the parent counts what came");
    }
    _exit(3);
}

static void a_full_disk_loses_nothing_acknowledged(void **state)
{
    (void)state;
    for (uint64_t limit = 600; limit < 1700; limit += 53) {
        struct sample s;
        int ends[2], status = 0;
        uint64_t last = 0, got;
        sample_make(&s);
        sample_close(&s);
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            append_until_it_fails(&s, limit, ends[1]);
        }
        close(ends[1]);
        while (read(ends[0], &got, sizeof(got)) == (ssize_t)sizeof(got)) {
            last = got;
        }
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
        assert_ok(sample_reopen(&s));
        assert_int_equal(store_io_next(s.store), last);
        sample_end(&s);
    }
}

/* In a child whose kernel answers EIO to fdatasync: 0 when the store believes it. */
static int fail_to_sync(struct sample *s)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (rc_failed(sample_reopen(s)) || filter == NULL ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EIO), SCMP_SYS(fdatasync), 0) != 0 ||
        seccomp_load(filter) != 0) {
        return 1;
    }
    seccomp_release(filter);
    struct payload_entry entry = sample_entry("x");
    struct store_receipt receipt;
    struct store_records records = {
        .source = 1, .name = STR("a"), .seq = 1, .entries = &entry, .count = 1};
    struct walltime now = {.us = 1};
    if (rc_failed(store_io_append_records(s->store, &records, now, &receipt)) ||
        !rc_failed(store_io_sync(s->store)) || store_io_synced(s->store) != 0) {
        return 2;
    }
    records.seq = 2; /* the kernel may have dropped the pages: nothing more is promised */
    return rc_failed(store_io_append_records(s->store, &records, now, &receipt)) &&
                   rc_failed(store_io_sync(s->store)) &&
                   rc_failed(store_io_checkpoint(s->store))
               ? 0
               : 3;
}

static void a_sync_that_fails_promises_nothing(void **state)
{
    (void)state;
    struct sample s;
    int status = 0;
    sample_make(&s);
    sample_close(&s);
    pid_t child = fork();
    if (child == 0) {
        _exit(fail_to_sync(&s));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    assert_ok(sample_reopen(&s));
    sample_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_append_is_cut),
        cmocka_unit_test(what_was_signed_is_never_cut),
        cmocka_unit_test(damage_is_never_cut),
        cmocka_unit_test(a_lost_sector_of_what_was_not_synced),
        cmocka_unit_test(a_lost_sector_of_what_was_synced),
        cmocka_unit_test(a_full_disk_loses_nothing_acknowledged),
        cmocka_unit_test(a_sync_that_fails_promises_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
