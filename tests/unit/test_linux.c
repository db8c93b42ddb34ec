/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One message by two ways has one identity; a message is believed as far as its source can
 * vouch for it; and who is named in it is believed no further than the place where he is named.
 */
#include "test.h"

#include "base/heap.h"
#include "decode/normal.h"
#include "detect/entity.h"

struct fixture {
    struct fields *fields;
    struct normal *normal;
    struct arena *batch, *other;
    struct event e;
};

static int setup(void **state)
{
    struct fixture *f = heap_zalloc(1, sizeof(*f));
    f->fields = fields_open();
    f->normal = normal_open(f->fields);
    f->batch = arena_open((size_t)16 << 20);
    f->other = arena_open((size_t)16 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    normal_close(f->normal);
    arena_close(f->batch);
    arena_close(f->other);
    fields_close(f->fields);
    heap_free(f);
    return 0;
}

static const struct event *line(struct fixture *f, struct str text)
{
    arena_reset(f->batch);
    assert_ok(normal_line(f->normal, text, 1798761599, f->batch, &f->e));
    return &f->e;
}

static const struct event *json(struct fixture *f, const char *text)
{
    struct json_pairs pairs;
    arena_reset(f->batch);
    assert_ok(json_flatten(str_of(text), f->batch, &pairs));
    assert_ok(normal_json(f->normal, &pairs, LOGSOURCE_UNKNOWN, f->batch, &f->e));
    return &f->e;
}

static struct str field(const struct event *e, const char *name)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if (str_eq(e->fields[i].name, str_of(name))) {
            return (struct str){(const char *)e->fields[i].value.p, e->fields[i].value.n};
        }
    }
    return STR("");
}

static struct bytes keep(struct fixture *f, struct bytes b)
{
    struct str own;
    assert_ok(arena_copy(f->other, str_bytes(b), &own));
    return bytes_of(own);
}

#define ROOT_SSHD                                                                              \
    "\"_UID\":\"0\",\"_EXE\":\"/usr/sbin/sshd\",\"_HOSTNAME\":\"srv1\","                       \
    "\"SYSLOG_IDENTIFIER\":\"sshd\",\"__REALTIME_TIMESTAMP\":\"1795515685123456\","
#define FAILED "Failed password for root from 192.0.2.7 port 5 ssh2"

static void twins_have_one_identity(void **state)
{
    struct fixture *f = *state;
    const struct event *e = line(
        f, STR("Nov 24 10:21:25 srv1 sshd[108]: Accepted password for alice from 192.0.2.7 "
               "port 50898 ssh2"));
    assert_true(e->identity.n > 0);
    struct bytes want = keep(f, e->identity);
    static const char *const twins[] = {
        "{\"_TRANSPORT\":\"syslog\",\"_PID\":\"108\",\"SYSLOG_PID\":\"108\"," ROOT_SSHD
        "\"MESSAGE\":\"Accepted password for alice from 192.0.2.7 port 50898 ssh2\"}",
        "{\"_TRANSPORT\":\"journal\",\"_PID\":\"108\"," ROOT_SSHD
        "\"MESSAGE\":\"Accepted password for alice from 192.0.2.7 port 50898 ssh2 \"}",
    };
    for (size_t i = 0; i < COUNT_OF(twins); i++) {
        e = json(f, twins[i]);
        assert_str(field(e, "auth"), "success");
        assert_int_equal(e->identity.n, want.n);
        assert_memory_equal(e->identity.p, want.p, want.n);
    }
    e = line(f, STR("2026-11-24T10:21:25.123456+00:00 srv1 sshd[108]: Accepted password for "
                    "alice from 192.0.2.7 port 50898 ssh2"));
    assert_memory_equal(e->identity.p, want.p, want.n);
    e = line(f,
             STR("Nov 24 10:21:25 srv1 sshd[109]: Accepted password for alice from 192.0.2.7 "
                 "port 50898 ssh2"));
    assert_memory_not_equal(e->identity.p, want.p, want.n);
}

