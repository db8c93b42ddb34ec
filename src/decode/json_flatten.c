/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_flatten.h"

#include "decode/json.h"
#include "decode/json_keys.h"
#include "decode/json_scan.h"
#include "decode/json_simd.h"

enum { FIRST_PAIRS = 64 }; /* more than most events have */

/* An open object or array. */
struct level {
    struct str path; /* of the keys down to here */
    uint32_t object; /* number of the object, from 1; 0 for an array */
    bool keyed;      /* some key leads here: path is one, if an empty one */
    bool literal;    /* some key of path holds a dot */
};

struct reader {
    const char *p, *end;
    const char *start;
    const struct json_simd *simd; /* finds the ends of strings; NULL: byte by byte */
    struct arena *batch;
    struct json_pairs pairs;
    uint32_t objects;  /* seen so far */
    uint32_t depth;    /* level[depth - 1] is open */
    struct level here; /* of the value that comes next; not yet open */
    struct level level[JSON_MAX_DEPTH];
    struct json_keys keys;
    struct json_simd_window window;
};

/* A string in the text, without its quotes. */
struct token {
    struct str text;
    bool marked;
};

/* What makes a string a marked one: in a value a backslash, in a key a dot too. */
enum marks {
    MARKS_VALUE,
    MARKS_KEY, /* the strict parser marks all */
};

enum next { NEXT_VALUE, NEXT_AFTER };

static struct rc fail(const struct reader *r, enum err err)
{
    return rc_at(err, (size_t)(r->p - r->start));
}

/* The byte wanted next is missing or is another one. */
static struct rc fail_here(const struct reader *r)
{
    return fail(r, r->p == r->end ? ERR_SHORT : ERR_SYNTAX);
}

static inline void skip_space(struct reader *r)
{
    while (r->p < r->end && json_scan_is_space(*r->p)) {
        r->p++;
    }
}

/* Take c if it is next. */
static inline bool take(struct reader *r, char c)
{
    if (UNLIKELY(r->p == r->end || *r->p != c)) {
        return false;
    }
    r->p++;
    return true;
}

static struct rc grow_pairs(struct reader *r)
{
    if (r->pairs.n >= JSON_MAX_PAIRS) {
        return fail(r, ERR_TOO_MANY);
    }
    size_t room = r->pairs.room == 0 ? FIRST_PAIRS : r->pairs.room * 2;
    struct json_pair *p = arena_alloc(r->batch, room * sizeof(*p));
    if (p == NULL) {
        return fail(r, ERR_ARENA_FULL);
    }
    if (r->pairs.n != 0) {
        memcpy(p, r->pairs.p, r->pairs.n * sizeof(*p));
    }
    r->pairs.p = p;
    r->pairs.room = room;
    return RC_OK;
}

/* A pair of the path that leads here. */
static inline struct rc emit(struct reader *r, struct str bytes, enum value_type type)
{
    if (UNLIKELY(r->pairs.n == r->pairs.room)) {
        TRY(grow_pairs(r));
    }
    r->pairs.p[r->pairs.n++] = (struct json_pair){
        r->here.path,
        {(const uint8_t *)bytes.p, (uint32_t)bytes.n, (uint8_t)type},
        r->here.literal,
    };
    return RC_OK;
}

/* r->p is at the byte after a backslash. */
static struct rc skip_escape(struct reader *r)
{
    if (r->p == r->end || !json_scan_is_escape(*r->p)) {
        return fail_here(r);
    }
    if (*r->p++ != 'u') {
        return RC_OK;
    }
    for (int i = 0; i < 4; i++) {
        if (r->p == r->end || !json_scan_is_hex(*r->p)) {
            return fail_here(r);
        }
        r->p++;
    }
    return RC_OK;
}

/* Past what stopped the scan of a string: an escape, or text that is not ASCII. */
static struct rc skip_special(struct reader *r, bool *escaped)
{
    if (*r->p == '\\') {
        *escaped = true;
        r->p++;
        return skip_escape(r);
    }
    if ((unsigned char)*r->p < 0x80) {
        return fail(r, ERR_SYNTAX);
    }
    do {
        unsigned n = json_scan_utf8(r->p, r->end);
        if (n == 0) {
            return fail(r, ERR_ENCODING);
        }
        r->p += n;
    } while (r->p < r->end && (unsigned char)*r->p >= 0x80);
    return RC_OK;
}

