/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Normalisation: the routing cases L01 to L17 of the Sigma reference as far as they are
 * decode's (which rules an event admits, with which fields), and hostile records.
 */
#include "test.h"

#include "base/heap.h"
#include "decode/normal.h"
#include "decode/normal_shape.h"
#include "decode/normal_time.h"
#include "decode/normal_view.h"
#include "decode/normal_xml.h"

#include <stdio.h>

struct fixture {
    struct fields *fields;
    struct normal *normal;
    struct arena *batch;
    struct event e;
};

#define SYSMON "\"Channel\":\"Microsoft-Windows-Sysmon/Operational\""

static void open_fixture(struct fixture *f)
{
    static const char *const names[] = {"imphash", "MD5", "Data", "EventLog", "appname"};
    f->fields = fields_open();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        fields_add(f->fields, str_of(names[i]));
    }
    f->normal = normal_open(f->fields);
    f->batch = arena_open((size_t)16 << 20);
}

static void close_fixture(struct fixture *f)
{
    normal_close(f->normal);
    arena_close(f->batch);
    fields_close(f->fields);
}

static int setup(void **state)
{
    struct fixture *f = heap_zalloc(1, sizeof(*f));
    open_fixture(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    close_fixture(*state);
    heap_free(*state);
    return 0;
}

static void json(struct fixture *f, const char *text)
{
    struct json_pairs pairs;
    arena_reset(f->batch);
    assert_ok(json_flatten(str_of(text), f->batch, &pairs));
    assert_ok(normal_json(f->normal, &pairs, LOGSOURCE_UNKNOWN, f->batch, &f->e));
}

static void line(struct fixture *f, const char *text)
{
    arena_reset(f->batch);
    assert_ok(normal_line(f->normal, str_of(text), 1798761599, f->batch, &f->e));
}

/* Does some reading of the event admit such a rule? *out is that reading, NULL the first. */
static bool admits(const struct fixture *f, struct logsource_want want, const struct view **out)
{
    *out = NULL;
    if (logsource_admits(logsource_row(f->e.logsource), &want)) {
        return true;
    }
    for (uint32_t i = 0; i < f->e.view_count; i++) {
        *out = &f->e.views[i];
        if (logsource_admits(logsource_row(f->e.views[i].logsource), &want)) {
            return true;
        }
    }
    return false;
}

static bool is_rule_for(const struct fixture *f, const char *product, const char *category,
                        const char *service)
{
    const struct view *view;
    struct logsource_want want = {str_of(product), str_of(category), str_of(service)};
    return admits(f, want, &view);
}

static bool among(const struct fixture *f, const struct field *fields, uint32_t count,
                  struct str name, struct str text)
{
    for (uint32_t i = 0; i < count; i++) {
        struct str got;
        if (str_eq(fields[i].name, name) && value_is_scalar(fields[i].value)) {
            assert_ok(value_text(fields[i].value, f->batch, &got));
            if (str_eq(got, text)) {
                assert_int_equal(fields[i].id, fields_find(f->fields, name));
                return true;
            }
        }
    }
    return false;
}

static bool has(const struct fixture *f, const char *name, const char *text)
{
    return among(f, f->e.fields, f->e.count, str_of(name), str_of(text));
}

/* In the reading that answers rules of the category. */
static bool view_has(const struct fixture *f, const char *category, const char *name,
                     const char *text)
{
    const struct view *v;
    struct logsource_want want = {.category = str_of(category)};
    assert_true(admits(f, want, &v) && v != NULL);
    return among(f, v->fields, v->count, str_of(name), str_of(text));
}

static void test_l01_to_l04(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"EventID\":1," SYSMON ",\"Image\":\"C:\\\\cmd.exe\"}");
    assert_true(is_rule_for(f, "windows", "process_creation", ""));
    assert_true(is_rule_for(f, "windows", "", "sysmon"));
    assert_true(is_rule_for(f, "windows", "", ""));
    json(f, "{\"EventID\":4688,\"Channel\":\"Security\",\"NewProcessName\":\"C:\\\\cmd.exe\"}");
    assert_true(is_rule_for(f, "windows", "process_creation", ""));
    assert_true(is_rule_for(f, "windows", "", "security"));
    assert_true(view_has(f, "process_creation", "Image", "C:\\cmd.exe"));
    json(f, "{\"EventID\":7," SYSMON ",\"Image\":\"C:\\\\cmd.exe\"}");
    assert_false(is_rule_for(f, "windows", "process_creation", ""));
    json(f, "{\"EventID\":1,\"Channel\":\"System\",\"Image\":\"C:\\\\cmd.exe\"}");
    assert_false(is_rule_for(f, "windows", "process_creation", ""));
}

