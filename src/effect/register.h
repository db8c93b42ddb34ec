/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * register - what the institution has: cases, information, services, and which of them carry
 * its mandate. A CSV file that people keep. src: doc/effect.md; RFC 4180
 */
#ifndef EFFECT_REGISTER_H
#define EFFECT_REGISTER_H

#include "base/arena.h"
#include "base/diag.h"

enum {
    REGISTER_CAP_BYTES = 1 << 20,
    REGISTER_MAX_ASSETS = 4096,
    REGISTER_MAX_CELL_BYTES = 240,
};

struct asset {
    struct str id, name_en, name_fr, class;
    struct str path; /* "/srv/cases": what lies below it; empty: the whole host */
    struct str host; /* empty: any */
    bool mandate;
    struct str owner, service;
};

struct assets;

struct assets *register_open(void);
void register_close(struct assets *r);

/*
 * register_load - read a register; its first line names the columns:
 * id,name_en,name_fr,class,path,host,mandate,owner,service. One bad line rejects the file,
 * since an asset that is missing says "not affected".
 *
 * path   of the file; kept by the caller as long as the diag
 * fails  REJECTED (the diag says where and why), TOO_LONG
 */
MUST_USE struct rc register_load(struct assets *r, struct str path, struct str text,
                                 struct diag *diag);

size_t register_count(const struct assets *r);
const struct asset *register_at(const struct assets *r, size_t i);
/* Does this file on this host (empty: unknown) belong to the asset? Not by a name that climbs
 * out ("/.."). */
bool register_holds(const struct asset *a, struct str file, struct str host);

#endif
