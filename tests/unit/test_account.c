/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"
#include "contain/account_io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSWD                                                                                 \
    "root:x:0:0:root:/root:/bin/bash\n"                                                        \
    "daemon:x:1:1::/:/usr/sbin/nologin\n"                                                      \
    "clerk:x:1001:1001:Clerk,,,:/home/clerk:/bin/bash\n"                                       \
    "clerkx:x:1002:1002::/home/clerkx:/bin/sh\n"                                               \
    "nobody:x:65534:65534::/:/usr/sbin/nologin\n"                                              \
    "twin:x:1003:1003::/:/bin/sh\n"                                                            \
    "other:x:1003:1003::/:/bin/sh\n"                                                           \
    "twice:x:1004:1004::/:/bin/sh\n"                                                           \
    "twice:x:1005:1005::/:/bin/sh\n"                                                           \
    "short:x:1006\n"                                                                           \
    "noshadow:x:1007:1007::/:/bin/sh\n"
#define CLERK "clerk:$y$j9T$abc$def:19700:0:99999:7:::\n"
#define REST                                                                                   \
    "root:*:19700:0:99999:7:::\n"                                                              \
    "clerkx:!$6$x$y:19700:0:99999:7::20000:\n"                                                 \
    "twin::19700:0:99999:7:::\n"
#define SHADOW REST CLERK "nobody:*:19700:0:99999:7:::\n"

struct bench {
    char etc[32], journal[32];
    struct account_io io;
    struct account_result r;
};

static void write_file(int folder, const char *name, struct str text)
{
    assert_ok(folder_replace(folder, name, 0640, bytes_of(text)));
}

static void set_up(struct bench *b)
{
    *b = (struct bench){.etc = "/tmp/tocsin-etc-XXXXXX", .journal = "/tmp/tocsin-jou-XXXXXX"};
    assert_non_null(mkdtemp(b->etc));
    assert_non_null(mkdtemp(b->journal));
    assert_ok(folder_open(b->etc, &b->io.etc));
    assert_ok(folder_open(b->journal, &b->io.journal));
    assert_ok(folder_open("/proc", &b->io.proc));
    write_file(b->io.etc, "passwd", STR(PASSWD));
    write_file(b->io.etc, "shadow", STR(SHADOW));
}

static void remove_one(void *context, struct str name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%.*s", (int)name.n, name.p);
    assert_int_equal(unlinkat(*(const int *)context, path, 0), 0);
}

static void tear_down(struct bench *b)
{
    assert_ok(folder_each(b->io.etc, remove_one, &b->io.etc));
    assert_ok(folder_each(b->io.journal, remove_one, &b->io.journal));
    assert_int_equal(rmdir(b->etc) | rmdir(b->journal), 0);
    close(b->io.etc);
    close(b->io.journal);
    close(b->io.proc);
    buf_free(&b->r.detail);
}

static struct action suspension(const char *name)
{
    return (struct action){
        .id = {1, 2}, .kind = ACTION_SUSPEND_ACCOUNT, .account = str_of(name), .lease_s = 60};
}

static enum outcome suspend(struct bench *b, const char *name, int64_t until_us)
{
    struct action a = suspension(name);
    account_io_suspend(&b->io, &a, (struct walltime){.us = 1},
                       (struct walltime){.us = until_us}, &b->r);
    return b->r.outcome;
}

static enum outcome restore(struct bench *b, const char *name)
{
    account_io_restore(&b->io, str_of(name), &b->r);
    return b->r.outcome;
}

static void assert_shadow(const struct bench *b, struct str want)
{
    AUTO_BUF text = {0};
    assert_ok(folder_load(b->io.etc, "shadow", ACCOUNT_MAX_FILE_BYTES, &text));
    if (!str_eq(buf_str(&text), want)) {
        fail_msg("shadow is:\n%.*s", (int)text.n, text.p);
    }
}

