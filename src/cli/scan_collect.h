/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_collect - what a scan adds up beside findings: how much was read, what it was, what
 * could not be read and why. Pure; memory is bounded but for hashes, which the user asks for.
 */
#ifndef CLI_SCAN_COLLECT_H
#define CLI_SCAN_COLLECT_H

#include "cli/report.h"
#include "cli/scan_wire.h"

enum {
    COLLECT_MAX_UNREAD = 1000, /* listed; the last row says how many more */
    COLLECT_MAX_FAULTS = 100,
    COLLECT_MAX_SHAPES = 64,
};

struct scan_collect;

struct scan_collect *scan_collect_open(void);
void scan_collect_close(struct scan_collect *c);

void scan_collect_input(struct scan_collect *c, uint64_t bytes);
/* More that was read of an input whose size was not known. */
void scan_collect_bytes(struct scan_collect *c, uint64_t bytes);
/* One that holds no evidence. */
void scan_collect_ignored(struct scan_collect *c);
/* path and reason are copied. */
void scan_collect_unread(struct scan_collect *c, struct str path, struct str reason);
void scan_collect_fault(struct scan_collect *c, struct str path, const struct problem *p);
void scan_collect_done(struct scan_collect *c, const struct scan_done *done);
void scan_collect_hash(struct scan_collect *c, struct str path,
                       const uint8_t sha256[static HASH_SHA256_BYTES]);
/* Inputs that could not be read, or not to their end. */
uint64_t scan_collect_unread_count(const struct scan_collect *c);
/* Sets what it knows; lists are borrowed until the collection is closed or added to. */
void scan_collect_summary(struct scan_collect *c, struct scan_summary *out);

#endif
