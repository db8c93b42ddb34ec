/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/lint_word.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || str_is_digit(c);
}

/* Does a paragraph end between the words, where `gap` stands? */
static bool parts_paragraph(struct str gap)
{
    size_t line = str_find_char(gap, '\n');
    if (line == SIZE_MAX) {
        return false;
    }
    struct str rest = str_from(gap, line + 1);
    for (size_t i = 0; i < rest.n; i++) {
        /* a blank line, or the mark of an item, a heading, a row of a table */
        if (str_find_char(STR("\n-#|>+"), rest.p[i]) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool parts_sentence(struct str gap)
{
    for (size_t i = 0; i < gap.n; i++) {
        bool stop = str_find_char(STR(".!?"), gap.p[i]) != SIZE_MAX;
        if (stop && i + 1 < gap.n && (str_is_space(gap.p[i + 1]) || gap.p[i + 1] == '"')) {
            return true;
        }
    }
    return false;
}

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_digit(s.p[i])) {
            return false;
        }
    }
    return s.n != 0;
}

/* The digits of a word as a number up to 9999, -1: it is none. */
static int number_of(struct str s)
{
    uint64_t v = 0;
    if (s.n > 4 || !str_to_u64(s, &v)) {
        return -1;
    }
    return (int)v;
}

static int month_of(struct str s)
{
    static const struct {
        struct str name;
        int month;
    } months[] = {
        {STR_INIT("january"), 1},  {STR_INIT("february"), 2},  {STR_INIT("march"), 3},
        {STR_INIT("april"), 4},    {STR_INIT("may"), 5},       {STR_INIT("june"), 6},
        {STR_INIT("july"), 7},     {STR_INIT("august"), 8},    {STR_INIT("september"), 9},
        {STR_INIT("october"), 10}, {STR_INIT("november"), 11}, {STR_INIT("december"), 12},
        {STR_INIT("janvier"), 1},  {STR_INIT("fevrier"), 2},   {STR_INIT("mars"), 3},
        {STR_INIT("avril"), 4},    {STR_INIT("mai"), 5},       {STR_INIT("juin"), 6},
        {STR_INIT("juillet"), 7},  {STR_INIT("aout"), 8},      {STR_INIT("septembre"), 9},
        {STR_INIT("octobre"), 10}, {STR_INIT("novembre"), 11}, {STR_INIT("decembre"), 12},
    };
    for (size_t i = 0; i < COUNT_OF(months); i++) {
        if (str_eq(s, months[i].name)) {
            return months[i].month;
        }
    }
    return 0;
}

static struct walltime day(int year, int month, int d)
{
    bool ok = year >= 1900 && year <= 2999 && month >= 1 && month <= 12 && d >= 1 &&
              d <= (int)walltime_days_in_month(year, (unsigned)month);
    return ok ? walltime_from_parts(
                    (struct walltime_parts){year, (uint8_t)month, (uint8_t)d, 23, 59, 59})
              : (struct walltime){.us = WALLTIME_NONE};
}

/* The character between word i and the next one, when it is only one; else 0. */
static char between(const struct lint_words *w, uint32_t i)
{
    const char *end = w->p[i].text.p + w->p[i].text.n;
    return i + 1 < w->n && w->p[i + 1].text.p == end + 1 ? *end : 0;
}

static void mark(struct lint_words *w, uint32_t i, uint32_t count, struct walltime when)
{
    for (uint32_t k = i; k < i + count; k++) {
        w->p[k].date = true;
    }
    w->p[i].when = when;
}

/* "2026-11-24", "24/11/2026", "2026-001" */
static void mark_numeric(struct lint_words *w, uint32_t i)
{
    char c = between(w, i);
    if ((c != '-' && c != '/') || i + 1 >= w->n || !is_digits(w->p[i + 1].text)) {
        return;
    }
    int a = number_of(w->p[i].text), b = number_of(w->p[i + 1].text);
    bool three = i + 2 < w->n && between(w, i + 1) == c && is_digits(w->p[i + 2].text);
    int last = three ? number_of(w->p[i + 2].text) : -1;
    struct walltime when = w->p[i].text.n == 4 ? day(a, b, last) : day(last, b, a);
    if (three && walltime_known(when)) {
        mark(w, i, 3, when);
    } else if (!three && c == '-' && w->p[i].text.n == 4 && a >= 1990 && a < 2100 && b >= 0) {
        mark(w, i, 2,
             (struct walltime){.us = WALLTIME_NONE}); /* year and number: a reference */
    }
}

/* "24 November 2026", "1er decembre 2026", "November 24, 2026", "November 2026", "24 November"
 */
