/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assertion - a statement about an incident, with how sure it is and what it rests on. What is
 * told to others is made of these and of nothing else.
 * src: model/assertion.def
 */
#ifndef MODEL_ASSERTION_H
#define MODEL_ASSERTION_H

#include "base/walltime.h"
#include "model/tlp.h"

enum assertion_status {
    ASSERTION_KNOWN,
    ASSERTION_ASSESSED,
    ASSERTION_UNKNOWN, /* asked, and not answered yet: a notice says so */
    ASSERTION_WITHDRAWN,
    ASSERTION_STATUS_COUNT
};

/* What is asserted; model/assertion.def says what `value` and `extra` hold for each. */
enum assertion_kind {
#define ASSERTION(identifier, name, tlp, value, extra) ASSERTION_##identifier,
#include "model/assertion.def"
#undef ASSERTION
    ASSERTION_KIND_COUNT
};
struct str assertion_name(enum assertion_kind k);
/* "known" … */
struct str assertion_status_name(enum assertion_status s);
/* The least restricted form that this kind may leave in. */
enum tlp assertion_tlp(enum assertion_kind k);

struct assertion {
    uint32_t number; /* within the incident, from 1; stays when the text changes */
    enum assertion_kind kind;
    enum assertion_status status;
    enum tlp tlp;
    bool person_at_risk;
    char reliability;    /* Admiralty: 'A' to 'F' */
    uint8_t credibility; /* 1 to 6 */
    struct str value, extra;
    struct walltime as_of;
    const uint64_t *refs; /* positions of the facts and records that it rests on */
    uint32_t ref_count;
};

#endif
