/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guardrails of contain, each both ways, and what twenty forged log lines would have
 * blocked.
 */
#include "test.h"

#include "contain/decide.h"

#define SECOND_NS UINT64_C(1000000000)

enum { MINUTES_NS_TEN = 600 };

static const int64_t now_us = 1764214810000000;

struct bench {
    struct never *never;
    struct budget budget;
    struct action action;
    struct evidence evidence;
    struct decide_case c;
    struct decide_rules rules;
};

static struct ipaddr address(const char *text)
{
    struct ipaddr a = {0};
    assert_true(ipaddr_parse(str_of(text), &a));
    return a;
}

/* All guardrails hold: an address in the journal, a moment ago. */
static void set_up(struct bench *b)
{
    *b = (struct bench){
        .never = never_open(),
        .budget = budget_make(BUDGET_ADDRESSES),
        .action = {.kind = ACTION_BLOCK_ADDRESS,
                   .address = address("203.0.113.66"),
                   .lease_s = 3600},
        .evidence = {.event_time = {.us = now_us - 1000},
                     .trust = TRUST_JOURNAL,
                     .signals = 1,
                     .sensors = 1,
                     .sources = 1},
        .c = {.wall = {.us = now_us}, .now = {1000 * SECOND_NS}},
    };
    assert_ok(never_add(b->never, STR("192.0.2.0/24")));
    assert_ok(never_add(b->never, STR("2001:db8:1::1")));
    assert_ok(never_add(b->never, STR("account:president")));
    b->c.action = &b->action;
    b->c.evidence = &b->evidence;
    b->rules = (struct decide_rules){.never = b->never, .budget = &b->budget, .enforce = true};
}

static enum verdict verdict_of(struct bench *b)
{
    return decide_verdict(&b->rules, &b->c).verdict;
}

static void for_account(struct bench *b, enum action_kind kind, struct str name)
{
    b->action = (struct action){.kind = kind, .account = name, .lease_s = 3600};
    b->evidence.success = true;
    b->evidence.sensors = 2;
}

/* One row a case: what is changed of the case in which all holds, and the verdict. */
struct row {
    const char *what;
    enum verdict want;
    enum action_kind kind;
    const char *target;
    enum trust trust;
    uint32_t signals, sensors, sources;
    bool success, person;
    enum decide_witness witness;
    int event_s; /* before now */
    uint32_t lease_s;
};

#define BLOCK ACTION_BLOCK_ADDRESS
#define END   ACTION_END_SESSION
#define LOCK  ACTION_SUSPEND_ACCOUNT
#define T1    TRUST_ATTACKER
#define T2    TRUST_DAEMON
#define T3    TRUST_JOURNAL
#define SEEN  DECIDE_WITNESS_SEEN
#define NONE  DECIDE_WITNESS_UNSEEN