static void count_one(void *context, struct str name)
{
    (void)name;
    ++*(unsigned *)context;
}

static unsigned files_in(int folder)
{
    unsigned n = 0;
    assert_ok(folder_each(folder, count_one, &n));
    return n;
}

#define OURS "clerk:!$y$j9T$abc$def:19700:0:99999:7::1:\n"

static void suspended_and_given_back_byte_by_byte(void **state)
{
    (void)state;
    struct bench b;
    struct stat before, after;
    set_up(&b);
    assert_int_equal(fchmodat(b.io.etc, "shadow", 0604, 0), 0);
    assert_int_equal(fstatat(b.io.etc, "shadow", &before, 0), 0);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(REST OURS "nobody:*:19700:0:99999:7:::\n"));
    assert_int_equal(fstatat(b.io.etc, "shadow", &after, 0), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_int_not_equal(after.st_ino, before.st_ino);
    struct stat journal;
    assert_int_equal(fstatat(b.io.journal, "clerk.suspended", &journal, 0), 0);
    assert_int_equal(journal.st_mode & 0777, 0600);
    /* nothing but the lock beside the two files */
    assert_int_equal(files_in(b.io.etc), 3);
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    assert_int_equal(files_in(b.io.journal), 0);
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    tear_down(&b);
}

static void doing_it_again_changes_nothing(void **state)
{
    (void)state;
    struct bench b;
    struct stat first, second;
    set_up(&b);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    assert_int_equal(fstatat(b.io.etc, "shadow", &first, 0), 0);
    assert_int_equal(suspend(&b, "clerk", 19), OUTCOME_EFFECTIVE);
    assert_int_equal(fstatat(b.io.etc, "shadow", &second, 0), 0);
    assert_int_equal(first.st_ino, second.st_ino);
    AUTO_BUF text = {0};
    assert_ok(folder_load(b.io.journal, "clerk.suspended", 4096, &text));
    assert_true(str_find(buf_str(&text), STR("\nuntil_us 19\n")) != SIZE_MAX);
    assert_true(str_find(buf_str(&text), STR("\npassword $y$j9T$abc$def\nexpire \nend\n")) !=
                SIZE_MAX);
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    tear_down(&b);
}

static void locked_and_expiring_accounts_come_back_as_they_were(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_int_equal(suspend(&b, "clerkx", 9), OUTCOME_EFFECTIVE);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    assert_int_equal(restore(&b, "clerkx"), OUTCOME_EFFECTIVE);
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    tear_down(&b);
}

static void who_may_not_be_touched(void **state)
{
    (void)state;
    static const char *const names[] = {"root",  "daemon", "nobody",   "twin",   "twice",
                                        "short", "absent", "noshadow", "cle",    "",
                                        "CLERK", "a:b",    "../x",     "clerk\n"};
    struct bench b;
    set_up(&b);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(suspend(&b, names[i], 9), OUTCOME_INEFFECTIVE);
        account_io_end_sessions(&b.io, str_of(names[i]), &b.r);
        /* whoever has no password line can still have processes */
        assert_int_equal(b.r.outcome, strcmp(names[i], "noshadow") == 0 ? OUTCOME_EFFECTIVE
                                                                        : OUTCOME_INEFFECTIVE);
    }
    b.io.own_uid = 1001;
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_INEFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    assert_int_equal(files_in(b.io.journal), 0);
    tear_down(&b);
}

