/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * playbook - what to propose when an incident holds a finding of a certain rule, and what such
 * an incident is called. Written by people in YAML, prepared and signed off beforehand.
 * src: doc/incident.md
 */
#ifndef INCIDENT_PLAYBOOK_H
#define INCIDENT_PLAYBOOK_H

#include "base/diag.h"
#include "incident/grouping.h"

enum {
    PLAYBOOK_CAP_BYTES = 256 << 10, /* of one file */
    PLAYBOOK_MAX_COUNT = 64,
    PLAYBOOK_MAX_RULES = 64,
    PLAYBOOK_MAX_ACTIONS = 8,
    PLAYBOOK_MAX_SENSORS = 64,
};

struct playbook_action {
    enum action_kind kind;
    struct str role; /* of the entity that is the target; empty: any but a destination */
    uint32_t lease_s;
    uint32_t sensors; /* proposed once so many kinds of source speak of the target */
    struct str reason;
};

struct playbook {
    struct str name, title, type, entry;
    struct str rules[PLAYBOOK_MAX_RULES]; /* names or ids of rules, or their tags */
    uint32_t rule_count;
    struct playbook_action actions[PLAYBOOK_MAX_ACTIONS];
    uint32_t action_count;
};

/* "These rules read that kind of source": what makes two findings independent. */
struct playbook_sensor {
    struct str name;
    struct str rules[PLAYBOOK_MAX_RULES];
    uint32_t rule_count;
};

struct playbooks;

struct playbooks *playbook_open(void);
void playbook_close(struct playbooks *p);

/*
 * playbook_load - add the playbooks of one file.
 *
 * path   for messages: the diag's borrow it from p
 * diag   what is wrong and where; a playbook with a fault is left out, the others count
 * fails  REJECTED (there were faults), TOO_LONG, TOO_MANY
 */
MUST_USE struct rc playbook_load(struct playbooks *p, struct str path, struct str text,
                                 struct diag *diag);

size_t playbook_count(const struct playbooks *p);
/* The first playbook that is about this group; NULL: none. */
const struct playbook *playbook_of(const struct playbooks *p, const struct group *g);
/* The kind of source that this finding's rule reads; empty: unknown. */
struct str playbook_sensor(const struct playbooks *p, const struct finding_fact *f);

/* An action that a playbook asks for, with what it rests on. */
struct proposal {
    struct action action; /* the account borrows from the group */
    struct evidence evidence;
    struct str reason;
};

/*
 * playbook_propose - what is to be done now to those whom findings name that are newer than the
 * change `since` of the group. Least invasive first; of one kind who can be believed first,
 * then the newest; each target once, and of each kind no more than its share. How many were
 * written.
 */
uint32_t playbook_propose(const struct playbooks *p, const struct group *g, uint64_t since,
                          struct proposal out[static INCIDENT_MAX_ACTIONS]);

#endif
