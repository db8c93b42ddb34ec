/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/recurrence.h"

#include "base/heap.h"
#include "incident/page.h"
#include "model/tactic.h"

enum { ARENA_CAP_BYTES = 16 << 20 };

struct history {
    struct arena *arena;
    struct recurrence_facets earlier[RECURRENCE_MAX_EARLIER];
    size_t count;
};

/*
 * The yardstick that is published is about techniques of campaigns, not tactics of incidents;
 * it is shown as what it is. src: MITRE ATT&CK campaigns, 223 pairs of different actors
 */
static const struct str base_rate_text = STR_INIT(
    "How often unrelated incidents agree as much was not measured here. Published for "
    "comparison: of 223 pairs of unrelated campaigns, 5 % share more than 0.13 of their "
    "weighted techniques and 1 % more than 0.18; tactics agree far more often by chance.");

struct history *recurrence_open(void)
{
    struct history *h = heap_zalloc(1, sizeof(*h));
    h->arena = arena_open(ARENA_CAP_BYTES);
    return h;
}

void recurrence_close(struct history *h)
{
    if (h != NULL) {
        arena_close(h->arena);
        heap_free(h);
    }
}

size_t recurrence_count(const struct history *h)
{
    return h->count;
}

const struct recurrence_facets *recurrence_at(const struct history *h, size_t i)
{
    check(i < h->count);
    return &h->earlier[i];
}

static uint32_t read_tactics(struct page *page, const struct node *map)
{
    struct str slugs[PAGE_MAX_LIST];
    uint32_t count = page_texts(page, map, "tactics", slugs), set = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned t = 0;
        while (t < TACTIC_COUNT && !str_eq(slugs[i], tactic_slug((enum tactic)t))) {
            t++;
        }
        if (t == TACTIC_COUNT) {
            page_fault(page, map, "'tactics' are ATT&CK's, such as initial-access");
        } else {
            set |= UINT32_C(1) << t;
        }
    }
    return set;
}

static void read_entry(struct history *h, struct page *page, const struct node *map)
{
    static const char *const keys[] = {"name",  "date",    "title",       "type", "objective",
                                       "entry", "tactics", "information", "note"};
    struct recurrence_facets f = {0};
    struct str information[PAGE_MAX_LIST];
    page_only(page, map, keys, COUNT_OF(keys));
    f.name = page_text(page, map, "name", true);
    f.type = page_text(page, map, "type", true);
    f.objective = page_text(page, map, "objective", false);
    f.entry = page_text(page, map, "entry", false);
    f.tactics = read_tactics(page, map);
    if (!walltime_parse(page_text(page, map, "date", true), &f.date)) {
        page_fault(page, map, "'date' is a date such as 2023-09-18");
    }
    uint32_t count = page_texts(page, map, "information", information);
    for (uint32_t i = 0; i < count && i < RECURRENCE_MAX_INFORMATION; i++) {
        f.information[f.information_count++] = information[i];
    }
    if (h->count == RECURRENCE_MAX_EARLIER) {
        page_fault(page, map, "more than 512 earlier incidents");
    }
    if (!page->bad) {
        h->earlier[h->count++] = f;
    }
}

struct rc recurrence_load(struct history *h, struct str path, struct str text,
                          struct diag *diag)
{
    if (text.n > RECURRENCE_CAP_BYTES) {
        return rc_at(ERR_TOO_LONG, RECURRENCE_CAP_BYTES);
    }
    struct page page = {.path = path, .diag = diag, .arena = h->arena};
    struct page_reader reader = {.documents = {.text = text}};
    bool bad = false;
    for (;;) {
        page.bad = false;
        const struct node *map = page_next(&page, &reader);
        if (map != NULL) {
            read_entry(h, &page, map);
        }
        bad |= page.bad;
        if (map == NULL) {
            return bad ? rc_make(ERR_REJECTED) : RC_OK;
        }
    }
}

static unsigned bits(uint32_t set)
{
    return (unsigned)__builtin_popcount(set);
}

/* What two incidents have in common. */
struct agreement {
    bool entry, objective, tactics;
    unsigned shared, together; /* tactics */
    struct str information;    /* the first class that both name */
};

