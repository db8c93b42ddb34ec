/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_incident - incidents of a scan: its findings in the order of time through the same
 * grouping, effects and comparison as in tocsind, so that they have the same ids.
 */
#ifndef CLI_SCAN_INCIDENT_H
#define CLI_SCAN_INCIDENT_H

#include "base/diag.h"
#include "cli/report_item.h"
#include "cli/sheet.h"

enum {
    /* Past it only what could begin an incident is kept, as often again: 100 to 200 MB. */
    SCAN_INCIDENT_MAX_FINDINGS = 65536,
    SCAN_INCIDENT_SHOWN = 10,
};

struct scan_incident;

/* Paths; NULL: tocsin's own playbooks, no register, no history. */
struct scan_incident_opts {
    const char *playbooks, *assets, *history;
};

/* NULL, with `error` for people, when a file that was named cannot be used; the diag says more.
 */
struct scan_incident *scan_incident_open(const struct scan_incident_opts *opts,
                                         struct diag *diag, struct buf *error);
void scan_incident_close(struct scan_incident *s);

/* Keeps a copy; context is the struct scan_incident. */
void scan_incident_item(void *context, const struct report_item *item);
/* All findings have come. */
void scan_incident_end(struct scan_incident *s);
/* {"incident": …} a line. */
void scan_incident_jsonl(struct scan_incident *s, struct buf *out);
void scan_incident_text(struct scan_incident *s, struct sheet *sheet);

#endif
