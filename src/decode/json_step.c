/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_step.h"

#include "decode/json_scan.h"

enum { KIND_BITS = 64 };

enum state {
    STATE_VALUE,
    STATE_FIRST_ELEMENT, /* a value or ] */
    STATE_FIRST_KEY,     /* a key or } */
    STATE_KEY,
    STATE_COLON,
    STATE_AFTER, /* a comma or the end of the container */
    STATE_DONE,
    STATE_LITERAL,
    STATE_STRING, /* here and below: inside a string */
    STATE_ESCAPE,
    STATE_HEX,
    STATE_UTF8,
    STATE_MINUS, /* here and below: inside a number */
    STATE_ZERO,
    STATE_INTEGER,
    STATE_POINT,
    STATE_FRACTION,
    STATE_E,
    STATE_E_SIGN,
    STATE_EXPONENT,
};

struct json_step json_step_open(size_t max_depth)
{
    return (struct json_step){.max_depth = max_depth, .state = STATE_VALUE};
}

void json_step_free(struct json_step *s)
{
    vec_free(&s->kinds);
}

void json_step_reset(struct json_step *s)
{
    s->depth = 0;
    s->state = STATE_VALUE;
    s->in_key = false;
}

bool json_step_done(const struct json_step *s)
{
    return s->state == STATE_DONE;
}

static bool push(struct json_step *s, bool object)
{
    if (s->depth >= s->max_depth) {
        return false;
    }
    size_t word = s->depth / KIND_BITS;
    vec_reserve(&s->kinds, word + 1);
    uint64_t bit = (uint64_t)1 << s->depth % KIND_BITS;
    if (s->depth % KIND_BITS == 0) {
        s->kinds.p[word] = 0;
    }
    s->kinds.p[word] = object ? s->kinds.p[word] | bit : s->kinds.p[word] & ~bit;
    s->depth++;
    s->state = object ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
    return true;
}

static bool in_object(const struct json_step *s)
{
    size_t top = s->depth - 1;
    return (s->kinds.p[top / KIND_BITS] >> top % KIND_BITS & 1) != 0;
}

/* A value is complete: what may follow? */
static void finish_value(struct json_step *s)
{
    s->state = s->depth == 0 ? STATE_DONE : STATE_AFTER;
}

static enum err close_container(struct json_step *s, char c)
{
    if (c != (in_object(s) ? '}' : ']')) {
        return ERR_SYNTAX;
    }
    s->depth--;
    finish_value(s);
    return ERR_NONE;
}

static enum err start_value(struct json_step *s, char c)
{
    if (c == '"') {
        s->state = STATE_STRING;
    } else if (c == '{' || c == '[') {
        return push(s, c == '{') ? ERR_NONE : ERR_DEPTH;
    } else if (c == '-') {
        s->state = STATE_MINUS;
    } else if (c >= '0' && c <= '9') {
        s->state = c == '0' ? STATE_ZERO : STATE_INTEGER;
    } else if (c == 't' || c == 'f' || c == 'n') {
        s->state = STATE_LITERAL;
        s->literal = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
    } else {
        return ERR_SYNTAX;
    }
    return ERR_NONE;
}

static enum err start_key(struct json_step *s, char c)
{
    s->in_key = true;
    s->state = STATE_STRING;
    return c == '"' ? ERR_NONE : ERR_SYNTAX;
}

static enum err after_value(struct json_step *s, char c)
{
    if (c == ',') {
        s->state = in_object(s) ? STATE_KEY : STATE_VALUE;
        return ERR_NONE;
    }
    return close_container(s, c);
}

/* One byte between values and keys. */
static enum err structure(struct json_step *s, char c)
{
    if (json_scan_is_space(c)) {
        return ERR_NONE;
    }
    if (s->state == STATE_VALUE) {
        return start_value(s, c);
    }
    if (s->state == STATE_FIRST_ELEMENT) {
        return c == ']' ? close_container(s, c) : start_value(s, c);
    }
    if (s->state == STATE_FIRST_KEY) {
        return c == '}' ? close_container(s, c) : start_key(s, c);
    }
    if (s->state == STATE_KEY) {
        return start_key(s, c);
    }
    if (s->state == STATE_COLON) {
        s->state = STATE_VALUE;
        return c == ':' ? ERR_NONE : ERR_SYNTAX;
    }
    return after_value(s, c);
}

static enum err literal(struct json_step *s, char c)
{
    if (c != *s->literal) {
        return ERR_SYNTAX;
    }
    s->literal++;
    if (*s->literal == '\0') {
        finish_value(s);
    }
    return ERR_NONE;
}

