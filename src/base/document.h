/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document - YAML text as trees, one document at a time. A document that is broken does not
 * hide the next one. Trees are constant; an alias shares the node of its anchor, so a walk
 * over a tree must count its steps (loader_spend).
 * src: yaml.org/spec/1.1; merge keys as yaml.org/type/merge.html
 */
#ifndef BASE_DOCUMENT_H
#define BASE_DOCUMENT_H

#include "base/arena.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* How a scalar was written; only a plain one is read as number, truth value or null. */
enum node_style { NODE_PLAIN, NODE_QUOTED, NODE_BLOCK };

struct node_pair;

struct node {
    enum node_kind kind;
    enum node_style style;
    uint32_t line, column; /* from 1 */
    uint32_t count;        /* items of a list, pairs of a map */
    union {
        struct str text;
        const struct node *const *items;
        const struct node_pair *pairs; /* keys are scalars, each once, in file order */
    };
};

struct node_pair {
    const struct node *key, *value;
};

enum {
    /* Eight times what a Sigma file nests. */
    DOCUMENT_MAX_DEPTH = 64,
    /* Per file; SigmaHQ's largest file has 10,000. */
    DOCUMENT_MAX_NODES = 1000000,
    DOCUMENT_MAX_PER_FILE = 10000,
    DOCUMENT_MAX_FAULT_BYTES = 256,
};

/* Zero-initialise, set text (UTF-8, borrowed). */
struct document_reader {
    struct str text;
    size_t at;
    uint32_t line; /* lines before at */
    uint32_t documents, nodes;
};

struct document_fault {
    uint32_t line, column; /* 0: the file as a whole */
    char text[DOCUMENT_MAX_FAULT_BYTES];
};

/*
 * document_next - the tree of the next document that is not empty; NULL at the end.
 *
 * a      owns the tree
 * fails  with fault filled: SYNTAX, DUPLICATE, UNSUPPORTED, DEPTH - call again for the next
 *        document; TOO_MANY, ARENA_FULL - the reader is at its end
 */
MUST_USE struct rc document_next(struct document_reader *r, struct arena *a,
                                 struct document_fault *fault, const struct node **out_root);

/* The value of a key of a map, or NULL; NULL too when map is no map. */
const struct node *document_get(const struct node *map, struct str key);

/*
 * Lay `over` over `base`, both maps: a map in both is merged, else over wins. Nodes are shared.
 *
 * work  steps allowed; counted down
 * fails TOO_MANY (work), ARENA_FULL
 */
MUST_USE struct rc document_merge(const struct node *base, const struct node *over,
                                  struct arena *a, uint64_t *work, const struct node **out);

#endif
