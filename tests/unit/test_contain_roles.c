/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The three programs of containment as they run, confined, in a network namespace and with an
 * account folder of their own: this test is supervisor, ledger, incident and the person.
 *
 * arguments: the folder of the programs, and tocsin
 */
#include "roles_sample.h"

static void whole_story_and_back(void **state)
{
    struct stage *s = open_stage(*state, false);
    int status = 0;
    propose(s, ACTION_BLOCK_ADDRESS, "203.0.113.66", 3);
    want_fact(s, FACT_OUTCOME, "\"act\":\"apply\",\"outcome\":\"effective\"");
    assert_true(nft_has("203.0.113.66"));
    pid_t clerk = run_clerk();
    propose(s, ACTION_END_SESSION, "clerk", 0);
    want_fact(s, FACT_OUTCOME, "\"act\":\"apply\",\"outcome\":\"effective\"");
    assert_int_equal(waitpid(clerk, &status, 0), clerk);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    propose(s, ACTION_SUSPEND_ACCOUNT, "clerk", 3);
    want_fact(s, FACT_OUTCOME, "\"act\":\"apply\",\"outcome\":\"effective\"");
    assert_true(shadow_has(s, "clerk:!$y$abc:19700:0:99999:7::1:"));
    /* what may never be blocked, and never suspended */
    propose(s, ACTION_BLOCK_ADDRESS, "192.0.2.9", 60);
    want_fact(s, FACT_DECISION, "\"verdict\":\"never\"");
    propose(s, ACTION_BLOCK_ADDRESS, "127.0.0.1", 60);
    want_fact(s, FACT_DECISION, "\"verdict\":\"never\"");
    propose(s, ACTION_SUSPEND_ACCOUNT, "root", 60);
    want_fact(s, FACT_DECISION, "\"verdict\":\"never\"");
    /* all of it lapses by itself, and is seen to */
    want_fact(s, FACT_OUTCOME, "\"act\":\"lapse\",\"outcome\":\"effective\"");
    want_fact(s, FACT_OUTCOME, "\"act\":\"lapse\",\"outcome\":\"effective\"");
    assert_false(nft_has("203.0.113.66"));
    assert_true(shadow_has(s, "clerk:$y$abc:19700:0:99999:7:::"));
    close_stage(s);
}

static void executor_killed_at_work_is_made_good(void **state)
{
    struct stage *s = open_stage(*state, false);
    uint8_t public[GRANT_KEY_BYTES];
    public_key(public);
    propose(s, ACTION_BLOCK_ADDRESS, "203.0.113.67", 600);
    want_fact(s, FACT_OUTCOME, "\"outcome\":\"effective\"");
    propose(s, ACTION_SUSPEND_ACCOUNT, "clerk", 3);
    want_fact(s, FACT_OUTCOME, "\"outcome\":\"effective\"");
    end(&s->net);
    end(&s->account);
    assert_true(nft_has("203.0.113.67"));
    assert_true(shadow_has(s, "clerk:!$y$abc"));
    sleep(4);
    start_net(s, (struct bytes){public, sizeof(public)});
    start_account(s, (struct bytes){public, sizeof(public)});
    want_fact(s, FACT_OUTCOME, "\"act\":\"lapse\",\"outcome\":\"effective\"");
    assert_true(nft_has("203.0.113.67"));
    assert_true(shadow_has(s, "clerk:$y$abc:"));
    close_stage(s);
}

/* Signed by another key: refused, and contain's side of the channel accused. */
static void forged_grant_is_refused_and_reported(void **state)
{
    struct stage *s = open_stage(*state, false);
    struct link forged = LINK_NONE;
    static const uint8_t other[GRANT_KEY_BYTES] = {9};
    struct grant_signer *signer = grant_signer_open(other);
    struct wire_message m = {.type = WIRE_GRANT,
                             .grant = {.act = ACT_APPLY,
                                       .kind = ACTION_BLOCK_ADDRESS,
                                       .issued_us = clock_wall().us,
                                       .until_us = clock_wall().us + 60000000,
                                       .nonce = UINT64_MAX}};
    assert_true(ipaddr_parse(STR("198.51.100.7"), &m.grant.address));
    grant_sign(signer, &m.grant);
    attach(&s->net, NULL, ROLE_CONTAIN, &forged);
    assert_true(link_send(&forged, &m, -1));
    do {
        assert_true(next(s, &s->net.supervisor, WAIT_MS));
    } while (s->m.type != WIRE_ACCUSE);
    assert_int_equal(s->m.accuse.peer, ROLE_CONTAIN);
    assert_false(nft_has("198.51.100.7"));
    grant_signer_close(signer);
    link_close(&forged);
    close_stage(s);
}

