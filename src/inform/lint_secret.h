/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_secret - what identifies: addresses, machines, accounts, paths, and every name that the
 * incident holds.
 */
#ifndef INFORM_LINT_SECRET_H
#define INFORM_LINT_SECRET_H

struct lint;

/* People at risk, then names of detections: before all else, so that they are called that. */
void lint_secret_names(struct lint *l);
/* By their form. */
void lint_secret_forms(struct lint *l);
/* Whatever else the incident names. */
void lint_secret_entities(struct lint *l);

#endif
