/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parts - what an engine and a detector are made of, for the files of detect/ only.
 */
#ifndef DETECT_PARTS_H
#define DETECT_PARTS_H

#include "detect/coverage.h"
#include "detect/engine.h"
#include "detect/sigma/keywords.h"
#include "detect/sigma/matcher.h"
#include "detect/sigma/memo.h"
#include "detect/sigma/program.h"

/* What a bucket's rules want of a field. */
enum want {
    WANT_USED = 1,    /* some rule asks about it */
    WANT_MATCHED = 2, /* its values are run through the field's matcher */
};

/* The rules that look at one kind of event. */
struct bucket {
    uint64_t *rules; /* a bit per rule */
    uint32_t rule_count;
    const uint32_t *always; /* rules without a witness */
    uint32_t always_count;
    uint8_t *wants;                  /* per slot: enum want */
    const struct keywords *keywords; /* NULL when no witness is one; owned by the engine */
};

struct compiled_rule {
    const struct expr *expr;         /* NULL: rejected */
    const struct expr *const *items; /* of all selections, in order: for explanations */
    struct program program;
    const uint32_t *witness;
    uint32_t witness_count;
};

/*
 * Fields are addressed by slot: the id of the field, and after the last id one slot for
 * keywords, whose values are all scalars of the record.
 */
struct engine {
    struct arena *arena;
    const struct rule *rules;
    uint32_t rule_count, active_count;
    const struct fields *fields;
    uint64_t seed;
    struct compiled_rule *compiled;
    struct atoms atoms;
    struct regexes regexes;
    bool *eager;               /* per atom: found by the matcher, not asked on demand */
    uint32_t slot_count;       /* the last is that of keywords */
    struct matcher **matchers; /* per slot, or NULL */
    uint32_t *witness_starts;  /* per atom, into witness_rules */
    uint32_t *witness_rules;
    struct bucket buckets[LOGSOURCE_COUNT];
    struct keywords *keywords[LOGSOURCE_COUNT]; /* distinct ones; many buckets share */
    uint32_t keywords_count;
    struct logsource custom;
};

static inline uint32_t parts_slot(const struct engine *e, uint16_t field)
{
    return field == (uint16_t)ATOM_KEYWORDS ? e->slot_count - 1 : field;
}

static inline uint32_t parts_words(const struct engine *e)
{
    return (e->rule_count + 63) / 64;
}

/* In a partial reading, what it has no field for is unknown. */
static inline bool parts_is_partial(enum logsource_id id)
{
    return id != LOGSOURCE_CUSTOM && logsource_row(id)->reading == LOGSOURCE_READING_PARTIAL;
}

/* route.c: fill e->buckets. ARENA_FULL only. */
MUST_USE struct rc route_build(struct engine *e, const struct engine_opts *opts);

enum { PAIR_NONE = UINT32_MAX };

/* A value of a slot in the reading at hand. */
struct pair {
    struct str name; /* of the field it stands in */
    struct subject subject;
    uint32_t next; /* of the same slot, or PAIR_NONE */
};

/* The values of one slot; void unless epoch is the reading's. */
struct slot_values {
    uint32_t epoch;
    uint32_t first, last;
    bool literal; /* only pairs of FIELD_LITERAL count */
    bool closed;  /* a view has set or hidden it: the record's pairs do not count */
};

/*
 * One worker. epoch numbers the readings; an atom whose stamp is 2 * epoch + 1 is true, 2 *
 * epoch false, anything else not yet asked.
 */
struct detector {
    const struct engine *engine;
    struct memo *memo;
    struct matcher_run run;
    struct subject_memory memory;
    const struct event *event; /* being read */
    struct buf leaves;         /* all scalars of its record, for keywords */
    bool partial;              /* the reading is one: parts_is_partial */
    bool direct; /* ask every atom, as nothing has been looked for: explanations */
    uint32_t epoch;
    uint32_t *stamps;
    struct slot_values *slots;
    struct {
        struct pair *p; /* heap, owned */
        uint32_t n, room;
    } pairs;
    uint32_t *touched; /* slots with values in this reading */
    uint32_t touched_count;
    uint64_t *candidates; /* a bit per rule */
    struct {
        struct hit *p; /* heap, owned */
        uint32_t n, room;
    } hits;
    struct coverage *coverage;
};

/* reading.c: load the values that the bucket's rules ask for. view may be NULL. */
void reading_load(struct detector *d, const struct bucket *bucket, const struct event *e,
                  const struct view *view);
/* The values of keywords are loaded when first asked for. */
void reading_load_keywords(struct detector *d);
/* All that `keywords` may be in as one text, a newline after each; false: it is too much. */
bool reading_leaves(struct detector *d, const struct keywords *keywords, struct str *out);

/* truth.c: is the atom true of the reading? context is the detector. */
bool truth_of(void *context, uint32_t atom, bool denied);
/* Does this one value satisfy the atom (of kind VALUE)? */
bool truth_of_pair(struct detector *d, uint32_t atom, struct pair *pair);
/* Does any value of the reading? */
bool truth_ask_value(struct detector *d, uint32_t atom);
/* The first pair of a slot, or PAIR_NONE. */
uint32_t truth_first(const struct detector *d, uint32_t slot);

/* hit.c: the fields that made rule true, in the event's arena. */
MUST_USE struct rc hit_fill(struct detector *d, struct hit *hit);

#endif
