/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matcher - all the atoms of one field that are looked for in every value, arranged by the
 * shape of their patterns: a value is read once, not once per pattern.
 *
 *   exact                      a hash table
 *   begins or ends with        sorted keys; the hit and its parents
 *   contains                   one Vectorscan database of literals; sorted keys for those
 *                              that begin above ASCII
 *   inner wildcards, cased     the longest literal piece as above, then the pattern itself
 *   "alg=hex" needles          a hash table, asked at each '=' of the value
 *   regular expressions        a literal that each match contains as above, then one by one
 *   networks, numbers, times   one by one
 */
#ifndef DETECT_SIGMA_MATCHER_H
#define DETECT_SIGMA_MATCHER_H

#include "detect/sigma/expr.h"
#include "detect/sigma/subject.h"

struct matcher;
struct hs_scratch;

struct matcher *matcher_open(uint64_t seed);
void matcher_close(struct matcher *m);

/* Look for atom `number` in every value. Its patterns are borrowed. */
void matcher_add(struct matcher *m, uint32_t number, const struct atom *atom);
/* After the last add. */
void matcher_build(struct matcher *m);
/* Room to scan with, added to *scratch. */
void matcher_scratch(const struct matcher *m, struct hs_scratch **scratch);

/* One worker's room for results. */
struct matcher_run {
    struct hs_scratch
        *scratch;    /* not the one of regular expressions: both are in use at once */
    uint32_t *atoms; /* found, each once; room for all atoms */
    uint32_t count;
    uint32_t *seen; /* per atom: the round that found it */
    uint32_t round;
};

/* Which atoms the value satisfies, appended to run->atoms. */
void matcher_run(const struct matcher *m, struct subject *s, struct matcher_run *run);
#endif