static void test_l05_l06(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"EventID\":4688,\"Channel\":\"Security\",\"ProcessId\":\"0xa\","
            "\"NewProcessId\":\"0x1a74\",\"MandatoryLabel\":\"S-1-16-12288\","
            "\"SubjectUserName\":\"eve\",\"SubjectDomainName\":\"LAB\"}");
    assert_true(view_has(f, "process_creation", "ParentProcessId", "10"));
    assert_true(view_has(f, "process_creation", "ProcessId", "6772"));
    assert_true(view_has(f, "process_creation", "IntegrityLevel", "High"));
    assert_true(view_has(f, "process_creation", "User", "LAB\\eve"));
    assert_int_equal(f->e.views[0].hidden_count, 0);
    /* Without the new id, ProcessId would be the parent's: it must not be read as the own. */
    json(f, "{\"EventID\":4688,\"Channel\":\"Security\",\"ProcessId\":\"0xa\","
            "\"NewProcessId\":\"0xzz\"}");
    assert_int_equal(f->e.views[0].hidden_count, 1);
    assert_int_equal(f->e.views[0].hidden[0], FIELD_PROCESS_ID);
}

static void test_l07_l08(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"EventID\":12," SYSMON ",\"EventType\":\"CreateKey\"}");
    assert_false(is_rule_for(f, "windows", "registry_delete", ""));
    assert_true(is_rule_for(f, "windows", "registry_add", ""));
    assert_true(is_rule_for(f, "windows", "registry_event", ""));
    json(f, "{\"EventID\":12," SYSMON ",\"EventType\":\"DeleteValue\"}");
    assert_true(is_rule_for(f, "windows", "registry_delete", ""));
    json(f, "{\"EventID\":12," SYSMON "}");
    assert_true(is_rule_for(f, "windows", "registry_event", ""));
    assert_false(is_rule_for(f, "windows", "registry_add", ""));
    json(f, "{\"EventID\":4657,\"Channel\":\"Security\",\"OperationType\":\"%%1904\","
            "\"ObjectName\":\"\\\\REGISTRY\\\\MACHINE\\\\SOFTWARE\\\\CurrentVersion\\\\Run\","
            "\"ObjectValueName\":\"x\",\"NewValue\":\"evil\"}");
    assert_true(is_rule_for(f, "windows", "registry_set", ""));
    assert_true(is_rule_for(f, "windows", "registry_add", ""));
    assert_true(
        view_has(f, "registry_set", "TargetObject", "HKLM\\SOFTWARE\\CurrentVersion\\Run\\x"));
    assert_true(view_has(f, "registry_set", "TargetObject",
                         "\\REGISTRY\\MACHINE\\SOFTWARE\\CurrentVersion\\Run\\x"));
}

