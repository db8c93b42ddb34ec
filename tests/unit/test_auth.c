/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What sshd says of log-ons, and what others would have it say. Unless the case says otherwise
 * the lines are those of OpenSSH 9.2 (Debian 12), provoked with such names.
 */
#include "test.h"

#include "decode/auth_sshd.h"

#include <stdio.h>

#define KEY  "ED25519 SHA256:II43MMGjA1YCmeQII2ZjIncaRiwSazE0VcOQ3TiM/u8"
#define CERT "ED25519-CERT SHA256:VNDvNLyPGn8dHLF/aXSiVbXLYygqWDJ1JU/bdUw4pKo"

/* "kind user method address port", or "none". */
static void says(const char *message, const char *want)
{
    static const char *const kinds[] = {"failure", "success", "probe", "opened", "closed"};
    struct auth_sshd a;
    AUTO_BUF got = {0};
    if (auth_sshd_parse(str_of(message), &a)) {
        buf_puts(&got, a.pam ? "pam-" : "");
        buf_puts(&got, kinds[a.kind]);
        buf_puts(&got, " <");
        buf_put(&got, a.user);
        buf_puts(&got, "> ");
        buf_put(&got, a.method);
        buf_putc(&got, ' ');
        ipaddr_format(&got, &a.address);
        buf_putc(&got, ' ');
        buf_put(&got, a.port);
    } else {
        buf_puts(&got, "none");
    }
    if (!str_eq(buf_str(&got), str_of(want))) {
        fail_msg("%s\ngot  %.*s\nwant %s", message, (int)got.n, got.p, want);
    }
}

static void tries(void **state)
{
    (void)state;
    says("Failed password for alice from 192.0.2.7 port 58402 ssh2",
         "failure <alice> password 192.0.2.7 58402");
    says("Failed password for invalid user mallory from 192.0.2.7 port 50888 ssh2",
         "failure <mallory> password 192.0.2.7 50888");
    says("Failed password for alice from 2001:db8::7 port 33094 ssh2\r",
         "failure <alice> password 2001:db8::7 33094");
    says("Failed publickey for alice from 192.0.2.7 port 39948 ssh2: " KEY,
         "failure <alice> publickey 192.0.2.7 39948");
    says("Accepted publickey for fred from 192.0.2.7 port 5 ssh2: RSA aa:bb:cc:dd:ee:ff:00:11",
         "success <fred> publickey 192.0.2.7 5");
    says("Failed none for invalid user x from 192.0.2.7 port 1 ssh2",
         "failure <x> none 192.0.2.7 1");
    says("Accepted password for alice from 192.0.2.7 port 50898 ssh2",
         "success <alice> password 192.0.2.7 50898");
    says("Accepted publickey for alice from 192.0.2.7 port 44882 ssh2: " KEY,
         "success <alice> publickey 192.0.2.7 44882");
    says("Accepted publickey for alice from 192.0.2.7 port 44920 ssh2: " CERT
         " ID id one (serial 0) CA " KEY,
         "success <alice> publickey 192.0.2.7 44920");
    says("Accepted keyboard-interactive/pam for alice from 192.0.2.7 port 44940 ssh2",
         "success <alice> keyboard-interactive/pam 192.0.2.7 44940");
    says("error: PAM: Authentication failure for alice from 192.0.2.7",
         "failure <alice> keyboard-interactive/pam 192.0.2.7 ");
    says("error: PAM: Authentication failure for illegal user nobodyhere from 192.0.2.7",
         "probe <nobodyhere> keyboard-interactive/pam 192.0.2.7 ");
}

static void probes(void **state)
{
    (void)state;
    says("Invalid user mallory from 192.0.2.7 port 50888", "probe <mallory>  192.0.2.7 50888");
    says("Invalid user  from 192.0.2.7 port 50888", "probe <>  192.0.2.7 50888");
    says("Connection closed by authenticating user alice 192.0.2.7 port 58402 [preauth]",
         "probe <alice>  192.0.2.7 58402");
    says("Connection closed by invalid user  192.0.2.7 port 5 [preauth]",
         "probe <>  192.0.2.7 5");
    says("Connection reset by 192.0.2.7 port 37680 [preauth]", "probe <>  192.0.2.7 37680");
    says("Disconnected from authenticating user root 192.0.2.7 port 5 [preauth]",
         "probe <root>  192.0.2.7 5");
    says("error: maximum authentication attempts exceeded for alice from 192.0.2.7 port 56918 "
         "ssh2 [preauth]",
         "probe <alice>  192.0.2.7 56918");
    says("error: maximum authentication attempts exceeded for invalid user x from 192.0.2.7 "
         "port 34528 ssh2 [preauth]",
         "probe <x>  192.0.2.7 34528");
}

