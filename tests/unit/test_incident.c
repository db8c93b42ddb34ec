/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/heap.h"
#include "effect/impact.h"
#include "incident_sample.h"
#include "model/tactic.h"

/* The docket of the story, with the register, the history and the playbook. */
struct court {
    struct playbooks *playbooks;
    struct history *history;
    struct assets *assets;
    struct docket *docket;
    struct arena *a;
};

static struct court court_open(void)
{
    struct court c = {.playbooks = playbook_open(),
                      .history = recurrence_open(),
                      .assets = register_open(),
                      .a = arena_open(8 << 20)};
    struct diag d = diag_open();
    assert_ok(playbook_load(c.playbooks, STR("p"), str_of(sample_playbook), &d));
    assert_ok(recurrence_load(c.history, STR("h"), str_of(sample_history), &d));
    assert_ok(register_load(c.assets, STR("a"), str_of(sample_assets), &d));
    assert_int_equal(d.count, 0);
    diag_close(&d);
    c.docket = docket_open(c.playbooks, c.history);
    return c;
}

static void court_close(struct court *c)
{
    docket_close(c->docket);
    register_close(c->assets);
    recurrence_close(c->history);
    playbook_close(c->playbooks);
    arena_close(c->a);
}

static struct incident stand(struct court *c, struct docket_case *k)
{
    const struct finding_fact *findings[INCIDENT_MAX_FINDINGS];
    uint64_t positions[INCIDENT_MAX_FINDINGS];
    for (uint32_t i = 0; i < k->group->listed_count; i++) {
        findings[i] = &k->group->findings[i]->fact;
        positions[i] = k->group->findings[i]->position;
    }
    const struct impact_view v = {findings, positions, k->group->listed_count,
                                  k->group->success, k->group->detected};
    struct impact impact;
    assert_ok(impact_find(c->assets, &v, c->a, &impact));
    struct assess_holding *holdings =
        arena_zalloc(c->a, impact.asset_count + 1, sizeof(*holdings));
    for (uint32_t i = 0; i < impact.asset_count; i++) {
        holdings[i] = (struct assess_holding){impact.assets[i]->id, impact.assets[i]->class,
                                              impact.assets[i]->service};
    }
    const struct docket_effects e = {impact.effects, impact.effect_count,
                                     impact.tasks,   impact.task_count,
                                     holdings,       impact.asset_count};
    struct incident out;
    k->version = 1;
    assert_ok(docket_incident(c->docket, k, &e, c->a, &out));
    return out;
}

static const struct assertion *find(const struct incident *i, enum assertion_kind k)
{
    for (uint32_t n = 0; n < i->assertion_count; n++) {
        if (i->assertions[n].kind == k) {
            return &i->assertions[n];
        }
    }
    check(false);
    return &i->assertions[0];
}

static const struct effect *effect(const struct incident *i, enum effect_kind k)
{
    for (uint32_t n = 0; n < i->effect_count; n++) {
        if (i->effects[n].kind == k) {
            return &i->effects[n];
        }
    }
    check(false);
    return &i->effects[0];
}

static struct docket_case *break_in(struct court *c)
{
    struct sample s;
    sample_guessing(&s, STR("198.51.100.1"), 1);
    assert_null(docket_finding(c->docket, &s.f, 10));
    sample_guessing(&s, STR("203.0.113.66"), 2);
    assert_null(docket_finding(c->docket, &s.f, 11));
    sample_entry(&s, STR("203.0.113.66"), 30);
    return docket_finding(c->docket, &s.f, 12);
}

static struct docket_case *read_and_send(struct court *c)
{
    struct sample s;
    sample_read(&s, STR("/srv/cases/AC-1/list.txt"), 60);
    assert_non_null(docket_finding(c->docket, &s.f, 13));
    sample_out(&s, 70);
    return docket_finding(c->docket, &s.f, 14);
}

