/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "effect/impact.h"
#include "incident_sample.h"

#define HEADER "id,name_en,name_fr,class,path,host,mandate,owner,service\n"

static struct rc load(struct assets *r, const char *text, uint32_t *line)
{
    struct diag d = diag_open();
    struct rc rc = register_load(r, STR("assets.csv"), str_of(text), &d);
    *line = d.count > 0 ? d.messages[0].line : 0;
    diag_close(&d);
    return rc;
}

static void a_register_is_read(void **state)
{
    (void)state;
    struct assets *r = register_open();
    uint32_t line;
    assert_ok(load(r,
                   "\xEF\xBB\xBF" HEADER "\r\n"
                   "a,\"the \"\"old\"\", dusty files\",les vieux,case-files,/srv/a/,,yes,R,\r\n"
                   "\n"
                   "b,mail,,mail,,mx.example,no,,mail",
                   &line));
    assert_int_equal(register_count(r), 2);
    const struct asset *a = register_at(r, 0), *b = register_at(r, 1);
    assert_str(a->name_en, "the \"old\", dusty files");
    assert_str(a->path, "/srv/a");
    assert_true(a->mandate);
    assert_str(b->host, "mx.example");
    assert_str(b->service, "mail");
    assert_true(register_holds(a, STR("/srv/a"), STR("any")));
    assert_true(register_holds(a, STR("/srv/a/b/c"), STR("any")));
    assert_false(register_holds(a, STR("/srv/ab"), STR("any")));
    assert_false(register_holds(a, STR("/srv/a/../../etc/passwd"), STR("any")));
    assert_false(register_holds(a, STR("/srv"), STR("any")));
    assert_false(register_holds(b, STR("/srv/a"), STR("mx.example")));
    assert_ok(load(r, HEADER "c,n,,c,/srv/c,Registry,no,,\n", &line));
    const struct asset *c = register_at(r, 0);
    assert_true(register_holds(c, STR("/srv/c/1"), STR("registry.court.example")));
    assert_true(register_holds(c, STR("/srv/c/1"), STR("")));
    assert_false(register_holds(c, STR("/srv/c/1"), STR("another")));
    register_close(r);
}

static void a_bad_line_rejects_the_register(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
    } bad[] = {
        {"", 1},
        {"id,name\n", 1},
        {HEADER "a,n,n,c,/p,h,yes,o\n", 2},
        {HEADER "a,n,n,c,/p,h,yes,o,s,more\n", 2},
        {HEADER "a,n,n,c,/p,h,maybe,o,s\n", 2},
        {HEADER "a,n,n,c,p,h,yes,o,s\n", 2},
        {HEADER "a,n,n,c,,,yes,o,s\n", 2},
        {HEADER "a,n,n,c,/p/../q,h,yes,o,s\n", 2},
        {HEADER "a,n,n,c,/p,h,yes,o,s\na,n,n,c,/q,h,yes,o,s\n", 3},
        {HEADER "a b,n,n,c,/p,h,yes,o,s\n", 2},
        {HEADER "a,,n,c,/p,h,yes,o,s\n", 2},
        {HEADER "a,\"n,n,c,/p,h,yes,o,s\n", 2},
        {HEADER "a,\"n\"x,n,c,/p,h,yes,o,s\n", 2},
        {HEADER "a,n\"x,n,c,/p,h,yes,o,s\n", 2},
        {HEADER "a,n\x01,n,c,/p,h,yes,o,s\n", 2},
        {HEADER "a,n\xFF,n,c,/p,h,yes,o,s\n", 2},
    };
    struct assets *r = register_open();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint32_t line;
        assert_fails(load(r, bad[i].text, &line), REJECTED);
        assert_int_equal(line, bad[i].line);
        assert_int_equal(register_count(r), 0);
    }
    register_close(r);
}

struct looking {
    struct assets *r;
    struct arena *a;
    struct impact out;
};

static struct looking look(const char *text, struct sample *samples, uint32_t count)
{
    struct looking l = {.r = register_open(), .a = arena_open(1 << 20)};
    const struct finding_fact *findings[8];
    uint64_t positions[8];
    uint32_t line;
    for (uint32_t i = 0; i < count; i++) {
        findings[i] = &samples[i].f;
        findings[i] = &samples[i].f;
        samples[i].f.entities = samples[i].entities;
        positions[i] = i;
    }
    assert_ok(load(l.r, text, &line));
    const struct impact_view v = {findings, positions, count, true, {.us = sample_start}};
    assert_ok(impact_find(l.r, &v, l.a, &l.out));
    return l;
}

