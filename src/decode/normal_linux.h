/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_linux - what syslog, the journal and auditd have in common: the fields of a log-on,
 * the pairs of an audit record, the identity of a message and how far it can be believed. src:
 * doc/decode.md, "Log-ons", "Identity", "Trust"
 */
#ifndef DECODE_NORMAL_LINUX_H
#define DECODE_NORMAL_LINUX_H

#include "decode/auditd.h"
#include "decode/normal_parts.h"

/* Field auth and its company, when the message is one of sshd's log-ons. fails ARENA_FULL */
MUST_USE struct rc normal_linux_sshd(struct normal_parts_build *b, struct str message);

/* Every pair of the record, its type and its audit_id. fails ARENA_FULL */
MUST_USE struct rc normal_linux_audit(struct normal_parts_build *b, struct auditd *record);

/*
 * The identity of a message that a program logged: the bytes "syslog", program, pid and message
 * without blanks at its end, each after its length as 32 bits, little-endian. Empty without a
 * program or a pid: too many messages of different days would be one. fails ARENA_FULL
 */
MUST_USE struct rc normal_linux_identity(struct arena *batch, const struct str parts[static 3],
                                         struct bytes *out);

/*
 * Pairs of a journal entry with MESSAGE as text: the journal writes what is no UTF-8 as an
 * array of numbers. keys: those of the pairs, cut alike. fails ARENA_FULL
 */
struct normal_linux_pairs {
    struct json_pairs pairs;
    struct normal_shape_key **keys;
};
MUST_USE struct rc normal_linux_join(struct normal_linux_pairs *p, struct arena *batch);

/* Identity and trust of a journal entry, and which of its fields the journal vouches for. */
MUST_USE struct rc normal_linux_journal(struct normal_parts_build *b, struct event *e);

#endif
