/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "detect/entity.h"

#define PAIR(name, text)                                                                       \
    {                                                                                          \
        STR_INIT(name), {(const uint8_t *)(text), sizeof(text) - 1, VALUE_TEXT}, 0, 0          \
    }

/* "kind/role=value" lines. */
static void assert_entities(const struct event *e, const struct view *view, const char *want)
{
    AUTO_ARENA a = arena_open(1 << 20);
    struct entity *list;
    uint32_t n;
    AUTO_BUF got = {0};
    assert_ok(entity_extract(e, view, a, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        buf_put(&got, finding_kind_name(list[i].kind));
        buf_putc(&got, '/');
        buf_put(&got, list[i].role);
        buf_putc(&got, '=');
        buf_put(&got, list[i].value);
        buf_putc(&got, '\n');
    }
    if (!str_eq(buf_str(&got), str_of(want))) {
        print_error("got\n%.*swant\n%s", (int)got.n, got.p, want);
    }
    assert_true(str_eq(buf_str(&got), str_of(want)));
}

static struct event event_of(const struct field *fields, size_t n)
{
    return (struct event){.fields = fields, .count = (uint32_t)n};
}

static void the_table_is_sorted_and_unique(void **state)
{
    (void)state;
    static const struct str names[] = {
#define ENTITY_FIELD(name, kind, role, domain) STR_INIT(name),
#include "detect/entity.def"
#undef ENTITY_FIELD
    };
    for (size_t i = 1; i < COUNT_OF(names); i++) {
        assert_true(str_compare(names[i - 1], names[i]) < 0);
    }
}

/* What extraction gives must pass the channel, whichever row it came from. */
static void every_role_passes_the_channel(void **state)
{
    (void)state;
    static const struct str roles[] = {
#define ENTITY_FIELD(name, kind, role, domain) STR_INIT(role),
#include "detect/entity.def"
#undef ENTITY_FIELD
    };
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        struct entity e = {ENTITY_HASH, TRUST_NONE, STR("x"), roles[i]};
        struct finding f = {.entities = &e, .entity_count = 1}, got;
        AUTO_ARENA a = arena_open(1 << 16);
        AUTO_BUF frame = {0};
        finding_encode(&frame, &f);
        assert_ok(finding_decode(bytes_of(buf_str(&frame)), 1, a, &got));
    }
}

static void a_process_creation_names_its_parts(void **state)
{
    (void)state;
    const struct field fields[] = {
        PAIR("Computer", "WS01.example.org"),
        PAIR("User", "EXAMPLE\\alice"),
        PAIR("Image", "C:\\Windows\\System32\\whoami.exe"),
        PAIR("ParentImage", "C:\\Windows\\explorer.exe"),
        PAIR("CommandLine", "whoami /all"),
        PAIR("Hashes", "MD5=00112233445566778899AABBCCDDEEFF, SHA256=12,IMPHASH="
                       "00000000000000000000000000000000"),
        PAIR("md5", "00112233445566778899aabbccddeeff"),
    };
    struct event e = event_of(fields, COUNT_OF(fields));
    e.host = STR("ws01.example.org");
    assert_entities(&e, NULL,
                    "host/subject=ws01.example.org\n"
                    "account/subject=EXAMPLE\\alice\n"
                    "hash/md5=00112233445566778899aabbccddeeff\n"
                    "process/subject=C:\\Windows\\System32\\whoami.exe\n"
                    "process/parent=C:\\Windows\\explorer.exe\n");
}

static void accounts_are_joined_with_their_domain(void **state)
{
    (void)state;
    const struct field fields[] = {
        PAIR("SubjectUserName", "-"),
        PAIR("SubjectDomainName", "-"),
        PAIR("TargetUserName", "alice"),
        PAIR("TargetDomainName", "EXAMPLE"),
        PAIR("User", "SYSTEM"),
        PAIR("AccountName", "N/A"),
        PAIR("TargetOutboundUserName", "a@b"),
        PAIR("TargetOutboundDomainName", "EXAMPLE"),
        PAIR("UserName", ""),
    };
    struct event e = event_of(fields, COUNT_OF(fields));
    assert_entities(&e, NULL,
                    "account/target=EXAMPLE\\alice\n"
                    "account/subject=SYSTEM\n"
                    "account/target=a@b\n");
}

static void addresses_are_canonical_and_loopback_is_left_out(void **state)
{
    (void)state;
    const struct field fields[] = {
        PAIR("IpAddress", "::ffff:192.0.2.7"),
        PAIR("SourceIp", "192.0.2.7"),
        PAIR("DestinationIp", "2001:DB8:0:0::1"),
        PAIR("ClientIP", "[2001:db8::2]:443"),
        PAIR("c-ip", "192.0.2.8:50000"),
        PAIR("src_ip", "127.0.0.1"),
        PAIR("dest_ip", "::1"),
        PAIR("addr", "?"),
        PAIR("id.orig_h", "fe80::1%eth0"),
        PAIR("callerIpAddress", "0.0.0.0"),
        PAIR("SourceAddress", "999.1.2.3"),
        PAIR("ClientAddress", "::ffff:127.0.0.1"),
        PAIR("sourceIPAddress", "ec2.amazonaws.com"),
        PAIR("client_ip", "AWS Internal"),
    };
    struct event e = event_of(fields, COUNT_OF(fields));
    assert_entities(&e, NULL,
                    "address/source=192.0.2.7\n"
                    "address/destination=2001:db8::1\n"
                    "address/source=2001:db8::2\n"
                    "address/source=192.0.2.8\n"
                    "address/source=fe80::1\n"
                    "domain/source=ec2.amazonaws.com\n");
}

