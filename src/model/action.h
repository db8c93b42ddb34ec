/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * action - something that is done to contain an attack, from proposal to end. Its target is an
 * address or a local account, in a form that no shell, path or format can misread.
 */
#ifndef MODEL_ACTION_H
#define MODEL_ACTION_H

#include "model/fact.h"
#include "model/ipaddr.h"
#include "model/trust.h"

/* Least invasive first. The order is the number on the wire. */
enum action_kind {
    ACTION_BLOCK_ADDRESS,   /* both directions, established flows cut */
    ACTION_END_SESSION,     /* of an account: its processes are killed; nothing to undo */
    ACTION_SUSPEND_ACCOUNT, /* local: expiry and lock */
    ACTION_KIND_COUNT
};

enum {
    ACTION_ID_BYTES = 16,
    ACTION_MAX_ACCOUNT_BYTES = 32, /* of a login name: [a-z_][a-z0-9_-]*, as useradd takes it */
    ACTION_MAX_REASON_BYTES = 240,
    ACTION_MAX_DETAIL_BYTES = 512, /* of a fact; more is cut */
    ACTION_MAX_LEASE_S = 7 * 24 * 3600,
};

/* "block-address" … */
struct str action_kind_name(enum action_kind kind);
MUST_USE bool action_kind_parse(struct str s, enum action_kind *out);

struct action {
    uint8_t id[ACTION_ID_BYTES]; /* action_id: proposing the same twice is the same action */
    uint8_t incident[ACTION_ID_BYTES]; /* zero: a person asked, without an incident */
    enum action_kind kind;
    struct ipaddr address; /* BLOCK_ADDRESS */
    struct str account;    /* END_SESSION, SUSPEND_ACCOUNT */
    uint32_t lease_s;
};

/* What a proposal rests on. All that guardrails 2, 3 and 11 ask. */
struct evidence {
    struct walltime event_time; /* of the newest record that the proposal rests on */
    enum trust trust;   /* of the target's value: the best that any finding gives it, or,
                           of an account, any that says that it was entered */
    uint32_t signals;   /* findings that name the target, at T2 or better */
    uint32_t sensors;   /* distinct kinds of source (sshd, audit, …) among them */
    uint32_t sources;   /* distinct sources that said it */
    bool success;       /* one of them says that the attacker got in */
    struct ipaddr from; /* of an account: whence; none when nothing says it */
    bool person;        /* a person asked on the console, and answers for it */
};

/* H(incident, kind, target). */
void action_id(const struct action *a, uint8_t out[static ACTION_ID_BYTES]);
/* "192.0.2.7", "clerk"; "-" when there is no address. Foreign text where it is an account. */
void action_target(struct buf *out, const struct action *a);
/* The form of an account's name that executors accept. */
bool action_account_ok(struct str name);

enum verdict {
#define VERDICT(identifier, name, text) VERDICT_##identifier,
#include "model/verdict.def"
#undef VERDICT
    VERDICT_COUNT
};
struct str verdict_name(enum verdict v);
struct str verdict_text(enum verdict v);
MUST_USE bool verdict_parse(struct str s, enum verdict *out);

enum outcome { OUTCOME_EFFECTIVE, OUTCOME_INEFFECTIVE, OUTCOME_UNKNOWN, OUTCOME_COUNT };
/* What the receipt is about. LAPSE: the lease ended by itself. */
enum act { ACT_APPLY, ACT_UNDO, ACT_LAPSE, ACT_COUNT };
struct str outcome_name(enum outcome o);
struct str act_name(enum act a);
MUST_USE bool outcome_parse(struct str s, enum outcome *out);
MUST_USE bool act_parse(struct str s, enum act *out);

/* Facts of containment, as written and as read back at start. */
struct action_fact {
    enum fact_kind kind; /* DECISION, INTENT, OUTCOME, RELEASE */
    uint8_t key[FACT_KEY_BYTES];
    struct walltime at;
    struct action action;
    struct evidence evidence; /* DECISION, INTENT */
    enum verdict verdict;     /* DECISION */
    struct walltime until;    /* INTENT: when the lease ends */
    enum act act;             /* OUTCOME */
    enum outcome outcome;     /* OUTCOME */
    struct str detail;        /* proof, reason; ours or escaped */
    struct str by; /* RELEASE, DECISION by a person: who, as the kernel says: "uid 0" */
};

/*
 * action_fact_encode - the JSON; makes f->key, from the action's id and: DECISION the verdict,
 * and for allowed and shadow the event's time (they can come again when a lease is over);
 * INTENT the event's time; OUTCOME the act and `at`; RELEASE `at`.
 */
void action_fact_encode(struct buf *out, struct action_fact *f);
/*
 * action_fact_decode - the reverse; text is owned by `a`. The target of a refusal may be one
 * that cannot be acted on: check it again before it is.
 * fails  SYNTAX, MALFORMED, ARENA_FULL
 */
MUST_USE struct rc action_fact_decode(struct str json, struct arena *a,
                                      struct action_fact *out);

#endif
