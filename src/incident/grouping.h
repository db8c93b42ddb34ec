/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grouping - findings → groups that belong together, each of which is an incident. Pure: the
 * same findings in the same order give the same groups, live, in a scan and in a replay.
 *
 * A group begins with a seed (signal_seed). A finding joins one when the rare entities that
 * both name weigh enough and no more than GROUPING_WINDOW_S lies between them; findings that
 * came before the seed join it backwards.
 */
#ifndef INCIDENT_GROUPING_H
#define INCIDENT_GROUPING_H

#include "incident/kept.h"
#include "model/incident.h"

enum {
    GROUPING_WINDOW_S = 24 * 3600,
    GROUPING_MAX_GROUPS = 256, /* past that the one that has been quiet longest is let go */
    GROUPING_NAME_BYTES = 24,
};

struct group {
    uint8_t id[ACTION_ID_BYTES];
    char name[GROUPING_NAME_BYTES]; /* "2026-001", NUL-terminated */
    const struct kept *seed;
    const struct kept *findings[INCIDENT_MAX_FINDINGS]; /* in the order in which they joined */
    uint32_t listed_count;
    uint64_t finding_count;
    struct incident_link links[INCIDENT_MAX_LINKS]; /* values borrow from the findings */
    uint32_t link_count;
    enum level level;
    struct walltime detected, first, last;
    uint32_t tactics;
    bool success;
    uint64_t changes;
    struct kept_mark mark;
};

struct grouping;

struct grouping *grouping_open(void);
void grouping_close(struct grouping *g);

/* Names up to this one are taken (by an incident in the history): "2026-004". Any other form
 * is no name of ours and takes none. */
void grouping_take_name(struct grouping *g, struct str name);

/* The group that this finding began, joined or changed; NULL: it waits. */
struct group *grouping_add(struct grouping *g, const struct finding_fact *f, uint64_t position);

/* Is this finding among the recent ones already? */
bool grouping_has(const struct grouping *g, const uint8_t id[static FINDING_ID_BYTES]);

size_t grouping_count(const struct grouping *g);
/* In the order in which they began. */
struct group *grouping_at(const struct grouping *g, size_t i);
/* NULL when there is none. */
struct group *grouping_find(const struct grouping *g, const uint8_t id[static ACTION_ID_BYTES]);

#endif
