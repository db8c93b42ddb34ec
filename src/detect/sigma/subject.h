/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * subject - one value of an event under test: its text, folded and repaired forms are made
 * when first asked for and kept in the event's arena.
 */
#ifndef DETECT_SIGMA_SUBJECT_H
#define DETECT_SIGMA_SUBJECT_H

#include "base/arena.h"
#include "model/value.h"

struct regex_cache;

/* full: the arena refused once; what was computed since is not to be trusted. */
struct subject_memory {
    struct arena *arena;
    struct regex_cache *regexes; /* only where regular expressions are matched */
    bool full;
};

struct subject {
    struct value value;
    struct subject_memory *memory;
    uint8_t known; /* which of the following are filled */
    struct str text, folded, repaired, narrow;
    struct number number;
};

static inline struct subject subject_of(struct value v, struct subject_memory *memory)
{
    return (struct subject){.value = v, .memory = memory};
}

/* UTF-8, perhaps ill-formed. When memory is full: the empty text. */
struct str subject_text(struct subject *s);
/* Simple case folding of it. */
struct str subject_folded(struct subject *s);
/* Ill-formed parts replaced: valid UTF-8. */
struct str subject_repaired(struct subject *s);
/* Each code point above ASCII, and each ill-formed part, as the one byte 0x80. */
struct str subject_narrow(struct subject *s);
struct number subject_number(struct subject *s);

#endif
