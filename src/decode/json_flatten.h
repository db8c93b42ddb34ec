/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_flatten - json_flatten of json.h with a given way to find strings, for tests that
 * compare them.
 */
#ifndef DECODE_JSON_FLATTEN_H
#define DECODE_JSON_FLATTEN_H

#include "decode/json.h"
#include "decode/json_simd.h"

/*
 * in must hold 1 byte to 4 GiB - 1. With simd NULL this is the strict parser; otherwise
 * whatever the index finds wrong comes as SYNTAX at some offset.
 */
MUST_USE struct rc json_flatten_with(const struct json_simd *simd, struct str in,
                                     struct arena *batch, struct json_pairs *out);

#endif