/* r->p is after the opening quote. */
static struct rc scan_string(struct reader *r, enum marks marks, struct token *out)
{
    const char *start = r->p;
    bool slash = marks == MARKS_KEY;
    for (;;) {
        r->p = json_scan_plain(r->p, r->end);
        if (UNLIKELY(r->p == r->end)) {
            return fail(r, ERR_SHORT);
        }
        if (LIKELY(*r->p == '"')) {
            break;
        }
        TRY(skip_special(r, &slash));
    }
    *out = (struct token){{start, (size_t)(r->p - start)}, slash};
    r->p++;
    return RC_OK;
}

/*
 * The same by way of the index: its next two quotes. Whatever is wrong is SYNTAX: the text is
 * then read again without the index, which says what it is.
 */
static inline struct rc find_string(struct reader *r, enum marks marks, struct token *out)
{
    struct json_simd_window *w = &r->window;
    const uint64_t *mask = marks == MARKS_KEY ? w->odds : w->slashes;
    const char *start = r->p;
    uint32_t from = (uint32_t)(start - r->start);
    while (UNLIKELY(w->at == w->n)) {
        if (!json_simd_next(w, r->simd)) {
            return fail(r, ERR_SYNTAX);
        }
    }
    if (UNLIKELY(w->quotes[w->at++] != from - 1)) {
        return fail(r, ERR_SYNTAX);
    }
    bool marked = false;
    while (UNLIKELY(w->at == w->n)) {
        marked |= json_simd_any(mask, from - w->start, w->end - w->start);
        from = w->end;
        if (!json_simd_next(w, r->simd)) {
            return fail(r, ERR_SYNTAX);
        }
    }
    uint32_t to = w->quotes[w->at++];
    marked |= json_simd_any(mask, from - w->start, to - w->start);
    r->p = r->start + to + 1;
    *out = (struct token){{start, (size_t)(r->p - 1 - start)}, marked};
    return RC_OK;
}

static inline struct rc read_string(struct reader *r, enum marks marks, struct token *out)
{
    return r->simd != NULL ? find_string(r, marks, out) : scan_string(r, marks, out);
}

/* A key that holds a backslash becomes what it means. */
static struct rc unescape_key(struct reader *r, struct str *key, size_t *readable)
{
    if (str_find_char(*key, '\\') == SIZE_MAX) {
        return RC_OK;
    }
    /* only a valid string may be unescaped, and the index tells it late */
    if (r->simd != NULL && r->window.state.bad != 0) {
        return fail(r, ERR_SYNTAX);
    }
    char *text = arena_text(r->batch, key->n);
    if (text == NULL) {
        return fail(r, ERR_ARENA_FULL);
    }
    size_t n = json_unescape(*key, text);
    arena_shrink_text(r->batch, text, key->n, n);
    *key = (struct str){text, n};
    *readable = n;
    return RC_OK;
}

/* The path of key in the object `in`. */
static struct rc join_path(struct reader *r, struct str in, struct str key)
{
    size_t n = in.n + 1 + key.n;
    char *text = n > UINT32_MAX ? NULL : arena_text(r->batch, n);
    if (text == NULL) {
        return fail(r, ERR_ARENA_FULL);
    }
    if (in.n != 0) {
        memcpy(text, in.p, in.n);
    }
    text[in.n] = '.';
    if (key.n != 0) {
        memcpy(text + in.n + 1, key.p, key.n);
    }
    r->here.path = (struct str){text, n};
    return RC_OK;
}

/* key of the object `in` leads to what comes next. */
static inline struct rc set_path(struct reader *r, const struct level *in, struct str key)
{
    r->here.path = key;
    r->here.keyed = true;
    r->here.literal = in->literal;
    return in->keyed ? join_path(r, in->path, key) : RC_OK;
}

