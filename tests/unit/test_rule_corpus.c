/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All rules of SigmaHQ in scope, from ../shared/corpora: each is read; the two that need a
 * list for |expand are rejected without it and read with it.
 */
#include "rules_sample.h"

#include "base/clock.h"
#include "detect/sigma/ruleset_io.h"

#include <unistd.h>

#define CORPUS "../shared/corpora/sigma-rules/"
enum { RULES = 3754, NEED_LIST = 2 };

static struct ruleset *load(const struct ruleset_opts *opts, struct diag *diag)
{
    static const char *const folders[] = {CORPUS "rules", CORPUS "rules-emerging-threats",
                                          CORPUS "rules-threat-hunting"};
    struct ruleset *set = ruleset_open(opts);
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        ruleset_io_load(set, folders[i], diag);
    }
    ruleset_finish(set, diag);
    return set;
}

static void rules_that_need_lists_are_rejected(void **state)
{
    (void)state;
    struct diag diag = diag_open();
    struct ruleset *set = load(&(struct ruleset_opts){0}, &diag);
    struct ruleset_counts counts = ruleset_counts(set);
    assert_int_equal(counts.files, RULES);
    assert_int_equal(counts.rules, RULES - NEED_LIST);
    assert_int_equal(counts.rejected, NEED_LIST);
    for (size_t i = 0; i < diag.count; i++) {
        bool expand = str_find(diag.messages[i].text, STR("|expand")) != SIZE_MAX;
        assert_true(expand || diag.messages[i].severity == DIAG_WARNING);
    }
    assert_true(diag.warnings < 10);
    ruleset_close(set);
    diag_close(&diag);
}

static void all_load_with_lists(void **state)
{
    (void)state;
    static const struct str cdcs[] = {STR_INIT("DC1$"), STR_INIT("DC2$")};
    static const struct placeholder lists[] = {{STR_INIT("known_cdcs"), cdcs, 2}};
    struct diag diag = diag_open();
    struct instant start = clock_now();
    struct ruleset *set =
        load(&(struct ruleset_opts){.placeholders = lists, .placeholder_count = 1}, &diag);
    double seconds = (double)(clock_now().ns - start.ns) / 1e9;
    print_message("%d rules read in %.3f s\n", RULES, seconds);
    assert_int_equal(ruleset_counts(set).rules, RULES);
    assert_int_equal(diag.errors, 0);
    ruleset_close(set);
    diag_close(&diag);
}

int main(void)
{
    if (access(CORPUS "rules", R_OK) != 0) {
        puts("test_rule_corpus: ../shared/corpora/sigma-rules is absent");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_that_need_lists_are_rejected),
        cmocka_unit_test(all_load_with_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
