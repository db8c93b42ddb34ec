/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every message comes back as it was sent; cut, lengthened or from the wrong role it does not.
 */
#include "base/heap.h"
#include "model/wire.h"
#include "test.h"

/* Recognisable values in every field; the texts borrow from literals. */
#define FILL_u8(v)        v = 0x11
#define FILL_u16(v)       v = 0x2222
#define FILL_u32(v)       v = 0x33333333
#define FILL_u64(v)       v = 0x4444444444444444
#define FILL_i64(v)       v = -5
#define FILL_id(v)        memset(v, 0x66, sizeof(v))
#define FILL_digest(v)    memset(v, 0x77, sizeof(v))
#define FILL_signature(v) memset(v, 0x88, sizeof(v))
#define FILL_addr(v)      assert_true(ipaddr_parse(STR("2001:db8::1"), &(v)))
#define FILL_bytes(v)     v = bytes_of(STR("a\0b"))
#define FILL_text(v)      v = STR("caf\xc3\xa9")
#define FILL(type, name)  FILL_##type(m->name);

#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    static void fill_##name(struct wire_##name *m)                                             \
    {                                                                                          \
        FIELDS_##name(FILL)                                                                    \
    }
#include "model/wire.def"

static void fill(enum wire_type type, struct wire_message *m)
{
    *m = (struct wire_message){.type = type};
    switch (type) {
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    case WIRE_##identifier:                                                                    \
        fill_##name(&m->name);                                                                 \
        break;
#include "model/wire.def"
    case WIRE_NONE:
    case WIRE_COUNT:
        fail();
    }
}

/* Some pair of roles that may exchange it. */
static void find_pair(enum wire_type type, enum role *from, enum role *to)
{
    for (*from = 0; *from < ROLE_COUNT; ++*from) {
        for (*to = 0; *to < ROLE_COUNT; ++*to) {
            if (wire_permitted(type, *from, *to)) {
                return;
            }
        }
    }
    fail();
}

static void test_each_comes_back(void **state)
{
    (void)state;
    for (enum wire_type type = WIRE_NONE + 1; type < WIRE_COUNT; type++) {
        enum role from, to;
        struct wire_message m, back;
        AUTO_BUF one = {0}, two = {0};
        find_pair(type, &from, &to);
        fill(type, &m);
        wire_encode(&one, &m);
        assert_ok(wire_decode(bytes_of(buf_str(&one)), from, to, &back));
        assert_int_equal(back.type, type);
        wire_encode(&two, &back);
        assert_true(str_eq(buf_str(&one), buf_str(&two)));
    }
}

static void test_cut_or_longer_is_refused(void **state)
{
    (void)state;
    for (enum wire_type type = WIRE_NONE + 1; type < WIRE_COUNT; type++) {
        enum role from, to;
        struct wire_message m;
        AUTO_BUF frame = {0};
        find_pair(type, &from, &to);
        fill(type, &m);
        wire_encode(&frame, &m);
        for (size_t n = 0; n < frame.n; n++) {
            /* a copy of that size, so that a sanitizer sees a read past it */
            uint8_t *cut = heap_alloc(n);
            memcpy(cut, frame.p, n);
            assert_true(rc_failed(wire_decode((struct bytes){cut, n}, from, to, &m)));
            heap_free(cut);
        }
        buf_putc(&frame, 0);
        assert_true(rc_failed(wire_decode(bytes_of(buf_str(&frame)), from, to, &m)));
    }
}

static void test_permission(void **state)
{
    (void)state;
    for (enum wire_type type = WIRE_NONE + 1; type < WIRE_COUNT; type++) {
        struct wire_message m, back;
        AUTO_BUF frame = {0};
        fill(type, &m);
        wire_encode(&frame, &m);
        for (enum role from = 0; from < ROLE_COUNT; from++) {
            for (enum role to = 0; to < ROLE_COUNT; to++) {
                struct rc rc = wire_decode(bytes_of(buf_str(&frame)), from, to, &back);
                assert_int_equal(rc_failed(rc), !wire_permitted(type, from, to));
            }
        }
    }
    assert_false(wire_permitted(WIRE_GRANT, ROLE_INCIDENT, ROLE_CONTAIN_NET));
    assert_false(wire_permitted(WIRE_PROPOSE, ROLE_DETECT, ROLE_CONTAIN));
    assert_true(wire_permitted(WIRE_GRANT, ROLE_CONTAIN, ROLE_CONTAIN_NET));
    assert_false(wire_permitted(WIRE_NONE, ROLE_SUPERVISOR, ROLE_INGEST));
    assert_false(wire_permitted(WIRE_COUNT, ROLE_SUPERVISOR, ROLE_INGEST));
}

static void test_hostile_values(void **state)
{
    (void)state;
    struct wire_message m;
    AUTO_BUF frame = {0};
    /* a length that says 4 GiB */
    buf_le(&frame, WIRE_READY, 1);
    buf_le(&frame, UINT32_MAX, 4);
    assert_fails(wire_decode(bytes_of(buf_str(&frame)), ROLE_INGEST, ROLE_SUPERVISOR, &m),
                 SHORT);
    const struct str texts[] = {STR("\xff"), STR("a\0b"), STR("\xed\xa0\x80")};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf_clear(&frame);
        buf_le(&frame, WIRE_READY, 1);
        buf_lstr(&frame, texts[i]);
        assert_fails(wire_decode(bytes_of(buf_str(&frame)), ROLE_INGEST, ROLE_SUPERVISOR, &m),
                     ENCODING);
    }
    buf_clear(&frame);
    buf_le(&frame, WIRE_READY, 1);
    buf_le(&frame, 4000, 4);
    buf_fill(&frame, 'a', 4000);
    assert_fails(wire_decode(bytes_of(buf_str(&frame)), ROLE_INGEST, ROLE_SUPERVISOR, &m),
                 TOO_LONG);
}

static void test_lists(void **state)
{
    (void)state;
    AUTO_BUF list = {0};
    struct bytes item;
    wire_list_put(&list, bytes_of(STR("one")));
    wire_list_put(&list, bytes_of(STR("")));
    struct bytes left = bytes_of(buf_str(&list));
    assert_true(wire_list_next(&left, &item));
    assert_str(str_bytes(item), "one");
    assert_true(wire_list_next(&left, &item));
    assert_int_equal(item.n, 0);
    assert_false(wire_list_next(&left, &item));
    left = (struct bytes){bytes_of(buf_str(&list)).p, 6};
    assert_false(wire_list_next(&left, &item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_comes_back), cmocka_unit_test(test_cut_or_longer_is_refused),
        cmocka_unit_test(test_permission),      cmocka_unit_test(test_hostile_values),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
