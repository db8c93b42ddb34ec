/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/subject.h"

#include "base/unicode.h"

enum {
    KNOWN_TEXT = 1,
    KNOWN_FOLDED = 2,
    KNOWN_REPAIRED = 4,
    KNOWN_NUMBER = 8,
    KNOWN_NARROW = 16
};

struct str subject_text(struct subject *s)
{
    if ((s->known & KNOWN_TEXT) == 0) {
        s->known |= KNOWN_TEXT;
        s->text = STR("");
        struct rc rc = value_text(s->value, s->memory->arena, &s->text);
        s->memory->full |= rc_failed(rc);
    }
    return s->text;
}

/* A text of at most `bound` bytes made from `in`. */
static struct str rewrite(struct subject_memory *memory, struct str in, size_t bound,
                          size_t (*write)(struct str, char *))
{
    char *room = arena_text(memory->arena, bound);
    if (room == NULL) {
        memory->full = true;
        return STR("");
    }
    size_t n = write(in, room);
    arena_shrink_text(memory->arena, room, bound, n);
    return (struct str){room, n};
}

struct str subject_folded(struct subject *s)
{
    if ((s->known & KNOWN_FOLDED) == 0) {
        s->known |= KNOWN_FOLDED;
        struct str text = subject_text(s);
        size_t growth = unicode_is_ascii(text) ? 1 : UNICODE_FOLD_GROWTH;
        s->folded = rewrite(s->memory, text, growth * text.n, unicode_fold);
    }
    return s->folded;
}

struct str subject_repaired(struct subject *s)
{
    if ((s->known & KNOWN_REPAIRED) == 0) {
        s->known |= KNOWN_REPAIRED;
        struct str text = subject_text(s);
        s->repaired =
            unicode_is_utf8(text) ? text : rewrite(s->memory, text, 3 * text.n, unicode_repair);
    }
    return s->repaired;
}

static size_t write_narrow(struct str in, char *out)
{
    size_t at = 0;
    unsigned bytes;
    for (size_t i = 0; i < in.n; i += bytes) {
        bytes = 1;
        bool ascii = (uint8_t)in.p[i] < 0x80;
        if (!ascii) {
            (void)unicode_decode(str_from(in, i), &bytes);
        }
        out[at++] = ascii ? in.p[i] : '\x80';
    }
    return at;
}

struct str subject_narrow(struct subject *s)
{
    if ((s->known & KNOWN_NARROW) == 0) {
        s->known |= KNOWN_NARROW;
        struct str text = subject_text(s);
        s->narrow =
            unicode_is_ascii(text) ? text : rewrite(s->memory, text, text.n, write_narrow);
    }
    return s->narrow;
}

struct number subject_number(struct subject *s)
{
    if ((s->known & KNOWN_NUMBER) == 0) {
        s->known |= KNOWN_NUMBER;
        s->number = value_number(s->value);
    }
    return s->number;
}
