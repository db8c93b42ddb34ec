/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_item - a finding with all that its writers need beside it. Borrowed for the call.
 */
#ifndef CLI_REPORT_ITEM_H
#define CLI_REPORT_ITEM_H

#include "detect/sigma/rule.h"
#include "model/finding_fact.h"
#include "model/tactic.h"

struct report_item {
    const struct finding *finding;   /* of a correlation: its last record, and its groups */
    const struct finding_fact *fact; /* of a correlation; else NULL */
    const struct rule *rule;
    struct str path; /* of the source, as given; foreign */
    uint8_t id[FINDING_ID_BYTES];
    uint32_t tactics; /* bits of enum tactic */
};

#endif
