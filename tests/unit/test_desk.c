/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "inform/desk.h"
#include "inform/shelf.h"
#include "notice_sample.h"

#include <jansson.h>

enum { ARENA_BYTES = 48 << 20 };

struct room {
    struct shelf *shelf;
    struct arena *batch;
};

static int open_room(void **state)
{
    struct room *r = test_malloc(sizeof(*r));
    *r = (struct room){shelf_open(), arena_open(ARENA_BYTES)};
    *state = r;
    return 0;
}

static int close_room(void **state)
{
    struct room *r = *state;
    shelf_close(r->shelf);
    arena_close(r->batch);
    test_free(r);
    return 0;
}

static struct rc put(struct room *r, const struct sample *s, uint64_t position)
{
    AUTO_BUF json = {0};
    incident_encode(&json, &s->incident, sample_time(14, 6));
    arena_reset(r->batch);
    return shelf_put(r->shelf, buf_str(&json), position, r->batch);
}

static void ask(struct room *r, const char *incident, const char *audience, const char *format,
                struct desk_answer *out)
{
    struct notice_opts o = sample_opts(NOTICE_PUBLIC, PHRASE_EN);
    struct desk desk = {.shelf = r->shelf,
                        .now = sample_time(14, 20),
                        .institution = {o.institution[0], o.institution[1]},
                        .contact = o.contact,
                        .next_update_h = 72};
    struct wire_draft q = {.incident = str_of(incident),
                           .audience = str_of(audience),
                           .language = STR("en"),
                           .format = str_of(format)};
    arena_reset(r->batch);
    desk_answer_free(out);
    *out = (struct desk_answer){0};
    desk_draft(&desk, &q, r->batch, out);
}

static bool has(const struct buf *text, const char *what)
{
    return str_find(buf_str(text), str_of(what)) != SIZE_MAX;
}

/* What the fact says can be checked against the document. */
static void assert_fact_fits(const struct desk_answer *a, const char *audience)
{
    uint8_t digest[HASH_SHA256_BYTES];
    AUTO_BUF hex = {0};
    json_error_t error;
    json_t *o = json_loadb(a->fact.p, a->fact.n, 0, &error);
    assert_non_null(o);
    hash_sha256(bytes_of(buf_str(&a->document)), digest);
    buf_hex(&hex, (struct bytes){digest, sizeof(digest)});
    buf_putc(&hex, '\0');
    assert_string_equal(json_string_value(json_object_get(o, "digest")), hex.p);
    assert_string_equal(json_string_value(json_object_get(o, "fact")), "notice");
    assert_string_equal(json_string_value(json_object_get(o, "audience")), audience);
    assert_string_equal(json_string_value(json_object_get(o, "incident_name")), "2026-001");
    assert_int_equal(json_integer_value(json_object_get(o, "incident_position")), 70);
    assert_int_equal(json_integer_value(json_object_get(o, "refusals")), 0);
    assert_true(json_array_size(json_object_get(o, "assertions")) >= 8);
    json_decref(o);
}

static void a_draft_is_given_with_its_fact(void **state)
{
    struct room *r = *state;
    struct sample s;
    struct desk_answer a = {0};
    uint8_t key[FACT_KEY_BYTES];
    static const char *const audiences[] = {"public", "members", "internal"};
    sample_make(&s);
    assert_ok(put(r, &s, 70));
    for (size_t i = 0; i < COUNT_OF(audiences); i++) {
        ask(r, "2026-001", audiences[i], i == 1 ? "html" : "markdown", &a);
        if (a.status != DESK_WELL) {
            print_error("%.*s", (int)a.document.n, a.document.p);
        }
        assert_int_equal(a.status, DESK_WELL);
        assert_fact_fits(&a, audiences[i]);
    }
    /* by id; the same bytes are the same fact */
    memcpy(key, a.key, sizeof(key));
    ask(r, "5e1f", "internal", "markdown", &a);
    assert_memory_equal(key, a.key, sizeof(key));
    ask(r, "5E1F00", "public", "markdown", &a);
    assert_memory_not_equal(key, a.key, sizeof(key));
    desk_answer_free(&a);
}