static void the_block_is_proposed_at_once_the_account_with_a_second_witness(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    assert_non_null(k);
    assert_int_equal(k->action_count, 1);
    const struct docket_action *block = &k->actions[0];
    assert_true(block->to_send);
    assert_int_equal(block->state.action.kind, ACTION_BLOCK_ADDRESS);
    assert_int_equal(block->state.action.lease_s, 3600);
    assert_int_equal(block->evidence.signals, 2);
    assert_int_equal(block->evidence.sensors, 1);
    assert_int_equal(block->evidence.trust, TRUST_DAEMON);
    assert_true(block->evidence.success);
    assert_int_equal(block->evidence.event_time.us, sample_start + 30 * 1000000);
    struct sample s;
    sample_read(&s, STR("/srv/cases/AC-1/list.txt"), 60);
    assert_ptr_equal(docket_finding(c.docket, &s.f, 13), k);
    assert_int_equal(k->action_count, 3);
    assert_int_equal(k->actions[1].state.action.kind, ACTION_END_SESSION);
    assert_int_equal(k->actions[2].state.action.kind, ACTION_SUSPEND_ACCOUNT);
    assert_str(k->actions[2].state.action.account, "clerk");
    assert_int_equal(k->actions[2].evidence.sensors, 2);
    /* of the line that says that it was entered, not of what was done then */
    assert_int_equal(k->actions[2].evidence.trust, TRUST_DAEMON);
    assert_true(ipaddr_eq(&k->actions[2].evidence.from, &block->state.action.address));
    court_close(&c);
}

/* As anybody who can send a packet writes it. */
static void sample_forged(struct sample *s, struct str address, int64_t at)
{
    sample_entry(s, address, at);
    s->f.trust = TRUST_NONE;
    for (uint32_t i = 0; i < s->f.entity_count; i++) {
        s->entities[i].trust = TRUST_NONE;
    }
}

static void what_anybody_can_write_contains_no_account(void **state)
{
    (void)state;
    struct court c = court_open();
    struct sample s;
    sample_forged(&s, STR("203.0.113.66"), 30);
    (void)docket_finding(c.docket, &s.f, 10);
    struct docket_case *k = read_and_send(&c); /* clerk's own work */
    assert_non_null(k);
    for (uint32_t i = 0; i < k->action_count; i++) {
        const struct evidence *e = &k->actions[i].evidence;
        assert_false(e->success);
        assert_true(k->actions[i].state.action.kind != ACTION_BLOCK_ADDRESS ||
                    (e->trust == TRUST_NONE && e->signals == 0));
    }
    /* failures that anybody can write, before an honest log-on: no better */
    sample_entry(&s, STR("203.0.113.67"), 80);
    s.f.trust = TRUST_NONE;
    k = docket_finding(c.docket, &s.f, 20);
    assert_non_null(k);
    for (uint32_t i = 0; i < k->action_count; i++) {
        assert_false(k->actions[i].evidence.success);
    }
    court_close(&c);
}

static void a_flood_hides_nobody(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = NULL;
    struct sample s;
    for (unsigned i = 0; i < 400; i++) {
        char address[32];
        struct buf text = {.p = address, .room = sizeof(address), .cap = sizeof(address)};
        buf_printf(&text, "100.64.%u.%u", i / 200, 1 + i % 200);
        sample_forged(&s, buf_str(&text), (int64_t)i);
        k = docket_finding(c.docket, &s.f, 10 + i);
        for (uint32_t n = 0; k != NULL && n < k->action_count; n++) {
            k->actions[n].to_send = false; /* contain was asked, and has not answered */
        }
    }
    assert_non_null(k);
    assert_int_equal(k->group->listed_count, INCIDENT_MAX_FINDINGS);
    sample_entry(&s, STR("203.0.113.66"), 500);
    assert_ptr_equal(docket_finding(c.docket, &s.f, 600), k);
    sample_read(&s, STR("/srv/cases/AC-1/list.txt"), 501);
    assert_ptr_equal(docket_finding(c.docket, &s.f, 601), k);
    bool kinds[ACTION_KIND_COUNT] = {false};
    for (uint32_t i = 0; i < k->action_count; i++) {
        kinds[k->actions[i].state.action.kind] |=
            k->actions[i].to_send && k->actions[i].evidence.success;
    }
    assert_true(kinds[ACTION_BLOCK_ADDRESS] && kinds[ACTION_END_SESSION] &&
                kinds[ACTION_SUSPEND_ACCOUNT]);
    court_close(&c);
}

static struct action_fact fact_of(const struct docket_action *o, enum fact_kind kind,
                                  int64_t at)
{
    return (struct action_fact){.kind = kind,
                                .at = {.us = sample_start + at * 1000000},
                                .action = o->state.action,
                                .until = {.us = sample_start + 3600000000},
                                .detail = STR("proof"),
                                .by = STR("")};
}

