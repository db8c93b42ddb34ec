/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * incident_sample - findings of the court's story: guessing from many addresses, then one that
 * gets in, reads cases and sends them out.
 */
#ifndef TESTS_UNIT_INCIDENT_SAMPLE_H
#define TESTS_UNIT_INCIDENT_SAMPLE_H

#include "incident/docket.h"

static const int64_t sample_start = INT64_C(1795513200) * 1000000;

static const struct str sample_tags_guess[] = {STR_INIT("attack.credential-access"),
                                               STR_INIT("attack.t1110")};
static const struct str sample_tags_entry[] = {STR_INIT("attack.initial-access"),
                                               STR_INIT("attack.credential-access")};
static const struct str sample_tags_read[] = {STR_INIT("attack.collection")};
static const struct str sample_tags_out[] = {STR_INIT("attack.exfiltration")};
static const struct matched sample_success[] = {{STR_INIT("success"), STR_INIT("yes")}};

struct sample {
    struct finding_fact f;
    struct entity entities[6];
    struct record_ref record;
};

static inline void sample_entity(struct sample *s, enum entity_kind kind, struct str value,
                                 struct str role)
{
    s->entities[s->f.entity_count++] = (struct entity){kind, TRUST_DAEMON, value, role};
    s->f.entities = s->entities;
}

/* A finding without entities, at so many seconds. */
static inline void sample_begin(struct sample *s, struct str rule, enum level level, int64_t at)
{
    struct walltime t = {.us = sample_start + at * 1000000, .digits = 6};
    uint8_t digest[HASH_SHA256_BYTES] = {0};
    *s = (struct sample){.f = {.rule_id = rule,
                               .rule_name = rule,
                               .rule_title = rule,
                               .level = level,
                               .first = t,
                               .last = t,
                               .received = t,
                               .host = STR("registry"),
                               .type = STR(""),
                               .event_count = 1,
                               .trust = TRUST_DAEMON,
                               .source_count = 1}};
    memcpy(digest, &at, sizeof(at));
    finding_id(rule, digest, 0, s->f.id);
    s->record = (struct record_ref){.position = 1, .source = STR("sshd-auth"), .number = 1};
    s->f.records = &s->record;
    s->f.record_count = 1;
}

static inline void sample_guessing(struct sample *s, struct str address, int64_t at)
{
    sample_begin(s, STR("ssh_bruteforce"), LEVEL_HIGH, at);
    s->f.type = STR("event_count");
    s->f.event_count = 6;
    s->f.tags = sample_tags_guess;
    s->f.tag_count = COUNT_OF(sample_tags_guess);
    sample_entity(s, ENTITY_ADDRESS, address, STR("source"));
    sample_entity(s, ENTITY_ACCOUNT, STR("clerk"), STR("target"));
    uint8_t digest[HASH_SHA256_BYTES] = {0};
    memcpy(digest, address.p, address.n < sizeof(digest) ? address.n : sizeof(digest));
    digest[31] = (uint8_t)at;
    digest[30] = (uint8_t)(at >> 8);
    finding_id(s->f.rule_id, digest, 0, s->f.id);
}

static inline void sample_entry(struct sample *s, struct str address, int64_t at)
{
    sample_begin(s, STR("ssh_success_after_failures"), LEVEL_HIGH, at);
    s->f.type = STR("temporal_ordered");
    s->f.event_count = 7;
    s->f.tags = sample_tags_entry;
    s->f.tag_count = COUNT_OF(sample_tags_entry);
    sample_entity(s, ENTITY_ADDRESS, address, STR("source"));
    sample_entity(s, ENTITY_ACCOUNT, STR("clerk"), STR("target"));
}

static inline void sample_read(struct sample *s, struct str file, int64_t at)
{
    sample_begin(s, STR("case_folder_read"), LEVEL_MEDIUM, at);
    s->f.tags = sample_tags_read;
    s->f.tag_count = 1;
    s->f.matched = sample_success;
    s->f.matched_count = 1;
    s->f.trust = TRUST_JOURNAL;
    s->record.source = STR("audit");
    sample_entity(s, ENTITY_ACCOUNT, STR("clerk"), STR("subject"));
    sample_entity(s, ENTITY_FILE, file, STR("target"));
    s->entities[0].trust = TRUST_JOURNAL;
}

static inline void sample_out(struct sample *s, int64_t at)
{
    sample_begin(s, STR("outbound_transfer"), LEVEL_HIGH, at);
    s->f.tags = sample_tags_out;
    s->f.tag_count = 1;
    s->f.trust = TRUST_JOURNAL;
    s->record.source = STR("audit");
    sample_entity(s, ENTITY_ACCOUNT, STR("clerk"), STR("subject"));
    s->entities[0].trust = TRUST_JOURNAL;
}

static const char sample_playbook[] =
    "name: ssh-takeover\n"
    "title: Log-on by SSH after guessed passwords\n"
    "type: intrusions/unprivileged-account-compromise\n"
    "entry: guessed-password\n"
    "when: [ssh_success_after_failures]\n"
    "actions:\n"
    "  - {do: suspend-account, lease: 4h, sensors: 2, reason: used}\n"
    "  - {do: end-session, sensors: 2, reason: used}\n"
    "  - {do: block-address, lease: 1h, reason: guessed}\n"
    "---\n"
    "- {sensor: sshd, rules: [ssh_bruteforce, ssh_success_after_failures]}\n"
    "- {sensor: audit, rules: [case_folder_read, outbound_transfer]}\n";

static const char sample_history[] = "- name: \"2023-09\"\n"
                                     "  date: 2023-09-18\n"
                                     "  type: intrusions/unprivileged-account-compromise\n"
                                     "  entry: guessed-password\n"
                                     "  tactics: [initial-access, collection]\n"
                                     "  information: [case-files]\n";

static const char sample_assets[] =
    "id,name_en,name_fr,class,path,host,mandate,owner,service\n"
    "case-store,the case store,le fonds des dossiers,case-files,/srv/cases,registry,yes,"
    "Registry,electronic filing\n"
    "mail,mail,la messagerie,correspondence,/var/mail,registry,no,IT,mail\n";

#endif