static void test_l09_to_l11(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"EventID\":1102,\"Channel\":\"security\","
            "\"SourceName\":\"Microsoft-Windows-Eventlog\"}");
    assert_true(is_rule_for(f, "windows", "", "security"));
    assert_true(has(f, "Provider_Name", "Microsoft-Windows-Eventlog"));
    assert_true(has(f, "EventLog", "security"));
    json(f, "{\"EventID\":4104,\"Channel\":\"PowerShellCore/Operational\"}");
    assert_true(is_rule_for(f, "windows", "", "powershell"));
    assert_true(is_rule_for(f, "windows", "ps_script", ""));
    json(f, "{\"EventID\":6," SYSMON ",\"Hashes\":\"MD5=11, IMPHASH=ab\"}");
    assert_true(has(f, "imphash", "ab"));
    assert_true(has(f, "MD5", "11"));
    assert_true(has(f, "Hashes", "MD5=11, IMPHASH=ab"));
}

static void test_l12_to_l14(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"Event\":{\"System\":{\"EventID\":{\"#text\":4624},\"Channel\":\"Security\"},"
            "\"EventData\":{\"Data\":[\"a\",\"x\"]}}}");
    assert_true(has(f, "Data", "a") && has(f, "Data", "x"));
    assert_true(has(f, "EventID", "4624"));
    json(f, "{\"EventID\":\"4624\",\"Channel\":\"Security\"}");
    assert_int_equal(f->e.logsource, LOGSOURCE_WINDOWS_SECURITY);
    json(f, "{\"EventID\":{\"#text\":4624},\"Channel\":\"Security\"}");
    assert_true(has(f, "EventID", "4624"));
    json(f, "{\"EventID\":1116,\"Channel\":\"Microsoft-Windows-Windows Defender/Operational\","
            "\"Threat Name\":\"x\"}");
    assert_true(is_rule_for(f, "", "antivirus", ""));
    assert_true(view_has(f, "antivirus", "Signature", "x"));
    assert_true(has(f, "ThreatName", "x"));
}

static void test_l15_to_l17(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"EventID\":4625,\"Channel\":\"Security\",\"m\":\"failed\"}");
    assert_false(is_rule_for(f, "", "webserver", ""));
    assert_false(is_rule_for(f, "linux", "", ""));
    json(f, "{\"EventID\":3," SYSMON ",\"Initiated\":true}");
    assert_true(has(f, "Initiated", "true"));
    json(f, "{\"EventID\":5156,\"Channel\":\"Security\",\"Direction\":\"%%14593\","
            "\"Protocol\":\"17\"}");
    assert_true(view_has(f, "network_connection", "Initiated", "true"));
    assert_true(view_has(f, "network_connection", "Protocol", "udp"));
}

static void test_services(void **state)
{
    struct fixture *f = *state;
    json(f, "{\"EventID\":30,\"Channel\":\"Microsoft-Windows-LDAP-Client/Debug\"}");
    assert_true(is_rule_for(f, "windows", "", "ldap"));
    assert_true(is_rule_for(f, "windows", "", "ldap_debug"));
    json(f, "{\"EventID\":40300,\"Channel\":\"Microsoft-ServiceBus-Client/Admin\"}");
    assert_true(is_rule_for(f, "windows", "", "servicebus-client"));
    assert_true(is_rule_for(f, "windows", "", "microsoft-servicebus-client"));
    json(f, "{\"EventID\":24," SYSMON "}");
    assert_true(is_rule_for(f, "windows", "clipboard_capture", ""));
    assert_true(is_rule_for(f, "windows", "clipboard_change", ""));
    /* A reading answers only rules that name its category. */
    json(f, "{\"EventID\":4688,\"Channel\":\"Security\"}");
    struct logsource_want security = {STR_INIT("windows"), STR_INIT(""), STR_INIT("security")};
    assert_false(logsource_admits(logsource_row(f->e.views[0].logsource), &security));
    json(f, "{\"EventID\":9,\"Channel\":\"Some-Vendor/Log\"}");
    assert_int_equal(f->e.logsource, LOGSOURCE_WINDOWS);
}

