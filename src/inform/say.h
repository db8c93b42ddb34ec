/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * say - sentences that the statement and the note share, made from assertions only. Each adds
 * blocks and says how many.
 */
#ifndef INFORM_SAY_H
#define INFORM_SAY_H

#include "inform/draft.h"

/* "A cybersecurity incident was detected on …": the day for the public, else the moment. */
uint32_t say_detected(struct draft *d);
uint32_t say_nature(struct draft *d); /* its kind and the way in */
uint32_t say_contained(struct draft *d);
/* Effects on information, those that are unknown excepted: say_unknown has them. */
uint32_t say_effects(struct draft *d, enum notice_kind kind);
uint32_t say_people(struct draft *d);
/* heading: "State of services as of …". */
uint32_t say_services(struct draft *d, enum phrase heading);
uint32_t say_earlier(struct draft *d);
uint32_t say_measures(struct draft *d);
/* Open questions, each in this frame, and who is responsible, which is always one. */
uint32_t say_unknown(struct draft *d, enum phrase frame);
uint32_t say_informed(struct draft *d);
void say_next(struct draft *d, enum phrase sentence);

/* "taken/suspected", "suspected": false when it is neither, or of another form. */
MUST_USE bool say_parse_effect(struct str s, enum effect_kind *kind,
                               enum effect_status *status);

#endif