static void the_same_is_asked_again_only_for_a_reason(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    struct docket_action *o = &k->actions[0];
    struct action_fact f = fact_of(o, FACT_DECISION, 31);
    struct sample s;
    f.verdict = VERDICT_SHADOW;
    assert_ptr_equal(docket_action_fact(c.docket, &f), k);
    assert_false(o->to_send);
    docket_send_again(c.docket); /* contain may be in earnest now */
    assert_true(o->to_send);
    o->to_send = false;
    sample_guessing(&s, STR("203.0.113.66"), 35); /* too soon to ask again */
    assert_ptr_equal(docket_finding(c.docket, &s.f, 20), k);
    assert_false(o->to_send);
    sample_entry(&s, STR("203.0.113.66"), 60); /* he is back */
    assert_ptr_equal(docket_finding(c.docket, &s.f, 21), k);
    assert_true(o->to_send);
    f = fact_of(o, FACT_OUTCOME, 61);
    f.act = ACT_APPLY;
    f.outcome = OUTCOME_EFFECTIVE;
    o->to_send = false;
    (void)docket_action_fact(c.docket, &f);
    sample_entry(&s, STR("203.0.113.66"), 120); /* in force: nothing to ask */
    (void)docket_finding(c.docket, &s.f, 22);
    assert_false(o->to_send);
    f.act = ACT_UNDO; /* a person undid it: a person does it again */
    (void)docket_action_fact(c.docket, &f);
    sample_entry(&s, STR("203.0.113.66"), 180);
    (void)docket_finding(c.docket, &s.f, 23);
    assert_false(o->to_send);
    f.act = ACT_LAPSE;
    (void)docket_action_fact(c.docket, &f);
    sample_entry(&s, STR("203.0.113.66"), 240);
    (void)docket_finding(c.docket, &s.f, 24);
    assert_true(o->to_send);
    court_close(&c);
}

static void effects_say_what_they_rest_on(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    struct incident i = stand(&c, k);
    /* nothing was looked at that could tell: unknown, never "no" */
    assert_int_equal(i.effect_count, 1);
    assert_int_equal(i.effects[0].status, EFFECT_UNKNOWN);
    assert_str(i.effects[0].asset, "case-store");
    assert_int_equal(find(&i, ASSERTION_TAKEN)->status, ASSERTION_UNKNOWN);
    assert_int_equal(i.task_count, 3);
    k = read_and_send(&c);
    i = stand(&c, k);
    assert_int_equal(effect(&i, EFFECT_TOUCHED)->status, EFFECT_CONFIRMED);
    assert_str(effect(&i, EFFECT_TOUCHED)->basis,
               "1 file below /srv/cases: audit says that opening succeeded");
    assert_int_equal(effect(&i, EFFECT_READ)->status, EFFECT_CONFIRMED);
    assert_int_equal(effect(&i, EFFECT_READ)->refs[0], 13);
    assert_int_equal(effect(&i, EFFECT_TAKEN)->status, EFFECT_SUSPECTED);
    assert_int_equal(effect(&i, EFFECT_TAKEN)->refs[0], 14);
    assert_int_equal(effect(&i, EFFECT_ALTERED)->status, EFFECT_UNKNOWN);
    assert_true(effect(&i, EFFECT_READ)->mandate);
    assert_int_equal(i.task_count, 5);
    assert_str(i.tasks[3].owner, "Registry");
    assert_str(i.title, "Log-on by SSH after guessed passwords, then the case store read and "
                        "perhaps taken");
    court_close(&c);
}

static void assertions_have_status_grade_and_references(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    (void)read_and_send(&c);
    struct incident i = stand(&c, k);
    assert_str(find(&i, ASSERTION_KIND)->value, "intrusions/unprivileged-account-compromise");
    assert_str(find(&i, ASSERTION_ENTRY)->value, "guessed-password");
    assert_str(find(&i, ASSERTION_SOURCE_ADDRESS)->value, "203.0.113.66");
    assert_int_equal(find(&i, ASSERTION_SOURCE_ADDRESS)->tlp, TLP_AMBER_STRICT);
    assert_int_equal(find(&i, ASSERTION_SOURCE_ADDRESS)->reliability, 'C');
    assert_str(find(&i, ASSERTION_ACCOUNT_USED)->value, "clerk");
    assert_str(find(&i, ASSERTION_HOST)->value, "registry");
    assert_str(find(&i, ASSERTION_SERVICE)->extra, "electronic filing");
    assert_str(find(&i, ASSERTION_INFORMATION_CLASS)->value, "case-files");
    assert_str(find(&i, ASSERTION_TAKEN)->value, "suspected");
    assert_str(find(&i, ASSERTION_CONTAINED)->value, "no");
    assert_str(find(&i, ASSERTION_RAIDS)->value, "12");
    assert_str(find(&i, ASSERTION_RECURRENCE)->value, "2");
    uint32_t last = 0;
    for (uint32_t n = 0; n < i.assertion_count; n++) {
        assert_in_range(i.assertions[n].reliability, 'A', 'F');
        assert_in_range(i.assertions[n].credibility, 1, 6);
        assert_int_not_equal(i.assertions[n].number, last);
        last = i.assertions[n].number;
    }
    court_close(&c);
}

