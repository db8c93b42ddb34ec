/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loader - what the parts that read one file share: where results go, where messages go,
 * and how much work is left. Every message about a rule goes through here.
 */
#ifndef DETECT_SIGMA_LOADER_H
#define DETECT_SIGMA_LOADER_H

#include "base/diag.h"
#include "base/document.h"
#include "detect/sigma/ruleset.h"

enum {
    /* Steps per file, and per filter pass: aliases can make a small file mean a huge one. */
    LOADER_MAX_WORK = 4000000,
    /* Errors about one document, and warnings: the rest repeats the first ones. */
    LOADER_MAX_MESSAGES = 20,
};

struct loader {
    struct arena *keep;    /* as long as the rule set */
    struct arena *scratch; /* as long as the file */
    struct diag *diag;
    const struct ruleset_opts *opts;
    struct str path;           /* in keep */
    uint64_t work;             /* steps left */
    uint32_t errors, warnings; /* about this document */
};

/* A new document: its messages are counted anew. */
void loader_begin(struct loader *l);

/* Foreign text in a message: "%.*s", LOADER_SHOW(text); cut, since messages have a cap. */
#define LOADER_SHOW(s) ((s).n < 120 ? (int)(s).n : 120), (s).p

/* An error at a node (NULL: the file); always returns ERR_REJECTED. */
PRINTF_LIKE(3, 4)
struct rc loader_reject(struct loader *l, const struct node *at, const char *fmt, ...) MUST_USE;
PRINTF_LIKE(3, 4)
void loader_warn(struct loader *l, const struct node *at, const char *fmt, ...);
/* What the specification forbids but converters accept: an error when strict, else a warning.
 */
PRINTF_LIKE(3, 4)
struct rc loader_forbid(struct loader *l, const struct node *at, const char *fmt, ...) MUST_USE;

/* Count steps; fails, with a message, when none are left. */
MUST_USE struct rc loader_spend(struct loader *l, const struct node *at, uint64_t steps);
/* Zeroed, from keep; fails, with a message, at its cap. */
MUST_USE struct rc loader_alloc(struct loader *l, size_t count, size_t size, void **out);
/* A copy in keep. */
MUST_USE struct rc loader_copy(struct loader *l, struct str s, struct str *out);
MUST_USE struct rc loader_copy_lower(struct loader *l, struct str s, struct str *out);

/* The text of map[key], in keep; empty when the key is absent. Rejects what is not a scalar. */
MUST_USE struct rc loader_get_text(struct loader *l, const struct node *map, struct str key,
                                   struct str *out);
/* The same for a list of texts, or one text. */
MUST_USE struct rc loader_get_texts(struct loader *l, const struct node *map, struct str key,
                                    const struct str **out, uint32_t *out_count);

/* Keep the first failure, so that one fault does not hide the next from the writer. */
static inline void loader_gather(struct rc *first, struct rc next)
{
    if (!rc_failed(*first)) {
        *first = next;
    }
}

#endif
