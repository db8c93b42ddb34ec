/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "model/tactic.h"

#define SET_OF(...)                                                                            \
    tactic_set((const struct str[]){__VA_ARGS__},                                              \
               sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

static void every_tactic_yields_by_slug_and_id(void **state)
{
    (void)state;
    assert_int_equal(TACTIC_COUNT, 15);
    for (unsigned t = 0; t < TACTIC_COUNT; t++) {
        struct str both[] = {tactic_slug((enum tactic)t), tactic_id((enum tactic)t)};
        for (size_t i = 0; i < COUNT_OF(both); i++) {
            AUTO_BUF tag = {0};
            buf_puts(&tag, "attack.");
            buf_put(&tag, both[i]);
            struct str s = buf_str(&tag);
            assert_int_equal(tactic_set(&s, 1), 1u << t);
        }
    }
}

static void the_tactics_of_v19_yield(void **state)
{
    (void)state;
    assert_int_equal(SET_OF(STR("attack.stealth")), 1u << TACTIC_STEALTH);
    assert_int_equal(SET_OF(STR("attack.defense-impairment")), 1u << TACTIC_DEFENSE_IMPAIRMENT);
    assert_int_equal(SET_OF(STR("attack.defense_impairment")), 1u << TACTIC_DEFENSE_IMPAIRMENT);
    assert_str(tactic_id(TACTIC_STEALTH), "TA0005");
    assert_str(tactic_id(TACTIC_DEFENSE_IMPAIRMENT), "TA0112");
}

static void old_defense_evasion_has_two_heirs(void **state)
{
    (void)state;
    assert_int_equal(SET_OF(STR("attack.defense-evasion")), 1u << TACTIC_STEALTH);
    assert_int_equal(SET_OF(STR("attack.defense_evasion"), STR("attack.t1070.001")),
                     1u << TACTIC_STEALTH);
    assert_int_equal(SET_OF(STR("attack.Defense_Evasion"), STR("attack.T1562.001")),
                     1u << TACTIC_DEFENSE_IMPAIRMENT);
    assert_int_equal(SET_OF(STR("attack.stealth"), STR("attack.t1562.001")),
                     1u << TACTIC_STEALTH);
}

static void other_tags_yield_nothing(void **state)
{
    (void)state;
    assert_int_equal(SET_OF(STR("cve.2021-44228"), STR("attack."), STR("attack"), STR(""),
                            STR("attack.t1059"), STR("attack.g0016"), STR("attack.stealthy"),
                            STR("attack.stealt"), STR("xattack.stealth")),
                     0);
    assert_int_equal(tactic_set(NULL, 0), 0);
}

static void techniques_are_told_from_other_tags(void **state)
{
    (void)state;
    char out[TACTIC_TECHNIQUE_BYTES];
    size_t n = 0;
    assert_true(tactic_technique(STR("attack.t1059.001"), out, &n));
    assert_str(((struct str){out, n}), "T1059.001");
    assert_true(tactic_technique(STR("attack.T1059"), out, &n));
    assert_str(((struct str){out, n}), "T1059");
    const char *none[] = {"attack.t105",      "attack.t1059.",
                          "attack.t1059.01",  "attack.t1059.0011",
                          "attack.t1059x001", "attack.ta0002",
                          "attack.s0029",     "t1059",
                          "attack.",          ""};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_false(tactic_technique(str_of(none[i]), out, &n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tactic_yields_by_slug_and_id),
        cmocka_unit_test(the_tactics_of_v19_yield),
        cmocka_unit_test(old_defense_evasion_has_two_heirs),
        cmocka_unit_test(other_tags_yield_nothing),
        cmocka_unit_test(techniques_are_told_from_other_tags),
    };
    return cmocka_run_group_tests_name("tactic", tests, NULL, NULL);
}