/* A command as sh runs it; its status. */
PRINTF_LIKE(1, 2) static int sh(const char *fmt, ...)
{
    char command[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    assert_true(n > 0 && (size_t)n < sizeof(command));
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The person's command, while this test is the ledger; its exit status. */
static int person(struct stage *s, unsigned uid, const char *words, enum fact_kind last)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(sh("setpriv --reuid %u --clear-groups %s %s --run %s >%s/out 2>&1", uid,
                 s->programs->tocsin, words, s->work, s->work));
    }
    if (last != FACT_KIND_COUNT) {
        want_fact(s, last, "");
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)sh("sed 's/^/  /' %s/out", s->work);
    return WEXITSTATUS(status);
}

static void people_order_on_the_socket(void **state)
{
    struct stage *s = open_stage(*state, false);
    assert_int_equal(sh("chmod 777 %s %s/contain.sock; touch %s/out; chmod 666 %s/out", s->work,
                        s->work, s->work, s->work),
                     0);
    assert_int_equal(person(s, 0, "contain 203.0.113.66 --for 1h --reason test", FACT_OUTCOME),
                     0);
    assert_true(nft_has("203.0.113.66"));
    assert_int_equal(person(s, 48766, "release 203.0.113.66", FACT_KIND_COUNT), 1);
    assert_true(nft_has("203.0.113.66"));
    assert_int_equal(person(s, 0, "contain 192.0.2.1", FACT_DECISION), 1);
    assert_int_equal(person(s, 0, "contain clerk --for 15m", FACT_OUTCOME), 0);
    assert_true(shadow_has(s, "clerk:!$y$abc"));
    assert_int_equal(person(s, 0, "release clerk", FACT_OUTCOME), 0);
    assert_true(shadow_has(s, "clerk:$y$abc"));
    assert_int_equal(person(s, 0, "release 203.0.113.66 --json", FACT_OUTCOME), 0);
    assert_false(nft_has("203.0.113.66"));
    close_stage(s);
}

#define SSH                                                                                    \
    "ssh -q -p 2222 -i %s/key -o BatchMode=yes -o StrictHostKeyChecking=no "                   \
    "-o UserKnownHostsFile=/dev/null -o ConnectTimeout=5 clerk@127.0.0.1 "

/* A host of its own: accounts, a real sshd, a user with a key and one who is not concerned. */
static void make_host(struct stage *s, const char *use_pam)
{
    const char *w = s->work;
    assert_int_equal(
        sh("mkdir %s/sys && cp -a /etc/. %s/sys && mount --bind %s/sys /etc", w, w, w), 0);
    assert_int_equal(sh("mount -t tmpfs none /run && mkdir /run/sshd && chmod 711 %s", w), 0);
    assert_int_equal(sh("useradd -u 48766 -m -d %s/home -s /bin/sh clerk && "
                        "usermod -p '*' clerk && rm -f /etc/nologin /run/nologin",
                        w),
                     0);
    assert_int_equal(sh("ssh-keygen -q -t ed25519 -N '' -f %s/key && "
                        "ssh-keygen -q -t ed25519 -N '' -f %s/hostkey && mkdir %s/home/.ssh && "
                        "cp %s/key.pub %s/home/.ssh/authorized_keys && chown -R clerk %s/home",
                        w, w, w, w, w, w),
                     0);
    assert_int_equal(sh("printf 'Port 2222\nListenAddress 127.0.0.1\nHostKey %s/hostkey\n"
                        "UsePAM %s\nStrictModes no\nPidFile %s/sshd.pid\n' >%s/sshd_config && "
                        "/usr/sbin/sshd -f %s/sshd_config",
                        w, use_pam, w, w, w),
                     0);
}

static void remove_host(struct stage *s)
{
    end(&s->account); /* it has /etc open */
    assert_int_equal(sh("kill $(cat %s/sshd.pid); umount -l /run; umount -l /etc", s->work), 0);
}

/* useradd's files, sshd's doors: closed and opened again, also for a key and an open session.
 */