/* Each row that has a Windows channel says so to people too. */
static void test_origins(void **state)
{
    (void)state;
    static const struct {
        struct str channel;
        enum logsource_id id;
    } channels[] = {
#define CHANNEL(channel, logsource) {STR_INIT(channel), LOGSOURCE_##logsource},
#include "model/channel.def"
    };
    for (size_t i = 1; i < LOGSOURCE_CUSTOM; i++) {
        assert_true(logsource_origin((enum logsource_id)i).n != 0);
    }
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        bool named = false;
        for (size_t k = 0; k < COUNT_OF(channels); k++) {
            named |=
                channels[k].id == channels[i].id &&
                str_find(logsource_origin(channels[i].id), channels[k].channel) != SIZE_MAX;
        }
        if (!named && channels[i].id != LOGSOURCE_WINDOWS_APPLOCKER) {
            fail_msg("no origin names %s", channels[i].channel.p);
        }
    }
}

static void check_time(const char *text, const char *want, bool want_zoned)
{
    struct walltime t;
    bool zoned;
    AUTO_BUF b = {0};
    assert_true(normal_time_parse(str_of(text), &t, &zoned));
    walltime_format(&b, t);
    if (!str_eq(buf_str(&b), str_of(want))) {
        fail_msg("%s: got %.*s", text, (int)b.n, b.p);
    }
    assert_int_equal(zoned, want_zoned);
}

static void test_times(void **state)
{
    (void)state;
    check_time("2026-02-03T04:05:06.789012Z", "2026-02-03T04:05:06.789012Z", true);
    check_time("2020-08-07 10:32:22", "2020-08-07T10:32:22Z", false);
    check_time("2022-02-08 09:23:37+11:00", "2022-02-07T22:23:37Z", true);
    check_time("2022-02-08 09:23:37 +1100", "2022-02-07T22:23:37Z", true);
    check_time("/Date(1770091511000)/", "2026-02-03T04:05:11.000Z", true);
    check_time("1521911721.255387", "2018-03-24T17:15:21.255387Z", true);
    check_time("1521911721", "2018-03-24T17:15:21Z", true);
    check_time("1521911721255", "2018-03-24T17:15:21.255Z", true);
    check_time("1521911721255387", "2018-03-24T17:15:21.255387Z", true);
    check_time("1521911721255387123", "2018-03-24T17:15:21.255387123Z", true);
    check_time("10/18/2020 2:17:17 PM", "2020-10-18T14:17:17Z", false);
    check_time("10/18/2020 12:17:17 AM", "2020-10-18T00:17:17Z", false);
    check_time("2020-08-07 10:32:22 UTC", "2020-08-07T10:32:22Z", true);
    static const char *const bad[] = {"",
                                      "-",
                                      "9:59:59 PM",
                                      "/Date()/",
                                      "13/1/2020 1:1:1",
                                      "1.",
                                      "1.2.3",
                                      "UTC",
                                      "99999999999999999999999",
                                      "2020-13-01",
                                      "10/18/2020"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct walltime t;
        bool zoned;
        if (normal_time_parse(str_of(bad[i]), &t, &zoned) && strcmp(bad[i], "1.") != 0) {
            fail_msg("%s is no time", bad[i]);
        }
    }
}

static void test_registry_paths(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\x", "HKLM\\SYSTEM\\CurrentControlSet\\x"},
        {"\\registry\\machine\\Software\\ControlSet001", "HKLM\\Software\\ControlSet001"},
        {"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001", "HKLM\\SYSTEM\\CurrentControlSet"},
        {"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet", "HKLM\\SYSTEM\\ControlSet"},
        {"\\REGISTRY\\USER\\S-1-5-21_Classes\\x", "HKCR\\x"},
        {"\\REGISTRY\\USER\\S-1-5-21_CLASSES", "HKCR"},
        {"\\REGISTRY\\USER\\S-1-5-21\\x", "HKU\\S-1-5-21\\x"},
        {"\\REGISTRY\\USER\\", "HKU\\"},
        {"HKLM\\x", "HKLM\\x"},
        {"\\REGISTRY", "\\REGISTRY"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str out;
        assert_ok(normal_view_registry_path(str_of(cases[i][0]), f->batch, &out));
        if (!str_eq(out, str_of(cases[i][1]))) {
            fail_msg("%s: %.*s", cases[i][0], (int)out.n, out.p);
        }
    }
}

