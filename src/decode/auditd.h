/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * auditd - one record of the kernel's audit system as auditd writes it:
 * "type=SYSCALL msg=audit(1795513615.029:638): arch=c000003e … exe="/usr/bin/cat"". Records
 * with one id are one event; each is decoded by itself. src: audit 3.0.9 auparse typetab,
 * interpret.c; kernel audit_log_untrustedstring
 */
#ifndef DECODE_AUDITD_H
#define DECODE_AUDITD_H

#include "base/arena.h"
#include "base/walltime.h"

enum auditd_part {
    AUDITD_KERNEL,   /* said by the kernel */
    AUDITD_USER,     /* inside msg='…': said by a process that may write audit records */
    AUDITD_ENRICHED, /* after byte 0x1D: names that auditd looked up */
};

/* Slices borrow from the line. */
struct auditd {
    struct walltime time;
    struct str node;                   /* empty: the line does not say */
    struct str type;                   /* "SYSCALL" */
    struct str id;                     /* "1795513615.029:638" */
    bool exec;                         /* EXECVE: its arguments may be encoded */
    struct str kernel, user, enriched; /* what auditd_next has not read yet */
};

struct auditd_pair {
    struct str name;
    struct str value; /* without quotes */
    enum auditd_part part;
    bool hex; /* value is the hex of the text: auditd_text gives it */
};

/* False: the line does not begin as a record does. */
MUST_USE bool auditd_open(struct str line, struct auditd *out);
/* The next pair; words without "=" are passed over. False at the end. */
MUST_USE bool auditd_next(struct auditd *a, struct auditd_pair *out);
/*
 * The text of a pair; NUL bytes between the arguments of a proctitle become blanks.
 * fails ARENA_FULL
 */
MUST_USE struct rc auditd_text(const struct auditd_pair *pair, struct arena *batch,
                               struct str *out);

#endif
