/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/lines_seq.h"

#include "base/heap.h"
#include "decode/json.h"
#include "decode/json_scan.h"
#include "decode/json_step.h"

enum { RECORD_SEPARATOR = 0x1E }; /* src: RFC 7464 */

/* Names under which exports keep their records: CloudTrail, Azure, Graph, APIs, Splunk. */
static const struct str wrapper_keys[] = {
    STR_INIT("Records"), STR_INIT("value"), STR_INIT("items"),
    STR_INIT("events"),  STR_INIT("hits"),  STR_INIT("data"),
};

/* Where in the sequence the next byte stands. */
enum place {
    PLACE_TOP,    /* between values */
    PLACE_FIRST,  /* after [ */
    PLACE_NEXT,   /* after a comma of the array */
    PLACE_AFTER,  /* after an element of the array */
    PLACE_RECORD, /* in a record */
    PLACE_SKIP,   /* in what is not looked at: skip_depth containers end with it */
    PLACE_LOST,   /* after an error: looking for something to go on with */
};

/* How far the start of an object looks like a wrapper. */
enum head {
    HEAD_NO,
    HEAD_BRACE,
    HEAD_QUOTE,
    HEAD_KEY,
    HEAD_COLON,
    HEAD_ARRAY,
    HEAD_ELEMENT,
    HEAD_FOUND,
};

enum { HEAD_KEY_BYTES = 8 };

struct head_state {
    enum head next;
    uint32_t key_n;
    char key[HEAD_KEY_BYTES];
};

enum wrapping { WRAPPING_UNKNOWN, WRAPPING_NO, WRAPPING_YES };

struct lines_seq {
    struct lines_out *out;
    struct json_step step;
    enum place place;
    enum wrapping wrapping; /* the first value of the stream says */
    struct head_state head;
    size_t skip_depth;
    uint8_t mark_n;    /* bytes of a byte order mark that were there */
    bool in_array;     /* the records are elements */
    bool in_wrapper;   /* of an array in an object */
    bool too_long;     /* the record was, and this was said */
    bool damaged;      /* an error was there: be lenient about what is between values */
    bool skip_string;  /* SKIP: inside a string */
    bool skip_escaped; /* SKIP: after a backslash */
    char last;         /* the byte before the next */
};

struct lines_seq *lines_seq_open(struct lines_out *out)
{
    struct lines_seq *s = heap_zalloc(1, sizeof(*s));
    s->out = out;
    s->step = json_step_open(JSON_MAX_DEPTH);
    return s;
}

void lines_seq_close(struct lines_seq *s)
{
    if (s != NULL) {
        json_step_free(&s->step);
        heap_free(s);
    }
}

static enum head head_next(struct head_state *h, char c)
{
    static const char want[] = {[HEAD_BRACE] = '{',
                                [HEAD_QUOTE] = '"',
                                [HEAD_COLON] = ':',
                                [HEAD_ARRAY] = '[',
                                [HEAD_ELEMENT] = '{'};
    if (h->next != HEAD_KEY) {
        if (c == want[h->next]) {
            return h->next + 1;
        }
        return json_scan_is_space(c) ? h->next : HEAD_NO;
    }
    if (c != '"') {
        if (h->key_n == HEAD_KEY_BYTES) {
            return HEAD_NO;
        }
        h->key[h->key_n++] = c;
        return HEAD_KEY;
    }
    for (size_t i = 0; i < COUNT_OF(wrapper_keys); i++) {
        if (str_eq((struct str){h->key, h->key_n}, wrapper_keys[i])) {
            return HEAD_COLON;
        }
    }
    return HEAD_NO;
}

bool lines_seq_is_wrapper(struct str head)
{
    struct head_state h = {.next = HEAD_BRACE};
    for (size_t i = 0; i < head.n && h.next != HEAD_NO && h.next != HEAD_FOUND; i++) {
        h.next = head_next(&h, head.p[i]);
    }
    return h.next == HEAD_FOUND;
}

static void report(struct lines_seq *s, enum err err, size_t at)
{
    struct lines_out *o = s->out;
    struct problem problem = {rc_at(err, at), o->start, o->start_line};
    o->sink.problem(o->sink.context, &problem);
}

