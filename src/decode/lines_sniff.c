/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json.h"
#include "decode/json_scan.h"
#include "decode/json_step.h"
#include "decode/lines_seq.h"

enum { TRIES = 4 }; /* lines that may be broken before it is no JSON */

static struct str skip_space(struct str s)
{
    size_t i = 0;
    while (i < s.n && json_scan_is_space(s.p[i])) {
        i++;
    }
    return str_from(s, i);
}

static bool has_lf(struct str s)
{
    return str_find_char(s, '\n') != SIZE_MAX;
}

/* The value at the start of s is whole and takes n bytes. */
static enum lines_mode judge_whole(struct str s, size_t n)
{
    struct str after = str_from(s, n);
    struct str next = skip_space(after);
    bool goes_on = next.n != 0 && (next.p[0] == '{' || next.p[0] == '[');
    if (s.p[0] == '[') {
        /* "[17] started" is a line of some other log */
        return goes_on || next.n == 0 ? LINES_JSON_SEQ : LINES_NOT_JSON;
    }
    if (has_lf(str_upto(s, n)) || lines_seq_is_wrapper(s)) {
        return LINES_JSON_SEQ;
    }
    /* {…}{…} is a sequence; {…} and then anything else is a line with something wrong */
    bool same_line = !has_lf(str_upto(after, after.n - next.n));
    return goes_on && same_line ? LINES_JSON_SEQ : LINES_PLAIN;
}

/* The value at the start of s is sound as far as s goes. */
static enum lines_mode judge_cut(struct str s)
{
    bool sequence = s.p[0] == '[' || has_lf(s) || lines_seq_is_wrapper(s);
    return sequence ? LINES_JSON_SEQ : LINES_PLAIN;
}

/* s starts with { or [. */
static enum lines_mode judge(struct str s)
{
    struct json_step step = json_step_open(JSON_MAX_DEPTH);
    size_t used = 0;
    struct rc rc = json_step_feed(&step, s, &used);
    bool done = json_step_done(&step);
    json_step_free(&step);
    if (rc_failed(rc) && rc.code != ERR_DEPTH) {
        return LINES_NOT_JSON;
    }
    return done ? judge_whole(s, used) : judge_cut(s);
}

/* Is the first line of s wholly one object? */
static bool is_object_line(struct str s)
{
    size_t lf = str_find_char(s, '\n');
    struct str line = str_upto(s, lf);
    return lf != SIZE_MAX && line.n != 0 && line.p[0] == '{' && !rc_failed(json_check(line));
}

/*
 * Objects, one on a line, after the rest of a line: the piece that tail -c leaves, or the hole
 * of a log that was rotated under its writer.
 */
static bool is_cut_head(struct str s)
{
    int objects = 0;
    size_t lf = str_find_char(s, '\n');
    while (lf != SIZE_MAX && objects < TRIES) {
        s = str_from(s, lf + 1);
        lf = str_find_char(s, '\n');
        if (lf != SIZE_MAX && !is_object_line(s)) {
            return false;
        }
        objects += lf != SIZE_MAX;
    }
    return objects > 1;
}

enum lines_mode lines_sniff(struct bytes head)
{
    struct str s = str_bytes(head);
    if (str_starts(s, STR("\xEF\xBB\xBF"))) {
        s = str_from(s, 3);
    }
    s = skip_space(s);
    if (s.n >= 2 && s.p[0] == 0x1E && (s.p[1] == '{' || s.p[1] == '[')) {
        return LINES_JSON_SEQ;
    }
    if (s.n == 0 || (s.p[0] != '{' && s.p[0] != '[')) {
        return is_cut_head(s) ? LINES_PLAIN : LINES_NOT_JSON;
    }
    enum lines_mode mode = judge(s);
    for (int i = 0; i < TRIES && mode == LINES_NOT_JSON; i++) {
        size_t lf = str_find_char(s, '\n');
        s = str_from(s, lf == SIZE_MAX ? s.n : lf + 1);
        if (is_object_line(s)) {
            mode = LINES_PLAIN;
        }
    }
    return mode;
}
