/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan_queue - the tasks of a scan in the order of its output. Workers may be ahead of the
 * head; what they answer is kept until the head reaches it, so that the output is the same
 * however many workers there are. Pure.
 */
#ifndef CLI_SCAN_QUEUE_H
#define CLI_SCAN_QUEUE_H

#include "cli/scan_wire.h"

enum {
    /*
     * 64 MiB of answers ahead of the head: past it workers that are ahead are not read, and
     * wait. The head is always read, so it always gets on.
     */
    SCAN_QUEUE_BYTES = 64 << 20,
    /* Tasks ahead of the head: bounds what a queue of small files costs, and open files. */
    SCAN_QUEUE_TASKS = 256,
    /* 16 MiB: a part of a large file; borders fall on EVTX chunks (header + n * 64 KiB). */
    SCAN_PART_BYTES = 16 << 20,
};

/* A file or stream, as long as one of its tasks is in the queue. */
struct scan_input {
    struct str path; /* owned */
    int fd;          /* owned by the scan; -1: nothing to read, reason says why */
    uint64_t size;
    bool stream;
    bool begun;       /* it has been at the head */
    bool split;       /* in parts */
    bool named;       /* by the user, not found in a folder */
    bool ignored;     /* nothing that holds evidence; fault says what it is */
    uint64_t lines;   /* in the parts before the head: each part counts its lines from 1 */
    uint64_t told;    /* problems told with their place */
    struct buf fault; /* why it, or the rest of it, could not be read; empty: it could */
    size_t tasks;     /* of it in the queue */

    uint64_t records, problems; /* so far */
};

enum scan_state { SCAN_WAITING, SCAN_RUNNING, SCAN_FINISHED };

struct scan_unit {
    struct scan_unit *next;
    struct scan_input *input;
    struct scan_task task;
    enum scan_state state;
    bool lost;           /* its worker died */
    bool rest;           /* when it starts, the part after it joins the queue */
    uint64_t read_bytes; /* that its worker told of */
    struct buf answer;   /* frames, each with its length before it */
};

struct scan_queue {
    struct scan_unit *head, *tail;
    size_t count, waiting;
    size_t answer_bytes;
    uint64_t next_id;
};

/* Append an input: one task, or (fd -1) a unit that is finished from the start. */
struct scan_unit *scan_queue_add(struct scan_queue *q, struct scan_input *input,
                                 const struct scan_task *task);
/*
 * unit, the first part of a file, ends at its split_at: the part after it joins the queue, and
 * a task for the hash of the whole if it was wanted. Further parts join one by one, as those
 * before them start: a sparse file of exabytes costs no memory.
 */
void scan_queue_split(struct scan_queue *q, struct scan_unit *unit, enum format format);
/* The first that no worker has and that may start now; NULL when there is none. */
struct scan_unit *scan_queue_waiting(const struct scan_queue *q);
/* A worker has it. */
void scan_queue_start(struct scan_queue *q, struct scan_unit *unit);
/* Keep a frame for later. */
void scan_queue_keep(struct scan_queue *q, struct scan_unit *unit, struct bytes frame);
/* Take the kept frames of unit away. */
void scan_queue_drop_answer(struct scan_queue *q, struct scan_unit *unit);
/* Remove the head. */
void scan_queue_pop(struct scan_queue *q);

struct scan_input *scan_queue_input(struct str path);
void scan_queue_input_free(struct scan_input *input);

#endif
