/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The incident that tests of notices tell about: a password was guessed, an account used, case
 * files read and perhaps taken.
 */
#ifndef TESTS_NOTICE_SAMPLE_H
#define TESTS_NOTICE_SAMPLE_H

#include "inform/notice.h"

#include <string.h>

enum { SAMPLE_ASSERTIONS = 20 };

struct sample {
    struct incident incident;
    struct assertion assertions[SAMPLE_ASSERTIONS];
    struct incident_finding findings[4];
    struct incident_link links[3];
    struct entity entities[5];
    struct effect effects[4];
    struct task tasks[3];
    struct incident_action actions[3];
};

static const uint64_t sample_refs[] = {41, 44, 47, 52, 53, 58, 61, 63};

static inline struct walltime sample_time(int hour, int minute)
{
    return walltime_from_parts(
        (struct walltime_parts){2026, 11, 24, (uint8_t)hour, (uint8_t)minute, 12});
}

static inline void sample_assert(struct sample *s, enum assertion_kind k, const char *value,
                                 const char *extra)
{
    uint32_t at = s->incident.assertion_count++;
    check(at < SAMPLE_ASSERTIONS);
    s->assertions[at] = (struct assertion){.number = at + 1,
                                           .kind = k,
                                           .status = ASSERTION_KNOWN,
                                           .tlp = assertion_tlp(k),
                                           .reliability = 'B',
                                           .credibility = 2,
                                           .value = str_of(value),
                                           .extra = str_of(extra),
                                           .as_of = sample_time(14, 5),
                                           .refs = sample_refs,
                                           .ref_count = 2 + at % 7};
}

/* The assertion of a kind, to change it. */
static inline struct assertion *sample_find(struct sample *s, enum assertion_kind k)
{
    for (uint32_t i = 0; i < s->incident.assertion_count; i++) {
        if (s->assertions[i].kind == k) {
            return &s->assertions[i];
        }
    }
    check(false);
    return NULL;
}

static inline void sample_facts(struct sample *s)
{
    static const char *const titles[] = {"Password guessing against SSH",
                                         "SSH log-on after failures", "Case folder read",
                                         "Outbound transfer by a user"};
    for (uint32_t i = 0; i < COUNT_OF(s->findings); i++) {
        s->findings[i] = (struct incident_finding){.id = {(uint8_t)(i + 1)},
                                                   .position = sample_refs[i],
                                                   .title = str_of(titles[i]),
                                                   .host = STR("registry"),
                                                   .level = i == 0 ? LEVEL_MEDIUM : LEVEL_HIGH,
                                                   .first = sample_time(13, 50 + (int)i),
                                                   .last = sample_time(13, 50 + (int)i),
                                                   .event_count = i == 0 ? 24 : 3};
    }
    s->links[0] = (struct incident_link){.finding = {2},
                                         .to = {1},
                                         .kind = ENTITY_ADDRESS,
                                         .value = STR("203.0.113.66"),
                                         .seen_in = 2};
    s->links[1] = (struct incident_link){
        .finding = {3}, .to = {2}, .kind = ENTITY_ACCOUNT, .value = STR("clerk"), .seen_in = 3};
    s->links[2] = (struct incident_link){
        .finding = {4}, .to = {3}, .kind = ENTITY_ACCOUNT, .value = STR("clerk"), .seen_in = 3};
    s->entities[0] = (struct entity){.kind = ENTITY_HOST, .value = STR("registry")};
    s->entities[1] = (struct entity){.kind = ENTITY_ACCOUNT, .value = STR("clerk")};
    s->entities[2] = (struct entity){.kind = ENTITY_ADDRESS, .value = STR("203.0.113.66")};
    s->entities[3] =
        (struct entity){.kind = ENTITY_FILE, .value = STR("/srv/cases/2026-17/statement.odt")};
    s->entities[4] = (struct entity){.kind = ENTITY_PROCESS, .value = STR("curl")};
    s->incident.findings = s->findings;
    s->incident.listed_count = COUNT_OF(s->findings);
    s->incident.finding_count = COUNT_OF(s->findings);
    s->incident.links = s->links;
    s->incident.link_count = COUNT_OF(s->links);
    s->incident.entities = s->entities;
    s->incident.entity_count = COUNT_OF(s->entities);
}

