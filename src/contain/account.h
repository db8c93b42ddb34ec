/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * account - passwd and shadow as text: finding an account, and the same file with two of its
 * fields changed. Every other byte stays.
 * src: passwd(5), shadow(5)
 */
#ifndef CONTAIN_ACCOUNT_H
#define CONTAIN_ACCOUNT_H

#include "base/buf.h"
#include "model/action.h"

enum {
    ACCOUNT_FIRST_UID = 1000, /* below are the system's own; src: adduser.conf FIRST_UID */
    ACCOUNT_NOBODY_UID = 65534,
    ACCOUNT_MAX_FILE_BYTES = 8 << 20, /* fifty thousand accounts */
};

/* The suspended state: both, since a lock alone leaves keys, and an expiry alone leaves what
 * does not ask PAM or shadow for it. */
#define ACCOUNT_LOCK   "!" /* before the password */
#define ACCOUNT_EXPIRE "1" /* 1970-01-02; 0 is read in two ways. src: shadow(5) */

enum account_fault {
    ACCOUNT_FOUND,
    ACCOUNT_ABSENT,
    ACCOUNT_TWICE,     /* which line counts depends on who reads it */
    ACCOUNT_MALFORMED, /* too few fields, or a uid that is none */
    ACCOUNT_SYSTEM,    /* uid below ACCOUNT_FIRST_UID, or nobody */
    ACCOUNT_SHARED,    /* another name has the same uid */
};
/* "is not in passwd" … */
struct str account_fault_text(enum account_fault fault);

/* May this account be touched, and what is its uid? */
MUST_USE enum account_fault account_find_uid(struct str passwd, struct str name,
                                             uint32_t *out_uid);

/* Slices of the text it was found in. */
struct account_entry {
    struct str password, expire;
};

MUST_USE enum account_fault account_find_entry(struct str shadow, struct str name,
                                               struct account_entry *out);

/* The whole file with these two fields in the place of those of `entry`, which lie in it. */
void account_rewrite(struct buf *out, struct str shadow, const struct account_entry *entry,
                     const struct account_entry *now);

/* Is the entry suspended by us, given what it was before? One field each. */
bool account_password_is_ours(const struct account_entry *now,
                              const struct account_entry *before);
bool account_expire_is_ours(const struct account_entry *now);

enum account_process { ACCOUNT_OTHERS, ACCOUNT_RUNS, ACCOUNT_DEAD };
/* Of /proc/PID/status: does a process run, or can it run again, as uid? Zombies are dead. */
enum account_process account_process_of(struct str status, uint32_t uid);

#endif
