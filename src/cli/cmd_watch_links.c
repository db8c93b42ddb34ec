/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An incident has a link for each finding that joined it. A person asks what holds them
 * together: so each entity stands once, with the findings that it joins, and entities that join
 * findings of the same names (the events of one program, one by one) stand as one of them and a
 * number.
 */
#include "cli/cmd_watch.h"

struct group {
    const struct incident_link *first;
    uint32_t seen_in; /* the most of its links */
    unsigned like_it; /* entities of the same kind and findings, besides */
    struct buf titles;
};

static uint32_t index_of(const struct incident *i, const uint8_t *id)
{
    uint32_t n = 0;
    while (n < i->listed_count && memcmp(i->findings[n].id, id, FINDING_ID_BYTES) != 0) {
        n++;
    }
    return n;
}

static bool same_entity(const struct incident_link *a, const struct incident_link *b)
{
    return a->kind == b->kind && str_eq(a->value, b->value);
}

/* Each title once, and how many findings have it. */
static void put_titles(struct buf *out, const struct incident *i, bool *named)
{
    for (uint32_t n = 0; n < i->listed_count; n++) {
        unsigned count = 0;
        for (uint32_t k = n; named[n] && k < i->listed_count; k++) {
            bool same = named[k] && str_eq(i->findings[k].title, i->findings[n].title);
            count += same;
            named[k] = named[k] && (!same || k == n);
        }
        if (count == 0) {
            continue;
        }
        buf_puts(out, out->n == 0 ? "" : "; ");
        buf_put(out, i->findings[n].title);
        if (count > 1) {
            buf_printf(out, " (%u findings)", count);
        }
    }
}

/* All that the entity of link `from` joins. */
static struct group gather(const struct incident *i, uint32_t from)
{
    bool named[INCIDENT_MAX_FINDINGS] = {0};
    struct group g = {.first = &i->links[from]};
    for (uint32_t n = from; n < i->link_count; n++) {
        const struct incident_link *l = &i->links[n];
        uint32_t one = index_of(i, l->finding), other = index_of(i, l->to);
        if (!same_entity(l, g.first) || one == i->listed_count || other == i->listed_count) {
            continue;
        }
        named[one] = named[other] = true;
        g.seen_in = l->seen_in > g.seen_in ? l->seen_in : g.seen_in;
    }
    put_titles(&g.titles, i, named);
    return g;
}

static bool is_first(const struct incident *i, uint32_t link)
{
    for (uint32_t n = 0; n < link; n++) {
        if (same_entity(&i->links[n], &i->links[link])) {
            return false;
        }
    }
    return true;
}

static bool is_like(const struct group *a, const struct group *b)
{
    return a->first->kind == b->first->kind && a->seen_in == b->seen_in &&
           str_eq(buf_str(&a->titles), buf_str(&b->titles));
}

static void put_group(struct sheet *s, const struct group *g)
{
    AUTO_BUF text = {0};
    buf_puts(&text, "the ");
    buf_put(&text, finding_kind_name(g->first->kind));
    buf_putc(&text, ' ');
    buf_put(&text, g->first->value);
    if (g->like_it > 0) {
        buf_printf(&text, " and %u more, each", g->like_it);
    }
    buf_printf(&text, "%s in %u findings of that day: ", g->like_it > 0 ? "" : ",", g->seen_in);
    buf_put(&text, buf_str(&g->titles));
    sheet_item(s, buf_str(&text));
}

void cmd_watch_links(struct sheet *s, const struct incident *i)
{
    struct group groups[INCIDENT_MAX_LINKS];
    size_t count = 0;
    sheet_heading(s, "Why these findings belong together: they name");
    for (uint32_t n = 0; n < i->link_count && n < INCIDENT_MAX_LINKS; n++) {
        if (!is_first(i, n)) {
            continue;
        }
        struct group g = gather(i, n);
        size_t k = 0;
        while (k < count && !is_like(&groups[k], &g)) {
            k++;
        }
        if (k == count && g.titles.n > 0) {
            groups[count++] = g;
            continue;
        }
        if (k < count) {
            groups[k].like_it++;
        }
        buf_free(&g.titles);
    }
    for (size_t k = 0; k < count; k++) {
        put_group(s, &groups[k]);
        buf_free(&groups[k].titles);
    }
    if (i->link_count == 0) {
        sheet_item(s, STR("it is one finding"));
    }
}
