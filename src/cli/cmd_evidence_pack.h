/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_evidence_pack - writes entries of a ledger with all that proves them into a folder that
 * needs neither tocsin nor the ledger to be checked.
 * src: doc/formats/ledger.md "Evidence folder"
 */
#ifndef CLI_CMD_EVIDENCE_PACK_H
#define CLI_CMD_EVIDENCE_PACK_H

#include "cli/cmd_evidence_find.h"

/*
 * cmd_evidence_pack - the entries at `positions`, sorted, each once, into `output`.
 *
 * ledger, output  folders; output is empty
 * subject         the position that the folder is about, for VERIFY.txt
 * error           when false is returned: what is wrong, for people
 */
bool cmd_evidence_pack(int ledger, int output, const struct cmd_evidence_positions *positions,
                       uint64_t subject, struct buf *error);

#endif