static const struct row rows[] = {
    {"journal", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"IPv6", VERDICT_ALLOWED, BLOCK, "2001:db8:7::1", T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"IPv6 /64", VERDICT_ALLOWED, BLOCK, "2001:db8:7::/64", T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    /* target */
    {"IPv6 /48", VERDICT_TARGET, BLOCK, "2001:db8:7::/48", T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"/24 by itself", VERDICT_TARGET, BLOCK, "203.0.113.0/24", T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"/24 by a person", VERDICT_ALLOWED, BLOCK, "203.0.113.0/24", T1, 0, 0, 0, 0, 1, NONE, 1,
     60},
    {"/16 by a person", VERDICT_TARGET, BLOCK, "203.0.0.0/16", T1, 0, 0, 0, 0, 1, NONE, 1, 60},
    {"no address", VERDICT_TARGET, BLOCK, NULL, T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"no account", VERDICT_TARGET, LOCK, NULL, T3, 2, 2, 2, 1, 0, NONE, 1, 60},
    {"bad name", VERDICT_TARGET, LOCK, "x from 10.0.0.1", T3, 2, 2, 2, 1, 0, NONE, 1, 60},
    {"no lease", VERDICT_TARGET, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, 1, 0},
    {"8 days", VERDICT_TARGET, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, 1, 691200},
    {"7 days", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, 1, 604800},
    /* never */
    {"listed", VERDICT_NEVER, BLOCK, "192.0.2.77", T3, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"listed, person", VERDICT_NEVER, BLOCK, "192.0.2.77", T3, 1, 1, 1, 0, 1, NONE, 1, 60},
    {"holds a listed one", VERDICT_NEVER, BLOCK, "2001:db8:1::/64", T3, 1, 1, 1, 0, 0, NONE, 1,
     60},
    {"loopback", VERDICT_NEVER, BLOCK, "127.8.9.1", T3, 1, 1, 1, 0, 1, NONE, 1, 60},
    {"metadata", VERDICT_NEVER, BLOCK, "169.254.169.254", T3, 1, 1, 1, 0, 1, NONE, 1, 60},
    {"NAT64", VERDICT_NEVER, BLOCK, "64:ff9b::cb00:7142", T3, 1, 1, 1, 0, 1, NONE, 1, 60},
    {"root", VERDICT_NEVER, LOCK, "root", T3, 2, 2, 2, 1, 1, NONE, 1, 60},
    {"president", VERDICT_NEVER, END, "president", T3, 2, 2, 2, 1, 0, NONE, 1, 60},
    {"presidents", VERDICT_ALLOWED, END, "presidents", T3, 2, 2, 2, 1, 0, NONE, 1, 60},
    /* stale */
    {"two minutes", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, 119, 60},
    {"older", VERDICT_STALE, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, 121, 60},
    {"future", VERDICT_STALE, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 0, NONE, -121, 60},
    {"older, person", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T3, 1, 1, 1, 0, 1, NONE, 9999,
     60},
    /* trust */
    {"T1", VERDICT_TRUST, BLOCK, "203.0.113.66", T1, 9, 9, 9, 1, 0, NONE, 1, 60},
    {"T1, known address", VERDICT_TRUST, BLOCK, "203.0.113.66", T1, 9, 9, 9, 1, 0, SEEN, 1, 60},
    {"T0", VERDICT_TRUST, BLOCK, "203.0.113.66", TRUST_NONE, 9, 9, 9, 1, 0, SEEN, 1, 60},
    {"T1 account", VERDICT_TRUST, LOCK, "clerk", T1, 9, 9, 9, 1, 0, NONE, 1, 60},
    {"T1, person", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T1, 0, 0, 0, 0, 1, NONE, 1, 60},
    /* evidence */
    {"T2, no witness", VERDICT_EVIDENCE, BLOCK, "203.0.113.66", T2, 1, 1, 1, 0, 0, NONE, 1, 60},
    {"T2, witness", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T2, 1, 1, 1, 0, 0, SEEN, 1, 60},
    {"T2, two files", VERDICT_EVIDENCE, BLOCK, "203.0.113.66", T2, 2, 1, 2, 0, 0, NONE, 1, 60},
    {"T2, two sensors", VERDICT_ALLOWED, BLOCK, "203.0.113.66", T2, 2, 2, 2, 0, 0, NONE, 1, 60},
    {"no signal", VERDICT_EVIDENCE, BLOCK, "203.0.113.66", T3, 0, 0, 2, 0, 0, SEEN, 1, 60},
    {"lock: success", VERDICT_ALLOWED, LOCK, "clerk", T3, 3, 2, 2, 1, 0, NONE, 1, 60},
    {"lock: T2, witness", VERDICT_ALLOWED, LOCK, "clerk", T2, 3, 2, 2, 1, 0, SEEN, 1, 60},
    {"lock: T2, none", VERDICT_EVIDENCE, LOCK, "clerk", T2, 3, 2, 2, 1, 0, NONE, 1, 60},
    {"lock: failures", VERDICT_EVIDENCE, LOCK, "clerk", T3, 9, 2, 9, 0, 0, NONE, 1, 60},
    {"lock: one sensor", VERDICT_EVIDENCE, LOCK, "clerk", T3, 9, 1, 9, 1, 0, NONE, 1, 60},
    {"end: success", VERDICT_ALLOWED, END, "clerk", T3, 1, 1, 1, 1, 0, NONE, 1, 60},
    {"end: T2, none", VERDICT_EVIDENCE, END, "clerk", T2, 1, 1, 1, 1, 0, NONE, 1, 60},
    {"end: failures", VERDICT_EVIDENCE, END, "clerk", T3, 9, 2, 9, 0, 0, NONE, 1, 60},
};

static void each_guardrail_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *r = &rows[i];
        struct bench b;
        set_up(&b);
        b.action = (struct action){.kind = r->kind, .lease_s = r->lease_s};
        if (r->target != NULL && r->kind == BLOCK) {
            b.action.address = address(r->target);
        } else if (r->target != NULL) {
            b.action.account = str_of(r->target);
        }
        b.evidence = (struct evidence){.event_time = {.us = now_us - r->event_s * 1000000ll},
                                       .trust = r->trust,
                                       .signals = r->signals,
                                       .sensors = r->sensors,
                                       .sources = r->sources,
                                       .success = r->success,
                                       .person = r->person};
        b.c.witness = r->witness;
        enum verdict got = verdict_of(&b);
        if (got != r->want) {
            fail_msg("%s: %s", r->what, verdict_name(got).p);
        }
        never_close(b.never);
    }
}

