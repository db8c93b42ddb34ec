/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_wire - the frames between the parent of a scan and its workers. A worker parses hostile
 * bytes, so the parent takes every frame from it as hostile: what does not decode exactly ends
 * that worker.
 *
 * All frames: type (1 byte), id of the task (8 bytes), then what scan_wire.def says.
 * Little-endian, no padding, no trailing bytes.
 */
#ifndef CLI_SCAN_WIRE_H
#define CLI_SCAN_WIRE_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/walltime.h"
#include "decode/source.h"
#include "guard/channel.h"

enum scan_frame {
    SCAN_FRAME_NONE,
#define FRAME(identifier, from, body) SCAN_FRAME_##identifier,
#include "cli/scan_wire.def"
#undef FRAME
    SCAN_FRAME_COUNT
};

enum {
    SCAN_HEAD_BYTES = 9,
    SCAN_BODY_BYTES = CHANNEL_FRAME_BYTES - SCAN_HEAD_BYTES,
    SCAN_MAX_PROBLEMS = 10, /* told with their place, per task; more are only counted */
    SCAN_MAX_SHAPE_BYTES = 32,
};

enum scan_task_kind {
    SCAN_TASK_READ,  /* decode, and detect or print */
    SCAN_TASK_COUNT, /* only count the lines: a worker died in this part of a file */
    SCAN_TASK_HASH,  /* only SHA-256: of a file that is decoded in parts */
    SCAN_TASK_CHECK, /* is it exactly one JSON text? */
    SCAN_TASK_KINDS
};

/*
 * What a worker shall do with the descriptor that comes with it: the bytes from start to end,
 * for lines those lines that start there. `size` is where the file ended when it was opened.
 */
struct scan_task {
    uint64_t id;
    enum scan_task_kind kind;
    enum format format; /* what the user says, or what the first part was found to be */
    uint64_t start, end, size;
    /* Not 0: the file may be cut here; if its format allows that, say SPLIT and stop here. */
    uint64_t split_at;
    int64_t latest_s; /* when the input was last written, seconds since 1970 */
    bool stream;      /* not a file: read to the end */
    bool hash;
    struct str path; /* foreign; only printed */
};

struct scan_done {
    struct rc rc; /* why the rest could not be read; offset in rc.at */
    bool shrank;  /* the file ended before task.end */
    bool hashed;
    bool lines; /* line_count is set */
    enum format format;
    enum compression compression;
    uint64_t records, problems, bytes, line_count;
    struct walltime first, last; /* of events */
    uint8_t sha256[HASH_SHA256_BYTES];
    struct {
        struct str name; /* lower-case letters, digits, '_', '-', '.' */
        uint64_t records;
    } shapes[SOURCE_MAX_SHAPES];
    size_t shape_count;
};

/* Type and task. Nothing is written past the cap of a frame. */
void scan_wire_head(struct buf *out, enum scan_frame type, uint64_t task);
void scan_wire_task(struct buf *out, const struct scan_task *t);
void scan_wire_problem(struct buf *out, const struct problem *p);
void scan_wire_done(struct buf *out, uint64_t task, const struct scan_done *d);

/* All fail with SHORT, MALFORMED or TRAILING; *out is untouched then. c stands after the head.
 */
MUST_USE struct rc scan_wire_read_head(struct cursor *c, enum scan_frame *out_type,
                                       uint64_t *out_task);
MUST_USE struct rc scan_wire_read_task(struct cursor *c, uint64_t id, struct scan_task *out);
MUST_USE struct rc scan_wire_read_problem(struct cursor *c, struct problem *out);
MUST_USE struct rc scan_wire_read_done(struct cursor *c, struct scan_done *out);
MUST_USE struct rc scan_wire_read_format(struct cursor *c, enum format *out);
MUST_USE struct rc scan_wire_end(const struct cursor *c);

#endif
