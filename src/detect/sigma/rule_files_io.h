/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule_files_io - the texts of rule files, from files and folders. They are not parsed here:
 * the supervisor reads them for processes that can open nothing.
 */
#ifndef DETECT_SIGMA_RULE_FILES_IO_H
#define DETECT_SIGMA_RULE_FILES_IO_H

#include "base/diag.h"

enum {
    RULE_FILES_IO_MAX_FILE_BYTES = 8 << 20, /* a hundred times SigmaHQ's largest */
    RULE_FILES_IO_MAX_DEPTH = 32,           /* of folders */
    RULE_FILES_IO_MAX_FILES = 200000,
};

struct rule_files_io_opts {
    void (*add)(void *context, struct str path, struct str text); /* borrowed for the call */
    void *context;
};

/*
 * rule_files_io_read - a file, or every *.yml and *.yaml under a folder in the order of their
 * paths. What cannot be read is an error in diag, and the rest is read. Links are followed; a
 * folder inside itself is not entered again.
 */
void rule_files_io_read(const char *path, const struct rule_files_io_opts *opts,
                        struct diag *diag);

#endif