static void witness_is_asked_only_when_it_can_decide(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    b.evidence.trust = TRUST_DAEMON;
    assert_true(decide_verdict(&b.rules, &b.c).ask_witness);
    b.c.witness = DECIDE_WITNESS_UNSEEN;
    assert_false(decide_verdict(&b.rules, &b.c).ask_witness);
    b.c.witness = DECIDE_WITNESS_UNASKED;
    b.evidence.trust = TRUST_ATTACKER;
    assert_false(decide_verdict(&b.rules, &b.c).ask_witness);
    b.evidence.trust = TRUST_JOURNAL;
    assert_false(decide_verdict(&b.rules, &b.c).ask_witness);
    for_account(&b, ACTION_SUSPEND_ACCOUNT, STR("clerk"));
    b.evidence.trust = TRUST_DAEMON;
    assert_false(decide_verdict(&b.rules, &b.c).ask_witness); /* of whom? */
    b.evidence.from = address("203.0.113.66");
    assert_true(decide_verdict(&b.rules, &b.c).ask_witness);
    b.evidence.sensors = 1;
    assert_false(decide_verdict(&b.rules, &b.c).ask_witness);
    never_close(b.never);
}

static void known_away_and_shadow(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    b.c.known = true;
    assert_int_equal(verdict_of(&b), VERDICT_KNOWN);
    b.c.known = false;
    b.c.away = true;
    assert_int_equal(verdict_of(&b), VERDICT_AWAY);
    b.c.away = false;
    b.rules.enforce = false;
    assert_int_equal(verdict_of(&b), VERDICT_SHADOW);
    b.evidence.person = true;
    assert_int_equal(verdict_of(&b), VERDICT_SHADOW);
    /* in shadow mode what would have been refused is refused */
    b.action.address = address("192.0.2.1");
    assert_int_equal(verdict_of(&b), VERDICT_NEVER);
    never_close(b.never);
}

/* How many of the kind are allowed at one instant. */
static unsigned allowed_at_once(struct bench *b)
{
    unsigned n = 0;
    while (verdict_of(b) == VERDICT_ALLOWED) {
        n++;
    }
    return n;
}

static void budgets_hold_and_trip_the_breaker(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    assert_int_equal(allowed_at_once(&b), BUDGET_ADDRESSES);
    assert_int_equal(verdict_of(&b), VERDICT_BUDGET);
    /* a token is back, but the breaker stays for its window; people are not bound by it */
    b.c.now.ns += 10 * SECOND_NS;
    assert_int_equal(verdict_of(&b), VERDICT_BUDGET);
    b.evidence.person = true;
    assert_int_equal(verdict_of(&b), VERDICT_ALLOWED);
    unsigned more = allowed_at_once(&b);
    assert_true(more < 4);
    assert_int_equal(verdict_of(&b), VERDICT_BUDGET);
    b.evidence.person = false;
    b.c.now.ns += MINUTES_NS_TEN * SECOND_NS;
    assert_true(allowed_at_once(&b) >= BUDGET_ADDRESSES - 3);
    /* other kinds have their own */
    for_account(&b, ACTION_SUSPEND_ACCOUNT, STR("clerk"));
    assert_int_equal(allowed_at_once(&b), BUDGET_ACCOUNTS);
    for_account(&b, ACTION_END_SESSION, STR("clerk"));
    assert_int_equal(allowed_at_once(&b), BUDGET_SESSIONS);
    never_close(b.never);
}

