/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * groups - of one correlation, what each group (a value of its group-by fields) has seen of
 * late. Bounded: the group that heard nothing for longest gives way.
 */
#ifndef DETECT_CORRELATE_GROUPS_H
#define DETECT_CORRELATE_GROUPS_H

#include "base/str.h"
#include "base/vec.h"

/*
 * Something that happened: an event of a rule, or a finding of another correlation. Entries
 * that stand for further events of the same class (target and value) count them.
 */
struct group_entry {
    int64_t time_us;
    uint64_t arrival; /* orders what has the same time */
    uint64_t item;    /* its number in the pool */
    uint64_t record;  /* equal when it is the same record */
    uint64_t value;   /* of value_count: a hash of what is counted */
    uint32_t target;  /* reference of the correlation */
    uint32_t count;
    /* The inner finding goes on: no event of its own, but it still holds at this time. */
    bool echo;
};

struct group {
    struct str key;                  /* owned */
    struct group *next;              /* in its slot */
    struct group *older, *newer;     /* by when it was last asked for */
    VEC(struct group_entry) entries; /* by time, then arrival */
    int64_t last_us;                 /* of the newest event, counted or not */
    uint64_t alert;                  /* item of the last finding, while quiet */
    /* It made a finding and goes on: quiet until nothing comes for a whole timespan. */
    bool quiet;
};

enum {
    GROUPS_MAX = 16384,          /* groups of one correlation */
    GROUPS_MAX_ENTRIES = 131072, /* in all of them: 7 MiB */
};

struct groups;

struct groups *groups_open(uint64_t seed);
void groups_close(struct groups *t);

/* The group of that key, made if need be; now the newest. Valid until the next call. */
struct group *groups_at(struct groups *t, struct str key);
/* Insert in order; returns where. */
size_t groups_insert(struct groups *t, struct group *g, const struct group_entry *e);
void groups_remove(struct groups *t, struct group *g, size_t at);
/* Remove the first n. */
void groups_remove_first(struct groups *t, struct group *g, size_t n);
void groups_drop(struct groups *t, struct group *g);

/* From the oldest to the newest: NULL at the end. */
struct group *groups_oldest(const struct groups *t);
uint64_t groups_evicted(const struct groups *t);

#endif
