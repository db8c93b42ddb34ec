/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * foresight - addresses that try to get in, with what the kernel said of their handshakes:
 * asked before anybody proposes to block them, since the kernel walks all its sockets for an
 * answer, milliseconds during which an attacker who has got in would go on. Pure.
 */
#ifndef CONTAIN_FORESIGHT_H
#define CONTAIN_FORESIGHT_H

#include "base/clock.h"
#include "model/ipaddr.h"

enum {
    FORESIGHT_ADDRESSES = 256, /* the oldest is forgotten; whoever is, is asked about later */
    FORESIGHT_BURST = 16, /* questions at once, and one more each PERIOD: attackers of many */
    FORESIGHT_PERIOD_MS = 100, /* addresses cannot make the kernel walk all the time */
    FORESIGHT_AGAIN_S = 10,    /* before the same address is asked about again */
    FORESIGHT_VALID_S = 60,    /* how long a handshake is of late: TCP's TIME_WAIT */
};

struct foresight_entry {
    struct ipaddr address;
    uint64_t question;                              /* under way; 0: none */
    struct instant asked, /* the last time */ seen; /* 0 ns: never */
};

/* Zero-initialise. */
struct foresight {
    struct foresight_entry entries[FORESIGHT_ADDRESSES];
    size_t count, oldest;
    uint64_t spent_until_ns; /* the allowance is full at this instant */
};

/* Is the kernel to be asked about this address now? Then it is `question`. */
MUST_USE bool foresight_ask(struct foresight *f, const struct ipaddr *a, uint64_t question,
                            struct instant now);
/* An answer; false: the question was none of these. */
MUST_USE bool foresight_answer(struct foresight *f, uint64_t question, bool seen,
                               struct instant now);
/* Was a handshake of this address seen of late? */
MUST_USE bool foresight_seen(const struct foresight *f, const struct ipaddr *a,
                             struct instant now);

#endif