/* A part cannot lend its end to the next one. */
static void identity_is_unambiguous(void **state)
{
    struct fixture *f = *state;
    struct bytes a = keep(f, line(f, STR("Nov 24 10:21:25 h ab[1]: c"))->identity);
    struct bytes b = keep(f, line(f, STR("Nov 24 10:21:25 h a[1]: bc"))->identity);
    assert_int_equal(a.n, b.n);
    assert_memory_not_equal(a.p, b.p, a.n);
    /* without a pid equal messages of two years would be one */
    assert_int_equal(line(f, STR("Nov 24 10:21:25 h kernel: out of memory"))->identity.n, 0);
    assert_int_equal(line(f, STR("type=EOE msg=audit(1795513615.029:638): "))->identity.n, 0);
    assert_int_equal(line(f, STR("just text"))->identity.n, 0);
    assert_int_equal(json(f, "{\"a\":1}")->identity.n, 0);
}

static void trust_is_by_source(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(line(f, STR("Nov 24 10:21:25 h sshd[1]: x"))->trust, TRUST_DAEMON);
    assert_int_equal(line(f, STR("type=EOE msg=audit(1795513615.029:638): "))->trust,
                     TRUST_JOURNAL);
    static const struct str weak[] = {
        STR_INIT("just text"),
        STR_INIT("type=SYSCALL msg=audit(x): auid=0"),
        STR_INIT("192.0.2.7 - - [10/Oct/2026:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1"),
        /* any program can write such a line to its own log */
        STR_INIT("srv sshd[13709]: " FAILED),
    };
    for (size_t i = 0; i < COUNT_OF(weak); i++) {
        assert_int_equal(line(f, weak[i])->trust, TRUST_ATTACKER);
    }
}

static void the_journal_says_who_spoke(void **state)
{
    struct fixture *f = *state;
#define ENTRY(who)                                                                             \
    "{\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"9\",\"MESSAGE\":\"" FAILED "\"" who "}"
    static const struct {
        const char *text;
        enum trust want;
    } cases[] = {
        {ENTRY(",\"_UID\":\"0\",\"_EXE\":\"/usr/sbin/sshd\""), TRUST_JOURNAL},
        {ENTRY(",\"_UID\":\"0\",\"_EXE\":\"/usr/lib/openssh/sshd-session\""), TRUST_JOURNAL},
        {ENTRY(",\"_UID\":\"0\",\"_COMM\":\"sshd\""), TRUST_JOURNAL},
        {ENTRY(",\"_UID\":\"1000\",\"_EXE\":\"/usr/sbin/sshd\""), TRUST_ATTACKER},
        {ENTRY(",\"_UID\":\"1000\",\"_EXE\":\"/usr/bin/logger\""), TRUST_ATTACKER},
        {ENTRY(",\"_UID\":\"0\",\"_EXE\":\"/usr/bin/logger\",\"_COMM\":\"sshd\""),
         TRUST_ATTACKER},
        {ENTRY(",\"_UID\":\"0\",\"_EXE\":\"/home/eve/sshd\""), TRUST_ATTACKER},
        {ENTRY(",\"_UID\":\"0\",\"_EXE\":\"/usr/local/sbin/sshd\""), TRUST_ATTACKER},
        {ENTRY(",\"_UID\":\"0\""), TRUST_ATTACKER},
        {ENTRY(",\"_EXE\":\"/usr/sbin/sshd\""), TRUST_ATTACKER},
        {ENTRY(",\"_UID\":[\"0\",\"1000\"],\"_EXE\":\"/usr/sbin/sshd\""), TRUST_ATTACKER},
        {ENTRY(",\"UID\":\"0\",\"EXE\":\"/usr/sbin/sshd\""), TRUST_ATTACKER},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct event *e = json(f, cases[i].text);
        assert_str(field(e, "src_ip"), "192.0.2.7");
        if (e->trust != cases[i].want) {
            fail_msg("%s: T%d", cases[i].text, (int)e->trust);
        }
    }
    /* the raw line inside another's record */
    json(f, "{\"_raw\":\"Nov 24 10:21:25 h sshd[1]: " FAILED "\"}");
    assert_str(field(&f->e, "auth"), "failure");
    assert_int_equal(f->e.trust, TRUST_ATTACKER);
    json(f, "{\"TenantId\":\"t\",\"ProcessName\":\"sshd\",\"SyslogMessage\":\"" FAILED "\"}");
    assert_str(field(&f->e, "auth"), "failure");
    assert_int_equal(f->e.trust, TRUST_ATTACKER);
}