static void a_wrong_request_is_told_so(void **state)
{
    struct room *r = *state;
    struct sample s;
    struct desk_answer a = {0};
    static const struct {
        const char *incident, *audience, *format, *said;
    } cases[] = {
        {"2026-002", "public", "html", "no incident \"2026-002\""},
        {"5e1", "public", "html", "no incident"},
        {"", "public", "html", "no incident"},
        {"2026-001", "press", "html", "no audience \"press\""},
        {"2026-001", "public", "pdf", "no format \"pdf\""},
        {"\x1b[2J\xE2\x80\xAE", "public", "html", "\\x1b[2J"},
    };
    sample_make(&s);
    assert_ok(put(r, &s, 70));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ask(r, cases[i].incident, cases[i].audience, cases[i].format, &a);
        assert_int_equal(a.status, DESK_WRONG);
        assert_int_equal(a.fact.n, 0);
        assert_false(has(&a.document, "\x1b") || has(&a.document, "\xE2\x80\xAE"));
        if (!has(&a.document, cases[i].said)) {
            print_error("%.*s", (int)a.document.n, a.document.p);
            fail();
        }
    }
    desk_answer_free(&a);
}

/* A register that names a service by its machine: the draft is refused, and says where. */
static void a_draft_that_fails_is_not_given_out(void **state)
{
    struct room *r = *state;
    struct sample s;
    struct desk_answer a = {0};
    sample_make(&s);
    sample_find(&s, ASSERTION_SERVICE)->extra = STR("filing on registry");
    assert_ok(put(r, &s, 70));
    ask(r, "2026-001", "public", "markdown", &a);
    assert_int_equal(a.status, DESK_REFUSED);
    assert_true(has(&a.document, "[entity] \"registry\""));
    assert_false(has(&a.document, "TLP:CLEAR"));
    assert_true(has(&a.fact, "\"refusals\":1,\"refused_by\":[\"entity\"]"));
    desk_answer_free(&a);
}

static void the_newest_version_counts(void **state)
{
    struct room *r = *state;
    struct sample s;
    struct str json;
    uint64_t position = 0;
    sample_make(&s);
    assert_ok(put(r, &s, 70));
    s.incident.version = 9;
    assert_ok(put(r, &s, 80));
    s.incident.version = 8;
    assert_ok(put(r, &s, 90));
    assert_int_equal(shelf_find(r->shelf, STR("2026-001"), &json, &position), SHELF_FOUND);
    assert_int_equal(position, 80);
    assert_true(rc_failed(shelf_put(r->shelf, STR("{"), 91, r->batch)));
    s.incident.id[1] = 0x20;
    s.incident.name = STR("2026-002");
    assert_ok(put(r, &s, 92));
    assert_int_equal(shelf_find(r->shelf, STR("2026-002"), &json, &position), SHELF_FOUND);
    assert_int_equal(shelf_find(r->shelf, STR("5e20"), &json, &position), SHELF_FOUND);
    s.incident.id[4] = 1;
    s.incident.name = STR("2026-003");
    assert_ok(put(r, &s, 93));
    assert_int_equal(shelf_find(r->shelf, STR("5e20"), &json, &position), SHELF_SEVERAL);
}

static void the_shelf_is_bounded(void **state)
{
    struct room *r = *state;
    struct sample s;
    struct str json;
    uint64_t position = 0;
    sample_make(&s);
    for (unsigned i = 0; i < SHELF_MAX_INCIDENTS + 10; i++) {
        AUTO_BUF name = {0};
        buf_printf(&name, "2026-%03u", i);
        s.incident.name = buf_str(&name);
        s.incident.id[2] = (uint8_t)i;
        assert_ok(put(r, &s, 100 + i));
    }
    assert_int_equal(shelf_find(r->shelf, STR("2026-009"), &json, &position), SHELF_NONE);
    assert_int_equal(shelf_find(r->shelf, STR("2026-010"), &json, &position), SHELF_FOUND);
    assert_int_equal(shelf_find(r->shelf, STR("2026-073"), &json, &position), SHELF_FOUND);
    shelf_clear(r->shelf);
    assert_int_equal(shelf_find(r->shelf, STR("2026-073"), &json, &position), SHELF_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_draft_is_given_with_its_fact, open_room, close_room),
        cmocka_unit_test_setup_teardown(a_wrong_request_is_told_so, open_room, close_room),
        cmocka_unit_test_setup_teardown(a_draft_that_fails_is_not_given_out, open_room,
                                        close_room),
        cmocka_unit_test_setup_teardown(the_newest_version_counts, open_room, close_room),
        cmocka_unit_test_setup_teardown(the_shelf_is_bounded, open_room, close_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
