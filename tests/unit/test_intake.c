/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ledger, a correlate and detect between them, any of which is started again at any moment:
 * each correlate sees each record of its window once and in order.
 */
#include "detect/intake.h"
#include "test.h"

#include <stdlib.h>

enum { WINDOW_S = 600, FRAME = 7, WIRE = 6, STEPS = 4000, WORLDS = 200 };

/* The ledger's side: what it has, what of it was sent and has not arrived. */
struct world {
    struct intake intake;
    uint64_t stored; /* positions below it are there; received a second apart */
    bool reading;
    uint64_t next; /* to be sent */
    struct intake_frame wire[WIRE];
    size_t wire_count;
    /* what this correlate has: all from `from` to `have`; nothing before the first */
    bool any;
    uint64_t from, have;
    bool begun;
    uint64_t answered;        /* below it some correlate has answered for all that came */
    uint64_t done[WIRE * 64]; /* HITS it has not answered */
    size_t done_count;
    uint64_t seed, unrest;
};

static uint64_t random_below(struct world *w, uint64_t n)
{
    w->seed = w->seed * 6364136223846793005U + 1442695040888963407U;
    return (w->seed >> 33) % n;
}

static struct walltime at(uint64_t position)
{
    return (struct walltime){.us = (int64_t)position * 1000000};
}

static struct walltime now(const struct world *w)
{
    return at(w->stored);
}

static void ask(struct world *w, uint64_t window_s)
{
    if (window_s != 0) {
        w->reading = true;
        w->next = w->stored > window_s ? w->stored - window_s : 0;
    }
}

static void ledger_sends(struct world *w)
{
    if (!w->reading || w->next >= w->stored || w->wire_count == WIRE) {
        return;
    }
    uint64_t n = 1 + random_below(w, FRAME);
    n = n < w->stored - w->next ? n : w->stored - w->next;
    w->wire[w->wire_count++] = (struct intake_frame){w->next, w->next + n, at(w->next)};
    w->next += n;
}

static void arrives(struct world *w)
{
    enum intake_verdict verdict;
    uint32_t skip = 0;
    if (w->wire_count == 0 || w->done_count == INTAKE_FRAMES) {
        return;
    }
    struct intake_frame f = w->wire[0];
    w->wire_count--;
    memmove(w->wire, w->wire + 1, w->wire_count * sizeof(f));
    assert_ok(intake_take(&w->intake, &f, &verdict, &skip));
    if (!w->begun) {
        w->begun = true;
        w->answered = f.first;
    }
    if (verdict != INTAKE_DEAL) {
        return;
    }
    uint64_t first = f.first + skip;
    if (w->any) {
        assert_int_equal(first, w->have); /* none twice, none left out */
    } else {
        w->from = first;
        assert_true(first <= w->answered); /* nothing is left out between two correlates */
    }
    w->any = true;
    w->have = f.next;
    intake_dealt(&w->intake, &f);
    w->done[w->done_count++] = f.next;
}

static void correlate_answers(struct world *w)
{
    uint64_t credit;
    if (w->done_count == 0 || !w->intake.ready) {
        return;
    }
    assert_ok(intake_done(&w->intake, w->done[0], &credit));
    w->answered = w->done[0] > w->answered ? w->done[0] : w->answered;
    w->done_count--;
    memmove(w->done, w->done + 1, w->done_count * sizeof(w->done[0]));
}

static void correlate_dies(struct world *w)
{
    intake_correlate_lost(&w->intake);
    w->done_count = 0;
    w->any = false;
}

static void correlate_starts(struct world *w)
{
    if (!w->intake.ready) {
        ask(w, intake_replay(&w->intake, WINDOW_S, now(w)));
    }
}

static void ledger_restarts(struct world *w)
{
    intake_ledger_lost(&w->intake);
    w->reading = false;
    w->wire_count = 0;
    ask(w, intake_ledger_attached(&w->intake, now(w)));
}

static void step(struct world *w)
{
    uint64_t what = random_below(w, 400);
    if (what < w->unrest) {
        correlate_dies(w);
    } else if (what < 40) {
        correlate_starts(w);
    } else if (what < 40 + w->unrest) {
        ledger_restarts(w);
    } else if (what < 62) {
        w->stored += random_below(w, 2000); /* nobody looked for a while */
    } else if (what < 160) {
        w->stored += random_below(w, 4);
    } else if (what < 240) {
        ledger_sends(w);
    } else if (what < 320) {
        arrives(w);
    } else {
        correlate_answers(w);
    }
}

/* Let everything come to rest: correlate has all, and as far back as it wanted. */
static void settle(struct world *w)
{
    correlate_starts(w);
    w->stored++;
    for (size_t i = 0; i < 400000 && (!w->any || w->have < w->stored); i++) {
        ledger_sends(w);
        arrives(w);
        correlate_answers(w);
    }
    assert_true(w->any);
    assert_int_equal(w->have, w->stored);
}

static void test_any_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world *w = calloc(1, sizeof(*w));
        w->seed = seed;
        w->unrest = 1 + seed % 20;
        ledger_restarts(w);
        for (size_t i = 0; i < STEPS; i++) {
            step(w);
        }
        settle(w);
        /* a fresh one, with a window full of records behind it */
        correlate_dies(w);
        uint64_t start = w->stored;
        settle(w);
        assert_true(w->from + WINDOW_S <= start || w->from == 0);
        free(w);
    }
}

static void test_liars(void **state)
{
    (void)state;
    struct intake i = {0};
    enum intake_verdict verdict;
    uint32_t skip;
    uint64_t credit;
    struct intake_frame f = {5, 6, {0}}, empty = {5, 5, {0}};
    assert_fails(intake_take(&i, &f, &verdict, &skip), MALFORMED);
    assert_int_equal(intake_ledger_attached(&i, at(0)), 0);
    assert_int_equal(intake_replay(&i, 10, at(0)), 10 + INTAKE_SLACK_S);
    assert_fails(intake_take(&i, &empty, &verdict, &skip), MALFORMED);
    assert_fails(intake_done(&i, 1, &credit), MALFORMED);
    for (uint64_t n = 0; n < INTAKE_FRAMES; n++) {
        f = (struct intake_frame){n, n + 1, at(n)};
        assert_ok(intake_take(&i, &f, &verdict, &skip));
        assert_int_equal(verdict, INTAKE_DEAL);
        intake_dealt(&i, &f);
    }
    f = (struct intake_frame){INTAKE_FRAMES, INTAKE_FRAMES + 1, {0}};
    assert_fails(intake_take(&i, &f, &verdict, &skip), MALFORMED);
    assert_ok(intake_done(&i, 10, &credit));
    assert_int_equal(credit, 10);
    assert_ok(intake_done(&i, 10, &credit));
    assert_int_equal(credit, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_liars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