static void a_message_may_be_an_array_of_bytes(void **state)
{
    struct fixture *f = *state;
    json(f, "{" ROOT_SSHD "\"_PID\":\"7\",\"MESSAGE\":[70,97,105,108,101,100,32,120,255,10],"
            "\"PRIORITY\":\"6\"}");
    assert_str(field(&f->e, "message"), "Failed x\xFF\n");
    assert_str(field(&f->e, "severity"), "6");
    assert_true(f->e.identity.n != 0);
    /* not bytes: left alone, and nothing is made of it */
    json(f, "{" ROOT_SSHD "\"_PID\":\"7\",\"MESSAGE\":[256,-1,1.5]}");
    assert_str(field(&f->e, "message"), "256");
    json(f, "{" ROOT_SSHD "\"_PID\":\"7\",\"MESSAGE\":[]}");
    json(f, "{" ROOT_SSHD "\"_PID\":\"7\",\"MESSAGE\":null}");
    assert_int_equal(f->e.logsource, LOGSOURCE_LINUX_SSHD);
}

static void check_entity(struct fixture *f, enum entity_kind kind, struct str value,
                         enum trust want)
{
    struct entity *list;
    uint32_t n;
    assert_ok(entity_extract(&f->e, NULL, f->other, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].kind == kind && str_eq(list[i].value, value)) {
            assert_int_equal(list[i].trust, want);
            return;
        }
    }
    fail_msg("no %.*s", (int)value.n, value.p);
}