static void names_are_domains(void **state)
{
    (void)state;
    const struct field fields[] = {
        PAIR("QueryName", "evil.example.com."),  PAIR("DestinationHostname", "dc01"),
        PAIR("query", "select * from users"),    PAIR("tls.sni", "192.0.2.9"),
        PAIR("cs-host", "www.example.com:8080"),
    };
    struct event e = event_of(fields, COUNT_OF(fields));
    assert_entities(&e, NULL,
                    "host/destination=dc01\n"
                    "address/destination=192.0.2.9\n"
                    "domain/target=evil.example.com\n"
                    "domain/destination=www.example.com\n");
}

static void a_view_hides_what_it_replaces(void **state)
{
    (void)state;
    const struct field record[] = {
        PAIR("NewProcessName", "C:\\a.exe"),
        PAIR("ProcessName", "C:\\b.exe"),
        {STR_INIT("UserName"), {(const uint8_t *)"gone", 4, VALUE_TEXT}, 300, 0},
    };
    const struct field over[] = {PAIR("Image", "C:\\a.exe"), PAIR("ProcessName", "C:\\c.exe")};
    const uint16_t hidden[] = {300};
    const struct view view = {.fields = over,
                              .count = COUNT_OF(over),
                              .hidden = hidden,
                              .hidden_count = COUNT_OF(hidden)};
    struct event e = event_of(record, COUNT_OF(record));
    assert_entities(&e, &view, "process/subject=C:\\a.exe\nprocess/subject=C:\\c.exe\n");
    assert_entities(
        &e, NULL,
        "account/subject=gone\nprocess/subject=C:\\a.exe\nprocess/subject=C:\\b.exe\n");
}

static void a_crowd_is_cut_and_memory_is_bounded(void **state)
{
    (void)state;
    enum { CROWD = 3000 };
    static struct field fields[CROWD];
    static char names[CROWD][8];
    for (unsigned i = 0; i < CROWD; i++) {
        struct buf b = {.p = names[i], .room = 8, .cap = 8};
        buf_u64(&b, i);
        fields[i] =
            (struct field){.name = STR("TargetFilename"), .value = value_text_of(buf_str(&b))};
    }
    struct event e = event_of(fields, CROWD);
    e.host = STR("h");
    AUTO_ARENA a = arena_open(1 << 20);
    AUTO_ARENA tiny = arena_open(64);
    struct entity *list;
    uint32_t n = 0;
    assert_ok(entity_extract(&e, NULL, a, &list, &n));
    assert_int_equal(n, FINDING_MAX_ENTITIES);
    assert_int_equal(list[0].kind, ENTITY_HOST);
    assert_fails(entity_extract(&e, NULL, tiny, &list, &n), ARENA_FULL);
}

static void values_that_are_not_text_are_taken_or_left(void **state)
{
    (void)state;
    const struct field fields[] = {
        {STR_INIT("User"), {NULL, 0, VALUE_NULL}, 0, 0},
        {STR_INIT("Image"), {(const uint8_t *)"a\0.\0", 4, VALUE_UTF16}, 0, 0},
        {STR_INIT("TargetFilename"), {(const uint8_t *)"a\\\\b", 4, VALUE_JSON_TEXT}, 0, 0},
        {STR_INIT("IpAddress"), {(const uint8_t *)"192.0.2.1\0x", 11, VALUE_TEXT}, 0, 0},
        {STR_INIT("SourceIp"), {(const uint8_t *)"10.0.0.1", 8, VALUE_TEXT}, 0, FIELD_ENVELOPE},
    };
    struct event e = event_of(fields, COUNT_OF(fields));
    assert_entities(&e, NULL, "process/subject=a.\nfile/target=a\\b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted_and_unique),
        cmocka_unit_test(every_role_passes_the_channel),
        cmocka_unit_test(a_process_creation_names_its_parts),
        cmocka_unit_test(accounts_are_joined_with_their_domain),
        cmocka_unit_test(addresses_are_canonical_and_loopback_is_left_out),
        cmocka_unit_test(names_are_domains),
        cmocka_unit_test(a_view_hides_what_it_replaces),
        cmocka_unit_test(a_crowd_is_cut_and_memory_is_bounded),
        cmocka_unit_test(values_that_are_not_text_are_taken_or_left),
    };
    return cmocka_run_group_tests_name("entity", tests, NULL, NULL);
}
