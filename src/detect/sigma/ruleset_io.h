/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ruleset_io - rule files and folders from the file system.
 */
#ifndef DETECT_SIGMA_RULESET_IO_H
#define DETECT_SIGMA_RULESET_IO_H

#include "detect/sigma/ruleset.h"

/*
 * ruleset_io_load - add a file, or every *.yml and *.yaml under a folder in the order of
 * their paths (detect/sigma/rule_files_io.h).
 */
void ruleset_io_load(struct ruleset *s, const char *path, struct diag *diag);

/*
 * ruleset_io_placeholders - the lists for |expand in a YAML file: a map of name: [value, …].
 *
 * a      owns what out points to; only the placeholders of out are set
 * fails  REJECTED, with messages in diag
 */
MUST_USE struct rc ruleset_io_placeholders(const char *path, struct arena *a, struct diag *diag,
                                           struct ruleset_opts *out);

#endif
