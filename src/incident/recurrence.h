/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recurrence - has this happened before? An incident is compared with earlier ones, facet by
 * facet: kind, way in, information, tactics. "Of the same type" says nothing about who did it.
 */
#ifndef INCIDENT_RECURRENCE_H
#define INCIDENT_RECURRENCE_H

#include "base/diag.h"
#include "model/incident.h"

enum {
    RECURRENCE_CAP_BYTES = 1 << 20, /* of the history's file */
    RECURRENCE_MAX_EARLIER = 512,
    RECURRENCE_MAX_INFORMATION = 8,
    RECURRENCE_SHARE_PERCENT = 50, /* of tactics, from which on they agree */
};

/* What is compared of an incident. All is borrowed. */
struct recurrence_facets {
    struct str name;
    struct walltime date;
    struct str type, objective, entry;
    uint32_t tactics;
    struct str information[RECURRENCE_MAX_INFORMATION];
    uint32_t information_count;
};

struct recurrence_list {
    const struct recurrence_facets *list;
    size_t count;
};

struct history;

struct history *recurrence_open(void);
void recurrence_close(struct history *h);

/*
 * recurrence_load - add the earlier incidents of a file that people wrote.
 *
 * path, diag   as page.h has them; an entry with a fault is left out
 * fails        REJECTED, TOO_LONG
 */
MUST_USE struct rc recurrence_load(struct history *h, struct str path, struct str text,
                                   struct diag *diag);
size_t recurrence_count(const struct history *h);
const struct recurrence_facets *recurrence_at(const struct history *h, size_t i);

/*
 * recurrence_compare - how this incident stands to what came before it.
 *
 * own    incidents of ours; those that began before this one count
 * a      owns the texts of *out
 * fails  ARENA_FULL
 */
MUST_USE struct rc recurrence_compare(const struct history *h,
                                      const struct recurrence_facets *this_one,
                                      const struct recurrence_list *own, struct arena *a,
                                      struct recurrence *out);

#endif
