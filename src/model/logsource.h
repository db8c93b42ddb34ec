/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logsource - what kind of log an event belongs to, in Sigma's terms, and which rules that
 * admits. decode gives each event a logsource; detect routes by it.
 */
#ifndef MODEL_LOGSOURCE_H
#define MODEL_LOGSOURCE_H

#include "base/str.h"

enum { LOGSOURCE_MAX_CATEGORIES = 2 };

/*
 * How the event is read. RECORD: as what it is. The others are second readings, with fields
 * renamed, which answer only rules that state one of their categories: RENAMED where SigmaHQ's
 * own mapping has rules meet such events (Security 4688 as process_creation), so that they mean
 * what they mean there; PARTIAL where the record has too few of the fields that the rules were
 * written for (5156 as network_connection knows no user). A field that is absent in a partial
 * reading is unknown, neither equal nor unequal, and a rule fires only if it would whatever the
 * field's value were: no exclusion is lost for want of the field it looks at.
 */
enum logsource_reading {
    LOGSOURCE_READING_RECORD,
    LOGSOURCE_READING_RENAMED,
    LOGSOURCE_READING_PARTIAL
};

/* Empty text means that the event (or the rule) does not say. All lower case. */
struct logsource {
    struct str product;
    struct str service;
    struct str categories[LOGSOURCE_MAX_CATEGORIES]; /* an event may answer several */
    enum logsource_reading reading;
};

/* What a rule states. */
struct logsource_want {
    struct str product, category, service;
};

/*
 * Ids: 0 is "unknown", which admits no rule but those that state nothing; the rest are rows of
 * logsource.def and the one custom row that the user may name.
 */
enum logsource_id {
#define LOGSOURCE(identifier, product, service, category, category2, reading, origin)          \
    LOGSOURCE_##identifier,
#include "model/logsource.def"
#undef LOGSOURCE
    LOGSOURCE_CUSTOM,
    LOGSOURCE_COUNT
};

/* The row; LOGSOURCE_CUSTOM is not among them (it belongs to whoever named it). */
const struct logsource *logsource_row(enum logsource_id id);

/* Where such events come from, for people: "Security, EventID 4688"; empty for UNKNOWN. */
struct str logsource_origin(enum logsource_id id);

/*
 * Does a rule that wants `want` apply to an event of `have`? Each stated part must be equal;
 * services with two names in the field (ldap, ldap_debug) are one.
 */
bool logsource_admits(const struct logsource *have, const struct logsource_want *want);

#endif
