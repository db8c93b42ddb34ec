/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evtx_value - typed substitution values → model values.
 * src: doc/formats/evtx.md section 5
 */
#ifndef DECODE_EVTX_VALUE_H
#define DECODE_EVTX_VALUE_H

#include "decode/evtx_binxml.h"
#include "model/value.h"

/* One value of a record's substitution array. */
struct evtx_item {
    const uint8_t *p;
    uint16_t n;
    uint8_t type; /* enum evtx_type, perhaps with EVTX_TYPE_ARRAY */
};

/*
 * A value that is not an array. What does not have the size that its type demands is given
 * as VALUE_BINARY. ANSI text that is not UTF-8 is read as Latin-1 and owned by a.
 * fails  ARENA_FULL
 */
MUST_USE struct rc evtx_value_scalar(struct evtx_item item, struct arena *a, struct value *out);
/*
 * Cut the first member off an array: true and *out, or false at the end. *array starts as the
 * value and becomes what is left. Members have the array's type without EVTX_TYPE_ARRAY.
 */
bool evtx_value_next(struct evtx_item *array, struct evtx_item *out);

#endif