static void sessions(void **state)
{
    (void)state;
    says("pam_unix(sshd:session): session opened for user alice(uid=4001) by (uid=0)",
         "opened <alice>  - ");
    says("pam_unix(sshd:session): session opened for user alice by (uid=0)",
         "opened <alice>  - ");
    says("pam_unix(sshd:session): session closed for user alice", "closed <alice>  - ");
    says("pam_unix(sshd:session): session opened for user a b(uid=1) by (uid=0)", "none");
    says("pam_unix(sshd:session): session opened for user alice", "none");
    says("pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)", "none");
}

static void pam_is_not_anchored(void **state)
{
    (void)state;
    says("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=192.0.2.7  user=alice",
         "pam-failure <alice>  192.0.2.7 ");
    says("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=192.0.2.7 ",
         "pam-failure <>  192.0.2.7 ");
    says("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=host.example  user=alice",
         "pam-failure <alice>  - ");
}

static void repeated(void **state)
{
    (void)state;
    struct auth_sshd a;
    assert_true(auth_sshd_parse(STR("message repeated 5 times: [ Failed password for root from "
                                    "192.0.2.7 port 22 ssh2]"),
                                &a));
    assert_int_equal(a.repeated, 5);
    assert_str(a.user, "root");
    says("message repeated 0 times: [ Failed password for root from 192.0.2.7 port 22 ssh2]",
         "none");
    says("message repeated 2 times: [ message repeated 2 times: [ Failed password for root "
         "from 192.0.2.7 port 22 ssh2]]",
         "none");
    says("message repeated 2 times: [ Failed password for root from 192.0.2.7 port 22 ssh2",
         "none");
}

/* 198.51.100.9 is the innocent one whom a name would have blocked. */
static void forged_names(void **state)
{
    (void)state;
    says(
        "Failed password for invalid user x from 198.51.100.9 port 22 ssh2 from 192.0.2.7 port "
        "56214 ssh2",
        "failure <x from 198.51.100.9 port 22 ssh2> password 192.0.2.7 56214");
    says("Invalid user x from 198.51.100.9 port 22 ssh2 from 192.0.2.7 port 50900",
         "probe <x from 198.51.100.9 port 22 ssh2>  192.0.2.7 50900");
    says("Connection closed by invalid user x from 198.51.100.9 port 22 ssh2 192.0.2.7 port "
         "50900 [preauth]",
         "probe <x from 198.51.100.9 port 22 ssh2>  192.0.2.7 50900");
    says("Failed password for invalid user root from 198.51.100.9 from 192.0.2.7 port 37942 "
         "ssh2",
         "failure <root from 198.51.100.9> password 192.0.2.7 37942");
    says("Connection closed by invalid user x 198.51.100.9 port 22 [preauth] 192.0.2.7 port "
         "37698 [preauth]",
         "probe <x 198.51.100.9 port 22 [preauth]>  192.0.2.7 37698");
    says("Failed password for invalid user x from  from 192.0.2.7 port 49932 ssh2",
         "failure <x from > password 192.0.2.7 49932");
    says("error: PAM: Authentication failure for illegal user x from 198.51.100.9 from "
         "192.0.2.7",
         "probe <x from 198.51.100.9> keyboard-interactive/pam 192.0.2.7 ");
    says(
        "Failed password for invalid user \\nFailed password for root from 198.51.100.9 port 1 "
        "ssh2 from 192.0.2.7 port 4 ssh2",
        "failure <\\nFailed password for root from 198.51.100.9 port 1 ssh2> password "
        "192.0.2.7 4");
    /* no name of sshd's holds a colon: it is not known who wrote these */
    says("Failed password for invalid user x from ::ffff:198.51.100.9 port 4 ssh2: " KEY
         " from 192.0.2.7 port 49932 ssh2",
         "none");
    says("Failed password for invalid user x from 192.0.2.7 port 58946 ssh2: from 198.51.100.9 "
         "port 55555 ssh2",
         "none");
    says("Connection closed by invalid user a:b 192.0.2.7 port 5 [preauth]", "none");
    says("error: PAM: Authentication failure for a:b from 192.0.2.7", "none");
    says("Accepted password for invalid user x from 192.0.2.7 port 4 ssh2", "none");
}

