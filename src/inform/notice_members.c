/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/notice_members.h"

#include "inform/say.h"

static void put_named(struct draft *d, enum phrase sentence)
{
    draft_put(d, sentence, DRAFT_ARGS(d->o->institution[d->o->language]));
    draft_capital(d); /* "the Court …" begins the sentence */
    draft_end(d, NOTICE_PARAGRAPH);
}

static void put_facts(struct draft *d)
{
    draft_block(d, NOTICE_HEADING, PHRASE_NV_H_FACTS);
    uint32_t said = say_detected(d) + say_nature(d) + say_contained(d) + say_earlier(d);
    if (said == 0) {
        draft_block(d, NOTICE_PARAGRAPH, PHRASE_NV_NO_FACT);
    }
}

static void put_effects(struct draft *d)
{
    uint32_t before = d->block_count;
    draft_block(d, NOTICE_HEADING, PHRASE_NV_H_EFFECTS);
    uint32_t said = say_effects(d, NOTICE_ITEM) + say_people(d);
    said += say_services(d, PHRASE_NV_SERVICES);
    if (said == 0) {
        d->block_count = before;
    }
}

/* An address as people who copy it mean it, and as no mail client makes a link of it. */
static struct str defanged(struct draft *d, struct str value)
{
    AUTO_BUF out = {0};
    struct str kept = {0};
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '.' || value.p[i] == ':') {
            buf_printf(&out, "[%c]", value.p[i]);
        } else {
            buf_putc(&out, value.p[i]);
        }
    }
    if (rc_failed(arena_copy(d->a, buf_str(&out), &kept))) {
        d->full = true;
    }
    return kept;
}

static uint32_t say_indicators(struct draft *d, enum assertion_kind k, enum phrase sentence)
{
    uint32_t said = 0, at = 0;
    const struct assertion *a;
    while ((a = draft_next(d, k, &at)) != NULL) {
        if (a->status == ASSERTION_UNKNOWN) {
            continue;
        }
        struct str value = draft_guard(d, a->value);
        draft_use(d, a);
        draft_put(d, sentence,
                  DRAFT_ARGS(k == ASSERTION_SOURCE_ADDRESS ? defanged(d, value) : value));
        draft_end(d, NOTICE_ITEM);
        said++;
    }
    return said;
}

static uint32_t put_annex(struct draft *d)
{
    uint32_t before = d->block_count, said = 0;
    draft_block(d, NOTICE_HEADING, PHRASE_NV_H_ANNEX);
    said += say_indicators(d, ASSERTION_SOURCE_ADDRESS, PHRASE_NV_ADDRESS);
    said += say_indicators(d, ASSERTION_ACCOUNT_USED, PHRASE_NV_ACCOUNT);
    said += say_indicators(d, ASSERTION_HOST, PHRASE_NV_HOST);
    if (said == 0) {
        d->block_count = before;
    }
    return said;
}

static bool has_indicators(const struct draft *d)
{
    static const enum assertion_kind kinds[] = {ASSERTION_SOURCE_ADDRESS,
                                                ASSERTION_ACCOUNT_USED, ASSERTION_HOST};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        uint32_t at = 0;
        const struct assertion *a;
        while ((a = draft_next(d, kinds[i], &at)) != NULL) {
            if (a->status != ASSERTION_UNKNOWN) {
                return true;
            }
        }
    }
    return false;
}

static void put_requests(struct draft *d)
{
    draft_block(d, NOTICE_HEADING, PHRASE_NV_H_REQUESTS);
    put_named(d, PHRASE_NV_ASSISTANCE);
    draft_block(d, NOTICE_PARAGRAPH, PHRASE_NV_LOOK_OUT);
    if (!has_indicators(d)) {
        draft_block(d, NOTICE_PARAGRAPH, PHRASE_NV_ON_REQUEST);
    }
    if (d->o->contact.n != 0) {
        draft_put(d, PHRASE_NV_POINT, DRAFT_ARGS(d->o->contact));
        draft_end(d, NOTICE_PARAGRAPH);
    }
    draft_block(d, NOTICE_PARAGRAPH, PHRASE_NV_HANDLING);
    say_next(d, PHRASE_NV_NEXT);
}

void notice_members_write(struct draft *d)
{
    put_named(d, PHRASE_NV_OPENING);
    put_facts(d);
    put_effects(d);
    draft_block(d, NOTICE_HEADING, PHRASE_NV_H_UNKNOWN);
    (void)say_unknown(d, PHRASE_UNKNOWN_IT);
    draft_block(d, NOTICE_HEADING, PHRASE_NV_H_MEASURES);
    if (say_measures(d) == 0) {
        draft_block(d, NOTICE_PARAGRAPH, PHRASE_NV_NO_MEASURE);
    }
    put_requests(d);
    put_named(d, PHRASE_NV_CLOSING);
    (void)put_annex(d);
}
