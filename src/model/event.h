/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * event - a decoded record: flat pairs of field and value, and what kind of log it is.
 * Everything in it borrows from the record's bytes, from the decoder's tables or from the
 * batch arena, and is valid only inside the sink call that delivers it.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "base/walltime.h"
#include "model/fields.h"
#include "model/logsource.h"
#include "model/trust.h"
#include "model/value.h"

enum field_flag {
    /* Stands in the record under a key that itself holds a dot; hides the nested path. */
    FIELD_LITERAL = 1,
    /* Made by normalisation (an alias, a split hash): not in the record, so no keyword. */
    FIELD_DERIVED = 2,
    /* Inside the record but about the transport (a forwarder's own keys): no rule field. */
    FIELD_ENVELOPE = 4,
    /*
     * Made by a decoder from a place that the text around it cannot move: where the daemon
     * writes it, whatever name the attacker chose.
     */
    FIELD_ANCHORED = 8,
};

/*
 * One pair. A field that holds an array comes as several pairs with the same name. A nested
 * JSON key is its path, "a.b"; array positions are not part of it.
 */
struct field {
    struct str name;
    struct value value;
    uint16_t id; /* enum field_id or a rule's name; FIELD_NONE when no rule uses it */
    uint8_t flags;
};

/*
 * A second reading of the same record (4688 as process_creation). A field here hides every
 * pair of the same name in the record; a name in `hidden` is absent in this reading.
 */
struct view {
    enum logsource_id logsource;
    const struct field *fields;
    uint32_t count;
    const uint16_t *hidden; /* field ids */
    uint32_t hidden_count;
};

struct event {
    struct bytes record; /* as it stands in its source: its digest is evidence */
    /*
     * What was said, without how it came: the same for a line of a file and for its twin in
     * the journal. Ids of findings are made of it. Empty: the record itself.
     */
    struct bytes identity;
    uint64_t number; /* EventRecordID for EVTX, line from 1 for lines, else from 1 */
    const struct field *fields;
    uint32_t count;
    enum logsource_id logsource;
    const struct view *views; /* further readings */
    uint32_t view_count;
    struct walltime time;
    struct str host; /* UTF-8; empty when unknown */
    /*
     * Found by searching for what looks like a record, behind damage or in slack, and not by
     * following the structure of its file.
     */
    bool recovered;
    const char *shape; /* "evtx", "winlogbeat", … static text */
    /* How far its anchored fields can be believed; what the decoder finds in the record. */
    enum trust trust;
    struct str text; /* line formats: the line, searched by keywords too; else empty */
};

/* A part of the input that could not be decoded. */
struct problem {
    struct rc rc;
    uint64_t offset; /* bytes into the (decompressed) source */
    uint64_t number; /* record or line, 0 when unknown */
};

/* Where a decoder delivers. Calls come in source order. */
struct event_sink {
    void *context;
    void (*event)(void *context, const struct event *event);
    void (*problem)(void *context, const struct problem *problem);
};

#endif