static void mark_named(struct lint_words *w, uint32_t i)
{
    int month = month_of(w->p[i].text);
    if (month == 0) {
        return;
    }
    struct str before = i > 0 ? w->p[i - 1].text : (struct str){0};
    if (str_eq(before, STR("1er"))) {
        before = str_upto(before, 1);
    }
    int d = number_of(before), first = i + 1 < w->n ? number_of(w->p[i + 1].text) : -1;
    int second = i + 2 < w->n ? number_of(w->p[i + 2].text) : -1;
    bool ahead = d >= 1 && d <= 31;
    if (ahead && first >= 1900) {
        mark(w, i - 1, 3, day(first, month, d));
    } else if (first >= 1 && first <= 31 && second >= 1900) {
        mark(w, i, 3, day(second, month, first));
    } else if (first >= 1900) {
        mark(w, i, 2, (struct walltime){.us = WALLTIME_NONE});
    } else if (ahead) {
        mark(w, i - 1, 2, (struct walltime){.us = WALLTIME_NONE});
    }
}

/* "14:05", "14 h 05", "14h05", "14 h", and a year by itself */
static void mark_time(struct lint_words *w, uint32_t i)
{
    const struct walltime none = {.us = WALLTIME_NONE};
    int hour = number_of(w->p[i].text);
    bool next = i + 1 < w->n;
    int minute = next ? number_of(w->p[i + 1].text) : -1;
    if (hour < 0 || w->p[i].date) {
        return;
    }
    if (hour < 25 && between(w, i) == ':' && minute >= 0 && minute < 60) {
        bool seconds = i + 2 < w->n && between(w, i + 1) == ':' && is_digits(w->p[i + 2].text);
        mark(w, i, seconds ? 3 : 2, none);
    } else if (hour < 25 && next && str_eq(w->p[i + 1].text, STR("h"))) {
        bool minutes = i + 2 < w->n && w->p[i + 2].text.n == 2 && is_digits(w->p[i + 2].text);
        mark(w, i, minutes ? 3 : 2, none);
    } else if (w->p[i].text.n == 4 && hour >= 1900 && hour < 2100) {
        mark(w, i, 1, none);
    }
}

static void mark_dates(struct lint_words *w)
{
    for (uint32_t i = 0; i < w->n; i++) {
        if (is_digits(w->p[i].text) && !w->p[i].date) {
            mark_numeric(w, i);
        }
        mark_named(w, i);
    }
    for (uint32_t i = 0; i < w->n; i++) {
        mark_time(w, i);
    }
}

static size_t skip(const struct lint_text *t, size_t i, bool word)
{
    while (i < t->n && is_word(t->p[i]) == word) {
        i++;
    }
    return i;
}

static uint32_t count_words(const struct lint_text *t)
{
    uint32_t n = 0;
    for (size_t i = skip(t, 0, false); i < t->n; i = skip(t, skip(t, i, true), false)) {
        n++;
    }
    return n;
}

struct rc lint_word_split(const struct lint_text *t, struct arena *a, struct lint_words *out)
{
    uint32_t count = count_words(t), sentence = 0, paragraph = 0;
    struct lint_words w = {0};
    if (count > LINT_WORD_MAX) {
        return rc_make(ERR_TOO_MANY);
    }
    w.p = arena_zalloc(a, count, sizeof(*w.p));
    if (w.p == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    size_t end = 0;
    for (size_t i = skip(t, 0, false); i < t->n; i = skip(t, end, false)) {
        struct str gap = {t->p + end, i - end};
        bool parts = parts_paragraph(gap);
        paragraph += parts;
        sentence += parts || parts_sentence(gap);
        end = skip(t, i, true);
        w.p[w.n++] = (struct lint_word){.text = {t->p + i, end - i},
                                        .sentence = sentence,
                                        .paragraph = paragraph,
                                        .when = {.us = WALLTIME_NONE}};
    }
    mark_dates(&w);
    *out = w;
    return RC_OK;
}

/* One choice of an element: "word", "pre*", "apt#", "#". */
static bool fits_choice(struct str word, struct str choice)
{
    char last = choice.n != 0 ? choice.p[choice.n - 1] : 0;
    struct str stem = str_upto(choice, choice.n - (last == '*' || last == '#'));
    if (last == '*') {
        return str_starts(word, stem);
    }
    if (last == '#') {
        return str_starts(word, stem) && is_digits(str_from(word, stem.n));
    }
    return str_eq(word, choice);
}

static bool fits(struct str word, struct str element)
{
    while (element.n != 0) {
        size_t bar = str_find_char(element, '|');
        if (fits_choice(word, str_upto(element, bar))) {
            return true;
        }
        element = bar == SIZE_MAX ? (struct str){0} : str_from(element, bar + 1);
    }
    return false;
}

static uint32_t elements_of(struct str pattern, struct str out[static LINT_WORD_MAX_ELEMENTS])
{
    uint32_t n = 0;
    while (pattern.n != 0) {
        size_t blank = str_find_char(pattern, ' ');
        struct str element = str_upto(pattern, blank);
        pattern = blank == SIZE_MAX ? (struct str){0} : str_from(pattern, blank + 1);
        if (element.n != 0) {
            check(n < LINT_WORD_MAX_ELEMENTS);
            out[n++] = element;
        }
    }
    return n;
}

/* Elements that may be skipped add what comes behind them to the set. */
static uint32_t close_over(uint32_t set, const struct str *e, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        if ((set >> k & 1) != 0 && (e[k].p[0] == '?' || str_eq(e[k], STR("...")))) {
            set |= UINT32_C(1) << (k + 1);
        }
    }
    return set;
}

