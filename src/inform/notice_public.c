/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/notice_public.h"

#include "inform/say.h"

/* Effect on mandate and services; nothing asserted is an open question. */
static void put_services(struct draft *d)
{
    draft_block(d, NOTICE_HEADING, PHRASE_H_SERVICES);
    if (say_services(d, PHRASE_SERVICES_AS_OF) == 0) {
        struct str what = draft_text(d, PHRASE_ASK_SERVICE, DRAFT_PLAIN);
        draft_put(d, PHRASE_UNKNOWN_WE, DRAFT_ARGS(what));
        draft_end(d, NOTICE_PARAGRAPH);
    }
}

/* A heading, which is taken back when nothing comes under it. */
static void put_if_said(struct draft *d, enum phrase heading, uint32_t (*say)(struct draft *))
{
    uint32_t before = d->block_count;
    draft_block(d, NOTICE_HEADING, heading);
    if (say(d) == 0) {
        d->block_count = before;
    }
}

static uint32_t say_known(struct draft *d)
{
    return say_effects(d, NOTICE_ITEM) + say_measures(d);
}

static void put_affected(struct draft *d)
{
    draft_block(d, NOTICE_HEADING, PHRASE_H_AFFECTED);
    (void)say_people(d);
    draft_block(d, NOTICE_PARAGRAPH, PHRASE_ADVICE_CONTACT);
    draft_block(d, NOTICE_PARAGRAPH, PHRASE_ADVICE_MESSAGES);
}

void notice_public_write(struct draft *d)
{
    draft_block(d, NOTICE_HEADING, PHRASE_H_WHAT);
    (void)say_detected(d);
    (void)say_nature(d);
    put_if_said(d, PHRASE_H_STATE, say_contained);
    put_if_said(d, PHRASE_H_KNOW, say_known);
    draft_block(d, NOTICE_HEADING, PHRASE_H_UNKNOWN);
    (void)say_unknown(d, PHRASE_UNKNOWN_WE);
    draft_block(d, NOTICE_HEADING, PHRASE_H_DOING);
    draft_block(d, NOTICE_ITEM, PHRASE_DOING_EXTENT);
    draft_block(d, NOTICE_ITEM, PHRASE_DOING_RECORDS);
    put_affected(d);
    put_services(d);
    put_if_said(d, PHRASE_H_EARLIER, say_earlier);
    draft_block(d, NOTICE_HEADING, PHRASE_H_INFORMED);
    if (say_informed(d) == 0) {
        draft_block(d, NOTICE_PARAGRAPH, PHRASE_INFORMED_LATER);
    }
    draft_block(d, NOTICE_HEADING, PHRASE_H_NEXT);
    say_next(d, PHRASE_NEXT_BY);
    if (d->o->contact.n != 0) {
        draft_block(d, NOTICE_HEADING, PHRASE_H_CONTACT);
        buf_put(&d->line, d->o->contact);
        draft_end(d, NOTICE_PARAGRAPH);
    }
}
