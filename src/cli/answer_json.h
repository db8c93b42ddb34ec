/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * answer_json - lenient reading of an answer for showing it: what is missing is empty. The text
 * is foreign.
 */
#ifndef CLI_ANSWER_JSON_H
#define CLI_ANSWER_JSON_H

#include "base/walltime.h"

#include <jansson.h>

/* An object, or NULL; owned by the caller (json_decref). */
json_t *answer_json_load(struct str json);
struct str answer_json_text(const json_t *o, const char *key);
uint64_t answer_json_u64(const json_t *o, const char *key);
bool answer_json_bool(const json_t *o, const char *key);
struct walltime answer_json_time(const json_t *o, const char *key);

#endif
