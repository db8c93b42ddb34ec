/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/heap.h"
#include "incident_sample.h"

#include <stdio.h>

static const struct str attacker = STR_INIT("203.0.113.66");

static void noise_is_no_incident(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    for (unsigned i = 0; i < 3000; i++) {
        char address[32];
        int n = snprintf(address, sizeof(address), "198.51.%u.%u", i / 200, i % 200);
        struct sample s;
        sample_guessing(&s, (struct str){address, (size_t)n}, i);
        assert_null(grouping_add(g, &s.f, i));
    }
    assert_int_equal(grouping_count(g), 0);
    grouping_close(g);
}

static void a_success_gathers_what_came_before_and_after(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    struct sample s;
    /* others aim at the same account, before and after: no part of it */
    sample_guessing(&s, STR("198.51.100.1"), 1);
    assert_null(grouping_add(g, &s.f, 0));
    sample_guessing(&s, attacker, 2);
    assert_null(grouping_add(g, &s.f, 1));
    sample_guessing(&s, attacker, 40);
    assert_null(grouping_add(g, &s.f, 2));
    sample_entry(&s, attacker, 60);
    uint8_t seed[FINDING_ID_BYTES], id[ACTION_ID_BYTES];
    memcpy(seed, s.f.id, sizeof(seed));
    struct group *group = grouping_add(g, &s.f, 3);
    assert_non_null(group);
    assert_int_equal(group->finding_count, 3);
    assert_true(group->success);
    incident_id(seed, id);
    assert_memory_equal(group->id, id, sizeof(id));
    assert_string_equal(group->name, "2026-001");
    sample_guessing(&s, STR("198.51.100.2"), 61);
    assert_null(grouping_add(g, &s.f, 4));
    sample_read(&s, STR("/srv/cases/1"), 80);
    assert_ptr_equal(grouping_add(g, &s.f, 5), group);
    sample_out(&s, 90);
    assert_ptr_equal(grouping_add(g, &s.f, 6), group);
    assert_int_equal(group->finding_count, 5);
    assert_int_equal(grouping_count(g), 1);
    /* every member but the seed says why it is there */
    assert_int_equal(group->link_count, 4);
    for (uint32_t i = 0; i < group->link_count; i++) {
        bool address = group->links[i].kind == ENTITY_ADDRESS;
        assert_true(address || group->links[i].kind == ENTITY_ACCOUNT);
        assert_true(str_eq(group->links[i].value, address ? attacker : STR("clerk")));
        assert_true(group->links[i].seen_in >= 2);
    }
    grouping_close(g);
}

static void a_name_that_was_only_tried_is_no_part_of_it(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    struct sample s;
    sample_entry(&s, attacker, 60);
    sample_entity(&s, ENTITY_ACCOUNT, STR("magistrate"), STR("target")); /* guessed before */
    struct group *group = grouping_add(g, &s.f, 0);
    sample_read(&s, STR("/srv/cases/1"), 80);
    s.entities[0].value = STR("magistrate");
    assert_null(grouping_add(g, &s.f, 1));
    sample_read(&s, STR("/srv/cases/2"), 90);
    assert_ptr_equal(grouping_add(g, &s.f, 2), group);
    grouping_close(g);
}

static void a_day_later_is_another_incident(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    struct sample s;
    sample_entry(&s, attacker, 0);
    struct group *one = grouping_add(g, &s.f, 0);
    sample_entry(&s, attacker, GROUPING_WINDOW_S + 1);
    struct group *other = grouping_add(g, &s.f, 1);
    assert_non_null(other);
    assert_ptr_not_equal(one, other);
    assert_string_equal(other->name, "2026-002");
    sample_read(&s, STR("/srv/cases/1"), GROUPING_WINDOW_S);
    assert_ptr_equal(grouping_add(g, &s.f, 2), one);
    grouping_close(g);
}

