/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_read - which bytes of a file belong to a task, read in blocks: a task's lines are those
 * that start in it, so the first is looked for and the last is read to its end.
 */
#ifndef CLI_SCAN_READ_H
#define CLI_SCAN_READ_H

#include "cli/scan_wire.h"

enum {
    SCAN_READ_BYTES = 256 << 10, /* of one read */
    SCAN_HEAD_SNIFF_BYTES = 64 << 10,
};

struct scan_reader {
    int fd; /* borrowed */
    const struct scan_task *task;
    uint8_t *room; /* heap, owned; SCAN_READ_BYTES */
    uint64_t at;   /* offset of the next read; bytes so far of a stream */
    bool lines;    /* the borders of the task are moved to line ends */
    bool ended;
    bool shrank;
};

/* lines matters only for a part of a file. */
struct scan_reader scan_read_open(int fd, const struct scan_task *task);
void scan_read_close(struct scan_reader *r);

/* The first bytes of a file, to see what it is; nothing is consumed. Empty for a stream. */
MUST_USE struct rc scan_read_head(struct scan_reader *r, struct bytes *out);

/*
 * From here on the task's bytes are those of its lines, and reader.at is where the first of
 * them starts; reader.ended when none starts in it.
 */
MUST_USE struct rc scan_read_to_line(struct scan_reader *r);

/* Would scan_read_next wait? Always false of a file; of a stream it is told after a while. */
bool scan_read_waits(const struct scan_reader *r);

/* The next block, borrowed until the next call; empty when the task's bytes are all read. */
MUST_USE struct rc scan_read_next(struct scan_reader *r, struct bytes *out);

#endif