static void it_is_contained_when_all_that_was_proposed_is_done(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    (void)read_and_send(&c);
    struct action_fact first = fact_of(&k->actions[0], FACT_OUTCOME, 80);
    first.act = ACT_APPLY;
    first.outcome = OUTCOME_EFFECTIVE;
    (void)docket_action_fact(c.docket, &first);
    struct incident i = stand(&c, k);
    assert_str(find(&i, ASSERTION_CONTAINED)->value, "partly");
    for (uint32_t n = 1; n < k->action_count; n++) {
        struct action_fact f = fact_of(&k->actions[n], FACT_OUTCOME, 80 + n);
        f.act = ACT_APPLY;
        f.outcome = OUTCOME_EFFECTIVE;
        (void)docket_action_fact(c.docket, &f);
    }
    i = stand(&c, k);
    assert_str(find(&i, ASSERTION_CONTAINED)->value, "yes");
    assert_int_equal(i.state, INCIDENT_CONTAINED);
    court_close(&c);
}

static void it_is_the_second_of_its_type(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    (void)read_and_send(&c);
    struct incident i = stand(&c, k);
    assert_int_equal(i.recurrence.nth, 2);
    assert_str(i.recurrence.earlier, "2023-09 of 2023-09-18");
    assert_str(
        i.recurrence.because,
        "the same kind (intrusions/unprivileged-account-compromise); the same way in "
        "(guessed-password); the same information (case-files); 2 of 4 tactics in common "
        "(50 %)");
    assert_true(str_starts(i.recurrence.base_rate, STR("How often unrelated incidents agree")));
    court_close(&c);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    (void)read_and_send(&c);
    struct action_fact f = fact_of(&k->actions[0], FACT_DECISION, 80);
    f.verdict = VERDICT_ALLOWED;
    (void)docket_action_fact(c.docket, &f);
    f.kind = FACT_OUTCOME;
    (void)docket_action_fact(c.docket, &f);
    struct incident i = stand(&c, k), again;
    const struct walltime at = {.us = sample_start + 100000000, .digits = 6};
    AUTO_BUF json = {0};
    AUTO_BUF second = {0};
    incident_encode(&json, &i, at);
    assert_ok(incident_decode(buf_str(&json), c.a, &again));
    assert_int_equal(again.version, 1);
    assert_int_equal(again.assertion_count, i.assertion_count);
    assert_int_equal(again.link_count, i.link_count);
    assert_int_equal(again.actions[0].verdict, VERDICT_ALLOWED);
    assert_str(again.actions[0].detail, "proof");
    assert_int_equal(again.tactics, i.tactics);
    incident_encode(&second, &again, at);
    assert_true(str_eq(buf_str(&json), buf_str(&second)));
    court_close(&c);
}

static void any_part_that_is_missing_or_changed_is_refused(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    struct incident i = stand(&c, k), out;
    AUTO_BUF json = {0};
    incident_encode(&json, &i, (struct walltime){.us = sample_start});
    for (size_t n = 0; n < json.n; n += 7) {
        assert_int_not_equal(incident_decode(str_upto(buf_str(&json), n), c.a, &out).code, 0);
        arena_reset(c.a);
    }
    struct str version = STR("\"version\":1");
    size_t at = str_find(buf_str(&json), version);
    json.p[at + version.n - 1] = '2'; /* the key is not of this version */
    assert_fails(incident_decode(buf_str(&json), c.a, &out), MALFORMED);
    court_close(&c);
}