static enum effect_status status_of(const struct looking *l, enum effect_kind k)
{
    for (uint32_t i = 0; i < l->out.effect_count; i++) {
        if (l->out.effects[i].kind == k) {
            return l->out.effects[i].status;
        }
    }
    return EFFECT_STATUS_COUNT;
}

static void done(struct looking *l)
{
    arena_close(l->a);
    register_close(l->r);
}

static void a_path_and_what_succeeded_are_two_records_of_one_event(void **state)
{
    (void)state;
    struct sample s[2];
    sample_read(&s[0], STR("/etc/hosts"), 10);
    s[0].f.entity_count = 1; /* who, and that it succeeded; not which file */
    sample_entity(&s[0], ENTITY_EVENT, STR("17:638"), STR("subject"));
    sample_begin(&s[1], STR("case_file_path"), LEVEL_INFORMATIONAL, 10);
    sample_entity(&s[1], ENTITY_FILE, STR("/srv/cases/1"), STR("target"));
    sample_entity(&s[1], ENTITY_EVENT, STR("17:638"), STR("subject"));
    struct looking l = look(sample_assets, s, 2);
    assert_int_equal(status_of(&l, EFFECT_TOUCHED), EFFECT_CONFIRMED);
    assert_int_equal(status_of(&l, EFFECT_READ), EFFECT_CONFIRMED);
    assert_int_equal(status_of(&l, EFFECT_TAKEN), EFFECT_NONE_SO_FAR);
    done(&l);
    s[1].entities[1].value = STR("17:639"); /* another event: only named */
    l = look(sample_assets, s, 2);
    assert_int_equal(status_of(&l, EFFECT_TOUCHED), EFFECT_SUSPECTED);
    assert_int_equal(status_of(&l, EFFECT_READ), EFFECT_UNKNOWN);
    done(&l);
}

static void a_transfer_counts_by_the_same_account_after_the_touch(void **state)
{
    (void)state;
    struct sample s[2];
    sample_read(&s[0], STR("/srv/cases/1"), 10);
    sample_out(&s[1], 20);
    struct looking l = look(sample_assets, s, 2);
    assert_int_equal(status_of(&l, EFFECT_TAKEN), EFFECT_SUSPECTED);
    done(&l);
    sample_out(&s[1], 5);
    l = look(sample_assets, s, 2);
    assert_int_equal(status_of(&l, EFFECT_TAKEN), EFFECT_NONE_SO_FAR);
    done(&l);
    sample_out(&s[1], 20);
    s[1].entities[0].value = STR("another");
    l = look(sample_assets, s, 2);
    assert_int_equal(status_of(&l, EFFECT_TAKEN), EFFECT_NONE_SO_FAR);
    done(&l);
}

static void tasks_have_owner_and_due_time(void **state)
{
    (void)state;
    struct sample s[1];
    sample_read(&s[0], STR("/var/mail/judge"), 10);
    struct looking l = look(sample_assets, s, 1);
    assert_int_equal(l.out.task_count, 4); /* mail carries no mandate: nobody to be told yet */
    for (uint32_t i = 0; i < l.out.task_count; i++) {
        assert_true(l.out.tasks[i].owner.n > 0 && l.out.tasks[i].what.n > 0);
        assert_true(l.out.tasks[i].due.us >= sample_start + INT64_C(4) * 3600000000);
    }
    assert_str(l.out.tasks[1].what,
               "change what these accounts log on with (password, keys, tokens): clerk");
    assert_str(l.out.tasks[3].owner, "IT");
    done(&l);
    s[0].entities[0].value =
        STR("clerk; rm -rf /"); /* no name that goes into a sentence of ours */
    l = look(sample_assets, s, 1);
    for (uint32_t i = 0; i < l.out.task_count; i++) {
        assert_int_equal(str_find(l.out.tasks[i].what, STR("rm -rf")), SIZE_MAX);
    }
    done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_register_is_read),
        cmocka_unit_test(a_bad_line_rejects_the_register),
        cmocka_unit_test(a_path_and_what_succeeded_are_two_records_of_one_event),
        cmocka_unit_test(a_transfer_counts_by_the_same_account_after_the_touch),
        cmocka_unit_test(tasks_have_owner_and_due_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