/* The first byte of a UTF-8 sequence. src: Unicode 15.0 table 3-7 */
static enum err start_utf8(struct json_step *s, unsigned char lead)
{
    if (lead < 0xC2 || lead > 0xF4) {
        return ERR_ENCODING;
    }
    s->state = STATE_UTF8;
    s->left = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    s->low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    s->high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return ERR_NONE;
}

static enum err utf8(struct json_step *s, unsigned char c)
{
    if (c < s->low || c > s->high) {
        return ERR_ENCODING;
    }
    s->low = 0x80;
    s->high = 0xBF;
    s->left--;
    if (s->left == 0) {
        s->state = STATE_STRING;
    }
    return ERR_NONE;
}

static enum err escape(struct json_step *s, char c)
{
    s->state = c == 'u' ? STATE_HEX : STATE_STRING;
    s->left = 4;
    return json_scan_is_escape(c) ? ERR_NONE : ERR_SYNTAX;
}

static enum err hex(struct json_step *s, char c)
{
    s->left--;
    if (s->left == 0) {
        s->state = STATE_STRING;
    }
    return json_scan_is_hex(c) ? ERR_NONE : ERR_SYNTAX;
}

/* One byte inside a string that is not plain. */
static enum err string(struct json_step *s, char c)
{
    if (c == '"') {
        if (s->in_key) {
            s->in_key = false;
            s->state = STATE_COLON;
        } else {
            finish_value(s);
        }
        return ERR_NONE;
    }
    if (c == '\\') {
        s->state = STATE_ESCAPE;
        return ERR_NONE;
    }
    return (unsigned char)c < 0x80 ? ERR_SYNTAX : start_utf8(s, (unsigned char)c);
}

/* The state of a number after c; STATE_VALUE when c does not belong to it. */
static enum state number_next(enum state state, char c)
{
    bool digit = c >= '0' && c <= '9';
    bool e = c == 'e' || c == 'E';
    if (state == STATE_MINUS && digit) {
        return c == '0' ? STATE_ZERO : STATE_INTEGER;
    }
    if (state == STATE_INTEGER && digit) {
        return STATE_INTEGER;
    }
    if ((state == STATE_ZERO || state == STATE_INTEGER) && c == '.') {
        return STATE_POINT;
    }
    if ((state == STATE_POINT || state == STATE_FRACTION) && digit) {
        return STATE_FRACTION;
    }
    if ((state == STATE_ZERO || state == STATE_INTEGER || state == STATE_FRACTION) && e) {
        return STATE_E;
    }
    if (state == STATE_E && (c == '+' || c == '-')) {
        return STATE_E_SIGN;
    }
    if (state >= STATE_E && digit) {
        return STATE_EXPONENT;
    }
    return STATE_VALUE;
}

static bool number_is_whole(enum state state)
{
    return state == STATE_ZERO || state == STATE_INTEGER || state == STATE_FRACTION ||
           state == STATE_EXPONENT;
}

/* *taken is false when c ends the number without belonging to it. */
static enum err number(struct json_step *s, char c, bool *taken)
{
    enum state next = number_next(s->state, c);
    if (next != STATE_VALUE) {
        s->state = (uint8_t)next;
        return ERR_NONE;
    }
    if (!number_is_whole(s->state)) {
        return ERR_SYNTAX;
    }
    *taken = false;
    finish_value(s);
    return ERR_NONE;
}

static enum err take(struct json_step *s, char c, bool *taken)
{
    if (s->state < STATE_LITERAL) {
        return structure(s, c);
    }
    if (s->state == STATE_STRING) {
        return string(s, c);
    }
    if (s->state >= STATE_MINUS) {
        return number(s, c, taken);
    }
    if (s->state == STATE_LITERAL) {
        return literal(s, c);
    }
    if (s->state == STATE_ESCAPE) {
        return escape(s, c);
    }
    return s->state == STATE_HEX ? hex(s, c) : utf8(s, (unsigned char)c);
}

struct rc json_step_feed(struct json_step *s, struct str in, size_t *out_used)
{
    if (in.n == 0) {
        *out_used = 0;
        return RC_OK;
    }
    const char *p = in.p;
    const char *end = in.p + in.n;
    enum err err = ERR_NONE;
    while (s->state != STATE_DONE && err == ERR_NONE) {
        if (s->state == STATE_STRING) {
            p = json_scan_plain(p, end);
        }
        if (p == end) {
            break;
        }
        bool taken = true;
        err = take(s, *p, &taken);
        p += err == ERR_NONE && taken;
    }
    *out_used = (size_t)(p - in.p);
    return err == ERR_NONE ? RC_OK : rc_at(err, *out_used);
}

struct rc json_step_end(struct json_step *s)
{
    if (s->depth == 0 && s->state >= STATE_MINUS && number_is_whole(s->state)) {
        s->state = STATE_DONE;
    }
    return s->state == STATE_DONE ? RC_OK : rc_make(ERR_SHORT);
}
