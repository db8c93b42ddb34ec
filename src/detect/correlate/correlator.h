/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlator - findings of rules, in the order in which they came, become findings that say all
 * by themselves: each of a rule that is not silent, and those of correlations. Pure: time is
 * that of the events and of the caller; the same input gives the same output.
 * src: doc/correlate.md
 */
#ifndef DETECT_CORRELATE_CORRELATOR_H
#define DETECT_CORRELATE_CORRELATOR_H

#include "detect/sigma/ruleset.h"
#include "model/finding_fact.h"

enum {
    /* How late an event may come, and how far the clocks of twins may lie apart. */
    CORRELATOR_SLACK_S = 30,
    /* An event that claims to be later than it was received by more than this is taken at the
     * time of its receipt: a log line must not move the clock. */
    CORRELATOR_AHEAD_S = 60,
};

/* Where findings go, one at a time; the fact is borrowed for the call. */
struct correlator_sink {
    void *context;
    void (*finding)(void *context, const struct finding_fact *f);
};

/* Everything is borrowed until correlator_close. */
struct correlator_opts {
    const struct rule *rules;
    size_t rule_count;
    const struct correlation *correlations;
    size_t count;
    struct correlator_sink sink;
    bool correlations_only; /* a scan reports findings of rules by itself */
    /* Bytes of findings that are remembered, in all; 0: CORRELATOR_DEFAULT_BYTES. */
    size_t memory_bytes;
};
#define CORRELATOR_DEFAULT_BYTES ((size_t)192 << 20)

/* A rule fired on a record. Borrowed for the call. */
struct correlator_input {
    const struct finding *finding;
    struct str source;        /* its name, or the path of its file */
    uint32_t source_id;       /* the same for all records of that source, and no other's */
    uint64_t position;        /* in the ledger, or FINDING_NO_POSITION */
    struct walltime received; /* unknown in a scan */
};

struct correlator;

struct correlator *correlator_open(const struct correlator_opts *opts);
void correlator_close(struct correlator *c);

/* Findings that follow from this one reach the sink before it returns. */
void correlator_add(struct correlator *c, const struct correlator_input *in);

/*
 * No event before this time is still to come, or will be waited for: windows that end before it
 * close, and what can matter to none is forgotten. INT64_MAX: the end of the input.
 */
void correlator_advance(struct correlator *c, int64_t watermark_us);

/* Forget every event, as after a start. */
void correlator_reset(struct correlator *c);

/* How far back an event can matter: the longest timespan, with those of the correlations that
 * it refers to; 0: none is evaluated. */
int64_t correlator_longest_us(const struct correlator *c);

struct correlator_counts {
    uint64_t events, twins, findings, raised; /* raised: told again with greater trust */
    uint64_t timeless;                        /* events without any time: in no window */
    uint64_t evicted_events, evicted_groups;  /* at a bound of memory */
    uint64_t lost; /* correlations that held, but whose events had been forgotten */
};
struct correlator_counts correlator_counts(const struct correlator *c);

#endif