/* What somebody else has changed since is left, the rest is given back. */
static void undo_leaves_the_changes_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *now, *then;
        const char *word;
    } rows[] = {
        {"clerk:$y$new:20000:0:99999:7::1:\n", "clerk:$y$new:20000:0:99999:7:::\n", "password"},
        {"clerk:!$y$j9T$abc$def:19700:0:99999:7::20500:\n",
         "clerk:$y$j9T$abc$def:19700:0:99999:7::20500:\n", "expiry"},
        {"clerk:$y$new:20000:0:99999:7::20500:\n", "clerk:$y$new:20000:0:99999:7::20500:\n",
         "password and expiry"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench b;
        set_up(&b);
        assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
        write_file(b.io.etc, "shadow", str_of(rows[i].now));
        assert_int_equal(restore(&b, "clerk"), OUTCOME_INEFFECTIVE);
        assert_true(str_find(buf_str(&b.r.detail), str_of(rows[i].word)) != SIZE_MAX);
        assert_shadow(&b, str_of(rows[i].then));
        assert_int_equal(files_in(b.io.journal), 0);
        tear_down(&b);
    }
}

/* An administrator who gave it back by hand is not overruled by a grant that comes again. */
static void suspension_is_not_forced_on_an_administrator(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    write_file(b.io.etc, "shadow", STR(SHADOW));
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_INEFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_int_equal(files_in(b.io.journal), 0);
    tear_down(&b);
}

/* A run that ended between the journal and shadow, and one between shadow and the journal. */
static void both_crashes_are_made_good(void **state)
{
    (void)state;
    for (unsigned done = 0; done < 2; done++) {
        struct bench b;
        AUTO_BUF text = {0}, intended = {0};
        set_up(&b);
        assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
        assert_ok(folder_load(b.io.journal, "clerk.suspended", 4096, &text));
        size_t at = str_find(buf_str(&text), STR("applied"));
        buf_put(&intended, str_upto(buf_str(&text), at));
        buf_puts(&intended, "intended");
        buf_put(&intended, str_from(buf_str(&text), at + 7));
        write_file(b.io.journal, "clerk.suspended", buf_str(&intended));
        if (done == 0) {
            write_file(b.io.etc, "shadow", STR(SHADOW));
        }
        /* restored at its end, with or without the grant having come again */
        if (done == 1) {
            assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
            assert_shadow(&b, STR(REST OURS "nobody:*:19700:0:99999:7:::\n"));
        }
        assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
        assert_shadow(&b, STR(SHADOW));
        tear_down(&b);
    }
}

/* By hand, tocsind off: what is left of the lease does not come back with it; a new one does.
 */
static void released_by_root_stays_released(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    account_io_release(&b.io, STR("clerk"), &b.r);
    assert_int_equal(b.r.outcome, OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_INEFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    assert_int_equal(suspend(&b, "clerk", 19), OUTCOME_EFFECTIVE);
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_shadow(&b, STR(SHADOW));
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    account_io_release(&b.io, STR("clerk"), &b.r);
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_int_equal(files_in(b.io.journal), 0);
    assert_shadow(&b, STR(SHADOW));
    tear_down(&b);
}

static void account_made_anew_is_another_one(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    write_file(b.io.etc, "passwd", STR("clerk:x:1999:1999::/:/bin/sh\n"));
    assert_int_equal(restore(&b, "clerk"), OUTCOME_INEFFECTIVE);
    assert_int_equal(files_in(b.io.journal), 0);
    write_file(b.io.etc, "passwd", STR(PASSWD));
    write_file(b.io.etc, "shadow", STR(SHADOW));
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    write_file(b.io.etc, "passwd", STR("root:x:0:0::/:/bin/sh\n"));
    assert_int_equal(restore(&b, "clerk"), OUTCOME_EFFECTIVE);
    assert_int_equal(files_in(b.io.journal), 0);
    tear_down(&b);
}

/* Somebody else holds lckpwdf: wait, and say it when it takes too long. */
static void lock_of_others_is_respected(void **state)
{
    (void)state;
    struct bench b;
    int ready[2];
    char c;
    set_up(&b);
    write_file(b.io.etc, ".pwd.lock", STR(""));
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = openat(b.io.etc, ".pwd.lock", O_WRONLY);
        struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        c = fcntl(fd, F_SETLK, &l) == 0 ? 'y' : 'n';
        (void)!write(ready[1], &c, 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    uint64_t start = clock_now().ns;
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_UNKNOWN);
    assert_true(clock_now().ns - start >= ACCOUNT_IO_LOCK_MS * UINT64_C(1000000));
    assert_shadow(&b, STR(SHADOW));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    close(ready[0]);
    close(ready[1]);
    tear_down(&b);
}

/* Links in the place of files are not followed. */
static void links_are_refused(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_int_equal(renameat(b.io.etc, "shadow", b.io.etc, "real"), 0);
    assert_int_equal(symlinkat("real", b.io.etc, "shadow"), 0);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_UNKNOWN);
    assert_int_equal(files_in(b.io.journal), 0);
    tear_down(&b);
}