static struct agreement agree(const struct recurrence_facets *a,
                              const struct recurrence_facets *b)
{
    struct agreement g = {.entry = a->entry.n > 0 && str_eq(a->entry, b->entry),
                          .objective = a->objective.n > 0 && str_eq(a->objective, b->objective),
                          .shared = bits(a->tactics & b->tactics),
                          .together = bits(a->tactics | b->tactics)};
    g.tactics = g.together > 0 && g.shared * 100 >= g.together * RECURRENCE_SHARE_PERCENT;
    for (uint32_t i = 0; i < a->information_count; i++) {
        for (uint32_t j = 0; j < b->information_count; j++) {
            if (g.information.n == 0 && str_eq(a->information[i], b->information[j])) {
                g.information = a->information[i];
            }
        }
    }
    return g;
}

/* The same kind, and at least one more facet. */
static bool is_same_type(const struct recurrence_facets *a, const struct recurrence_facets *b)
{
    struct agreement g = agree(a, b);
    return a->type.n > 0 && str_eq(a->type, b->type) &&
           (g.entry || g.objective || g.tactics || g.information.n > 0);
}

static bool is_before(const struct recurrence_facets *a, const struct recurrence_facets *b)
{
    return walltime_known(a->date) && walltime_known(b->date) && a->date.us < b->date.us;
}

static void put_because(struct buf *out, const struct recurrence_facets *a,
                        const struct recurrence_facets *b)
{
    struct agreement g = agree(a, b);
    buf_puts(out, "the same kind (");
    buf_put(out, a->type);
    buf_puts(out, ")");
    if (g.entry) {
        buf_puts(out, "; the same way in (");
        buf_put(out, a->entry);
        buf_puts(out, ")");
    }
    if (g.information.n > 0) {
        buf_puts(out, "; the same information (");
        buf_put(out, g.information);
        buf_puts(out, ")");
    }
    if (g.objective) {
        buf_puts(out, "; the same assessed objective (");
        buf_put(out, a->objective);
        buf_puts(out, ")");
    }
    if (g.together > 0) {
        buf_printf(out, "; %u of %u tactics in common (%u %%)%s", g.shared, g.together,
                   g.shared * 100 / g.together, g.tactics ? "" : ", too few to agree");
    }
}

static struct rc explain(const struct recurrence_facets *this_one,
                         const struct recurrence_facets *latest, struct arena *a,
                         struct recurrence *out)
{
    AUTO_BUF earlier = {0};
    AUTO_BUF because = {0};
    struct walltime_parts d = walltime_split(latest->date);
    buf_put(&earlier, latest->name);
    buf_printf(&earlier, " of %04d-%02u-%02u", d.year, d.month, d.day);
    put_because(&because, this_one, latest);
    out->since = latest->date;
    out->base_rate = base_rate_text;
    TRY(arena_copy(a, buf_str(&earlier), &out->earlier));
    return arena_copy(a, buf_str(&because), &out->because);
}

/* Counts earlier ones of the same type, and keeps the latest. */
static void look(const struct recurrence_facets *list, size_t count,
                 const struct recurrence_facets *this_one, uint32_t *nth,
                 const struct recurrence_facets **latest)
{
    for (size_t i = 0; i < count; i++) {
        const struct recurrence_facets *f = &list[i];
        if (!is_before(f, this_one) || !is_same_type(this_one, f)) {
            continue;
        }
        (*nth)++;
        if (*latest == NULL || (*latest)->date.us < f->date.us) {
            *latest = f;
        }
    }
}

struct rc recurrence_compare(const struct history *h, const struct recurrence_facets *this_one,
                             const struct recurrence_list *own, struct arena *a,
                             struct recurrence *out)
{
    const struct recurrence_facets *latest = NULL;
    struct recurrence r = {.nth = 1, .since = {.us = WALLTIME_NONE}};
    look(h->earlier, h->count, this_one, &r.nth, &latest);
    look(own->list, own->count, this_one, &r.nth, &latest);
    if (latest != NULL) {
        TRY(explain(this_one, latest, a, &r));
    }
    *out = r;
    return RC_OK;
}
