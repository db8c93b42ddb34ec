/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_xml - one <Event> of Windows or of Sysmon for Linux as XML text → flat fields, named
 * as EVTX is. Not an XML parser: it reads what event logs write, in one pass, without a tree.
 * src: MS-EVEN6 2.2.13; Sysmon for Linux
 */
#ifndef DECODE_NORMAL_XML_H
#define DECODE_NORMAL_XML_H

#include "base/arena.h"
#include "model/event.h"

enum {
    NORMAL_XML_MAX_FIELDS = 4096, /* Windows allows 99 data items */
    NORMAL_XML_MAX_DEPTH = 32,
};

struct normal_xml {
    struct field *fields; /* owned by the batch; ids not set */
    uint32_t count, room;
};

/* Does text start like an event? */
bool normal_xml_sniff(struct str text);

/*
 * Values borrow from text, or from batch where an entity was replaced.
 * fails SYNTAX, SHORT, DEPTH, TOO_MANY, ARENA_FULL, with the offset of the fault
 */
MUST_USE struct rc normal_xml_parse(struct str text, struct arena *batch,
                                    struct normal_xml *out);

#endif
