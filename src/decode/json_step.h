/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_step - a strict JSON parser that takes its text in pieces of any size, keeps nothing
 * of it, and only says where the value ends or where it is wrong.
 * src: RFC 8259
 */
#ifndef DECODE_JSON_STEP_H
#define DECODE_JSON_STEP_H

#include "base/rc.h"
#include "base/str.h"
#include "base/vec.h"

struct json_step {
    VEC(uint64_t) kinds; /* one bit a level, 1 for an object */
    size_t depth, max_depth;
    const char *literal; /* what is left of true, false or null */
    uint8_t state;       /* enum state of json_step.c; 0 expects a value */
    uint8_t left;        /* of a \u escape or of a UTF-8 sequence */
    uint8_t low, high;   /* what the next byte of a UTF-8 sequence may be */
    bool in_key;
};

/* max_depth: levels of nesting; SIZE_MAX for any. */
struct json_step json_step_open(size_t max_depth);
void json_step_free(struct json_step *s);
/* Start over, with the next value. */
void json_step_reset(struct json_step *s);

/*
 * Take bytes of `in` until the value is complete or `in` is used up. A number ends at the
 * first byte that does not belong to it, which is not taken.
 * out_used  how many bytes were taken; on failure the offset of the fault
 * fails     SYNTAX, ENCODING, DEPTH; afterwards only json_step_reset is of use
 */
MUST_USE struct rc json_step_feed(struct json_step *s, struct str in, size_t *out_used);

/* Is the value complete? */
bool json_step_done(const struct json_step *s);
/* The text has ended: completes a number. SHORT when the value is not complete. */
MUST_USE struct rc json_step_end(struct json_step *s);

#endif