static bool has_entity(struct fixture *f, struct str value)
{
    struct entity *list;
    uint32_t n;
    assert_ok(entity_extract(&f->e, NULL, f->other, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        if (str_eq(list[i].value, value)) {
            return true;
        }
    }
    return false;
}

/* The innocent one of a forged name is nowhere an address, and the name is the attacker's. */
static void entities_are_believed_by_place(void **state)
{
    struct fixture *f = *state;
    line(f,
         STR("Nov 24 10:21:25 srv1 sshd[108]: Accepted password for alice from 192.0.2.7 port "
             "50898 ssh2"));
    check_entity(f, ENTITY_ADDRESS, STR("192.0.2.7"), TRUST_DAEMON);
    check_entity(f, ENTITY_ACCOUNT, STR("alice"), TRUST_DAEMON);
    check_entity(f, ENTITY_HOST, STR("srv1"), TRUST_DAEMON);
    line(f, STR("Nov 24 10:21:25 srv1 sshd[108]: Failed password for invalid user x from "
                "198.51.100.9 port 22 ssh2 from ::ffff:192.0.2.7 port 50898 ssh2"));
    check_entity(f, ENTITY_ADDRESS, STR("192.0.2.7"), TRUST_DAEMON);
    check_entity(f, ENTITY_ACCOUNT, STR("x from 198.51.100.9 port 22 ssh2"), TRUST_ATTACKER);
    assert_false(has_entity(f, STR("198.51.100.9")));
    line(f, STR("Nov 24 10:21:25 srv1 sshd[108]: pam_unix(sshd:auth): authentication failure; "
                "logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.9  user=alice"));
    check_entity(f, ENTITY_ADDRESS, STR("198.51.100.9"), TRUST_ATTACKER);
    json(f, "{\"src_ip\":\"198.51.100.9\",\"user\":\"alice\"}");
    check_entity(f, ENTITY_ADDRESS, STR("198.51.100.9"), TRUST_ATTACKER);
    /* a client's own field of the journal beside the one that was read from sshd's words */
    json(f,
         "{" ROOT_SSHD "\"_PID\":\"7\",\"addr\":\"198.51.100.9\",\"MESSAGE\":\"" FAILED "\"}");
    check_entity(f, ENTITY_ADDRESS, STR("192.0.2.7"), TRUST_JOURNAL);
    check_entity(f, ENTITY_ADDRESS, STR("198.51.100.9"), TRUST_ATTACKER);
}

static void audit_entities(void **state)
{
    struct fixture *f = *state;
    line(f, STR("node=srv1 type=SYSCALL msg=audit(1795513615.029:638): success=yes auid=4001 "
                "comm=\"cat\" exe=\"/usr/bin/cat\" key=\"tocsin-case\"\x1d"
                "AUID=\"alice\" UID=\"alice\""));
    check_entity(f, ENTITY_EVENT, STR("1795513615.029:638"), TRUST_JOURNAL);
    check_entity(f, ENTITY_ACCOUNT, STR("alice"), TRUST_JOURNAL);
    check_entity(f, ENTITY_PROCESS, STR("/usr/bin/cat"), TRUST_JOURNAL);
    check_entity(f, ENTITY_HOST, STR("srv1"), TRUST_JOURNAL);
    assert_false(has_entity(f, STR("4001")));
    line(f, STR("type=PATH msg=audit(1795513615.029:638): item=0 name=\"/srv/cases/a\""));
    check_entity(f, ENTITY_FILE, STR("/srv/cases/a"), TRUST_JOURNAL);
    line(f, STR("type=SYSCALL msg=audit(1795513615.029:638): auid=4001 exe=\"/usr/bin/cat\""));
    check_entity(f, ENTITY_ACCOUNT, STR("4001"), TRUST_JOURNAL);
    line(f, STR("type=SYSCALL msg=audit(1795513615.029:638): auid=4294967295\x1d"
                "AUID=\"unset\""));
    assert_false(has_entity(f, STR("unset")));
    assert_false(has_entity(f, STR("4294967295")));
    line(f, STR("type=USER_AUTH msg=audit(1795513591.101:601): auid=4294967295 msg='op=x "
                "acct=\"alice\" exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 "
                "res=failed'"));
    check_entity(f, ENTITY_ADDRESS, STR("192.0.2.7"), TRUST_JOURNAL);
    check_entity(f, ENTITY_ACCOUNT, STR("alice"), TRUST_ATTACKER);
    line(f, STR("type=USER_AUTH msg=audit(1795513591.101:601): msg='acct=\"alice\" "
                "addr=192.0.2.7 res=success'"));
    check_entity(f, ENTITY_ACCOUNT, STR("alice"), TRUST_JOURNAL);
    /* two addresses: which is it? */
    line(f, STR("type=USER_AUTH msg=audit(1795513591.101:601): msg='acct=a addr=198.51.100.9 "
                "addr=192.0.2.7 res=success'"));
    check_entity(f, ENTITY_ADDRESS, STR("192.0.2.7"), TRUST_ATTACKER);
    check_entity(f, ENTITY_ADDRESS, STR("198.51.100.9"), TRUST_ATTACKER);
    line(f, STR("type=SOCKADDR msg=audit(1795513615.029:638): "
                "saddr=020001BBCB0071500000000000000000"));
    check_entity(f, ENTITY_ADDRESS, STR("203.0.113.80"), TRUST_JOURNAL);
    line(f, STR("type=CRYPTO_SESSION msg=audit(1795513615.029:638): msg='laddr=203.0.113.80 "
                "lport=22 addr=192.0.2.7'"));
    assert_false(has_entity(f, STR("203.0.113.80")));
    /* `name` of another log is no file */
    json(f, "{\"name\":\"/srv/cases/a\",\"auid\":\"5\",\"laddr\":\"192.0.2.1\"}");
    assert_false(has_entity(f, STR("/srv/cases/a")));
    assert_false(has_entity(f, STR("5")));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(twins_have_one_identity),
        CASE(identity_is_unambiguous),
        CASE(trust_is_by_source),
        CASE(the_journal_says_who_spoke),
        CASE(a_message_may_be_an_array_of_bytes),
        CASE(entities_are_believed_by_place),
        CASE(audit_entities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
