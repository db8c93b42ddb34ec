/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entity - who and what is in an event: hosts, accounts, addresses, domains, hashes,
 * processes, files and services, by the names of its fields.
 * src: detect/entity.def; roles: doc/findings.md
 */
#ifndef DETECT_ENTITY_H
#define DETECT_ENTITY_H

#include "model/event.h"
#include "model/finding.h"

/*
 * entity_extract - the entities of one reading of an event.
 *
 * view   the reading that matched, laid over the record; NULL: the record itself
 * a      owns the list and what had to be converted; the rest borrows from e and view
 * out    by kind, within a kind in the order of the record; no two alike; at most
 *        FINDING_MAX_ENTITIES. Addresses are in canonical form, hashes in lower case, an
 *        account with a known domain is DOMAIN\user. Loopback and placeholders are left out.
 * fails  ARENA_FULL
 */
MUST_USE struct rc entity_extract(const struct event *e, const struct view *view,
                                  struct arena *a, struct entity **out, uint32_t *out_count);

#endif