static void start_here(struct lines_seq *s)
{
    s->out->start = s->out->at;
    s->out->start_line = s->out->line;
}

/* What was read so far makes no sense: forget where in it we were. */
static void get_lost(struct lines_seq *s)
{
    s->place = PLACE_LOST;
    s->damaged = true;
    s->in_array = s->in_wrapper = false;
    s->wrapping = WRAPPING_NO;
}

static void skip_from(struct lines_seq *s, size_t depth)
{
    s->place = PLACE_SKIP;
    s->skip_depth = depth;
    s->skip_string = s->skip_escaped = false;
}

static void start_record(struct lines_seq *s, char c)
{
    start_here(s);
    json_step_reset(&s->step);
    buf_clear(&s->out->carry);
    s->place = PLACE_RECORD;
    s->too_long = false;
    bool wrapper = !s->in_array && s->wrapping != WRAPPING_NO && c == '{';
    s->head = (struct head_state){.next = wrapper ? HEAD_BRACE : HEAD_NO};
}

/* The record or what stood in its place is over. */
static void end_record(struct lines_seq *s)
{
    s->place = s->in_array ? PLACE_AFTER : PLACE_TOP;
    if (s->wrapping == WRAPPING_UNKNOWN) {
        s->wrapping = WRAPPING_NO;
    }
    buf_clear(&s->out->carry);
}

static void open_array(struct lines_seq *s)
{
    start_here(s);
    s->in_array = true;
    s->place = PLACE_FIRST;
    if (s->wrapping == WRAPPING_UNKNOWN) {
        s->wrapping = WRAPPING_NO;
    }
}

static void close_array(struct lines_seq *s)
{
    bool wrapper = s->in_wrapper;
    s->in_array = s->in_wrapper = false;
    s->place = PLACE_TOP;
    if (wrapper) {
        start_here(s);
        skip_from(s, 1);
    }
}

/* The take_… functions say how many bytes of in (not empty) they took; 0 after a new place. */
static size_t take_top(struct lines_seq *s, struct str in)
{
    static const struct str mark = STR_INIT("\xEF\xBB\xBF");
    char c = in.p[0];
    if (s->mark_n < mark.n && s->out->at == s->mark_n && c == mark.p[s->mark_n]) {
        s->mark_n++;
        return 1;
    }
    if (json_scan_is_space(c) || c == RECORD_SEPARATOR) {
        return 1;
    }
    if (s->damaged && (c == ',' || c == ']' || c == '}')) {
        return 1;
    }
    if (c == '[') {
        open_array(s);
        return 1;
    }
    start_record(s, c);
    return 0;
}

/* In an array, between its elements. */
static size_t take_between(struct lines_seq *s, struct str in)
{
    char c = in.p[0];
    if (json_scan_is_space(c)) {
        return 1;
    }
    if (c == ']' && s->place != PLACE_NEXT) {
        close_array(s);
        return 1;
    }
    if (s->place != PLACE_AFTER) {
        start_record(s, c);
        return 0;
    }
    if (c == ',') {
        s->place = PLACE_NEXT;
        return 1;
    }
    start_here(s);
    report(s, ERR_SYNTAX, 0);
    get_lost(s);
    return 0;
}

static void deliver(struct lines_seq *s, struct str part)
{
    struct lines_out *o = s->out;
    if (o->carry.n != 0) {
        buf_put(&o->carry, part);
        part = buf_str(&o->carry);
    }
    struct lines_record record = {bytes_of(part), o->start, o->start_line};
    o->sink.record(o->sink.context, &record);
}

/* Is the record with n more bytes too long? Says so the first time. */
static bool is_too_long(struct lines_seq *s, size_t n)
{
    if (!s->too_long && s->out->at + n - s->out->start > LINES_MAX_RECORD_BYTES) {
        s->too_long = true;
        buf_clear(&s->out->carry);
        report(s, ERR_TOO_LONG, LINES_MAX_RECORD_BYTES);
    }
    return s->too_long;
}

