/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kept - a finding that grouping holds on to: its own copy, cut to what comparing and telling
 * need, so that memory is bounded whatever the finding carries.
 */
#ifndef INCIDENT_KEPT_H
#define INCIDENT_KEPT_H

#include "model/finding_fact.h"

enum {
    KEPT_MAX_ENTITIES = 24,
    KEPT_MAX_RECORDS = 16,
    KEPT_MAX_MATCHED = 12,
    KEPT_MAX_TEXT_BYTES = 256,
    KEPT_MAX_SHORT_BYTES = 96, /* of a tag, a source, a matched field or value */
};

/* What brute force, spraying and scans count as; NONE: no raid. */
enum raid_class { RAID_NONE, RAID_GUESSING, RAID_SPRAYING, RAID_SCANNING, RAID_CLASS_COUNT };

struct group;

/* Where it stands in the list of candidates of a round of gathering. */
struct kept_mark {
    uint64_t round;
    uint32_t at;
};

struct kept {
    struct finding_fact fact; /* borrows from the block that follows */
    uint64_t position;        /* of the fact in the ledger, or FINDING_NO_POSITION */
    uint32_t tactics;
    enum raid_class raid;
    bool success;        /* the attacker got in */
    struct group *group; /* NULL: waits */
    bool listed;         /* the group holds it; else only the recent ones do */
    bool recent;
    uint64_t change; /* of its group (group.changes): when it joined or grew */
    struct kept_mark mark;
};

struct kept *kept_new(const struct finding_fact *f, uint64_t position);
void kept_free(struct kept *k);
/* The same finding again, with more trust or more records: takes over what grew. */
void kept_update(struct kept *k, const struct finding_fact *f);
/* When it happened; when it came in where its events do not say. */
struct walltime kept_time(const struct kept *k);
/* Is a link by this entity worth anything? No for placeholders, loopback, service accounts,
 * and, in a raid, for anybody but the attacker: who is aimed at says not who attacks. */
bool kept_can_link(const struct kept *k, const struct entity *e);

#endif