/* A key and its colon; r->p is at the opening quote or wrong. */
static inline struct rc read_key(struct reader *r)
{
    const struct level *in = &r->level[r->depth - 1];
    struct token token = {0};
    if (UNLIKELY(!take(r, '"'))) {
        return fail_here(r);
    }
    TRY(read_string(r, MARKS_KEY, &token));
    struct str key = token.text;
    size_t readable = (size_t)(r->end - key.p);
    bool dot = false;
    if (UNLIKELY(token.marked)) {
        TRY(unescape_key(r, &key, &readable));
        dot = str_find_char(key, '.') != SIZE_MAX;
    }
    struct rc rc = json_keys_add(&r->keys, key, in->object, readable);
    if (UNLIKELY(rc_failed(rc))) {
        return fail(r, (enum err)rc.code);
    }
    TRY(set_path(r, in, key));
    r->here.literal |= dot;
    skip_space(r);
    return LIKELY(take(r, ':')) ? RC_OK : fail_here(r);
}

/*
 * With an index, as many members as there are of the form "key":"value" and nothing special
 * in the key: nearly all of a flat event. r->p is where a key should be; afterwards it is at
 * another key, or (*after) after a value.
 */
static inline struct rc read_plain_members(struct reader *r, bool *after)
{
    const struct level *in = &r->level[r->depth - 1];
    struct json_simd_window *w = &r->window;
    const char *text = r->start;
    uint32_t base = w->start;
    *after = false;
    while (w->n - w->at >= 4) {
        const uint32_t *quote = w->quotes + w->at;
        uint32_t key_from = quote[0] + 1, key_to = quote[1];
        uint32_t from = quote[2] + 1, to = quote[3];
        if (text + quote[0] != r->p || from != key_to + 3 || text[key_to + 1] != ':' ||
            json_simd_any(w->odds, key_from - base, key_to - base)) {
            return RC_OK;
        }
        struct str key = {text + key_from, key_to - key_from};
        struct rc rc = json_keys_add(&r->keys, key, in->object, (size_t)(r->end - key.p));
        if (UNLIKELY(rc_failed(rc))) {
            return fail(r, (enum err)rc.code);
        }
        TRY(set_path(r, in, key));
        bool slash = json_simd_any(w->slashes, from - base, to - base);
        TRY(emit(r, (struct str){text + from, to - from},
                 slash ? VALUE_JSON_TEXT : VALUE_TEXT));
        w->at += 4;
        r->p = text + to + 1;
        if (r->end - r->p < 2 || r->p[0] != ',' || r->p[1] != '"') {
            *after = true;
            return RC_OK;
        }
        r->p++;
    }
    return RC_OK;
}

/* r->p is where a key should be. */
static struct rc read_member(struct reader *r, enum next *next)
{
    bool after = false;
    if (LIKELY(r->simd != NULL)) {
        TRY(read_plain_members(r, &after));
    }
    *next = after ? NEXT_AFTER : NEXT_VALUE;
    return after ? RC_OK : read_key(r);
}

static void close_level(struct reader *r)
{
    r->depth--;
    if (r->depth != 0) {
        r->here = r->level[r->depth - 1];
    }
}

static struct rc open_level(struct reader *r, bool object)
{
    if (r->depth == JSON_MAX_DEPTH) {
        return fail(r, ERR_DEPTH);
    }
    r->here.object = object ? ++r->objects : 0;
    r->level[r->depth++] = r->here;
    r->p++;
    skip_space(r);
    return RC_OK;
}

static struct rc open_object(struct reader *r, enum next *next)
{
    if (r->here.keyed) {
        TRY(emit(r, (struct str){r->p, 0}, VALUE_OBJECT));
    }
    TRY(open_level(r, true));
    if (take(r, '}')) {
        close_level(r);
        *next = NEXT_AFTER;
        return RC_OK;
    }
    return read_member(r, next);
}

static struct rc open_array(struct reader *r, enum next *next)
{
    const char *start = r->p;
    TRY(open_level(r, false));
    if (take(r, ']')) {
        TRY(emit(r, (struct str){start, 0}, VALUE_EMPTY_LIST));
        close_level(r);
        *next = NEXT_AFTER;
    }
    return RC_OK;
}

static bool skip_digits(struct reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && str_is_digit(*r->p)) {
        r->p++;
    }
    return r->p != start;
}

