/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * order - what the verbs contain and release share: what a target is, how long a lease is, and
 * what contain answered.
 */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include "base/buf.h"
#include "model/action.h"
#include "model/wire.h"

enum { ORDER_BY_ID = 0xff }; /* kind of a release by the start of an action's id */

/*
 * order_target - an address, a prefix, or the name of an account, with the kind that goes with
 * it when none was given. False: neither, or it does not fit the kind.
 *
 * kind  ACTION_KIND_COUNT: not given
 */
MUST_USE bool order_target(struct str text, enum action_kind kind, struct wire_order *out);
/* "90s", "15m", "1h", "7d": one second to seven days. */
MUST_USE bool order_lease(struct str text, uint32_t *out_s);

/*
 * order_send - ask contain and print what it answered. The value is the exit status, or -1 with
 * *out_rc when it could not be asked.
 */
int order_send(const char *run_folder, const struct wire_order *order, bool json,
               struct rc *out_rc);

#endif
