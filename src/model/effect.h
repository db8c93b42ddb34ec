/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * effect - what an attack did to something that the institution has, as far as is known, and
 * what is to be done about it.
 */
#ifndef MODEL_EFFECT_H
#define MODEL_EFFECT_H

#include "base/walltime.h"

enum effect_kind {
    EFFECT_TOUCHED,
    EFFECT_READ,
    EFFECT_TAKEN,
    EFFECT_ALTERED,
    EFFECT_KIND_COUNT
};
enum effect_status {
    EFFECT_CONFIRMED,
    EFFECT_SUSPECTED,
    EFFECT_NONE_SO_FAR, /* looked for and not found; never "no" */
    EFFECT_UNKNOWN,     /* nothing that could tell was looked at */
    EFFECT_STATUS_COUNT
};
struct str effect_kind_name(enum effect_kind k);
struct str effect_status_name(enum effect_status s);

struct effect {
    struct str asset; /* id in the register */
    struct str name;  /* of the asset, for people */
    bool mandate;     /* it carries the institution's mandate */
    enum effect_kind kind;
    enum effect_status status;
    struct str
        basis; /* why, in a sentence of ours with the items: "3 files below /srv/cases" */
    const uint64_t *refs;
    uint32_t ref_count;
};

struct task {
    uint32_t number;
    struct str what; /* ours */
    struct str owner;
    struct walltime due;
    bool done;
};

#endif
