/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_sample - a small intrusion, invented, for the tests of the report: six rules, three
 * hosts, text that is wide, long and hostile.
 */
#ifndef TESTS_UNIT_REPORT_SAMPLE_H
#define TESTS_UNIT_REPORT_SAMPLE_H

#include "cli/report.h"

static const struct str tags_phish[] = {STR_INIT("attack.initial-access"),
                                        STR_INIT("attack.t1566.001")};
static const struct str tags_dump[] = {STR_INIT("attack.credential-access"),
                                       STR_INIT("attack.t1003.001"),
                                       STR_INIT("car.2013-05-009")};
static const struct str tags_clear[] = {STR_INIT("attack.stealth"),
                                        STR_INIT("attack.defense-impairment"),
                                        STR_INIT("attack.t1685.005")};
static const struct str tags_whoami[] = {STR_INIT("attack.discovery"),
                                         STR_INIT("attack.t1033")};

#define TAGGED(list) .tags = (list), .tag_count = COUNT_OF(list)

static const struct rule sample_rules[] = {
    {.id = STR_INIT("0f0f0f0f-0000-4000-8000-000000000001"),
     .title = STR_INIT("Office Program Starts A Shell"),
     .level = LEVEL_HIGH,
     .path = STR_INIT("rules/windows/office_shell.yml"),
     TAGGED(tags_phish)},
    {.id = STR_INIT("0f0f0f0f-0000-4000-8000-000000000002"),
     .title =
         STR_INIT("Memory Of The Local Security Authority Is Read By An Unexpected Program"),
     .level = LEVEL_CRITICAL,
     .path = STR_INIT("rules/windows/lsass_read.yml"),
     TAGGED(tags_dump)},
    {.id = STR_INIT("0f0f0f0f-0000-4000-8000-000000000003"),
     .title = STR_INIT("Security Log Cleared"),
     .level = LEVEL_HIGH,
     .path = STR_INIT("rules/windows/log_cleared.yml"),
     TAGGED(tags_clear)},
    {.id = STR_INIT("0f0f0f0f-0000-4000-8000-000000000004"),
     .title = STR_INIT("Whoami Run With All Privileges Listed"),
     .level = LEVEL_MEDIUM,
     .path = STR_INIT("my-rules/whoami.yml"),
     TAGGED(tags_whoami)},
    {.title = STR_INIT("Logon"),
     .level = LEVEL_INFORMATIONAL,
     .path = STR_INIT("own/logon.yml")},
    {.id = STR_INIT("0f0f0f0f-0000-4000-8000-000000000006"),
     .title = STR_INIT("Never Fires"),
     .level = LEVEL_LOW},
};

/* 2026-03-02T08:14:07Z and so many seconds. */
static inline struct walltime sample_time(int64_t seconds)
{
    return (struct walltime){.us = (1772439247 + seconds) * 1000000, .digits = 7, .below = 100};
}

static inline void sample_add(struct report *r, struct finding f, struct matched m,
                              struct buf *out)
{
    const struct entity entities[] = {
        {ENTITY_HOST, TRUST_NONE, f.host, STR("subject")},
        {ENTITY_ACCOUNT, TRUST_NONE, STR("EXAMPLE\\alice"), STR("target")},
    };
    f.matched = &m;
    f.matched_count = m.value.n != 0;
    f.entities = entities;
    f.entity_count = COUNT_OF(entities);
    f.record_digest[0] = (uint8_t)f.record;
    f.record_digest[1] = (uint8_t)(f.record >> 8);
    report_finding(r, &f, out);
}

