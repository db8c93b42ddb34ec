/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_alias - other names of a field, and the parts of a Hashes string, for rules that ask
 * for them.
 */
#ifndef DECODE_NORMAL_ALIAS_H
#define DECODE_NORMAL_ALIAS_H

#include "decode/normal_event.h"

enum { NORMAL_ALIAS_PAIRS = 5, NORMAL_ALIAS_HASHES = 4 };

/* Ids of the names, FIELD_NONE where no rule uses one. */
struct normal_alias {
    uint16_t variant[NORMAL_ALIAS_PAIRS];
    uint16_t hash[NORMAL_ALIAS_HASHES][2]; /* lower case, upper case */
    bool any_hash;
};

void normal_alias_open(struct normal_alias *a, const struct fields *names);

/* Adds each alias that a rule uses and the event lacks. fails ARENA_FULL */
MUST_USE struct rc normal_alias_add(const struct normal_alias *a, struct normal_event *x);

/* Sysmon 12-14 relayed without EventType: it stands in the rendered Message. */
MUST_USE struct rc normal_alias_event_type(struct normal_event *x, struct str *out);

#endif
