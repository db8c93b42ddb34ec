/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_evidence - tocsin evidence verify, prove and show: the ledger's folder read without the
 * daemon, and only read. argv[0] is the verb; the value is the exit status: 0; 1 when the
 * ledger is damaged or cannot be read; 2 usage.
 */
#ifndef CLI_CMD_EVIDENCE_H
#define CLI_CMD_EVIDENCE_H

#include "base/buf.h"
#include "ledger/note.h"

#define CMD_EVIDENCE_LEDGER "/var/lib/tocsin/ledger"

int cmd_evidence_verify(int argc, char **argv);
int cmd_evidence_prove(int argc, char **argv);
int cmd_evidence_show(int argc, char **argv);

/* The verifier key in a file of one line. */
MUST_USE struct rc cmd_evidence_key(const char *path, struct note_key *out);

#endif
