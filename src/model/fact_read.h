/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fact_read - reads the JSON of a fact like a schema: what is missing, of the wrong type or out
 * of range gives an empty value and sets a sticky fault, asked once with fact_read_done.
 * Text is copied into the arena, so that nothing borrows from the parsed tree.
 */
#ifndef MODEL_FACT_READ_H
#define MODEL_FACT_READ_H

#include "model/fact.h"

struct json_t; /* jansson's */

struct fact_read {
    struct arena *a;
    struct json_t *root; /* owned: fact_read_close */
    enum err fault;      /* the first one */
};

/*
 * fact_read_open - parse a fact of that kind and read what all facts have.
 * fails  SYNTAX (no JSON, a key twice), MALFORMED; *r can be closed in any case
 */
MUST_USE struct rc fact_read_open(struct fact_read *r, struct str json, struct arena *a,
                                  enum fact_kind kind, struct fact_head *out);
void fact_read_close(struct fact_read *r);
#define AUTO_FACT_READ __attribute__((cleanup(fact_read_close))) struct fact_read

/* Before confinement: the parser's hash seed, which it would else take from a file later. */
void fact_read_seed(void);

/* MALFORMED or ARENA_FULL when anything failed so far. */
MUST_USE struct rc fact_read_done(const struct fact_read *r);
void fact_read_fail(struct fact_read *r, enum err fault);

/* Of the object o (NULL: all values are missing). The key is one of ours. */
struct str fact_read_text(struct fact_read *r, const struct json_t *o, const char *key);
uint64_t fact_read_u64(struct fact_read *r, const struct json_t *o, const char *key);
bool fact_read_bool(struct fact_read *r, const struct json_t *o, const char *key);
/* null: unknown. */
struct walltime fact_read_time(struct fact_read *r, const struct json_t *o, const char *key);
/* Exactly n bytes as hexadecimal digits; zeroed on a fault. */
void fact_read_hex(struct fact_read *r, const struct json_t *o, const char *key, uint8_t *out,
                   size_t n);
bool fact_read_has(const struct json_t *o, const char *key);
const struct json_t *fact_read_object(struct fact_read *r, const struct json_t *o,
                                      const char *key);
/* A list of at most max items; its length to *out_count, NULL and 0 on a fault. */
const struct json_t *fact_read_list(struct fact_read *r, const struct json_t *o,
                                    const char *key, uint32_t max, uint32_t *out_count);
/* Item i of a list: an object, or a text. */
const struct json_t *fact_read_item(struct fact_read *r, const struct json_t *list, uint32_t i);
struct str fact_read_item_text(struct fact_read *r, const struct json_t *list, uint32_t i);
/* Zeroed room for a list; NULL (and the fault) at the arena's cap. */
MUST_USE void *fact_read_room(struct fact_read *r, uint32_t count, size_t size);

#endif
