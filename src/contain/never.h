/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * never - what may never be contained: what is compiled in (loopback, link-local, multicast,
 * reserved, tunnels that hide another address; root) and what the institution adds.
 */
#ifndef CONTAIN_NEVER_H
#define CONTAIN_NEVER_H

#include "base/vec.h"
#include "model/action.h"

enum { NEVER_MAX_ENTRIES = 1024 }; /* of each sort: what the executor's kernel set takes */

struct never;

struct never *never_open(void);
void never_close(struct never *n);

/*
 * never_add - "192.0.2.0/24", "2001:db8::1" or "account:NAME".
 * fails  MALFORMED: none of these; names of hosts are not taken, since who answers for a name
 *        can change it. TOO_MANY
 */
MUST_USE struct rc never_add(struct never *n, struct str entry);

/* Does it overlap an entry, either way: a prefix that holds one address of it counts. */
bool never_has_address(const struct never *n, const struct ipaddr *a);
bool never_has_account(const struct never *n, struct str name);

/* Those that were added: what the network's executor is told. It has those compiled in. */
const struct ipaddr *never_addresses(const struct never *n, size_t *out_count);

#endif