/* The id of a certificate stands behind the address. */
static void forged_certificates(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "x from 198.51.100.9 port 22 ssh2",
        "x from 198.51.100.9 port 22 ssh2: " CERT " ID y",
        "x (serial 1) CA " KEY,
        " (serial 1) CA " KEY " from 198.51.100.9 port 22 ssh2: " CERT " ID ",
    };
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        AUTO_BUF b = {0};
        buf_puts(&b, "Failed publickey for alice from 192.0.2.7 port 5 ssh2: " CERT " ID ");
        buf_puts(&b, ids[i]);
        buf_puts(&b, " (serial 0) CA " KEY);
        buf_putc(&b, '\0');
        says(b.p, "failure <alice> publickey 192.0.2.7 5");
    }
    says("Failed publickey for alice from 192.0.2.7 port 5 ssh2: " CERT " ID x", "none");
    says("Failed publickey for alice from 192.0.2.7 port 5 ssh2: " CERT
         " ID x (serial ) CA " KEY,
         "none");
}

static void what_does_not_fit_is_none(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "",
        "Failed password for root from 192.0.2.7 port 22 ssh2 and more",
        "Failed password for root from 192.0.2.7 port 22",
        "Failed password for root from 192.0.2.7 port 022 ssh2",
        "Failed password for root from 192.0.2.7 port 0 ssh2",
        "Failed password for root from 192.0.2.7 port 65536 ssh2",
        "Failed password for root from 192.0.2.7 port 22x ssh2",
        "Failed password for root from 192.0.2.7  port 22 ssh2",
        "Failed password for root from host name port 22 ssh2",
        "Failed password for root from 192.0.2.7 port 22 ssh2: client user \"x\"",
        "Failed  for root from 192.0.2.7 port 22 ssh2",
        " Failed password for root from 192.0.2.7 port 22 ssh2",
        "Invalid user root from 192.0.2.7",
        "Invalid user root from 192.0.2.7 port 22 [preauth]",
        "Connection closed by 192.0.2.7 port 22",
        "Connection closed by root 192.0.2.7 port 22 [preauth]",
        "Disconnected from user alice 192.0.2.7 port 50898",
        "Received disconnect from 192.0.2.7 port 50898:11: x from 198.51.100.9 port 2 ssh2",
        "Postponed publickey for alice from 192.0.2.7 port 39936 ssh2 [preauth]",
        "Accepted key ED25519 SHA256:II43 found at /home/alice/.ssh/authorized_keys:1",
        "Accepted certificate ID \"x for y from 198.51.100.9 port 2 ssh2\" (serial 0)",
        "error: PAM: Authentication failure for alice from host.example",
        "banner exchange: Connection from 192.0.2.7 port 37678: invalid format",
    };
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        says(messages[i], "none");
    }
    says("error: kex_exchange_identification: client sent invalid protocol identifier \"GET / "
         "HTTP/1.0 from 198.51.100.9 port 22 ssh2\"",
         "none");
}

/* The try counts, its address does not: only what ipaddr reads is an address. */
static void odd_addresses(void **state)
{
    (void)state;
    says("Failed password for root from UNKNOWN port 65535 ssh2",
         "failure <root> password - 65535");
    says("Failed password for root from fe80::1%eth0 port 22 ssh2",
         "failure <root> password - 22");
    says("Failed password for root from 010.0.0.1 port 22 ssh2",
         "failure <root> password - 22");
    says("Failed password for root from 192.0.2 port 22 ssh2", "failure <root> password - 22");
    says("Failed password for root from ::ffff:192.0.2.7 port 22 ssh2",
         "failure <root> password 192.0.2.7 22");
    says("Failed password for root from 192.0.2.0/24 port 22 ssh2", "none");
}

static void long_messages_are_bounded(void **state)
{
    (void)state;
    static const struct str one = STR_INIT(" from 192.0.2.7 port 22 ssh2");
    AUTO_BUF b = {0};
    struct auth_sshd a;
    buf_puts(&b, "Failed publickey for x");
    while (b.n + one.n < 8000) {
        buf_put(&b, one);
    }
    assert_true(auth_sshd_parse(buf_str(&b), &a));
    buf_putc(&b, 'x');
    assert_false(auth_sshd_parse(buf_str(&b), &a));
    b.n--;
    while (b.n < 9000) {
        buf_put(&b, one);
    }
    assert_false(auth_sshd_parse(buf_str(&b), &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries),
        cmocka_unit_test(probes),
        cmocka_unit_test(sessions),
        cmocka_unit_test(pam_is_not_anchored),
        cmocka_unit_test(repeated),
        cmocka_unit_test(forged_names),
        cmocka_unit_test(forged_certificates),
        cmocka_unit_test(what_does_not_fit_is_none),
        cmocka_unit_test(odd_addresses),
        cmocka_unit_test(long_messages_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
