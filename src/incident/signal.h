/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signal - what a finding says beyond its rule: did the attacker get in, is it the everyday
 * noise of a raid, is an entity one that tells anything.
 */
#ifndef INCIDENT_SIGNAL_H
#define INCIDENT_SIGNAL_H

#include "incident/kept.h"

/* A sequence that ended in a log-on (temporal_ordered with initial access), or a rule tagged
 * tocsin.success. */
bool signal_success(const struct finding_fact *f, uint32_t tactics);
/* Guessing (T1110), spraying (T1110.003) or scanning (T1595) that did not succeed. */
enum raid_class signal_raid(const struct finding_fact *f, bool success);
/* The same for a finding by itself. */
enum raid_class signal_raid_of(const struct finding_fact *f);
/* "guessing" … */
struct str signal_raid_name(enum raid_class c);
/* Does this finding begin an incident by itself? Level high, or a success; a raid never. */
bool signal_seed(const struct kept *k);
/* Not empty, a placeholder, loopback, or a service account. */
bool signal_telling(const struct entity *e);

#endif
