/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_claim - what must not be claimed, promised or left out, and who must not be named.
 * src: inform/claim.def, inform/actor.def, inform/state.def
 */
#ifndef INFORM_LINT_CLAIM_H
#define INFORM_LINT_CLAIM_H

struct lint;

void lint_claim_actors(struct lint *l);
void lint_claim_words(struct lint *l);
void lint_claim_numbers(struct lint *l);
void lint_claim_next_update(struct lint *l);

#endif