static void real_account_is_shut_out_and_let_in(void **state)
{
    static const char *const pam[] = {"no", "yes"};
    if (sh("command -v sshd ssh useradd setpriv >/dev/null") != 0) {
        print_message(
            "skip  real_account_is_shut_out_and_let_in: needs sshd, ssh and useradd\n");
        skip();
    }
    for (size_t i = 0; i < COUNT_OF(pam); i++) {
        struct stage *s = open_stage(*state, true);
        char before[128];
        make_host(s, pam[i]);
        end(&s->account); /* it opened the old /etc */
        uint8_t public[GRANT_KEY_BYTES];
        public_key(public);
        start_account(s, (struct bytes){public, sizeof(public)});
        assert_int_equal(sh("grep ^clerk: /etc/shadow >%s/before", s->work), 0);
        assert_int_equal(path_in(s, "before", before), 0);
        assert_int_equal(sh(SSH "true", s->work), 0);
        assert_int_equal(
            sh(SSH "'sleep 600' & sleep 1; pgrep -U 48766 sleep >/dev/null", s->work), 0);
        propose(s, ACTION_END_SESSION, "clerk", 0);
        want_fact(s, FACT_OUTCOME, "\"outcome\":\"effective\"");
        assert_int_equal(sh("ps -o stat= -u 48766 | grep -qv ^Z"), 1);
        propose(s, ACTION_SUSPEND_ACCOUNT, "clerk", 8);
        want_fact(s, FACT_OUTCOME, "\"outcome\":\"effective\"");
        assert_int_not_equal(sh(SSH "true", s->work), 0);
        assert_int_equal(sh("chage -l clerk | grep -q 'Account expires.*1970'"), 0);
        want_fact(s, FACT_OUTCOME, "\"act\":\"lapse\",\"outcome\":\"effective\"");
        assert_int_equal(sh("grep ^clerk: /etc/shadow | cmp - %s", before), 0);
        assert_int_equal(sh(SSH "true", s->work), 0);
        assert_int_equal(sh("pwck -r -q >/dev/null; test $? -le 2"), 0);
        remove_host(s);
        close_stage(s);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void print_times(const char *what, uint64_t *ns, size_t n)
{
    qsort(ns, n, sizeof(ns[0]), compare);
    print_message("%s: p50 %lu us, p99 %lu us\n", what, (unsigned long)(ns[n / 2] / 1000),
                  (unsigned long)(ns[n * 99 / 100] / 1000));
}

/* What our own processes take, with a ledger that is durable at once. */
static void time_of_a_block(void **state)
{
    struct stage *s = open_stage(*state, false);
    static uint64_t intent[TRIALS], outcome[TRIALS];
    for (unsigned i = 0; i < TRIALS; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "198.18.%u.%u", i / 100, i % 100 + 1);
        uint64_t from = clock_now().ns;
        propose(s, ACTION_BLOCK_ADDRESS, text, 600);
        do {
            want(s, &s->ledger, WIRE_STORE_FACT);
            struct wire_message m = {.type = WIRE_FACT_STORED,
                                     .fact_stored = {.kind = s->m.store_fact.kind, .fresh = 1}};
            memcpy(m.fact_stored.key, s->m.store_fact.key, FACT_KEY_BYTES);
            assert_true(link_send(&s->ledger, &m, -1));
            intent[i] = s->m.store_fact.kind == FACT_INTENT ? clock_now().ns - from : intent[i];
        } while (s->m.store_fact.kind != FACT_OUTCOME);
        outcome[i] = clock_now().ns - from;
    }
    print_times("PROPOSE to intent", intent, TRIALS);
    print_times("PROPOSE to outcome", outcome, TRIALS);
    close_stage(s);
}

static int status_of(pid_t pid)
{
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                           : 1;
}

int main(int argc, char **argv)
{
    struct programs p = {argc > 2 ? argv[1] : "", argc > 2 ? argv[2] : ""};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(whole_story_and_back, &p),
        cmocka_unit_test_prestate(executor_killed_at_work_is_made_good, &p),
        cmocka_unit_test_prestate(forged_grant_is_refused_and_reported, &p),
        cmocka_unit_test_prestate(people_order_on_the_socket, &p),
        cmocka_unit_test_prestate(real_account_is_shut_out_and_let_in, &p),
        cmocka_unit_test_prestate(time_of_a_block, &p),
    };
    if (argc != 3 || geteuid() != 0 ||
        unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) != 0) {
        print_message("skip  contain_roles: needs root, for namespaces of its own\n");
        return 77;
    }
    /* the first process of the namespace: whatever was started ends with it. The tests are the
     * second: a first one cannot be looked at for leaks. */
    pid_t pid = fork();
    if (pid != 0) {
        _exit(status_of(pid));
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("proc", "/proc", "proc", 0, NULL) != 0) {
        return 1;
    }
    loopback_up();
    pid = fork();
    if (pid != 0) {
        _exit(status_of(pid));
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