static void what_was_spent_before_a_restart_counts(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    for_account(&b, ACTION_SUSPEND_ACCOUNT, STR("clerk"));
    budget_spent(&b.budget, ACTION_SUSPEND_ACCOUNT, 3600000001, b.c.now);
    budget_spent(&b.budget, ACTION_SUSPEND_ACCOUNT, 1000000, b.c.now);
    budget_spent(&b.budget, ACTION_SUSPEND_ACCOUNT, -5, b.c.now);
    assert_int_equal(allowed_at_once(&b), BUDGET_ACCOUNTS - 2);
    never_close(b.never);
}

static void refusals_cost_no_budget(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    b.evidence.trust = TRUST_ATTACKER;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(verdict_of(&b), VERDICT_TRUST);
    }
    b.evidence.trust = TRUST_JOURNAL;
    assert_int_equal(allowed_at_once(&b), BUDGET_ADDRESSES);
    never_close(b.never);
}

static void never_list_takes_what_it_can_check(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "gw.example.org", "10.0.0.0/33",
                                      "10.0.0.1/8", "account:",       "account:A B",
                                      "10.0.0.1 ",  "fe80::1%eth0",   "010.0.0.1"};
    struct never *n = never_open();
    size_t count;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_fails(never_add(n, str_of(bad[i])), MALFORMED);
    }
    for (unsigned i = 0; i < NEVER_MAX_ENTRIES; i++) {
        assert_ok(never_add(n, STR("10.0.0.0/8")));
    }
    assert_fails(never_add(n, STR("10.0.0.0/8")), TOO_MANY);
    (void)never_addresses(n, &count);
    assert_int_equal(count, NEVER_MAX_ENTRIES);
    never_close(n);
    never_close(NULL);
}

/*
 * What incident would propose after a forged line: the target as the line has it, the trust
 * that the place of the value in the line earns. The gateway is 192.0.2.1 and is listed; the
 * administrator sits at 198.51.100.7, is connected, and is not listed.
 */
struct forgery {
    const char *line;
    const char *target; /* NULL: no address can be read from it */
    enum trust trust;
    uint32_t sources;
    int age_s;
    bool connected;
};

#define ADMIN   "198.51.100.7"
#define GATEWAY "192.0.2.1"