static void a_hub_links_nothing(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    struct sample s;
    /* one address in findings of many machines: a proxy */
    for (unsigned i = 0; i < 40; i++) {
        char host[16];
        int n = snprintf(host, sizeof(host), "pc%u", i);
        sample_begin(&s, STR("odd"), LEVEL_MEDIUM, i);
        s.f.host = (struct str){host, (size_t)n};
        sample_entity(&s, ENTITY_ADDRESS, STR("10.0.0.1"), STR("source"));
        assert_null(grouping_add(g, &s.f, i));
    }
    sample_begin(&s, STR("bad"), LEVEL_CRITICAL, 100);
    sample_entity(&s, ENTITY_ADDRESS, STR("10.0.0.1"), STR("source"));
    struct group *group = grouping_add(g, &s.f, 100);
    assert_int_equal(group->finding_count, 1);
    /* nor do placeholders, loopback and service accounts */
    sample_begin(&s, STR("worse"), LEVEL_CRITICAL, 101);
    sample_entity(&s, ENTITY_ADDRESS, STR("127.0.0.1"), STR("source"));
    sample_entity(&s, ENTITY_ACCOUNT, STR("www-data"), STR("subject"));
    struct group *first = grouping_add(g, &s.f, 101);
    sample_begin(&s, STR("worst"), LEVEL_CRITICAL, 102);
    sample_entity(&s, ENTITY_ADDRESS, STR("127.0.0.1"), STR("source"));
    sample_entity(&s, ENTITY_ACCOUNT, STR("www-data"), STR("subject"));
    assert_ptr_not_equal(grouping_add(g, &s.f, 102), first);
    grouping_close(g);
}

static void the_same_again_changes_only_what_grew(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    struct sample s;
    sample_entry(&s, attacker, 0);
    struct group *group = grouping_add(g, &s.f, 0);
    s.f.trust = TRUST_JOURNAL;
    s.f.source_count = 2;
    s.entities[0].trust = TRUST_JOURNAL;
    assert_ptr_equal(grouping_add(g, &s.f, 9), group);
    assert_int_equal(group->finding_count, 1);
    assert_int_equal(group->seed->position, 0);
    assert_int_equal(group->seed->fact.trust, TRUST_JOURNAL);
    assert_int_equal(group->seed->fact.source_count, 2);
    assert_int_equal(group->seed->fact.entities[0].trust, TRUST_JOURNAL);
    grouping_close(g);
}

static void names_of_the_history_are_taken(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    grouping_take_name(g, STR("2026-007"));
    grouping_take_name(g, STR("2023-09"));
    grouping_take_name(g, STR("nonsense"));
    grouping_take_name(g, STR("2026-99999999999999999999"));
    struct sample s;
    sample_entry(&s, attacker, 0);
    assert_string_equal(grouping_add(g, &s.f, 0)->name, "2026-008");
    grouping_close(g);
}

/* Far more findings, hosts and groups than are kept, with times all over: bounded, no crash. */
static void a_flood_is_bounded(void **state)
{
    (void)state;
    struct grouping *g = grouping_open();
    uint64_t x = 88172645463325252ULL;
    for (unsigned i = 0; i < 20000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        char text[2][32];
        struct sample s;
        sample_begin(&s, STR("flood"), (enum level)(x % LEVEL_COUNT), (int64_t)i);
        s.f.last.us = i % 7 == 0 ? INT64_MAX : i % 5 == 0 ? WALLTIME_NONE : (int64_t)x;
        s.f.received.us = i % 3 == 0 ? WALLTIME_NONE : sample_start;
        for (unsigned e = 0; e < 2; e++) {
            int n = snprintf(text[e], sizeof(text[e]), "v%u", (unsigned)(x >> (8 * e)) % 300);
            sample_entity(&s, (enum entity_kind)((x >> (8 * e)) % ENTITY_KIND_COUNT),
                          (struct str){text[e], (size_t)n}, STR(""));
        }
        (void)grouping_add(g, &s.f, i);
    }
    assert_in_range(grouping_count(g), 1, GROUPING_MAX_GROUPS);
    for (size_t i = 0; i < grouping_count(g); i++) {
        const struct group *group = grouping_at(g, i);
        assert_true(group->listed_count <= INCIDENT_MAX_FINDINGS);
        assert_true(group->finding_count >= group->listed_count);
        assert_ptr_equal(grouping_find(g, group->id), group);
    }
    grouping_close(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_no_incident),
        cmocka_unit_test(a_success_gathers_what_came_before_and_after),
        cmocka_unit_test(a_name_that_was_only_tried_is_no_part_of_it),
        cmocka_unit_test(a_day_later_is_another_incident),
        cmocka_unit_test(a_hub_links_nothing),
        cmocka_unit_test(the_same_again_changes_only_what_grew),
        cmocka_unit_test(names_of_the_history_are_taken),
        cmocka_unit_test(a_flood_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