struct seen {
    unsigned good, bad;
};

static void see(void *context, const struct account_journal *j, struct rc why)
{
    struct seen *s = context;
    s->good += rc_failed(why) ? 0 : 1;
    s->bad += rc_failed(why) ? 1 : 0;
    assert_true(action_account_ok(j->account));
}

static void journal_is_read_back_at_start(void **state)
{
    (void)state;
    struct bench b;
    struct seen s = {0};
    set_up(&b);
    assert_int_equal(suspend(&b, "clerk", 9), OUTCOME_EFFECTIVE);
    assert_int_equal(suspend(&b, "clerkx", 9), OUTCOME_EFFECTIVE);
    write_file(b.io.journal, "bent.suspended", STR("tocsin suspension 1\n"));
    write_file(b.io.journal, "README", STR("x"));
    write_file(b.io.journal, "clerk.suspended.new", STR("x"));
    assert_ok(account_io_each(&b.io, see, &s));
    assert_int_equal(s.good, 2);
    assert_int_equal(s.bad, 1);
    /* one that speaks of another account */
    assert_int_equal(renameat(b.io.journal, "clerk.suspended", b.io.journal, "x.suspended"), 0);
    assert_int_equal(restore(&b, "x"), OUTCOME_UNKNOWN);
    tear_down(&b);
}

static void bent_journals_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } bends[] = {
        {"suspension 1", "suspension 2"},
        {"account clerk", "account Clerk"},
        {"uid 1001", "uid 0"},
        {"uid 1001", "uid 65534"},
        {"uid 1001", "uid 99999999999"},
        {"until_us 9", "until_us -9"},
        {"phase applied", "phase x"},
        {"password $", "password a:b$"},
        {"end\n", ""},
        {"end\n", "end\nend\n"},
        {"action 01", "action 0g"},
        {"action 01", "action 1"},
        {"\nexpire", "\nextra\nexpire"},
        {"\n", "\r\n"},
    };
    struct account_journal j = {.account = STR("clerk"),
                                .uid = 1001,
                                .action = {1, 2},
                                .since = {.us = 1},
                                .until = {.us = 9},
                                .phase = ACCOUNT_APPLIED,
                                .before = {STR("$y$"), STR("")}};
    AUTO_BUF text = {0}, again = {0};
    struct account_journal out;
    account_journal_encode(&text, &j);
    assert_ok(account_journal_decode(buf_str(&text), &out));
    account_journal_encode(&again, &out);
    assert_true(str_eq(buf_str(&text), buf_str(&again)));
    for (size_t i = 0; i < COUNT_OF(bends); i++) {
        AUTO_BUF bent = {0};
        size_t at = str_find(buf_str(&text), str_of(bends[i].from));
        assert_true(at != SIZE_MAX);
        buf_put(&bent, str_upto(buf_str(&text), at));
        buf_puts(&bent, bends[i].to);
        buf_put(&bent, str_from(buf_str(&text), at + strlen(bends[i].from)));
        assert_true(rc_failed(account_journal_decode(buf_str(&bent), &out)));
    }
}