static void hostile_text_fits(void **state)
{
    (void)state;
    struct court c = court_open();
    struct docket_case *k = break_in(&c);
    char evil[250];
    memset(evil, '\x01', sizeof(evil)); /* six bytes each in JSON */
    for (unsigned n = 0; n < 300; n++) {
        struct sample s;
        sample_read(&s, (struct str){evil, sizeof(evil)}, 60 + n);
        s.f.rule_title = (struct str){evil, sizeof(evil)};
        s.f.host = (struct str){evil, sizeof(evil) - n % 64};
        evil[n % sizeof(evil)] = (char)(1 + n % 30);
        (void)docket_finding(c.docket, &s.f, 20 + n);
    }
    struct incident i = stand(&c, k), again;
    assert_int_equal(i.finding_count, 302);
    AUTO_BUF json = {0};
    incident_encode(&json, &i, (struct walltime){.us = sample_start});
    assert_true(json.n <= INCIDENT_CAP_BYTES);
    assert_ok(incident_decode(buf_str(&json), c.a, &again));
    assert_non_null(strstr(json.p, "\"left_out\":"));
    court_close(&c);
}

static void raids_are_a_gauge(void **state)
{
    (void)state;
    struct raids *r = raid_open();
    struct sample s;
    for (int64_t hour = 0; hour < 24; hour++) {
        sample_guessing(&s, hour % 2 == 0 ? STR("198.51.100.1") : STR("198.51.100.2"),
                        hour * 3600);
        raid_add(r, &s.f);
    }
    sample_entry(&s, STR("203.0.113.66"), 3600);
    raid_add(r, &s.f); /* no raid */
    struct walltime now = {.us = sample_start + INT64_C(23) * 3600000000};
    struct raid_state t = raid_at(r, RAID_GUESSING, now);
    assert_int_equal(t.day, 24 * 6);
    assert_int_equal(t.sources, 2);
    assert_int_equal(t.trend, RAID_RISING);
    assert_in_range(t.gauge, 80, 24 * 6);
    assert_int_equal(raid_at(r, RAID_SPRAYING, now).day, 0);
    now.us += INT64_C(24) * 3600000000;
    struct raid_state later = raid_at(r, RAID_GUESSING, now);
    assert_int_equal(later.day, 0);
    assert_int_equal(later.day_before, 24 * 6);
    assert_int_equal(later.trend, RAID_FALLING);
    assert_in_range(later.gauge, t.gauge / 2 - 1, t.gauge / 2 + 1);
    raid_close(r);
}

static void faults_of_pages_are_messages_with_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        {"name: a\ntitle: b\n", 1},
        {"name: a\ntitle: b\ntype: c\nwhen: [x]\nactions:\n  - {do: nuke, reason: r}\n", 6},
        {"name: a\ntitle: b\ntype: c\nwhen: [x]\nactions:\n  - {do: block-address, lease: 9d, "
         "reason: r}\n",
         6},
        {"name: a\ntitle: b\ntype: c\nwhen: [x]\nactions: []\nsurprise: 1\n", 6},
        {"name: [\n", 2},
        {"- just text\n", 1},
        {"42\n", 1},
        {"- {sensor: s, rules: {a: b}}\n", 1},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct playbooks *p = playbook_open();
        struct diag d = diag_open();
        assert_fails(playbook_load(p, STR("x.yml"), str_of(bad[i].text), &d), REJECTED);
        assert_true(d.count > 0);
        assert_int_equal(d.messages[0].line, bad[i].line);
        assert_int_equal(playbook_count(p), 0);
        diag_close(&d);
        playbook_close(p);
    }
    struct history *h = recurrence_open();
    struct diag d = diag_open();
    assert_fails(
        recurrence_load(h, STR("h.yml"), STR("- {name: x, date: never, type: t}\n"), &d),
        REJECTED);
    assert_fails(
        recurrence_load(h, STR("h.yml"),
                        STR("- {name: x, date: 2020-01-01, type: t, tactics: [juggling]}"), &d),
        REJECTED);
    assert_int_equal(recurrence_count(h), 0);
    diag_close(&d);
    recurrence_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_block_is_proposed_at_once_the_account_with_a_second_witness),
        cmocka_unit_test(what_anybody_can_write_contains_no_account),
        cmocka_unit_test(a_flood_hides_nobody),
        cmocka_unit_test(the_same_is_asked_again_only_for_a_reason),
        cmocka_unit_test(effects_say_what_they_rest_on),
        cmocka_unit_test(assertions_have_status_grade_and_references),
        cmocka_unit_test(it_is_contained_when_all_that_was_proposed_is_done),
        cmocka_unit_test(it_is_the_second_of_its_type),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(any_part_that_is_missing_or_changed_is_refused),
        cmocka_unit_test(hostile_text_fits),
        cmocka_unit_test(raids_are_a_gauge),
        cmocka_unit_test(faults_of_pages_are_messages_with_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
