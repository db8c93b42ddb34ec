/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * info.yml: what is read of it, and that whatever it holds becomes tests or a failure that says
 * where. Files are those of tests/rules.
 */
#include "cli/regression.h"
#include "test.h"

#define FOLDER "tests/rules/windows/domain_survey/"

static const char info[] = "rule_metadata:\n"
                           "    - id: 5F54BC7E-9c61-41f1-b48f-9328914763f5\n"
                           "      title: Domain survey\n"
                           "regression_tests_info:\n"
                           "    - name: Positive\n"
                           "      type: json\n"
                           "      match_count: 2\n"
                           "      path: somewhere/positive.jsonl\n"
                           "    - name: Negative\n"
                           "      type: negative\n"
                           "      path: tests/rules/linux/sudo_stops_auditing/positive.log\n"
                           "    - path: ../domain_survey/gone.jsonl\n";

static struct regression *read_text(struct str text)
{
    const struct regression_opts opts = {.twins = true};
    struct regression *r = regression_open(&opts);
    regression_read(r, STR(FOLDER "info.yml"), text);
    return r;
}

static void test_read(void **state)
{
    (void)state;
    size_t count = 0;
    struct regression *r = read_text(str_of(info));
    const struct regression_test *t = regression_tests(r, &count);
    assert_int_equal(count, 3);
    assert_str(t[0].rule, "5f54bc7e-9c61-41f1-b48f-9328914763f5");
    assert_str(t[0].title, "Domain survey");
    assert_str(t[0].file, FOLDER "positive.jsonl");
    assert_int_equal(t[0].verdict, REGRESSION_OPEN);
    assert_int_equal(t[0].line, 5);
    assert_true(t[0].stated && t[0].wanted == 2);
    assert_true(str_ends(t[1].file, STR("linux/sudo_stops_auditing/positive.log")));
    assert_true(t[1].stated && t[1].wanted == 0);
    assert_int_equal(t[2].verdict, REGRESSION_FAIL);
    assert_true(t[2].reason.n > 0 && !t[2].stated);
    /* the same file again adds nothing */
    regression_read(r, STR(FOLDER "info.yml"), str_of(info));
    (void)regression_tests(r, &count);
    assert_int_equal(count, 3);
    regression_close(r);
}

static void test_find(void **state)
{
    (void)state;
    size_t count = 0;
    const struct regression_opts opts = {0};
    struct regression *r = regression_open(&opts);
    regression_find(r, FOLDER);
    regression_find(r, "tests/rules/no-such-folder");
    const struct regression_test *t = regression_tests(r, &count);
    assert_int_equal(count, 3);
    assert_int_equal(t[1].verdict, REGRESSION_OPEN);
    assert_int_equal(t[2].verdict, REGRESSION_FAIL);
    regression_close(r);
    regression_close(NULL);
}

/* Every test is open with a file, or failed with a reason; there is always one. */
static void assert_sound(struct str text)
{
    size_t count = 0;
    struct regression *r = read_text(text);
    const struct regression_test *t = regression_tests(r, &count);
    assert_true(count > 0 && count <= 2 * REGRESSION_MAX_PER_INFO);
    for (size_t i = 0; i < count; i++) {
        bool open = t[i].verdict == REGRESSION_OPEN;
        assert_true(open ? t[i].file.n > 0 && t[i].rule.n > 0 : t[i].reason.n > 0);
        assert_true(t[i].title.n <= REGRESSION_MAX_TEXT_BYTES);
    }
    regression_close(r);
}

static void test_cut_and_changed(void **state)
{
    (void)state;
    static const char other[] = "\0\xff'\"&*[{-:#|>%\n\t ~!";
    char text[sizeof(info) - 1];
    for (size_t n = 0; n <= sizeof(text); n++) {
        assert_sound((struct str){info, n});
    }
    for (size_t i = 0; i < sizeof(text); i++) {
        memcpy(text, info, sizeof(text));
        text[i] = other[i % (sizeof(other) - 1)];
        assert_sound((struct str){text, sizeof(text)});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_cut_and_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