static void processes_are_told_by_their_uids(void **state)
{
    (void)state;
    assert_int_equal(
        account_process_of(
            STR("Name:\tx\nState:\tS (sleeping)\nUid:\t0\t1001\t0\t0\nGid:\t0\t0\t0\t0\n"),
            1001),
        ACCOUNT_RUNS);
    assert_int_equal(account_process_of(STR("State:\tR\nUid:\t1001\t0\t0\t0\n"), 1001),
                     ACCOUNT_RUNS);
    assert_int_equal(account_process_of(STR("State:\tR\nUid:\t0\t0\t1001\t0\n"), 1001),
                     ACCOUNT_RUNS);
    assert_int_equal(
        account_process_of(STR("State:\tZ (zombie)\nUid:\t1001\t1001\t1001\t1001\n"), 1001),
        ACCOUNT_DEAD);
    assert_int_equal(account_process_of(STR("State:\tR\nUid:\t10010\t100\t1\t0\n"), 1001),
                     ACCOUNT_OTHERS);
    assert_int_equal(account_process_of(STR("Name:\tUid: 1001\nUid:\t5\t5\t5\t5\n"), 1001),
                     ACCOUNT_OTHERS);
    assert_int_equal(account_process_of(STR("Uid:"), 1001), ACCOUNT_OTHERS);
    assert_int_equal(account_process_of(STR(""), 1001), ACCOUNT_OTHERS);
}

/* Eight who each hand on to a child every two milliseconds, under an uid that nobody else has;
 * bounded, so that a failure leaves nothing running. */
static void run_racer(uid_t uid)
{
    if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) {
        _exit(1);
    }
    for (unsigned i = 0; i < 3; i++) {
        (void)fork();
    }
    for (unsigned i = 0; i < 300; i++) {
        if (fork() != 0) {
            _exit(0);
        }
        usleep(2000);
    }
    _exit(0);
}

static void sessions_end_even_of_those_who_fork(void **state)
{
    (void)state;
    enum { RACER_UID = 48765 };
    struct bench b;
    if (geteuid() != 0) {
        print_message("skip  sessions_end_even_of_those_who_fork: needs root, to run processes "
                      "of other accounts\n");
        skip();
    }
    set_up(&b);
    write_file(b.io.etc, "passwd", STR("racer:x:48765:48765::/:/bin/sh\n"));
    pid_t child = fork();
    if (child == 0) {
        run_racer(RACER_UID);
    }
    waitpid(child, NULL, 0);
    usleep(20000);
    account_io_end_sessions(&b.io, STR("racer"), &b.r);
    print_message("%.*s\n", (int)b.r.detail.n, b.r.detail.p);
    assert_int_equal(b.r.outcome, OUTCOME_EFFECTIVE);
    assert_false(str_starts(buf_str(&b.r.detail), STR("0 processes")));
    account_io_end_sessions(&b.io, STR("racer"), &b.r);
    assert_str(buf_str(&b.r.detail), "0 processes killed, 0 of the account are left");
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suspended_and_given_back_byte_by_byte),
        cmocka_unit_test(doing_it_again_changes_nothing),
        cmocka_unit_test(locked_and_expiring_accounts_come_back_as_they_were),
        cmocka_unit_test(who_may_not_be_touched),
        cmocka_unit_test(undo_leaves_the_changes_of_others),
        cmocka_unit_test(suspension_is_not_forced_on_an_administrator),
        cmocka_unit_test(both_crashes_are_made_good),
        cmocka_unit_test(released_by_root_stays_released),
        cmocka_unit_test(account_made_anew_is_another_one),
        cmocka_unit_test(lock_of_others_is_respected),
        cmocka_unit_test(links_are_refused),
        cmocka_unit_test(journal_is_read_back_at_start),
        cmocka_unit_test(bent_journals_are_refused),
        cmocka_unit_test(processes_are_told_by_their_uids),
        cmocka_unit_test(sessions_end_even_of_those_who_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
