/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_shape - which forwarder wrote a JSON record, by the keys it has, and what each key is
 * called in stock rules. What a path means is looked up once and remembered, so that a steady
 * stream costs one hash lookup a pair.
 * src: decode/shape.def; doc/decode.md, table of shapes
 */
#ifndef DECODE_NORMAL_SHAPE_H
#define DECODE_NORMAL_SHAPE_H

#include "base/map.h"
#include "base/vec.h"
#include "decode/json.h"

enum normal_shape_id {
#define SHAPE(identifier, name, style, all, any, none, logsource) NORMAL_SHAPE_##identifier,
#include "decode/shape.def"
    NORMAL_SHAPE_COUNT
};

/* How the fields of a shape become an event. */
enum normal_shape_style {
    NORMAL_STYLE_PLAIN, /* as they are */
    NORMAL_STYLE_WINDOWS,
    NORMAL_STYLE_SYSLOG,
    NORMAL_STYLE_ECS,
    NORMAL_STYLE_GCP,
    NORMAL_STYLE_M365,
    NORMAL_STYLE_ZEEK,
    NORMAL_STYLE_AZURE,
    NORMAL_STYLE_RAW, /* a raw record in a string */
};

struct normal_shape_row {
    const char *name;
    uint64_t all, any, none; /* tells */
    enum normal_shape_style style;
    enum logsource_id logsource;
};

/* What one path is. */
struct normal_shape_key {
    struct str path;
    uint64_t tells;
    /* Followed this one last time, and likely will again; never one of a batch. Or NULL. */
    struct normal_shape_key *next;
    /* Below: in one shape, the one it was last seen in. */
    struct str name; /* empty: no field */
    uint16_t id, alias;
    uint8_t shape; /* NORMAL_SHAPE_COUNT: not known yet */
    uint8_t flags;
    uint8_t time_rank; /* 0: no time; of two times the higher rank is the event's */
    uint8_t host_rank;
    bool literal;
};

struct normal_shape {
    const struct fields *names;
    struct map by_path;            /* index in keys */
    struct normal_shape_key start; /* its next is the first of a record */
    VEC(struct normal_shape_key *) keys;
    struct arena *arena; /* of keys and their names */
    uint64_t last_tells;
    enum normal_shape_id last;
};

void normal_shape_open(struct normal_shape *s, const struct fields *names);
void normal_shape_close(struct normal_shape *s);

const struct normal_shape_row *normal_shape_row(enum normal_shape_id id);

/* A record begins: keys and names got for the one before may be forgotten. */
void normal_shape_next_record(struct normal_shape *s);

/*
 * The shape of a record, or of JSON inside one. (*out_keys)[i] is the key of pair i, owned by s
 * or batch, valid until the next record. fails ARENA_FULL
 */
MUST_USE struct rc normal_shape_find(struct normal_shape *s, const struct json_pairs *pairs,
                                     struct arena *batch, struct normal_shape_key ***out_keys,
                                     enum normal_shape_id *out);

/* Set what key is in that shape. fails ARENA_FULL */
MUST_USE struct rc normal_shape_resolve(struct normal_shape *s, struct normal_shape_key *key,
                                        enum normal_shape_id id, struct arena *batch);

#endif
