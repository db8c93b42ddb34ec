/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin.conf: defaults, values, and what is wrong with which line.
 */
#include "daemon/conf.h"
#include "test.h"

struct parsed {
    struct arena *arena;
    struct diag diag;
    struct conf conf;
    struct rc rc;
};

static struct parsed parse(struct str text)
{
    struct parsed p = {.arena = arena_open((size_t)1 << 20), .diag = diag_open()};
    p.rc = conf_parse(text, STR("t.conf"), p.arena, &p.diag, &p.conf);
    return p;
}

static void end(struct parsed *p)
{
    diag_close(&p->diag);
    arena_close(p->arena);
}

static void test_defaults(void **state)
{
    (void)state;
    struct parsed p = parse(STR("\n# nothing\n"));
    size_t count = 1;
    assert_ok(p.rc);
    assert_str(conf_text(&p.conf, CONF_STATE), "/var/lib/tocsin");
    assert_str(conf_text(&p.conf, CONF_CONTAIN_MODE), "shadow");
    assert_int_equal(conf_count(&p.conf, CONF_UID_BASE), 63100);
    conf_list(&p.conf, CONF_CONTAIN_NEVER, &count);
    assert_int_equal(count, 0);
    end(&p);
}

static void test_values(void **state)
{
    (void)state;
    struct parsed p = parse(STR("[contain]\n mode=enforce\nnever = 192.0.2.0/24\n"
                                "never =\taccount:a = b\n[inform]\nnext_update_h = 6"));
    size_t count = 0;
    assert_ok(p.rc);
    assert_str(conf_text(&p.conf, CONF_CONTAIN_MODE), "enforce");
    assert_int_equal(conf_count(&p.conf, CONF_INFORM_NEXT), 6);
    const struct conf_value *never = conf_list(&p.conf, CONF_CONTAIN_NEVER, &count);
    assert_int_equal(count, 2);
    assert_str(never[0].text, "192.0.2.0/24");
    assert_str(never[1].text, "account:a = b");
    assert_int_equal(never[1].line, 4);
    end(&p);
}

static void test_faults_have_their_line(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *says;
        uint32_t line;
    } cases[] = {
        {STR_INIT("[contain]\nmoode = shadow\n"), "no key moode in [contain]", 2},
        {STR_INIT("\n[contian]\n"), "no section [contian]", 2},
        {STR_INIT("[contain\n"), "no section [contain", 1},
        {STR_INIT("mode = shadow\n"), "before the first [section]", 1},
        {STR_INIT("[contain]\nmode = off\n"), "one of shadow|enforce, not 'off'", 2},
        {STR_INIT("[contain]\nmode = shadow|enforce\n"), "one of shadow|enforce", 2},
        {STR_INIT("[contain]\nmode\n"), "neither [section] nor key = value", 2},
        {STR_INIT("[contain]\nmode = shadow\nmode = enforce\n"), "mode is given twice", 3},
        {STR_INIT("[inform]\nnext_update_h = soon\n"), "a whole number", 2},
        {STR_INIT("[inform]\nnext_update_h = 0\n"), "from 1 to 8760", 2},
        {STR_INIT("[inform]\nnext_update_h = 99999999999999999999\n"), "a whole number", 2},
        {STR_INIT("[daemon]\nstate = relative\n"), "a path from the root", 2},
        {STR_INIT("[daemon]\nstate = \n"), "from 1 to 1024 bytes", 2},
        {STR_INIT("[inform]\ncontact = \xff\n"), "not text in UTF-8", 2},
        {STR_INIT("[inform]\ncontact = a\0b\n"), "not text in UTF-8", 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct parsed p = parse(cases[i].text);
        assert_fails(p.rc, REJECTED);
        assert_int_equal(p.diag.count, 1);
        assert_int_equal(p.diag.messages[0].line, cases[i].line);
        if (str_find(p.diag.messages[0].text, str_of(cases[i].says)) == SIZE_MAX) {
            print_error("case %zu says %.*s\n", i, (int)p.diag.messages[0].text.n,
                        p.diag.messages[0].text.p);
            fail();
        }
        end(&p);
    }
}

static void test_bounds(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    buf_puts(&text, "[contain]\n");
    for (size_t i = 0; i <= CONF_LIST_VALUES; i++) {
        buf_puts(&text, "never = 192.0.2.1\n");
    }
    struct parsed p = parse(buf_str(&text));
    assert_fails(p.rc, REJECTED);
    assert_int_equal(p.diag.messages[0].line, CONF_LIST_VALUES + 2);
    end(&p);
    buf_clear(&text);
    buf_fill(&text, '\n', CONF_FILE_BYTES + 1);
    p = parse(buf_str(&text));
    assert_fails(p.rc, REJECTED);
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_faults_have_their_line),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
