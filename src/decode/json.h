/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json - strict JSON (RFC 8259) flattened to pairs of path and value, without a tree.
 * src: RFC 8259; JSONTestSuite for what must and must not parse
 */
#ifndef DECODE_JSON_H
#define DECODE_JSON_H

#include "model/event.h"

enum {
    JSON_MAX_DEPTH = 128,   /* deeper is an attack or a mistake, not a log */
    JSON_MAX_PAIRS = 65536, /* in one value */
};

/*
 * Receives pairs. path is the dotted path of keys, unescaped, borrowed for the call unless the
 * arena owns it; literal says that some key on the path holds a dot itself.
 */
struct json_pair {
    struct str path;
    struct value value;
    bool literal;
};

struct json_pairs {
    struct json_pair *p; /* owned by the arena of the call */
    size_t n, room;
};

/*
 * json_flatten - parse one JSON text that must fill `in` but for white space around it.
 *
 * batch  owns the pairs, and the paths that had to be built (nested or escaped keys); values
 *        and plain top-level keys borrow from `in`
 * out    pairs in document order; a duplicate key is ERR_DUPLICATE. A top-level scalar is one
 *        pair with an empty path. Untouched on failure
 * Members of an array are pairs with the path of the array, of nested arrays too. An object
 * that some key leads to is a pair (OBJECT) before its members; [] is one (EMPTY_LIST).
 *
 * fails  SYNTAX, SHORT, ENCODING, DEPTH, DUPLICATE, TRAILING, TOO_MANY, ARENA_FULL, with the
 *        offset of the fault; TOO_LONG for 4 GiB
 */
MUST_USE struct rc json_flatten(struct str in, struct arena *batch, struct json_pairs *out);

/*
 * json_check - is `in` exactly one valid JSON text? Depth is bounded only by the length of
 * `in` (one bit of memory a level). Duplicate keys are valid here, as RFC 8259 has it.
 * src    RFC 8259; a lone surrogate as \u escape is valid by its grammar, a byte order mark not
 * fails  SYNTAX, SHORT, ENCODING, TRAILING, with the offset of the fault
 */
MUST_USE struct rc json_check(struct str in);

/*
 * json_value_end - how long is the JSON value that starts at in.p (after white space)?
 * For texts that follow each other without newlines and for elements of one big array.
 * *out is the offset after it; a number may end where `in` ends.
 * fails  SYNTAX, ENCODING, SHORT when it does not end in `in`
 */
MUST_USE struct rc json_value_end(struct str in, size_t *out);

/* Unescape the inside of a JSON string that was validated; out holds s.n bytes. */
size_t json_unescape(struct str s, char *out);

#endif