static void check_xml(struct fixture *f, const char *text, enum err want)
{
    struct normal_xml xml = {0};
    size_t n = strlen(text);
    char *copy = heap_alloc(n + 1); /* exactly the text, for a sanitizer */
    memcpy(copy, text, n);
    struct rc rc = normal_xml_parse((struct str){copy, n}, f->batch, &xml);
    heap_free(copy);
    if (rc.code != want) {
        fail_msg("%s: %s", text, rc_name(rc));
    }
}

static void test_hostile_xml(void **state)
{
    struct fixture *f = *state;
    check_xml(f, "<Event></Event>", ERR_NONE);
    check_xml(f, "<Event/>", ERR_NONE);
    check_xml(f, "<?xml version='1.0'?><!-- c --><Event/>", ERR_NONE);
    check_xml(f, "", ERR_SHORT);
    check_xml(f, "<", ERR_SYNTAX);
    check_xml(f, "<Event", ERR_SHORT);
    check_xml(f, "<Event>", ERR_SHORT);
    check_xml(f, "<Event></Other>", ERR_SYNTAX);
    check_xml(f, "<Event a></Event>", ERR_SYNTAX);
    check_xml(f, "<Event a=b></Event>", ERR_SYNTAX);
    check_xml(f, "<Event a=\"></Event>", ERR_SHORT);
    check_xml(f, "<!--", ERR_SHORT);
    check_xml(f, "</Event>", ERR_SYNTAX);
    char deep[1024] = "";
    size_t n = 0;
    for (int i = 0; i < NORMAL_XML_MAX_DEPTH + 1; i++) {
        n += (size_t)snprintf(deep + n, sizeof(deep) - n, "<a>");
    }
    check_xml(f, deep, ERR_DEPTH);
    line(f, "<Event><System><EventID>1</EventID></System><EventData><Data Name='a'>"
            "&lt;&#65;&#x42;&bad;&#1114112;&</Data></EventData></Event>");
    assert_true(has(f, "a", "<AB&bad;&#1114112;&"));
}

static void test_lines(void **state)
{
    struct fixture *f = *state;
    line(f, "Oct 11 22:14:15 h sudo: eve : COMMAND=/bin/sh");
    assert_true(is_rule_for(f, "linux", "", "sudo"));
    assert_true(is_rule_for(f, "linux", "", ""));
    assert_false(is_rule_for(f, "windows", "", ""));
    assert_true(has(f, "appname", "sudo"));
    line(f, "192.0.2.7 - - [10/Oct/2026:13:55:36 -0700] \"GET /x?y HTTP/1.0\" 200 1");
    assert_true(is_rule_for(f, "", "webserver", ""));
    assert_true(has(f, "cs-uri-query", "y"));
    line(f, "<Event>not one");
    assert_string_equal(f->e.shape, "text");
    assert_true(has(f, "message", "<Event>not one"));
    line(f, "");
    assert_string_equal(f->e.shape, "text");
}

static void test_forced(void **state)
{
    struct fixture *f = *state;
    struct json_pairs pairs;
    assert_ok(
        json_flatten(STR("{\"EventID\":4688,\"Channel\":\"Security\"}"), f->batch, &pairs));
    assert_ok(normal_json(f->normal, &pairs, LOGSOURCE_OKTA, f->batch, &f->e));
    assert_int_equal(f->e.logsource, LOGSOURCE_OKTA);
    assert_int_equal(f->e.view_count, 0);
}

