/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rc - the one way a function says that it failed: eight bytes, by value.
 */
#ifndef BASE_RC_H
#define BASE_RC_H

#include "base/attr.h"

enum err {
    ERR_NONE,
#define ERR(name, fate, text) ERR_##name,
#include "base/err.def"
#undef ERR
    ERR_COUNT
};

enum fate { FATE_NONE, FATE_INPUT, FATE_LIMIT, FATE_AWAY, FATE_BUG };

/* code: enum err; sys: errno or 0; at: byte offset of the fault, capped at UINT32_MAX */
struct rc {
    uint16_t code;
    uint16_t sys;
    uint32_t at;
};

#define RC_OK ((struct rc){0})

/*
 * Return a failure to the caller; the only macro that hides control flow. A `for` that runs at
 * most once: it gives the value a scope, needs no braces, and so does not count as nesting.
 */
#define TRY(expr)                                                                              \
    for (struct rc try_rc_ = (expr); UNLIKELY(try_rc_.code != 0);)                             \
    return try_rc_

MUST_USE static inline bool rc_failed(struct rc rc)
{
    return rc.code != 0;
}

MUST_USE static inline struct rc rc_make(enum err code)
{
    return (struct rc){.code = (uint16_t)code};
}

MUST_USE static inline struct rc rc_at(enum err code, size_t at)
{
    return (struct rc){.code = (uint16_t)code,
                       .at = at > UINT32_MAX ? UINT32_MAX : (uint32_t)at};
}

/* ERR_SYSTEM with the current errno. */
MUST_USE struct rc rc_errno(void);

/* Ignore a failure on purpose; the reason is for the reader. */
void rc_ignore(struct rc rc, const char *reason);

/* "is malformed", or for ERR_SYSTEM the system's own text. Static storage. */
const char *rc_text(struct rc rc);

/* "MALFORMED". Static storage. */
const char *rc_name(struct rc rc);

enum fate rc_fate(struct rc rc);

#endif