static inline void sample_findings(struct report *r, struct buf *out)
{
    struct str ws = STR("WS-REGISTRY-07.court.example.org"), dc = STR("DC01.court.example.org");
    report_source(r, STR("evidence/ws07/Microsoft-Windows-Sysmon%4Operational.evtx"));
    sample_add(r,
               (struct finding){.rule = 0, .time = sample_time(0), .host = ws, .record = 4242},
               (struct matched){STR("CommandLine"),
                                STR("\"C:\\Windows\\System32\\cmd.exe\" /c powershell -nop -w "
                                    "hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA")},
               out);
    for (unsigned i = 0; i < 1200; i++) {
        sample_add(r,
                   (struct finding){.rule = 3,
                                    .time = sample_time(30 + 60 * (int64_t)i),
                                    .host = ws,
                                    .record = 5000 + i},
                   (struct matched){STR("CommandLine"), STR("whoami  /all")}, out);
    }
    sample_add(r,
               (struct finding){.rule = 1, .time = sample_time(95), .host = ws, .record = 6001},
               (struct matched){STR("GrantedAccess"), STR("0x1010")}, out);
    report_source(r, STR("evidence/dc01/Security.evtx"));
    for (unsigned i = 0; i < 7; i++) {
        sample_add(
            r,
            (struct finding){
                .rule = 4, .time = sample_time(90000 + i), .host = dc, .record = 100 + i},
            (struct matched){STR("EventID"), STR("4624")}, out);
    }
    sample_add(
        r, (struct finding){.rule = 2, .time = sample_time(90020), .host = dc, .record = 107},
        (struct matched){STR("EventID"), STR("1102")}, out);
    report_source(r, STR("evidence/linux/auth.log"));
    sample_add(
        r,
        (struct finding){.rule = 0,
                         .time = {.us = WALLTIME_NONE},
                         .host = STR("\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x94\xAF\xE7\xA4\xBE"
                                     "-\xE8\xA8\x98\xE9\x8C\xB2\xE4\xBF\x82-01"),
                         .record = 12},
        (struct matched){STR(""), STR("evil \033[2J\033[31m\r\nnew line \xE2\x80\xAE txt.exe")},
        out);
}

static const struct report_unread sample_unread[] = {
    {STR_INIT("evidence/ws07/NTUSER.DAT"), STR_INIT("is of no known format")},
    {STR_INIT("evidence/se\033[31mcret\n"), STR_INIT("permission denied")},
};
static const struct report_fault sample_faults[] = {
    {STR_INIT("evidence/dc01/Security.evtx"), 1077, 70144, {ERR_CHECKSUM, 0, 0}},
    {STR_INIT("evidence/linux/auth.log"), 0, 1048576, {ERR_TOO_LONG, 0, 0}},
};
static const struct report_shape sample_shapes[] = {
    {STR_INIT("evtx"), STR_INIT("evtx"), 8248},
    {STR_INIT("json"), STR_INIT("winlogbeat"), 12},
    {STR_INIT("syslog"), STR_INIT("rfc3164"), 2000},
};
static const struct report_blind sample_blind[] = {
    {STR_INIT("windows/process_creation"),
     STR_INIT("Microsoft-Windows-Sysmon/Operational or "
              "Security event 4688"),
     1219, false},
    {STR_INIT("aws/cloudtrail"), STR_INIT(""), 51, false},
    {STR_INIT("OriginalFileName"), STR_INIT(""), 3, true},
};
static const struct report_hash sample_hashes[] = {
    {STR_INIT("evidence/dc01/Security.evtx"), {0xAB, 0xCD}},
};

static inline struct scan_summary sample_summary(void)
{
    return (struct scan_summary){
        .inputs = 276,
        .bytes = 50301263,
        .records = 10260,
        .problems = 5,
        .unread = sample_unread,
        .unread_count = COUNT_OF(sample_unread),
        .faults = sample_faults,
        .fault_count = COUNT_OF(sample_faults),
        .shapes = sample_shapes,
        .shape_count = COUNT_OF(sample_shapes),
        .rules_loaded = 3754,
        .rules_active = 3751,
        .rules_rejected = 3,
        .correlations = 1,
        .rules_unable = 1273,
        .blind = sample_blind,
        .blind_count = COUNT_OF(sample_blind),
        .hashes = sample_hashes,
        .hash_count = COUNT_OF(sample_hashes),
        .first = sample_time(-86400 * 31),
        .last = sample_time(86400),
        .elapsed_ns = 1234567890,
    };
}

static inline struct report_opts sample_opts(enum report_output output, unsigned width)
{
    return (struct report_opts){
        .output = output,
        .width = width,
        .rules = sample_rules,
        .rule_count = COUNT_OF(sample_rules),
        .rules_origin = STR("sigma/rules"),
    };
}

#endif
