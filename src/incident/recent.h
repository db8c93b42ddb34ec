/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recent - the findings of late, by the entities that they name. Raids have a ring of their
 * own, so that a flood of them pushes out nothing else. The oldest goes when a ring is full.
 */
#ifndef INCIDENT_RECENT_H
#define INCIDENT_RECENT_H

#include "incident/kept.h"

enum {
    RECENT_MAX_RAIDS = 1024,
    RECENT_MAX_OTHERS = 2048,
    /* Looked at for one entity, newest first: what is named more often is a hub anyhow. */
    RECENT_MAX_WALK = 256,
};

struct recent;

struct recent *recent_open(void);
/* Frees what no group lists. */
void recent_close(struct recent *r);

/* Takes over k, which must not be there yet. */
void recent_add(struct recent *r, struct kept *k);
/* The group is gone: what belonged to it waits again. */
void recent_leave(struct recent *r, const struct group *group);
struct kept *recent_find(const struct recent *r, const uint8_t id[static FINDING_ID_BYTES]);

/*
 * Findings that name this entity, newest first: begin, then next until NULL. Nothing may be
 * added in between.
 */
struct recent_walk {
    const struct recent *recent;
    enum entity_kind kind;
    struct str value;
    uint32_t node, left;
};
struct recent_walk recent_walk(const struct recent *r, enum entity_kind kind, struct str value);
struct kept *recent_next(struct recent_walk *w);

#endif
