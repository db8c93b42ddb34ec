/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "decode/auditd.h"

/* "type|id|node" and then "part:name=text" a pair. */
static void reads(struct str line, const char *want)
{
    AUTO_ARENA arena = arena_open(1 << 20);
    AUTO_BUF got = {0};
    struct auditd a;
    struct auditd_pair p;
    if (!auditd_open(line, &a)) {
        buf_puts(&got, "none");
    } else {
        buf_put(&got, a.type);
        buf_putc(&got, '|');
        buf_put(&got, a.id);
        buf_putc(&got, '|');
        buf_put(&got, a.node);
        while (auditd_next(&a, &p)) {
            struct str text;
            assert_ok(auditd_text(&p, arena, &text));
            buf_puts(&got, p.part == AUDITD_KERNEL ? " k:"
                           : p.part == AUDITD_USER ? " u:"
                                                   : " e:");
            buf_put(&got, p.name);
            buf_putc(&got, '=');
            buf_put(&got, text);
        }
    }
    if (!str_eq(buf_str(&got), str_of(want))) {
        fail_msg("%.*s\ngot  %.*s\nwant %s", (int)line.n, line.p, (int)got.n, got.p, want);
    }
}

#define HEAD(type) "type=" type " msg=audit(1795513615.029:638): "
#define READ(type) type "|1795513615.029:638|"

static void heads(void **state)
{
    (void)state;
    struct auditd a;
    assert_true(auditd_open(STR("node=srv1 " HEAD("SYSCALL") "a0=1"), &a));
    assert_str(a.node, "srv1");
    assert_int_equal(a.time.us, INT64_C(1795513615029000));
    reads(STR(HEAD("UNKNOWN[1335]") "a=b"), READ("UNKNOWN[1335]") " k:a=b");
    static const struct str none[] = {
        STR_INIT(""),
        STR_INIT("type=SYSCALL"),
        STR_INIT("type=SYSCALL msg=audit(1795513615.029:638) a=b"),
        STR_INIT("type=SYSCALL msg=audit(1795513615.29:638): a=b"),
        STR_INIT("type=SYSCALL msg=audit(1795513615.029:): a=b"),
        STR_INIT("type=SYSCALL msg=audit(:): a=b"),
        STR_INIT("type=SYSCALL msg=audit(99999999999999999999.029:1): a=b"),
        STR_INIT("type= msg=audit(1795513615.029:638): a=b"),
        STR_INIT("type=A\"B msg=audit(1795513615.029:638): a=b"),
        STR_INIT("node= " HEAD("SYSCALL") "a=b"),
        STR_INIT(" " HEAD("SYSCALL") "a=b"),
        STR_INIT("x " HEAD("SYSCALL") "a=b"),
    };
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        reads(none[i], "none");
    }
}

static void values(void **state)
{
    (void)state;
    reads(STR(HEAD("PATH") "item=0 name=\"/srv/cases/a\" nametype=NORMAL"),
          READ("PATH") " k:item=0 k:name=/srv/cases/a k:nametype=NORMAL");
    reads(STR(HEAD("PATH") "name=2F7372762F6120622E706466 dev=08:01"),
          READ("PATH") " k:name=/srv/a b.pdf k:dev=08:01");
    reads(STR(HEAD("PROCTITLE") "proctitle=6361740061"),
          READ("PROCTITLE") " k:proctitle=cat a");
    /* arguments are text in EXECVE only */
    reads(STR(HEAD("EXECVE") "argc=2 a0=\"sh\" a1=6120 a2_len=12 a2[0]=6162"),
          READ("EXECVE") " k:argc=2 k:a0=sh k:a1=a  k:a2_len=12 k:a2[0]=ab");
    reads(STR(HEAD("SYSCALL") "a0=6120 exit=3"), READ("SYSCALL") " k:a0=6120 k:exit=3");
    /* no hex after all */
    reads(STR(HEAD("PATH") "name=(null) comm=abc key=ABC"),
          READ("PATH") " k:name=(null) k:comm=abc k:key=ABC");
    reads(STR(HEAD("AVC") "avc:  denied  { read } for  pid=5 name=\"x\""),
          READ("AVC") " k:pid=5 k:name=x");
    reads(STR(HEAD("X") "a= b=\"\" =c d"), READ("X") " k:a= k:b=");
    reads(STR(HEAD("X") "a=\"never closed b=c"), READ("X") " k:a=never closed b=c");
}

static void parts(void **state)
{
    (void)state;
    reads(
        STR(HEAD(
            "USER_LOGIN") "pid=1 auid=4001 msg='op=login acct=\"alice\" exe=\"/usr/sbin/sshd\" "
                          "addr=192.0.2.7 res=success'\x1dUID=\"root\" AUID=\"alice\""),
        READ("USER_LOGIN") " k:pid=1 k:auid=4001 u:op=login u:acct=alice u:exe=/usr/sbin/sshd "
                           "u:addr=192.0.2.7 u:res=success e:UID=root e:AUID=alice");
    reads(STR(HEAD(
              "USER_AUTH") "user pid=1 msg='PAM: authentication acct=\"root\" : "
                           "exe=\"/bin/su\" (hostname=?, addr=?, terminal=pts/1 res=success)'"),
          READ("USER_AUTH") " k:pid=1 u:acct=root u:exe=/bin/su u:hostname=? u:addr=? "
                            "u:terminal=pts/1 u:res=success");
    reads(STR(HEAD(
              "SOCKADDR") "saddr=0200\x1dSADDR={ saddr_fam=inet laddr=192.0.2.7 lport=443 }"),
          READ("SOCKADDR") " k:saddr=0200 e:saddr_fam=inet e:laddr=192.0.2.7 e:lport=443");
}

/* Names that would speak for the kernel, for auditd or for the host. */
static void forged(void **state)
{
    (void)state;
    /* libaudit writes such a name in hex: it stays one value */
    reads(
        STR(HEAD("USER_AUTH") "pid=1 msg='acct=6120616464723D3139382E35312E3130302E39 "
                              "addr=192.0.2.7 res=failed'"),
        READ("USER_AUTH") " k:pid=1 u:acct=a addr=198.51.100.9 u:addr=192.0.2.7 u:res=failed");
    /* a program's name that looks like the user's part */
    reads(STR(HEAD("SYSCALL") "comm=\"msg='auid=0\" exe=\"/bin/x\""),
          READ("SYSCALL") " k:comm=msg='auid=0 k:exe=/bin/x");
    /* a second mark inside what a process said: only the last one is auditd's */
    reads(STR(HEAD("USER") "pid=1 msg='op=x\x1d"
                           "AUID=\"root\" res=success'\x1d"
                           "AUID=\"eve\""),
          READ("USER") " k:pid=1 u:op=x\x1d"
                       "AUID=\"root\" u:res=success e:AUID=eve");
    /* a quote inside: the rest is still what the process said */
    reads(STR(HEAD("USER") "pid=1 msg='op=x' auid=0 exe=\"/bin/y\" res=success'"),
          READ("USER") " k:pid=1 u:op=x' u:auid=0 u:exe=/bin/y u:res=success");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(values),
        cmocka_unit_test(parts),
        cmocka_unit_test(forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
