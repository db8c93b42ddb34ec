/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * playbook_io - playbooks from files: one, or all *.yml and *.yaml of a folder in the order of
 * their names.
 */
#ifndef INCIDENT_PLAYBOOK_IO_H
#define INCIDENT_PLAYBOOK_IO_H

#include "incident/playbook.h"

enum { PLAYBOOK_IO_MAX_FILES = 64 };

/* fd: a file or a folder, borrowed. fails as playbook_load, and SYSTEM: the last failure. */
MUST_USE struct rc playbook_io_read(struct playbooks *p, struct str name, int fd,
                                    struct diag *diag);

#endif
