/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lines - cuts a stream of text into records: lines, or JSON values that follow each other or
 * stand in one array. Takes bytes in blocks of any size; the records do not depend on it.
 */
#ifndef DECODE_LINES_H
#define DECODE_LINES_H

#include "base/buf.h"
#include "model/event.h"

/* 16 MiB: the longest real event is a few hundred KB; what is longer is no event. */
enum { LINES_MAX_RECORD_BYTES = 16 * 1024 * 1024 };

enum lines_mode {
    LINES_NOT_JSON, /* only an answer of lines_sniff */
    /*
     * Ended by LF or CR LF, the last one by the end of the stream; NUL is a byte like others.
     * Lines without any bytes are counted but not delivered.
     */
    LINES_PLAIN,
    /*
     * JSON values with white space or RS (RFC 7464) between them, on one line or on many. An
     * array at the top is not a record, its elements are. When the first value of the stream
     * is an object that starts with an array of objects under a name that exports use for
     * this ("Records", "value", …: lines_seq.c has the list), the records are the elements of
     * that array, here and in later such objects, and the rest of these objects is skipped.
     */
    LINES_JSON_SEQ,
};

struct lines_record {
    struct bytes bytes; /* borrowed for the call: from the block, or from the carry buffer */
    uint64_t offset;    /* of bytes in the stream */
    uint64_t line;      /* it starts on, from 1 */
};

/* A leading byte order mark is not part of any record. */
struct lines_sink {
    void *context;
    void (*record)(void *context, const struct lines_record *record);
    /*
     * TOO_LONG: a record of more than LINES_MAX_RECORD_BYTES, skipped in constant memory.
     * JSON_SEQ also SYNTAX, ENCODING, SHORT (at the end of the stream) and DEPTH (nested
     * deeper than JSON_MAX_DEPTH). After SYNTAX and ENCODING reading goes on at the next line
     * that starts with { or [, or at the next RS. offset is where the record starts, number
     * the line; rc.at is the offset of the fault in the record.
     */
    void (*problem)(void *context, const struct problem *problem);
};

struct lines;

/* first_offset: where in its source the stream starts; a mark is looked for only at 0. */
struct lines *lines_open(enum lines_mode mode, const struct lines_sink *sink,
                         uint64_t first_offset);
void lines_close(struct lines *l);

/* The next bytes; whole records are delivered from inside this call, in order. */
void lines_feed(struct lines *l, struct bytes in);
/* The stream has ended: deliver what is left. */
void lines_end(struct lines *l);

/*
 * lines_sniff - what the first bytes of a stream (64 KiB are enough) say.
 *
 * PLAIN for JSON lines, also when a few lines are broken or the first is cut: every line is a
 * text of its own.
 * JSON_SEQ for a pretty-printed value, several values on a line, an array of records, an
 * object around one. NOT_JSON for all else, such as text that merely starts with a bracket.
 */
enum lines_mode lines_sniff(struct bytes head);

#endif
