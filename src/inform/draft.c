/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/draft.h"

#include "base/unicode.h"

static struct str keep(struct draft *d, struct str s)
{
    struct str out = {0};
    if (rc_failed(arena_copy(d->a, unicode_cut(s, NOTICE_MAX_TEXT_BYTES), &out))) {
        d->full = true;
    }
    return out;
}

void draft_put(struct draft *d, enum phrase p, const struct str args[static PHRASE_MAX_ARGS])
{
    phrase_put(&d->line, p, d->o->language, args);
}

struct str draft_text(struct draft *d, enum phrase p,
                      const struct str args[static PHRASE_MAX_ARGS])
{
    AUTO_BUF text = {0};
    phrase_put(&text, p, d->o->language, args);
    return keep(d, buf_str(&text));
}

struct str draft_date(struct draft *d, struct walltime t)
{
    AUTO_BUF text = {0};
    phrase_date(&text, t, d->o->language);
    return keep(d, buf_str(&text));
}

struct str draft_moment(struct draft *d, struct walltime t)
{
    AUTO_BUF text = {0};
    phrase_moment(&text, t, d->o->language);
    return keep(d, buf_str(&text));
}

struct str draft_u64(struct draft *d, uint64_t v)
{
    AUTO_BUF text = {0};
    phrase_number(&text, v, d->o->language);
    return keep(d, buf_str(&text));
}

void draft_capital(struct draft *d)
{
    if (d->line.n >= 1 && d->line.p[0] >= 'a' && d->line.p[0] <= 'z') {
        d->line.p[0] = (char)(d->line.p[0] - 'a' + 'A');
    }
}

static void add_once(uint32_t *list, uint32_t *count, uint32_t number)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (list[i] == number) {
            return;
        }
    }
    if (*count < INCIDENT_MAX_ASSERTIONS) {
        list[(*count)++] = number;
    }
}

void draft_use(struct draft *d, const struct assertion *a)
{
    add_once(d->used, &d->used_count, a->number);
    add_once(d->all, &d->all_count, a->number);
    d->highest = a->tlp > d->highest ? a->tlp : d->highest;
}

static bool holds(struct str text, struct str name)
{
    for (size_t at = 0; at + name.n <= text.n; at++) {
        if (str_eq_nocase(str_upto(str_from(text, at), name.n), name)) {
            return true;
        }
    }
    return false;
}

struct str draft_guard(struct draft *d, struct str foreign)
{
    for (uint32_t i = 0; i < d->i->assertion_count; i++) {
        struct str name = notice_guarded(&d->i->assertions[i]);
        if (name.n != 0 && holds(foreign, name)) {
            return draft_text(d, PHRASE_SR_HIDDEN, DRAFT_PLAIN);
        }
    }
    return foreign;
}

void draft_cell(struct draft *d)
{
    check(d->cell_count < NOTICE_MAX_CELLS);
    d->cells[d->cell_count++] = keep(d, buf_str(&d->line));
    buf_clear(&d->line);
}

void draft_row(struct draft *d, enum notice_kind kind)
{
    struct str *cells = arena_zalloc(d->a, d->cell_count, sizeof(*cells));
    uint32_t *numbers = arena_zalloc(d->a, d->used_count, sizeof(*numbers));
    if (d->block_count == NOTICE_MAX_BLOCKS) {
        d->dropped++;
    } else if (cells == NULL || numbers == NULL) {
        d->full = true;
    } else {
        memcpy(cells, d->cells, d->cell_count * sizeof(*cells));
        memcpy(numbers, d->used, d->used_count * sizeof(*numbers));
        d->blocks[d->block_count++] = (struct notice_block){.kind = kind,
                                                            .cells = cells,
                                                            .cell_count = d->cell_count,
                                                            .numbers = numbers,
                                                            .number_count = d->used_count};
    }
    d->cell_count = 0;
    d->used_count = 0;
}

void draft_end(struct draft *d, enum notice_kind kind)
{
    draft_cell(d);
    draft_row(d, kind);
}

void draft_block(struct draft *d, enum notice_kind kind, enum phrase p)
{
    draft_put(d, p, DRAFT_PLAIN);
    draft_end(d, kind);
}

const struct assertion *draft_next(const struct draft *d, enum assertion_kind k, uint32_t *at)
{
    while (*at < d->i->assertion_count) {
        const struct assertion *a = &d->i->assertions[(*at)++];
        if (a->kind == k && notice_may_say(a, d->o->audience)) {
            return a;
        }
    }
    return NULL;
}

bool draft_has(const struct draft *d, enum assertion_kind k)
{
    for (uint32_t i = 0; i < d->i->assertion_count; i++) {
        const struct assertion *a = &d->i->assertions[i];
        if (a->kind == k && a->status != ASSERTION_WITHDRAWN) {
            return true;
        }
    }
    return false;
}
