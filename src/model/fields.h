/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fields - the names of fields as small numbers, so that rules and events meet without
 * comparing text. Built while rules load, then only read (and shared by forked workers).
 */
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include "base/arena.h"
#include "base/map.h"

/* 0 is a name that no rule uses; then come the rows of field.def, then names from rules. */
enum field_id {
    FIELD_NONE,
#define FIELD(identifier, name) FIELD_##identifier,
#include "model/field.def"
#undef FIELD
    FIELD_FIRST_FROM_RULES
};

/* 65,535 names: SigmaHQ uses 389, and an id must fit 16 bits. */
enum { FIELDS_MAX = 65535 };

struct fields;

struct fields *fields_open(void);
void fields_close(struct fields *f);

/* The id of name, added if it is new; FIELD_NONE when FIELDS_MAX are there. Names are copied.
 */
uint16_t fields_add(struct fields *f, struct str name);
/* The id, or FIELD_NONE. Names are exact: case counts. */
uint16_t fields_find(const struct fields *f, struct str name);
struct str fields_name(const struct fields *f, uint16_t id);
/* Ids are below this. */
size_t fields_count(const struct fields *f);

#endif
