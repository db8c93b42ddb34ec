/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diag - messages for the people who write rules and config: file:line:column, severity,
 * what is wrong and what to write instead.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/arena.h"
#include "base/buf.h"

enum diag_severity { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

/* line and column count from 1; 0 when the message is about the file as a whole. */
struct diag_message {
    struct str path; /* borrowed from the caller, who keeps it as long as the diag */
    uint32_t line, column;
    enum diag_severity severity;
    struct str text; /* owned by the diag; may hold foreign text: print it with diag_print */
};

struct diag {
    struct arena *arena;
    struct diag_message *messages; /* heap, owned */
    size_t count, room;
    size_t errors, warnings;
    size_t dropped; /* past DIAG_MAX_MESSAGES */
};

/* 100,000: a rule set with more faults than that is not read to the end by anyone. */
enum { DIAG_MAX_MESSAGES = 100000, DIAG_MAX_TEXT_BYTES = 2048 };

struct diag_place {
    struct str path;
    uint32_t line, column;
};

struct diag diag_open(void);
void diag_close(struct diag *d);

/* text is formatted: %.*s with foreign text is allowed here because printing escapes. */
PRINTF_LIKE(4, 5)
void diag_add(struct diag *d, enum diag_severity severity, struct diag_place at,
              const char *fmt, ...);

/* "path:line:column: error: text\n", escaped. */
void diag_print(struct buf *out, const struct diag_message *m);

#endif
