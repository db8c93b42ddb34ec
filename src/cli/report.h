/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report - what people and programs see of a scan: findings as JSON lines or CSV, streamed,
 * or a text that reads at a glance, made at the end from counts and a bounded selection.
 * Pure: everything is written to a buf, which the caller sends on.
 * src: doc/findings.md
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/buf.h"
#include "detect/sigma/correlation_rule.h"
#include "model/finding_fact.h"

enum report_output { REPORT_TEXT, REPORT_JSONL, REPORT_CSV };

struct report_item;

/* Everything is borrowed until report_close. */
struct report_opts {
    enum report_output output;
    bool colour;
    bool quiet;     /* TEXT: the headline and what could not be read, no more */
    unsigned width; /* columns of the terminal; 0: 80 */
    unsigned top;   /* rows of a table, and findings kept per rule and host; 0: 10 and 3 */
    unsigned story; /* findings told in time order; 0: 50 */
    struct str rules_origin; /* "tocsin's own rules", or the folder that was given */
    const struct rule *rules;
    size_t rule_count;
    const struct correlation *correlations;
    size_t correlation_count;
    /* Is given each finding, with its id; or NULL. */
    void (*item)(void *context, const struct report_item *item);
    void *item_context;
};

/* An input or a thing in it, and a number or a reason: the rows of a summary. */
struct report_unread {
    struct str path;   /* foreign */
    struct str reason; /* "permission denied" */
};
struct report_fault {
    struct str path;
    uint64_t number; /* record or line; 0 unknown */
    uint64_t offset; /* bytes */
    struct rc rc;
};
struct report_shape {
    struct str format; /* "evtx", "json" */
    struct str shape;  /* "winlogbeat" */
    uint64_t records;
};
/* Rules that cannot fire on this data, by the reason. */
struct report_blind {
    struct str missing; /* "windows/sysmon/process_creation", or a field's name */
    struct str hint; /* what would bring it: "Microsoft-Windows-Sysmon/Operational"; or empty */
    size_t rules;
    bool is_field; /* `missing` is a field that no event had, not a log source */
};
struct report_hash {
    struct str path;
    uint8_t sha256[HASH_SHA256_BYTES];
};

/* What report_end adds to the findings. Lists are in the order in which they shall be shown. */
struct scan_summary {
    uint64_t inputs, bytes, records, problems;
    uint64_t ignored; /* sockets, devices, programs, images: what holds no evidence */
    const struct report_unread *unread;
    size_t unread_count;
    const struct report_fault *faults; /* the first few of `problems` */
    size_t fault_count;
    const struct report_shape *shapes;
    size_t shape_count;
    size_t rules_loaded, rules_active, rules_rejected;
    size_t correlations, correlations_unevaluated; /* of the first, those that cannot fire */
    uint64_t correlation_parts;    /* more than 1: there was too much to order it all at once */
    uint64_t correlation_lost;     /* events and groups that had to be forgotten */
    uint64_t correlation_timeless; /* events without a time, which lie in no window */
    size_t rules_unable; /* active, but their log source or a field of theirs never came */
    const struct report_blind *blind;
    size_t blind_count;
    const struct report_hash *hashes;
    size_t hash_count;
    struct walltime first, last; /* of events; WALLTIME_NONE when none had a time */
    uint64_t elapsed_ns;
    bool interrupted;
};

struct report;

struct report *report_open(const struct report_opts *opts);
void report_close(struct report *r);

/* What stands before the first finding: the CSV header; nothing otherwise. */
void report_begin(struct report *r, struct buf *out);
/* A new input begins: the count of equal records starts over. path is copied. */
void report_source(struct report *r, struct str path);
/*
 * A finding of the current source. Findings of one source come in its order: the ordinal among
 * equal records, and so the id, depends on it. JSONL and CSV write one line to out; TEXT
 * writes nothing yet.
 */
void report_finding(struct report *r, const struct finding *f, struct buf *out);
/*
 * A finding of a correlation, once those of rules are through; of one of the correlations that
 * were given. It is written and counted like the others.
 */
void report_correlation(struct report *r, const struct finding_fact *f, struct buf *out);
/* TEXT: the whole report. JSONL and CSV: nothing. */
void report_end(struct report *r, const struct scan_summary *s, struct buf *out);
/*
 * For standard error when findings go to a pipe or file: one line of what was found, what could
 * not be read and what the rules could not see. quiet: only what could not be read.
 */
void report_notes(struct report *r, const struct scan_summary *s, struct buf *out);

uint64_t report_count(const struct report *r, enum level level);

#endif
