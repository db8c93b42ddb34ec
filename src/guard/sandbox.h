/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox - takes from the calling process all that it does not need to turn bytes into
 * messages. There is no way back.
 */
#ifndef GUARD_SANDBOX_H
#define GUARD_SANDBOX_H

#include "base/rc.h"

/*
 * 4 GiB of its own memory, what it got from its parent included: many times what an honest
 * worker needs with all of SigmaHQ's rules, and less than a machine that runs us has.
 */
#define SANDBOX_MEMORY_BYTES ((uint64_t)4 << 30)

/* What the kernel could give beside seccomp, without which sandbox_enter fails. */
struct sandbox_report {
    int landlock_abi; /* 0: this kernel has none, or it is switched off */
};

/*
 * sandbox_enter - from here on the process can read, await and close descriptors that it has or
 * is passed, exchange messages on its channel, use memory, read clocks and end. Opening, making
 * sockets, starting programs, tracing, executable memory and all else kill it (SIGSYS).
 *
 * No new privileges, no core dump, not traceable, no mapping of files, no growing of files,
 * SANDBOX_MEMORY_BYTES; Landlock without any right where available.
 * fails  SYSTEM: a mechanism other than Landlock is missing; the process must end
 */
MUST_USE struct rc sandbox_enter(int channel, struct sandbox_report *out);

#endif