static void fail_record(struct lines_seq *s, enum err err, size_t used)
{
    if (!is_too_long(s, used)) {
        report(s, err, (size_t)(s->out->at + used - s->out->start));
    }
    if (err == ERR_DEPTH) {
        skip_from(s, s->step.depth);
    } else {
        get_lost(s);
    }
}

static size_t take_record(struct lines_seq *s, struct str in)
{
    if (s->head.next != HEAD_NO) {
        s->head.next = head_next(&s->head, in.p[0]);
        if (s->head.next == HEAD_FOUND) {
            s->wrapping = WRAPPING_YES;
            s->in_array = s->in_wrapper = true;
            s->place = PLACE_NEXT;
            return 0;
        }
        in = str_upto(in, 1);
    }
    size_t used = 0;
    struct rc rc = json_step_feed(&s->step, in, &used);
    if (rc_failed(rc)) {
        fail_record(s, (enum err)rc.code, used);
        return used;
    }
    bool too_long = is_too_long(s, used);
    if (!json_step_done(&s->step)) {
        if (!too_long) {
            buf_put(&s->out->carry, str_upto(in, used));
        }
        return used;
    }
    if (!too_long) {
        deliver(s, str_upto(in, used));
    }
    end_record(s);
    return used;
}

/* One byte of what is skipped, outside of strings. */
static void skip_structure(struct lines_seq *s, char c)
{
    if (c == '"') {
        s->skip_string = true;
    } else if (c == '{' || c == '[') {
        s->skip_depth++;
    } else if (c == '}' || c == ']') {
        s->skip_depth--;
        if (s->skip_depth == 0) {
            end_record(s);
        }
    }
}

static size_t take_skipped(struct lines_seq *s, struct str in)
{
    size_t i = 0;
    while (i < in.n && s->place == PLACE_SKIP) {
        char c = in.p[i];
        if (!s->skip_string) {
            skip_structure(s, c);
        } else if (c == '\n') {
            get_lost(s); /* no string goes over a line: its quote is missing */
            return i;
        } else if (s->skip_escaped) {
            s->skip_escaped = false;
        } else {
            s->skip_escaped = c == '\\';
            s->skip_string = c != '"';
        }
        i++;
    }
    return i;
}

static size_t take_lost(struct lines_seq *s, struct str in)
{
    char last = s->last;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == RECORD_SEPARATOR || (last == '\n' && (c == '{' || c == '['))) {
            s->place = PLACE_TOP;
            return i;
        }
        last = c;
    }
    return in.n;
}

static size_t take(struct lines_seq *s, struct str in)
{
    switch (s->place) {
    case PLACE_TOP:
        return take_top(s, in);
    case PLACE_FIRST:
    case PLACE_NEXT:
    case PLACE_AFTER:
        return take_between(s, in);
    case PLACE_RECORD:
        return take_record(s, in);
    case PLACE_SKIP:
        return take_skipped(s, in);
    case PLACE_LOST:
        return take_lost(s, in);
    }
    return in.n;
}

static uint64_t count_lf(struct str in)
{
    uint64_t count = 0;
    for (size_t i = 0; i < in.n; i++) {
        count += in.p[i] == '\n';
    }
    return count;
}

void lines_seq_feed(struct lines_seq *s, struct str in)
{
    while (in.n != 0) {
        size_t used = take(s, in);
        if (used != 0) {
            s->out->at += used;
            s->out->line += count_lf(str_upto(in, used));
            s->last = in.p[used - 1];
            in = str_from(in, used);
        }
    }
}

void lines_seq_end(struct lines_seq *s)
{
    bool whole = s->place == PLACE_TOP || s->place == PLACE_LOST;
    if (s->place == PLACE_RECORD && !rc_failed(json_step_end(&s->step))) {
        if (!s->too_long) {
            deliver(s, STR(""));
        }
        end_record(s);
        whole = s->place == PLACE_TOP;
    }
    if (whole) {
        return;
    }
    if (s->place != PLACE_RECORD && s->place != PLACE_SKIP) {
        start_here(s);
    }
    if (!(s->place == PLACE_RECORD && s->too_long)) {
        report(s, ERR_SHORT, (size_t)(s->out->at - s->out->start));
    }
    get_lost(s);
}
