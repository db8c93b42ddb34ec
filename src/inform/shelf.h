/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shelf - the newest version of each incident, as the ledger told it, found by name or id.
 */
#ifndef INFORM_SHELF_H
#define INFORM_SHELF_H

#include "model/incident.h"

enum {
    SHELF_MAX_INCIDENTS = 64, /* 4 MB at most: the ones that changed last */
    SHELF_MAX_NAME_BYTES = 32,
};

struct shelf;

struct shelf *shelf_open(void);
void shelf_close(struct shelf *s);
void shelf_clear(struct shelf *s);

/* The JSON of an incident fact at a position. fails  as incident_decode; then nothing changed
 */
MUST_USE struct rc shelf_put(struct shelf *s, struct str json, uint64_t position,
                             struct arena *batch);

enum shelf_found { SHELF_FOUND, SHELF_NONE, SHELF_SEVERAL };
/*
 * By its name ("2026-001"), or by the first digits of its id (4 or more). The JSON is borrowed
 * until the shelf changes.
 */
enum shelf_found shelf_find(const struct shelf *s, struct str what, struct str *out_json,
                            uint64_t *out_position);

#endif
