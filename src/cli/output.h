/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * output - where findings go: standard output or a file. A reader that went away (EPIPE) ends
 * the output quietly; one that does not read cannot keep the program from being stopped.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buf.h"

#include <sys/types.h>

struct output {
    int fd;       /* borrowed */
    dev_t device; /* with inode: which file it is */
    ino_t inode;
    int interrupt_fd;   /* readable when the user wants an end; -1: none */
    struct buf pending; /* add to it, then flush */
    bool slow;          /* may block: written in small pieces */
    bool gone;          /* nobody reads any more: everything is dropped */
    bool interrupted;   /* it is gone because the user wanted an end */
    struct rc rc;       /* what ended it, when that was not its reader's leaving */
};

/*
 * output_open - the file `path`, created or emptied.
 *
 * inputs  `count` paths that will be read. A file among them, and one below them that holds
 *         something, is evidence for all we know: it is refused, and untouched.
 * error   why it was refused, for people
 */
bool output_open(const char *path, const char *const *inputs, size_t count, int *out_fd,
                 struct buf *error);
struct output output_to(int fd);
/* Is fd open on the regular file that the output goes to? */
bool output_is(const struct output *o, int fd);
void output_free(struct output *o);
/* Write what is pending. When interrupt_fd becomes readable while it waits, it gives up. */
void output_flush(struct output *o);

#endif
