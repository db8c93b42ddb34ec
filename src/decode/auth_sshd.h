/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * auth_sshd - what OpenSSH says of log-ons. User names and certificate ids in its messages are
 * the client's: an address is taken only from where no such text can move it, and a message
 * that does not fit to its last byte is none.
 * src: OpenSSH 9.2 auth.c auth_log, auth_maxtries_exceeded; packet.c fmt_connection_id;
 * pam_unix
 */
#ifndef DECODE_AUTH_SSHD_H
#define DECODE_AUTH_SSHD_H

#include "model/ipaddr.h"

enum auth_sshd_kind {
    AUTH_SSHD_FAILURE,
    AUTH_SSHD_SUCCESS,
    AUTH_SSHD_PROBE,  /* said beside the failures, or without a try: no try of its own */
    AUTH_SSHD_OPENED, /* a session; has no address */
    AUTH_SSHD_CLOSED,
};

/* Slices borrow from the message or are static; empty where it does not say. */
struct auth_sshd {
    enum auth_sshd_kind kind;
    bool pam;        /* said by a PAM module: the address is not anchored */
    struct str user; /* foreign */
    struct str method;
    struct ipaddr address; /* IPADDR_NONE: what stands there is no plain address */
    struct str port;       /* 1 to 65535 */
    uint32_t repeated;     /* "message repeated N times": N, else 1 */
};

/* message: of a line whose program is sshd or one of its parts. False: nothing of a log-on. */
MUST_USE bool auth_sshd_parse(struct str message, struct auth_sshd *out);

#endif