/* Paths that never come again must not fill the memory of paths, nor lose those that do. */
static void test_many_paths(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 30000; i++) {
        char text[128];
        (void)snprintf(text, sizeof(text),
                       "{\"EventID\":1," SYSMON ",\"k%u\":\"v\",\"Image\":\"a\"}", i);
        json(f, text);
        assert_true(has(f, "Image", "a"));
        assert_int_equal(f->e.logsource, LOGSOURCE_SYSMON_PROCESS_CREATION);
    }
    json(f, "[]");
    assert_string_equal(f->e.shape, "json");
    json(f, "\"scalar\"");
    json(f, "{\"\":1}");
    json(f, "{\"Event.System.\":1,\"Event.UserData.\":2,\"Event.EventData.\":3}");
}

/* A record that needs more than the arena has is an error, never less than it was. */
/* More paths than are remembered, then JSON inside: the names got before it still stand. */
static void test_many_paths_around(void **state)
{
    struct fixture *f = *state;
    AUTO_BUF b = {0};
    buf_puts(
        &b,
        "{\"Channel\":\"Security\",\"EventID\":1,\"EventData\":\"{\\\"Data\\\":\\\"x\\\"}\"");
    for (unsigned i = 0; i < 6000; i++) {
        buf_printf(&b, ",\"a_name_that_takes_room_of_the_table_of_names_%04u\":%u", i, i);
    }
    buf_putc(&b, '}');
    buf_putc(&b, '\0');
    json(f, b.p);
    assert_string_equal(f->e.shape, "azure-windows");
    assert_true(has(f, "Data", "x"));
    assert_true(has(f, "EventID", "1"));
    assert_str(f->e.fields[3].name, "a_name_that_takes_room_of_the_table_of_names_0000");
}

/* What only looks like an event is a message: it hides no field of the record. */
static void test_xml_that_is_none(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "{\"MESSAGE\":\"<Event> x\",\"_SYSTEMD_UNIT\":\"u\",\"SYSLOG_IDENTIFIER\":\"sudo\"}",
        "{\"_raw\":\"<Event ><System>\",\"sourcetype\":\"x\"}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json(f, texts[i]);
        for (uint32_t k = 0; k < f->e.count; k++) {
            assert_int_equal(f->e.fields[k].flags & FIELD_ENVELOPE, 0);
        }
    }
    json(f, texts[0]);
    assert_true(is_rule_for(f, "linux", "", "sudo"));
    json(f, "{\"MESSAGE\":\"<Event><System><EventID>1</EventID></System></Event>\","
            "\"_SYSTEMD_UNIT\":\"u\"}");
    assert_int_equal(f->e.fields[0].flags & FIELD_ENVELOPE, FIELD_ENVELOPE);
    assert_true(has(f, "EventID", "1"));
}

static void test_small_arena(void **state)
{
    struct fixture *f = *state;
    static const char text[] =
        "{\"EventID\":4688,\"Channel\":\"Security\",\"ProcessId\":\"0xa\",\"Hashes\":\"MD5=1\","
        "\"NewProcessId\":\"0x1\",\"Threat Name\":\"x\",\"SubjectUserName\":\"eve\"}";
    struct json_pairs pairs;
    assert_ok(json_flatten(str_of(text), f->batch, &pairs));
    for (size_t cap = 0; cap < 16384; cap += 64) {
        AUTO_ARENA small = arena_open(cap);
        struct event e;
        struct rc rc = normal_json(f->normal, &pairs, LOGSOURCE_UNKNOWN, small, &e);
        assert_true(rc.code == ERR_NONE || rc.code == ERR_ARENA_FULL);
        assert_true(cap < 8192 || rc.code == ERR_NONE);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_l01_to_l04),       CASE(test_l05_l06),     CASE(test_l07_l08),
        CASE(test_l09_to_l11),       CASE(test_l12_to_l14),  CASE(test_l15_to_l17),
        CASE(test_services),         CASE(test_origins),     CASE(test_times),
        CASE(test_registry_paths),   CASE(test_hostile_xml), CASE(test_lines),
        CASE(test_forced),           CASE(test_many_paths),  CASE(test_many_paths_around),
        CASE(test_xml_that_is_none), CASE(test_small_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
