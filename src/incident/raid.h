/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * raid - attacks that are going on all the time and get nowhere: guessing, spraying, scanning.
 * One gauge per class, never an incident until one of them succeeds. Pure: time is passed.
 */
#ifndef INCIDENT_RAID_H
#define INCIDENT_RAID_H

#include "incident/kept.h"

enum {
    RAID_MAX_SOURCES = 4096, /* addresses counted per class; more show as that many */
    RAID_HOURS = 48,         /* today and yesterday */
};

struct raid_source {
    uint64_t address; /* its hash */
    int64_t last_us;
};

struct raid_gauge {
    /* c ← c·2^(−Δt/h) + attempts, h one day: rises with a raid and forgets it by itself. */
    double gauge;
    int64_t gauge_us;
    uint64_t hours[RAID_HOURS];  /* attempts, by hour since 1970 modulo RAID_HOURS */
    int64_t hour;                /* the newest that was counted; 0: none yet */
    struct raid_source *sources; /* a table of RAID_MAX_SOURCES */
};

struct raids {
    struct raid_gauge classes[RAID_CLASS_COUNT];
    uint64_t seed;
};

enum raid_trend { RAID_STEADY, RAID_RISING, RAID_FALLING };

/* How a class stands at a time. */
struct raid_state {
    uint64_t gauge;
    uint64_t day, day_before; /* attempts in the last 24 hours, and in the 24 before */
    uint32_t sources;         /* addresses in the last 24 hours */
    enum raid_trend trend;
};

struct raids *raid_open(void);
void raid_close(struct raids *r);
/* Counts a finding that is a raid; any other changes nothing. Each finding once. */
void raid_add(struct raids *r, const struct finding_fact *f);
struct raid_state raid_at(const struct raids *r, enum raid_class c, struct walltime now);
/* Only the attempts of the last 24 hours: cheap. */
uint64_t raid_day(const struct raids *r, enum raid_class c, struct walltime now);
/* "rising" … */
struct str raid_trend_name(enum raid_trend t);

#endif
