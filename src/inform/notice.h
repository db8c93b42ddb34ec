/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice - what is told about an incident, to whom, in which language: blocks of text made from
 * assertions, each naming the assertions that it says. Renderers turn blocks into bytes.
 */
#ifndef INFORM_NOTICE_H
#define INFORM_NOTICE_H

#include "inform/phrase.h"
#include "model/incident.h"

enum notice_audience {
    NOTICE_PUBLIC,   /* holding statement, TLP:CLEAR */
    NOTICE_MEMBERS,  /* note verbale to member states, TLP:AMBER */
    NOTICE_INTERNAL, /* situation report, TLP:AMBER+STRICT, or TLP:RED when it says such */
    NOTICE_AUDIENCE_COUNT
};

struct str notice_audience_name(enum notice_audience a); /* "public" … */
MUST_USE bool notice_audience_parse(struct str s, enum notice_audience *out);
/* The most restricted assertion that this audience may read. */
enum tlp notice_cap(enum notice_audience a);

/* May this assertion be said to that audience? Whatever is not clearly so may not. */
bool notice_may_say(const struct assertion *a, enum notice_audience to);
/*
 * The name (of an account, a machine, an asset, an address) that an assertion about a person at
 * risk gives away; empty when it is not about one. It may stand in no notice.
 */
struct str notice_guarded(const struct assertion *a);

enum notice_kind {
    NOTICE_HEADING,
    NOTICE_PARAGRAPH,
    NOTICE_ITEM,
    NOTICE_HEAD, /* the heads of a table's columns */
    NOTICE_ROW,
};

enum {
    NOTICE_MAX_CELLS = 8,
    NOTICE_MAX_BLOCKS = 640, /* all that the caps of an incident let be listed, and headings */
    NOTICE_MAX_TEXT_BYTES = 4096, /* of a cell; longer is cut */
};

struct notice_block {
    enum notice_kind kind;
    uint32_t cell_count, number_count;
    const struct str *cells; /* text, in an internal notice also foreign: renderers escape */
    const uint32_t *numbers; /* of the assertions that it says */
};

struct notice_opts {
    enum notice_audience audience;
    enum phrase_language language;
    /* By language, as it begins a sentence: "The Court of …", "La Cour de …". */
    struct str institution[PHRASE_LANGUAGE_COUNT];
    struct str contact; /* of the press office, or the contact point */
    struct walltime now;
    uint32_t next_update_h; /* from now, when no assertion names the date */
};

struct notice {
    enum notice_audience audience;
    enum phrase_language language;
    enum tlp tlp;
    struct str institution, title;
    struct str reference; /* empty in the public one: it counts incidents */
    struct str date;
    const struct notice_block *blocks;
    uint32_t block_count;
    uint32_t dropped;        /* blocks past NOTICE_MAX_BLOCKS */
    const uint32_t *numbers; /* of all assertions said, ascending, each once */
    uint32_t number_count;
};

/*
 * notice_make - pure: the same incident, options and clock give the same notice.
 *
 * a      owns *out, which also borrows from *i and *o
 * fails  ARENA_FULL
 */
MUST_USE struct rc notice_make(const struct incident *i, const struct notice_opts *o,
                               struct arena *a, struct notice *out);

/* Do two languages of a notice say the same assertions? */
bool notice_agree(const struct notice *a, const struct notice *b);

enum notice_format { NOTICE_MARKDOWN, NOTICE_HTML, NOTICE_FORMAT_COUNT };
struct str notice_format_name(enum notice_format f); /* "markdown", "html" */
MUST_USE bool notice_format_parse(struct str s, enum notice_format *out);

#endif
