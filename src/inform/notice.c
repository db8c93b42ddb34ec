/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/notice.h"

#include "inform/draft.h"
#include "inform/notice_internal.h"
#include "inform/notice_members.h"
#include "inform/notice_public.h"

static const struct {
    struct str name;
    enum tlp cap;
} audiences[] = {
    [NOTICE_PUBLIC] = {STR_INIT("public"), TLP_CLEAR},
    [NOTICE_MEMBERS] = {STR_INIT("members"), TLP_AMBER},
    [NOTICE_INTERNAL] = {STR_INIT("internal"), TLP_RED},
};

static const struct str formats[] = {STR_INIT("markdown"), STR_INIT("html")};

struct str notice_audience_name(enum notice_audience a)
{
    return audiences[a].name;
}

bool notice_audience_parse(struct str s, enum notice_audience *out)
{
    for (enum notice_audience a = NOTICE_PUBLIC; a < NOTICE_AUDIENCE_COUNT; a++) {
        if (str_eq(s, audiences[a].name)) {
            *out = a;
            return true;
        }
    }
    return false;
}

enum tlp notice_cap(enum notice_audience a)
{
    return audiences[a].cap;
}

struct str notice_format_name(enum notice_format f)
{
    return formats[f];
}

bool notice_format_parse(struct str s, enum notice_format *out)
{
    for (enum notice_format f = NOTICE_MARKDOWN; f < NOTICE_FORMAT_COUNT; f++) {
        if (str_eq(s, formats[f])) {
            *out = f;
            return true;
        }
    }
    return false;
}

bool notice_may_say(const struct assertion *a, enum notice_audience to)
{
    bool standing = a->status == ASSERTION_KNOWN || a->status == ASSERTION_ASSESSED ||
                    a->status == ASSERTION_UNKNOWN;
    return standing && !a->person_at_risk && a->kind < ASSERTION_KIND_COUNT &&
           a->tlp <= audiences[to].cap;
}

struct str notice_guarded(const struct assertion *a)
{
    bool named = a->kind == ASSERTION_SOURCE_ADDRESS || a->kind == ASSERTION_ACCOUNT_USED ||
                 a->kind == ASSERTION_HOST || a->kind == ASSERTION_INFORMATION;
    return a->person_at_risk && named ? a->value : (struct str){0};
}

static int by_number(const uint32_t *a, const uint32_t *b)
{
    return *a < *b ? -1 : *a > *b;
}

/* At most INCIDENT_MAX_ASSERTIONS: insertion does. */
static void sort(uint32_t *list, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t j = i; j > 0 && by_number(&list[j - 1], &list[j]) > 0; j--) {
            uint32_t held = list[j];
            list[j] = list[j - 1];
            list[j - 1] = held;
        }
    }
}

static void put_title(struct draft *d, struct notice *out)
{
    struct str name = draft_guard(d, d->i->name);
    switch (d->o->audience) {
    case NOTICE_PUBLIC:
        out->title = draft_text(d, PHRASE_TITLE_PUBLIC, DRAFT_PLAIN);
        return;
    case NOTICE_MEMBERS:
        out->title = draft_text(d, PHRASE_TITLE_MEMBERS, DRAFT_PLAIN);
        out->reference = draft_text(d, PHRASE_REFERENCE, DRAFT_ARGS(name));
        return;
    case NOTICE_INTERNAL:
        out->title =
            draft_text(d, PHRASE_TITLE_INTERNAL, DRAFT_ARGS(name, draft_guard(d, d->i->title)));
        return;
    case NOTICE_AUDIENCE_COUNT:
        break;
    }
    check(false);
}

static void write_blocks(struct draft *d)
{
    switch (d->o->audience) {
    case NOTICE_PUBLIC:
        notice_public_write(d);
        return;
    case NOTICE_MEMBERS:
        notice_members_write(d);
        return;
    case NOTICE_INTERNAL:
        notice_internal_write(d);
        return;
    case NOTICE_AUDIENCE_COUNT:
        break;
    }
    check(false);
}

static enum tlp marking(const struct draft *d)
{
    if (d->o->audience != NOTICE_INTERNAL) {
        return audiences[d->o->audience].cap;
    }
    return d->highest == TLP_RED ? TLP_RED : TLP_AMBER_STRICT;
}

struct rc notice_make(const struct incident *i, const struct notice_opts *o, struct arena *a,
                      struct notice *out)
{
    struct draft d = {.i = i,
                      .o = o,
                      .a = a,
                      .blocks = arena_zalloc(a, NOTICE_MAX_BLOCKS, sizeof(*d.blocks))};
    if (d.blocks == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    struct notice n = {.audience = o->audience,
                       .language = o->language,
                       .institution = o->institution[o->language]};
    put_title(&d, &n);
    n.date = draft_date(&d, o->now);
    write_blocks(&d);
    buf_free(&d.line);
    uint32_t *numbers = arena_zalloc(a, d.all_count, sizeof(*numbers));
    if (d.full || numbers == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(numbers, d.all, d.all_count * sizeof(*numbers));
    sort(numbers, d.all_count);
    n.numbers = numbers;
    n.number_count = d.all_count;
    n.tlp = marking(&d);
    n.blocks = d.blocks;
    n.block_count = d.block_count;
    n.dropped = d.dropped;
    *out = n;
    return RC_OK;
}

bool notice_agree(const struct notice *a, const struct notice *b)
{
    return a->number_count == b->number_count && a->block_count == b->block_count &&
           (a->number_count == 0 ||
            memcmp(a->numbers, b->numbers, a->number_count * sizeof(*a->numbers)) == 0);
}