static inline void sample_effects(struct sample *s)
{
    static const struct {
        enum effect_kind kind;
        enum effect_status status;
        const char *basis;
    } rows[] = {
        {EFFECT_TOUCHED, EFFECT_CONFIRMED, "3 files below /srv/cases were opened"},
        {EFFECT_READ, EFFECT_CONFIRMED, "audit says that 3 files were read by clerk"},
        {EFFECT_TAKEN, EFFECT_SUSPECTED, "a transfer out by the same account followed"},
        {EFFECT_ALTERED, EFFECT_NONE_SO_FAR, "audit would show a write, and shows none"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        s->effects[i] = (struct effect){.asset = STR("case-store"),
                                        .name = STR("Case store"),
                                        .mandate = true,
                                        .kind = rows[i].kind,
                                        .status = rows[i].status,
                                        .basis = str_of(rows[i].basis),
                                        .refs = sample_refs + 2,
                                        .ref_count = 2};
    }
    s->tasks[0] = (struct task){.number = 1,
                                .what = STR("Preserve the disk of the host"),
                                .owner = STR("duty officer"),
                                .due = sample_time(16, 0)};
    s->tasks[1] = (struct task){.number = 2,
                                .what = STR("Give the account new credentials"),
                                .owner = STR("service desk"),
                                .due = sample_time(18, 0),
                                .done = true};
    s->tasks[2] = (struct task){.number = 3,
                                .what = STR("Say which cases the files belong to"),
                                .owner = STR("registry"),
                                .due = sample_time(20, 0)};
    s->incident.effects = s->effects;
    s->incident.effect_count = COUNT_OF(s->effects);
    s->incident.tasks = s->tasks;
    s->incident.task_count = COUNT_OF(s->tasks);
}

static inline void sample_actions(struct sample *s)
{
    for (uint32_t i = 0; i < COUNT_OF(s->actions); i++) {
        s->actions[i] = (struct incident_action){
            .action = {.kind = (enum action_kind)i, .account = STR("clerk"), .lease_s = 3600},
            .verdict = VERDICT_ALLOWED,
            .act = ACT_APPLY,
            .outcome = OUTCOME_EFFECTIVE,
            .until = sample_time(15, 5),
            .detail = STR("read back: it is there"),
            .decided = true,
            .acted = true};
    }
    check(ipaddr_parse(STR("203.0.113.66"), &s->actions[0].action.address));
    s->incident.actions = s->actions;
    s->incident.action_count = COUNT_OF(s->actions);
}

static inline void sample_make(struct sample *s)
{
    memset(s, 0, sizeof(*s));
    s->incident = (struct incident){
        .id = {0x5e, 0x1f},
        .version = 7,
        .name = STR("2026-001"),
        .title = STR("Log-on after guessed passwords, then case files read"),
        .type = STR("intrusions/unprivileged-account-compromise"),
        .state = INCIDENT_CONTAINED,
        .level = LEVEL_HIGH,
        .detected = sample_time(13, 51),
        .first = sample_time(13, 50),
        .last = sample_time(13, 53),
        .assertions = s->assertions,
        .recurrence = {.nth = 2,
                       .earlier = STR("2023-001, 19 September 2023"),
                       .since =
                           walltime_from_parts((struct walltime_parts){2023, 9, 19, 0, 0, 0}),
                       .because = STR("type, way in and class of information agree"),
                       .base_rate = STR("how often unrelated incidents agree so far is not "
                                        "measured here")}};
    sample_assert(s, ASSERTION_DETECTED, "2026-11-24T13:51:12Z", "");
    sample_assert(s, ASSERTION_KIND, "intrusions/unprivileged-account-compromise", "");
    sample_assert(s, ASSERTION_ENTRY, "guessed-password", "");
    sample_assert(s, ASSERTION_SOURCE_ADDRESS, "203.0.113.66", "");
    sample_assert(s, ASSERTION_ACCOUNT_USED, "clerk", "registry");
    sample_assert(s, ASSERTION_HOST, "registry", "");
    sample_assert(s, ASSERTION_SERVICE, "running", "Filing of documents | Dépôt de documents");
    sample_assert(s, ASSERTION_INFORMATION, "Case store", "read/confirmed");
    sample_assert(s, ASSERTION_INFORMATION_CLASS, "case-files", "read/confirmed");
    sample_assert(s, ASSERTION_INFORMATION_CLASS, "case-files", "taken/suspected");
    sample_assert(s, ASSERTION_INFORMATION_CLASS, "case-files", "altered/none found so far");
    sample_assert(s, ASSERTION_TAKEN, "suspected", "");
    sample_assert(s, ASSERTION_PEOPLE, "unknown", "");
    sample_assert(s, ASSERTION_MEASURE, "block-address", "effective");
    sample_assert(s, ASSERTION_CONTAINED, "yes", "");
    sample_assert(s, ASSERTION_RECURRENCE, "2", "2023-09-19");
    sample_assert(s, ASSERTION_RAIDS, "1431", "");
    sample_assert(s, ASSERTION_INFORMED, "host-state", "2026-11-24");
    sample_find(s, ASSERTION_PEOPLE)->status = ASSERTION_UNKNOWN;
    sample_facts(s);
    sample_effects(s);
    sample_actions(s);
}

static inline struct notice_opts sample_opts(enum notice_audience to, enum phrase_language l)
{
    return (struct notice_opts){
        .audience = to,
        .language = l,
        .institution = {STR("The Court of Example"), STR("La Cour d’Exemple")},
        .contact = STR("press@court.example"),
        .now = sample_time(14, 20),
        .next_update_h = 72};
}

#endif
