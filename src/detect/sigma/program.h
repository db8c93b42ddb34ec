/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program - an expression as flat code with jumps: no recursion while events pass, and no
 * question asked whose answer no longer matters.
 */
#ifndef DETECT_SIGMA_PROGRAM_H
#define DETECT_SIGMA_PROGRAM_H

#include "detect/sigma/expr.h"

struct instruction {
    uint8_t op, slot;
    uint16_t count;
    uint32_t arg; /* an atom, or where to jump */
};

struct program {
    const struct instruction *code;
    uint32_t length;
};

/* 1,000,000 instructions: SigmaHQ's longest rule has about 1,000. */
enum { PROGRAM_MAX_LENGTH = 1000000 };

/* fails  ARENA_FULL, TOO_MANY (longer than PROGRAM_MAX_LENGTH, or a count past 65,535) */
MUST_USE struct rc program_build(const struct expr *e, struct arena *a, struct program *out);

bool program_run(const struct program *p, expr_truth truth, void *context);

#endif