static const struct forgery forgeries[] = {
    /* user names that hold an address: T1, whoever repeats them */
    {"Invalid user x from 198.51.100.7 port 22 from 203.0.113.66", ADMIN, T1, 1, 1, true},
    {"Failed password for 198.51.100.7 from 203.0.113.66", ADMIN, T1, 1, 1, true},
    {"Invalid user x from 198.51.100.7 (file and journal)", ADMIN, T1, 2, 1, true},
    {"Invalid user ' from 198.51.100.7 port 1 ssh2' (9 sources)", ADMIN, T1, 9, 1, true},
    {"user names of many sessions, one bystander", "198.51.100.99", T1, 3, 1, false},
    {"GET / HTTP/1.1 X-Forwarded-For: 198.51.100.7", ADMIN, TRUST_NONE, 1, 1, true},
    {"UDP syslog: Failed password from 198.51.100.7", ADMIN, TRUST_NONE, 5, 1, true},
    /* the gateway's own address and others on the list, also well attested */
    {"Failed password for root from 192.0.2.1 port 22", GATEWAY, T3, 2, 1, true},
    {"Failed password for root from ::ffff:192.0.2.1", "::ffff:192.0.2.1", T3, 2, 1, true},
    {"Failed password for root from ::ffff:c000:201", "::ffff:c000:201", T3, 2, 1, true},
    {"from 127.0.0.1", "127.0.0.1", T3, 2, 1, true},
    {"from ::1", "::1", T3, 2, 1, true},
    {"from ::ffff:127.0.0.1", "::ffff:127.0.0.1", T3, 2, 1, true},
    {"from fe80::1", "fe80::1", T3, 2, 1, true},
    {"from 64:ff9b::c000:201 (NAT64 of the gateway)", "64:ff9b::c000:201", T3, 2, 1, true},
    {"from 0.0.0.0/0", "0.0.0.0/0", T3, 2, 1, true},
    {"from 198.51.100.0/24", "198.51.100.0/24", T3, 2, 1, true},
    /* spellings that two programs read differently */
    {"from 0306.063.0144.07", NULL, T3, 2, 1, true},
    {"from 198.51.100.007", NULL, T3, 2, 1, true},
    {"from fe80::1%eth0", NULL, T3, 2, 1, true},
    {"from host.example.org", NULL, T3, 2, 1, true},
    /* stale and future times: a replayed file, a wrong clock */
    {"yesterday, from an address with a new owner", "198.51.100.99", T3, 2, 86400, true},
    {"three minutes ago", "198.51.100.99", T3, 2, 180, true},
    {"next year", "198.51.100.99", T3, 2, -31536000, true},
    /* a daemon's file that somebody could write to, about one who never connected */
    {"a line appended to auth.log", "198.51.100.99", T2, 1, 1, false},
};

static void forged_lines_block_nobody(void **state)
{
    (void)state;
    assert_true(COUNT_OF(forgeries) >= 20);
    for (size_t i = 0; i < COUNT_OF(forgeries); i++) {
        const struct forgery *f = &forgeries[i];
        struct bench b;
        set_up(&b);
        b.action.address = (struct ipaddr){0};
        if (f->target != NULL) {
            b.action.address = address(f->target);
        } else {
            struct ipaddr ignored;
            struct str last = str_of(strrchr(f->line, ' ') + 1);
            assert_false(ipaddr_parse(last, &ignored));
        }
        b.evidence = (struct evidence){.event_time = {.us = now_us - f->age_s * 1000000ll},
                                       .trust = f->trust,
                                       .signals = f->sources,
                                       .sensors = 2,
                                       .sources = f->sources,
                                       .success = true};
        b.c.witness = f->connected ? DECIDE_WITNESS_SEEN : DECIDE_WITNESS_UNSEEN;
        enum verdict got = verdict_of(&b);
        if (got == VERDICT_ALLOWED || got == VERDICT_SHADOW) {
            fail_msg("%s: %s", f->line, verdict_name(got).p);
        }
        never_close(b.never);
    }
}

/* Words that a forged line puts where an account is read. */
static void forged_accounts_lock_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum trust trust;
        bool success;
    } names[] = {
        {"root", T3, true},        {"president", T3, true},
        {"clerk", T1, true},       {"clerk", T3, false},
        {"clerk\nroot", T3, true}, {"../shadow", T3, true},
        {"clerk:x:0:0", T3, true}, {"", T3, true},
        {"-1", T3, true},          {"CLERK", T3, true},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct bench b;
        set_up(&b);
        for_account(&b, ACTION_SUSPEND_ACCOUNT, str_of(names[i].name));
        b.evidence.trust = names[i].trust;
        b.evidence.success = names[i].success;
        assert_int_not_equal(verdict_of(&b), VERDICT_ALLOWED);
        never_close(b.never);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_guardrail_both_ways),
        cmocka_unit_test(witness_is_asked_only_when_it_can_decide),
        cmocka_unit_test(known_away_and_shadow),
        cmocka_unit_test(budgets_hold_and_trip_the_breaker),
        cmocka_unit_test(what_was_spent_before_a_restart_counts),
        cmocka_unit_test(refusals_cost_no_budget),
        cmocka_unit_test(never_list_takes_what_it_can_check),
        cmocka_unit_test(forged_lines_block_nobody),
        cmocka_unit_test(forged_accounts_lock_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
