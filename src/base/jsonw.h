/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jsonw - writes JSON; whatever bytes come in, valid JSON in UTF-8 comes out.
 * Ill-formed UTF-8 becomes U+FFFD, control characters are escaped, and so are DEL, C1 and the
 * Unicode bidi controls, so that a line is safe on a terminal too.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base/buf.h"

struct jsonw {
    struct buf *out;
    bool comma; /* the next element needs a comma before it */
};

static inline struct jsonw jsonw_to(struct buf *out)
{
    return (struct jsonw){.out = out};
}

void jsonw_object(struct jsonw *w);
void jsonw_end_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_key(struct jsonw *w, struct str key);
void jsonw_str(struct jsonw *w, struct str text);
void jsonw_u64(struct jsonw *w, uint64_t v);
void jsonw_i64(struct jsonw *w, int64_t v);
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
/* A token known to be valid JSON, such as a number slice that a strict parser accepted. */
void jsonw_raw(struct jsonw *w, struct str token);

/* jsonw_key(STR(key)), then the value. */
#define jsonw_key_str(w, key, text) (jsonw_key((w), STR(key)), jsonw_str((w), (text)))
#define jsonw_key_u64(w, key, v)    (jsonw_key((w), STR(key)), jsonw_u64((w), (v)))

#endif
