/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tactic - what Sigma tags say of an attacker's aims: the fifteen tactics and the techniques
 * of ATT&CK Enterprise v19. Order of the enum is the kill chain's.
 */
#ifndef MODEL_TACTIC_H
#define MODEL_TACTIC_H

#include "base/str.h"

enum tactic {
#define TACTIC(identifier, id, slug, name) TACTIC_##identifier,
#include "model/tactic.def"
#undef TACTIC
    TACTIC_COUNT
};

enum { TACTIC_TECHNIQUE_BYTES = 16 };

/* "TA0005", "stealth", "Stealth". */
struct str tactic_id(enum tactic tactic);
struct str tactic_slug(enum tactic tactic);
struct str tactic_name(enum tactic tactic);

/*
 * The tactics that the tags of one rule name, as a set of bits (1 << enum tactic): "attack.
 * execution", "attack.lateral_movement", "attack.ta0002", case ignored. The tactic that v19
 * retired, defense-evasion, is Defense Impairment where a technique of the rule tells so, else
 * Stealth.
 */
uint32_t tactic_set(const struct str *tags, size_t tag_count);

/* "attack.t1059.001" → "T1059.001"; false when the tag is not a technique. */
MUST_USE bool tactic_technique(struct str tag, char out[static TACTIC_TECHNIQUE_BYTES],
                               size_t *out_n);

#endif
