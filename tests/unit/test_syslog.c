/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/heap.h"
#include "decode/access.h"
#include "decode/syslog.h"
#include "decode/syslog_time.h"

#define END_OF_2026 INT64_C(1798761599)

static struct syslog parse(const char *line)
{
    struct syslog s;
    assert_true(syslog_parse(str_of(line), END_OF_2026, &s));
    return s;
}

static void check_time(struct walltime t, const char *want)
{
    AUTO_BUF b = {0};
    walltime_format(&b, t);
    if (!str_eq(buf_str(&b), str_of(want))) {
        fail_msg("got %.*s, want %s", (int)b.n, b.p, want);
    }
}

static void test_3164(void **state)
{
    (void)state;
    struct syslog s = parse("<34>Oct 11 22:14:15 host su: 'su root' failed");
    assert_string_equal(s.dialect, "rfc3164");
    assert_int_equal(s.facility, 4);
    assert_int_equal(s.severity, 2);
    assert_str(s.hostname, "host");
    assert_str(s.program, "su");
    assert_str(s.pid, "");
    assert_str(s.message, "'su root' failed");
    check_time(s.time, "2026-10-11T22:14:15Z");
    s = parse("Feb  7 15:10:42 h postfix/smtpd[14398]: NOQUEUE");
    assert_str(s.program, "postfix/smtpd");
    assert_str(s.pid, "14398");
    s = parse("Jun 14 15:16:01 h sshd(pam_unix)[19939]: x");
    assert_str(s.program, "sshd");
    s = parse("Jan 22 2019 07:54:32 h kernel: x");
    check_time(s.time, "2019-01-22T07:54:32Z");
    s = parse("Jan 22 07:54:32.123456 h kernel[0]: x");
    check_time(s.time, "2026-01-22T07:54:32.123456Z");
    s = parse("Jan 22 07:54:32 h Job `cron.daily' terminated");
    assert_str(s.hostname, "h");
    assert_str(s.program, "");
    assert_str(s.message, "Job `cron.daily' terminated");
    s = parse("<13>no time at all");
    assert_str(s.message, "time at all");
    struct syslog none;
    assert_true(syslog_parse(STR("Jan 22 07:54:32 h a: b"), 0, &none));
    assert_false(walltime_known(none.time));
}

static void check_year(const char *line, int64_t latest_s, const char *want)
{
    struct syslog s;
    assert_true(syslog_parse(str_of(line), latest_s, &s));
    check_time(s.time, want);
}

/* The year is the last one in which the line is not from the future. */
static void test_year(void **state)
{
    (void)state;
    enum { JANUARY_2ND_2023 = 1672617600 };
    check_year("Dec 31 23:59:59 h a: b", JANUARY_2ND_2023, "2022-12-31T23:59:59Z");
    check_year("Jan  2 00:00:00 h a: b", JANUARY_2ND_2023, "2023-01-02T00:00:00Z");
    check_year("Jan  2 23:00:00.5 h a: b", JANUARY_2ND_2023, "2023-01-02T23:00:00.5Z");
    check_year("Jan  3 00:00:01 h a: b", JANUARY_2ND_2023, "2022-01-03T00:00:01Z");
    check_year("Feb 29 01:02:03 h a: b", JANUARY_2ND_2023, "2020-02-29T01:02:03Z");
    check_year("Feb 29 01:02:03 h a: b", 0, "-");
    check_year("Feb 28 01:02:03 h a: b", INT64_MIN, "-");
    check_year("Feb 28 01:02:03 h a: b", INT64_MAX, "-");
    check_year("Feb 28 01:02:03 h a: b", 1, "1969-02-28T01:02:03Z");
    struct syslog s;
    assert_false(syslog_parse(STR("Feb 30 01:02:03 h a: b"), JANUARY_2ND_2023, &s));
    assert_false(syslog_parse(STR("Feb 29 2023 01:02:03 h a: b"), JANUARY_2ND_2023, &s));
}

static void test_5424(void **state)
{
    (void)state;
    struct syslog s = parse("\xEF\xBB\xBF<165>1 2026-02-03T04:05:06.003Z host app 77 ID47 "
                            "[a@1 k=\"v\" l=\"\\\"]\"][b m=\"\"] \xEF\xBB\xBFtext");
    assert_string_equal(s.dialect, "rfc5424");
    assert_str(s.hostname, "host");
    assert_str(s.program, "app");
    assert_str(s.pid, "77");
    assert_str(s.message, "text");
    assert_int_equal(s.param_count, 3);
    assert_str(s.params[0].id, "a@1");
    assert_str(s.params[1].value, "\\\"]");
    assert_str(s.params[2].id, "b");
    s = parse("<14>1 - - - - - -");
    assert_false(walltime_known(s.time));
    assert_str(s.hostname, "");
    assert_str(s.message, "");
    /* Broken or missing structured data is part of the message. */
    s = parse("<14>1 - h a p m [b l=\"w\"][a k=\"v] text");
    assert_string_equal(s.dialect, "rfc5424");
    assert_str(s.hostname, "h");
    assert_str(s.program, "a");
    assert_int_equal(s.param_count, 0);
    assert_str(s.message, "[b l=\"w\"][a k=\"v] text");
    s = parse("<14>1 - h a p m --- text");
    assert_str(s.message, "--- text");
}