static struct rc read_number(struct reader *r)
{
    const char *start = r->p;
    bool minus = take(r, '-');
    bool zero = take(r, '0');
    if (!zero && !skip_digits(r)) {
        return minus ? fail_here(r) : fail(r, ERR_SYNTAX);
    }
    if (take(r, '.') && !skip_digits(r)) {
        return fail_here(r);
    }
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+')) {
            (void)take(r, '-');
        }
        if (!skip_digits(r)) {
            return fail_here(r);
        }
    }
    return emit(r, (struct str){start, (size_t)(r->p - start)}, VALUE_NUMBER);
}

static struct rc read_literal(struct reader *r, struct str word, enum value_type type)
{
    size_t left = (size_t)(r->end - r->p);
    size_t same = 0;
    while (same < word.n && same < left && r->p[same] == word.p[same]) {
        same++;
    }
    struct str found = {r->p, word.n};
    r->p += same;
    return same == word.n ? emit(r, found, type) : fail_here(r);
}

static struct rc read_other(struct reader *r, enum next *next)
{
    if (r->p == r->end) {
        return fail(r, ERR_SHORT);
    }
    switch (*r->p) {
    case '{':
        return open_object(r, next);
    case '[':
        return open_array(r, next);
    case 't':
        *next = NEXT_AFTER;
        return read_literal(r, STR("true"), VALUE_BOOL);
    case 'f':
        *next = NEXT_AFTER;
        return read_literal(r, STR("false"), VALUE_BOOL);
    case 'n':
        *next = NEXT_AFTER;
        return read_literal(r, STR("null"), VALUE_NULL);
    default:
        *next = NEXT_AFTER;
        return read_number(r);
    }
}

static inline struct rc read_value(struct reader *r, enum next *next)
{
    skip_space(r);
    if (!take(r, '"')) {
        return read_other(r, next);
    }
    struct token token = {0};
    TRY(read_string(r, MARKS_VALUE, &token));
    *next = NEXT_AFTER;
    return emit(r, token.text, token.marked ? VALUE_JSON_TEXT : VALUE_TEXT);
}

/* After a value in a container: a comma and what it promises, or the end of the container. */
static inline struct rc read_after(struct reader *r, enum next *next)
{
    bool object = r->level[r->depth - 1].object != 0;
    skip_space(r);
    if (LIKELY(take(r, ','))) {
        *next = NEXT_VALUE;
        if (!object) {
            return RC_OK;
        }
        skip_space(r);
        return read_member(r, next);
    }
    if (!take(r, object ? '}' : ']')) {
        return fail_here(r);
    }
    close_level(r);
    return RC_OK;
}

struct rc json_flatten_with(const struct json_simd *simd, struct str in, struct arena *batch,
                            struct json_pairs *out)
{
    struct reader r;
    r.p = r.start = in.p;
    r.end = in.p + in.n;
    r.batch = batch;
    r.simd = simd;
    r.pairs = (struct json_pairs){0};
    r.objects = r.depth = 0;
    r.here = (struct level){0};
    json_keys_init(&r.keys, batch);
    json_simd_open(&r.window, in);

    enum next next = NEXT_VALUE;
    do {
        TRY(next == NEXT_VALUE ? read_value(&r, &next) : read_after(&r, &next));
    } while (next == NEXT_VALUE || r.depth != 0);
    skip_space(&r);
    if (r.p != r.end) {
        return fail(&r, ERR_TRAILING);
    }
    if (simd != NULL && !json_simd_valid(&r.window)) {
        return fail(&r, ERR_SYNTAX);
    }
    *out = r.pairs;
    return RC_OK;
}

struct rc json_flatten(struct str in, struct arena *batch, struct json_pairs *out)
{
    if (in.n == 0 || in.n > UINT32_MAX) {
        return rc_make(in.n == 0 ? ERR_SHORT : ERR_TOO_LONG);
    }
    const struct json_simd *simd = json_simd_best();
    if (simd != NULL && !rc_failed(json_flatten_with(simd, in, batch, out))) {
        return RC_OK;
    }
    return json_flatten_with(NULL, in, batch, out);
}
