/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ask - one question to a running tocsind: connect to a role's socket, say HELLO, send it, and
 * gather the pieces of the answer.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/buf.h"
#include "model/wire.h"

/* Where sockets lie when --run does not say otherwise. */
#define ASK_RUN_FOLDER "/run/tocsin"

enum {
    ASK_WAIT_S = 10,                 /* a role that says nothing for so long does not answer */
    ASK_MAX_ANSWER_BYTES = 64 << 20, /* far above what query keeps */
};

/*
 * ask_socket - send `question` and gather the answer.
 *
 * socket_name "query.sock", "contain.sock" or "notice.sock"
 * out_answer  the pieces, one after the other; what a process of ours made, so escape it
 * out_status  0: well; else the answer says what went wrong
 * fails       SYSTEM (ENOENT, ECONNREFUSED: tocsind does not run; EAGAIN: no answer in time),
 *             VANISHED (closed in the middle), MALFORMED and the like (not our protocol),
 *             TOO_LONG
 */
MUST_USE struct rc ask_socket(const char *run_folder, const char *socket_name,
                              const struct wire_message *question, struct buf *out_answer,
                              uint8_t *out_status);

/* What went wrong and what to do, on standard error. */
void ask_complain(const char *verb, const char *run_folder, const char *socket, struct rc rc);

#endif
