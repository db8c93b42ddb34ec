/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logsource - what kind of log an event belongs to, in Sigma's terms, and which rules that
 * admits. decode gives each event a logsource; detect routes by it.
 */
#ifndef MODEL_LOGSOURCE_H
#define MODEL_LOGSOURCE_H

#include "base/str.h"

enum { LOGSOURCE_MAX_CATEGORIES = 2 };

/* Empty text means that the event (or the rule) does not say. All lower case. */
struct logsource {
    struct str product;
    struct str service;
    struct str categories[LOGSOURCE_MAX_CATEGORIES]; /* an event may answer several */
    /*
     * A second reading of an event, with its fields renamed (Security 4688 read as
     * process_creation): answers only rules that state one of its categories.
     */
    bool derived;
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
#define LOGSOURCE(identifier, product, service, category, category2, derived, origin)          \
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
