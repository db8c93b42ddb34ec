/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/regex_needle.h"

#include "base/unicode.h"

bool regex_needle_is_ascii(struct str expression)
{
    if (!unicode_is_ascii(expression)) {
        return false;
    }
    for (size_t i = 0; i + 1 < expression.n; i++) {
        char c = expression.p[i], next = expression.p[i + 1];
        if (c == '(' && next == '*') { /* a verb, such as (*UTF8) or (*UCP) */
            return false;
        }
        if (c != '\\') {
            continue;
        }
        i++;
        /* classes and escapes that may name what is not ASCII */
        bool named = memchr("pPXRhHvVNCuo", next, 12) != NULL || str_is_digit(next);
        bool hex = next == 'x' && (i + 1 >= expression.n || expression.p[i + 1] < '0' ||
                                   expression.p[i + 1] > '7');
        if (named || hex) {
            return false;
        }
    }
    return true;
}

struct reader {
    struct str in;
    size_t at;
    char *run; /* the literal text being read */
    size_t run_bytes;
    struct str best;
    bool unsure; /* something unusual: no needle */
};

/* The run ends here; `optional`: without its last character. */
static void end_run(struct reader *r, bool optional)
{
    r->run_bytes -= optional && r->run_bytes > 0;
    if (r->run_bytes > r->best.n) {
        r->best = (struct str){r->run, r->run_bytes};
    }
    r->run += r->run_bytes;
    r->run_bytes = 0;
}

/* Past the ']' of the class that starts at r->at. */
static void skip_class(struct reader *r)
{
    size_t i = r->at + 1;
    i += i < r->in.n && r->in.p[i] == '^';
    i += i < r->in.n && r->in.p[i] == ']';
    for (; i < r->in.n && r->in.p[i] != ']'; i++) {
        i += r->in.p[i] == '\\';
        r->unsure |= i < r->in.n && r->in.p[i] == '['; /* [:alpha:], or a plain '[' */
    }
    r->at = i + 1;
}

/* What follows a '(': all but (?: and the flags i, m and s, alone or before a colon. */
static bool is_unusual_group(struct str rest)
{
    size_t i = 1;
    if (rest.n == 0 || rest.p[0] != '?') {
        return false;
    }
    while (i < rest.n && memchr("ims", rest.p[i], 3) != NULL) {
        i++;
    }
    return i >= rest.n || (rest.p[i] != ':' && rest.p[i] != ')');
}

/* Past the ')' of the group that starts at r->at. */
static void skip_group(struct reader *r)
{
    uint32_t depth = 0;
    while (r->at < r->in.n && !r->unsure) {
        char c = r->in.p[r->at];
        if (c == '[') {
            skip_class(r);
            continue;
        }
        r->unsure |= c == '(' && is_unusual_group(str_from(r->in, r->at + 1));
        r->unsure |= c == '(' && r->at + 1 < r->in.n && r->in.p[r->at + 1] == '*';
        r->unsure |= c == '\\' && r->at + 1 < r->in.n && r->in.p[r->at + 1] == 'Q';
        r->at += c == '\\' ? 2 : 1;
        depth += c == '(';
        depth -= c == ')';
        if (depth == 0) {
            return;
        }
    }
    r->unsure = true;
}

/* "{n}", "{n,}" or "{n,m}" at r->at: past it, or 0. */
static size_t repeat_end(const struct reader *r)
{
    size_t i = r->at + 1;
    while (i < r->in.n && (str_is_digit(r->in.p[i]) || r->in.p[i] == ',')) {
        i++;
    }
    return i < r->in.n && r->in.p[i] == '}' && i > r->at + 1 ? i + 1 : 0;
}

static void read_escape(struct reader *r)
{
    char next = r->at + 1 < r->in.n ? r->in.p[r->at + 1] : '\0';
    bool letter = str_is_alpha(next) || str_is_digit(next);
    if (!letter && next != '\0' && (uint8_t)next < 0x80) {
        r->run[r->run_bytes++] = next;
    } else {
        end_run(r, false);
        r->unsure |= next == '\0' || memchr("dDwWsSbBntrfAzZ", next, 15) == NULL;
    }
    r->at += 2;
}

static void read_one(struct reader *r)
{
    char c = r->in.p[r->at];
    size_t repeat = c == '{' ? repeat_end(r) : 0;
    if (c == '\\') {
        read_escape(r);
    } else if (c == '[') {
        end_run(r, false);
        skip_class(r);
    } else if (c == '(') {
        end_run(r, false);
        skip_group(r);
    } else if (c == '*' || c == '?' || repeat != 0) {
        end_run(r, true);
        r->at = repeat != 0 ? repeat : r->at + 1;
    } else if (c == '|' || c == ')') {
        r->unsure = true;
    } else if (c == '+' || c == '.' || c == '^' || c == '$' || c == '{' || (uint8_t)c >= 0x80) {
        end_run(r, false);
        r->at++;
    } else {
        r->run[r->run_bytes++] = str_lower(c);
        r->at++;
    }
}

struct rc regex_needle(struct str expression, struct arena *a, struct str *out)
{
    struct reader r = {.in = expression, .run = arena_text(a, expression.n)};
    if (r.run == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    while (r.at < r.in.n && !r.unsure) {
        read_one(&r);
    }
    end_run(&r, false);
    *out = r.unsure ? STR("") : r.best;
    return RC_OK;
}
