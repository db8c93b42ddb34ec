/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source - one stream of evidence bytes → events. Finds out by content what the stream is
 * (compression, format, forwarder shape), decodes it and delivers events in order. Pure:
 * the caller reads the bytes and feeds them.
 */
#ifndef DECODE_SOURCE_H
#define DECODE_SOURCE_H

#include "model/event.h"

enum format { FORMAT_AUTO, FORMAT_EVTX, FORMAT_JSON, FORMAT_SYSLOG, FORMAT_TEXT, FORMAT_COUNT };
enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

/* "evtx" …; false when it is none of them. */
MUST_USE bool source_format_parse(struct str name, enum format *out);
struct str source_format_name(enum format format);

struct source_opts {
    const struct fields *fields; /* names that rules use; borrowed for the source's life */
    struct event_sink sink;
    enum format format;          /* AUTO: by content */
    bool carve;                  /* EVTX: also records in slack space */
    enum logsource_id logsource; /* LOGSOURCE_UNKNOWN: by content */
    /* When it was last written, for times without a year (RFC 3164); 0: they are unknown. */
    int64_t latest_s;
    /* A part of a file that was split: where it starts. 0 for a whole stream. */
    uint64_t start_offset;
};

struct source;

struct source *source_open(const struct source_opts *opts);
void source_close(struct source *s);

/*
 * Feed the next bytes, any number; events are delivered from inside this call.
 * fails only when nothing more can come of the stream (BOMB, MALFORMED compression, NOT_LOG
 * when it is no text at all and the user did not say that it is, …): the rest is lost, the
 * caller reports it.
 */
MUST_USE struct rc source_feed(struct source *s, struct bytes in);
/*
 * source_settle - no more bytes are coming for now: decide what the stream is by what there is
 * of it, if that is a line at least, so that a slow stream is read as it comes.
 */
MUST_USE struct rc source_settle(struct source *s);
/* The stream has ended: deliver what is left. */
MUST_USE struct rc source_end(struct source *s);

struct source_counts {
    uint64_t records;  /* delivered as events */
    uint64_t problems; /* records or lines that could not be decoded */
    uint64_t bytes;    /* after decompression */
};

enum { SOURCE_MAX_SHAPES = 16 };

/* What the stream was found to be; final after source_end. */
struct source_report {
    enum format format;
    enum compression compression;
    struct source_counts counts;
    struct {
        const char *shape; /* NULL ends the list */
        uint64_t records;
    } shapes[SOURCE_MAX_SHAPES];
};
void source_report(const struct source *s, struct source_report *out);

/*
 * What the first bytes (up to 64 KiB) say. *out_format may be FORMAT_AUTO when compressed:
 * look inside. Pure.
 */
void source_sniff(struct bytes head, enum compression *out_compression,
                  enum format *out_format);

/*
 * May a file of this format be cut into parts that are decoded apart? EVTX at 64 KiB chunks
 * after its 4 KiB header, JSON lines and text at line ends. Not: compressed, JSON that is one
 * array or pretty-printed over several lines.
 */
bool source_can_split(struct bytes head, enum format format);

#endif
