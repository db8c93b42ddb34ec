/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chain - all pure stages in one process on a fake clock: lines in, and what a running tocsind
 * would have made of them. Nothing is done to anything: an action that is granted is counted as
 * effective at once.
 */
#ifndef TESTS_CHAIN_H
#define TESTS_CHAIN_H

#include "contain/grant.h"
#include "contain/lease.h"
#include "effect/register.h"
#include "incident/docket.h"
#include "ledger/merkle.h"
#include "model/trust.h"

struct chain;

struct chain *chain_open(struct walltime start);
void chain_close(struct chain *c);

/* Before the first line. Files are named from the folder of the scenario. */
bool chain_rules(struct chain *c, const char *path);
bool chain_playbooks(struct chain *c, const char *path);
bool chain_history(struct chain *c, const char *path);
bool chain_assets(struct chain *c, const char *path);
bool chain_never(struct chain *c, struct str entry);
bool chain_source(struct chain *c, struct str name, enum trust trust);
/* Rules are compiled, everything is there. */
void chain_start(struct chain *c);

void chain_enforce(struct chain *c, bool enforce);
/* From here on this address has completed a TCP handshake. */
void chain_witness(struct chain *c, const struct ipaddr *a);

bool chain_feed(struct chain *c, struct str source, struct str line);
void chain_advance(struct chain *c, int64_t us);
struct walltime chain_now(const struct chain *c);
/* A person releases a target. */
bool chain_release(struct chain *c, const struct action *target);

/* What has come of it. */
size_t chain_findings(const struct chain *c, struct str rule_name);
struct docket *chain_docket(struct chain *c);
const struct lease_table *chain_leases(const struct chain *c);
/* The first incident as it stands; false: there is none. Owned by the chain until the next. */
bool chain_incident(struct chain *c, struct incident *out);
/* The last decision on that target; VERDICT_COUNT: none. */
enum verdict chain_verdict(const struct chain *c, const struct action *target);
/* Facts of one kind; the root over all records and facts. */
size_t chain_facts(const struct chain *c, enum fact_kind kind);
void chain_root(const struct chain *c, struct merkle_hash *out);

#endif
