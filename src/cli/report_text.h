/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_text - what the text report remembers of findings: counts, and the few that it will
 * tell. Its memory has a bound that does not depend on how many findings come.
 */
#ifndef CLI_REPORT_TEXT_H
#define CLI_REPORT_TEXT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "cli/report_item.h"
#include "cli/tally.h"

enum {
    /* 4,096 hosts by name; findings of further ones are counted together. */
    REPORT_TEXT_MAX_HOSTS = 4096,
    /* 65,536 pairs of rule and host; a finding of a further pair may be told, as if new. */
    REPORT_TEXT_MAX_PAIRS = 65536,
    REPORT_TEXT_NO_HOST = -1, /* as uint32_t: host unknown, or one too many */
};

struct report_text_host {
    struct str name; /* foreign, owned */
    uint64_t levels[LEVEL_COUNT];
    struct walltime first;
};

/* hosts: bit i is host i, for the first 64; many_hosts: it fired on another one too. */
struct report_text_rule {
    uint64_t count, hosts;
    bool many_hosts;
};

/* A finding that will be told. Text is foreign and lies in `own`. */
struct report_text_entry {
    enum level level;
    struct walltime time;
    uint64_t order;      /* of arrival */
    uint64_t nth;        /* earlier findings of the same rule and host */
    uint32_t rule, host; /* indexes */
    uint64_t record;
    struct str host_name, field, value, path;
    char *own;
};

struct report_text {
    size_t rule_count;
    size_t keep, told_max; /* per rule and host; in all */
    uint64_t levels[LEVEL_COUNT];
    uint64_t tactics[TACTIC_COUNT + 1][LEVEL_COUNT]; /* the last: of no tactic */
    struct report_text_rule *rules;
    struct map host_ids;
    struct arena *names;
    struct report_text_host *hosts; /* REPORT_TEXT_MAX_HOSTS */
    size_t host_count;
    uint64_t other_hosts[LEVEL_COUNT], no_host[LEVEL_COUNT];
    struct tally *pairs;
    struct report_text_entry *told; /* unordered until report_text_sort */
    size_t told_count, worst;       /* worst: the entry that gives way first */
    uint64_t order;
    struct walltime first, last; /* of findings */
};

struct report_text *report_text_open(size_t rule_count, size_t keep, size_t told_max);
void report_text_close(struct report_text *t);

void report_text_add(struct report_text *t, const struct report_item *item);
/* The told findings by time, those without one last. Nothing may be added afterwards. */
void report_text_sort(struct report_text *t);
/*
 * How many findings of the same rule and host are not told: after report_text_sort, for the
 * last told one of them; 0 for the others, and where the host is not known.
 */
uint64_t report_text_alike(const struct report_text *t, size_t entry);

#endif