static void test_dialects(void **state)
{
    (void)state;
    struct syslog s = parse("2020-05-31T00:00:45.698463+02:00 host systemd[1]: Reloaded");
    assert_string_equal(s.dialect, "rfc3339");
    check_time(s.time, "2020-05-30T22:00:45.698463Z");
    s = parse("2016-10-25T12:37:23.297265-07:00 INFO periodic_scheduler[13707]: x");
    assert_string_equal(s.dialect, "chromeos");
    assert_int_equal(s.severity, 6);
    assert_str(s.program, "periodic_scheduler");
    s = parse("Mon Jun  6 18:43:28 2016 [pid 2] [jean] OK LOGIN");
    assert_string_equal(s.dialect, "vsftpd");
    assert_str(s.pid, "2");
    check_time(s.time, "2016-06-06T18:43:28Z");
    s = parse("node=h type=LOGIN msg=audit(1337845201.174:94983): pid=25443");
    assert_string_equal(s.dialect, "auditd");
    assert_str(s.hostname, "h");
    check_time(s.time, "2012-05-24T07:40:01.174Z");
    s = parse("srv sshd[13709]: error");
    assert_string_equal(s.dialect, "journal");
    assert_str(syslog_facility_name(10), "authpriv");
    assert_str(syslog_facility_name(24), "");
    assert_str(syslog_severity_name(-1), "");
}

static void test_no_syslog(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " ",
        "text",
        "<",
        "<>x",
        "<999>x",
        "<1234>x",
        "Oct",
        "Oct 11",
        "Oct 41 22:14:15 h a: b",
        "Oct 11 25:14:15 h a: b",
        "Oct 11 22:14:15x",
        "2020-05-31 00:00:45 INFO x",
        "type=WRONGDATE",
        "@400000004c91b0zz077a9e94 x",
        "@4000",
        "Mon Jun  6 18:43:28 2016",
        "host sshd[notanumber]: x",
        "[1]: x",
        "\xEF\xBB\xBF",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct syslog s;
        size_t n = strlen(lines[i]);
        char *copy = heap_alloc(n + 1); /* exactly the line, for a sanitizer */
        memcpy(copy, lines[i], n);
        bool is = syslog_parse((struct str){copy, n}, END_OF_2026, &s);
        heap_free(copy);
        if (is) {
            fail_msg("is no syslog: %s", lines[i]);
        }
    }
}

static void test_access(void **state)
{
    (void)state;
    struct access a;
    assert_true(access_parse(STR("192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "
                                 "\"GET /a/b.php?id=1&x=\\\"y HTTP/1.0\" 200 2326 "
                                 "\"http://r/\" \"agent (x)\""),
                             &a));
    assert_str(a.client, "192.0.2.7");
    assert_str(a.user, "frank");
    assert_str(a.method, "GET");
    assert_str(a.stem, "/a/b.php");
    assert_str(a.query, "id=1&x=\\\"y");
    assert_str(a.version, "HTTP/1.0");
    assert_str(a.status, "200");
    assert_str(a.bytes, "2326");
    assert_str(a.referer, "http://r/");
    assert_str(a.agent, "agent (x)");
    check_time(a.time, "2000-10-10T20:55:36Z");
    assert_true(access_parse(STR("v:80 ::1 - - [10/Oct/2000:13:55:36 +0000] \"-\" 408 -"), &a));
    assert_str(a.host, "v");
    assert_str(a.uri, "");
    assert_str(a.bytes, "");
    static const char *const bad[] = {
        "",
        "a b c [",
        "a b c [10/Oct/2000:13:55:36 -0700]",
        "a b c [10/Oct/2000:13:55:36 -0700] ",
        "a b c [10/Oct/2000:13:55:36 -0700] \"GET",
        "a b c [10/Oct/2000:13:55:36 -0700] \"GET\\",
        "a b c [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" xx 1",
        "a b c [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 2000 1",
        "a b c [99/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (access_parse(str_of(bad[i]), &a)) {
            fail_msg("is no access line: %s", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_3164),      cmocka_unit_test(test_5424),
        cmocka_unit_test(test_year),      cmocka_unit_test(test_dialects),
        cmocka_unit_test(test_no_syslog), cmocka_unit_test(test_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