/* Elements that the word may stand for, moved on by one. */
static uint32_t step(uint32_t set, const struct str *e, uint32_t n, struct str word)
{
    uint32_t next = 0;
    for (uint32_t k = 0; k < n; k++) {
        if ((set >> k & 1) == 0) {
            continue;
        }
        if (str_eq(e[k], STR("..."))) {
            next |= UINT32_C(1) << k;
        } else if (fits(word, e[k].p[0] == '?' ? str_from(e[k], 1) : e[k])) {
            next |= UINT32_C(1) << (k + 1);
        }
    }
    return next;
}

static uint32_t match_one(const struct lint_words *w, uint32_t i, struct str pattern)
{
    struct str e[LINT_WORD_MAX_ELEMENTS];
    uint32_t n = elements_of(pattern, e);
    uint32_t set = close_over(1, e, n);
    uint32_t limit = n + LINT_WORD_GAP;
    for (uint32_t k = 0; k < limit && i + k < w->n; k++) {
        if (w->p[i + k].sentence != w->p[i].sentence) {
            return 0;
        }
        set = close_over(step(set, e, n, w->p[i + k].text), e, n);
        if (set == 0) {
            return 0;
        }
        if ((set >> n & 1) != 0) {
            return k + 1;
        }
    }
    return 0;
}

/* The first letter decides most of the time: is it among those that the pattern can begin with?
 */
static bool may_begin(struct str pattern, struct str word)
{
    if (pattern.p[0] == '?' || pattern.p[0] == '#') {
        return true;
    }
    struct str first = str_upto(pattern, str_find_char(pattern, ' '));
    for (size_t i = 0; i < first.n; i++) {
        if ((i == 0 || first.p[i - 1] == '|') && first.p[i] == word.p[0]) {
            return true;
        }
    }
    return false;
}

uint32_t lint_word_match(const struct lint_words *w, uint32_t i, struct str patterns)
{
    while (patterns.n != 0) {
        size_t end = str_find_char(patterns, ';');
        struct str pattern = str_trim(str_upto(patterns, end));
        patterns = end == SIZE_MAX ? (struct str){0} : str_from(patterns, end + 1);
        if (pattern.n != 0 && may_begin(pattern, w->p[i].text)) {
            uint32_t n = match_one(w, i, pattern);
            if (n != 0) {
                return n;
            }
        }
    }
    return 0;
}

bool lint_word_near(const struct lint_words *w, uint32_t i, struct str patterns)
{
    uint32_t first = i;
    while (first > 0 && w->p[first - 1].sentence == w->p[i].sentence) {
        first--;
    }
    for (uint32_t k = first; k < w->n && w->p[k].sentence == w->p[i].sentence; k++) {
        if (lint_word_match(w, k, patterns) != 0) {
            return true;
        }
    }
    return false;
}

/* A bit for each letter, one for all digits. */
static uint32_t bit_of(char c)
{
    return c >= 'a' && c <= 'z' ? UINT32_C(1) << (c - 'a') : UINT32_C(1) << 26;
}

uint32_t lint_word_firsts(struct str patterns)
{
    uint32_t set = 0;
    while (patterns.n != 0) {
        size_t end = str_find_char(patterns, ';');
        struct str pattern = str_trim(str_upto(patterns, end));
        patterns = end == SIZE_MAX ? (struct str){0} : str_from(patterns, end + 1);
        struct str first = str_upto(pattern, str_find_char(pattern, ' '));
        for (size_t i = 0; i < first.n; i++) {
            bool begins = i == 0 || first.p[i - 1] == '|';
            set |= begins && first.p[i] == '?' ? UINT32_MAX : 0;
            set |= begins ? bit_of(first.p[i]) : 0;
        }
    }
    return set;
}

bool lint_word_may(const struct lint_words *w, uint32_t i, uint32_t firsts)
{
    return (bit_of(w->p[i].text.p[0]) & firsts) != 0;
}
