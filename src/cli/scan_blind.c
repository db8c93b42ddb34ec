/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_blind.h"

#include "base/heap.h"
#include "base/vec.h"

#include <stdlib.h>

enum { TEXTS_BYTES = 16 << 20, MAX_FIELDS = 4 };

/* In the order of the report: what is nearest to the data comes first. */
enum nearness {
    NEAR,   /* of a product that the data has something of, or a field */
    UNSAID, /* the rules state no product */
    FOREIGN /* of another product: its rules are summed up in one row */
};

struct row {
    struct report_blind blind;
    enum nearness nearness;
};

struct groups {
    const struct coverage *coverage;
    struct arena *texts;
    struct map index;
    VEC(struct row) rows;
};

static void name_logsource(struct buf *out, const struct logsource_want *want)
{
    const struct str parts[] = {want->product, want->category, want->service};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].n != 0) {
            buf_puts(out, out->n == 0 ? "" : "/");
            buf_put(out, parts[i]);
        }
    }
    buf_puts(out, out->n == 0 ? "any" : "");
}

static void name_fields(struct buf *out, const struct fields *fields,
                        const struct coverage_reason *why)
{
    for (uint32_t i = 0; i < why->field_count && i < MAX_FIELDS; i++) {
        buf_puts(out, i == 0 ? "" : ", ");
        buf_put(out, fields_name(fields, why->fields[i]));
    }
    buf_puts(out, why->field_count > MAX_FIELDS ? ", …" : "");
}

/* Where events come from that would answer such a rule; empty when nobody knows. */
static struct str origin_of(const struct logsource_want *want)
{
    for (int id = LOGSOURCE_UNKNOWN + 1; id < LOGSOURCE_CUSTOM; id++) {
        struct str origin = logsource_origin((enum logsource_id)id);
        if (origin.n != 0 && logsource_admits(logsource_row((enum logsource_id)id), want)) {
            return origin;
        }
    }
    return (struct str){0};
}

static enum nearness nearness_of(const struct coverage *coverage, struct str product)
{
    for (int id = LOGSOURCE_UNKNOWN + 1; id < LOGSOURCE_CUSTOM && product.n != 0; id++) {
        if (coverage_events(coverage, (enum logsource_id)id) != 0 &&
            str_eq(logsource_row((enum logsource_id)id)->product, product)) {
            return NEAR;
        }
    }
    return product.n == 0 ? UNSAID : FOREIGN;
}

/* row.missing stands in a buffer of the caller's. */
static struct rc count_in(struct groups *g, const struct row *row)
{
    AUTO_BUF key = {0};
    buf_putc(&key, row->blind.is_field ? 'f' : 'l');
    buf_put(&key, row->blind.missing);
    uint32_t at = map_get(&g->index, buf_str(&key));
    if (at != MAP_NONE) {
        check(at < g->rows.n && g->rows.p != NULL);
        g->rows.p[at].blind.rules++;
        return RC_OK;
    }
    struct str own;
    struct row first = *row;
    TRY(arena_copy(g->texts, buf_str(&key), &own));
    first.blind.missing = str_from(own, 1);
    first.blind.rules = 1;
    map_set(&g->index, own, (uint32_t)g->rows.n);
    vec_push(&g->rows, first);
    return RC_OK;
}

static struct rc add_rule(struct groups *g, const struct fields *fields,
                          const struct coverage_reason *why)
{
    AUTO_BUF name = {0};
    struct row row = {.nearness = NEAR};
    struct logsource_want want = why->wanted;
    if (why->verdict == COVERAGE_NO_FIELDS) {
        name_fields(&name, fields, why);
        row.blind.is_field = true;
    } else {
        row.nearness = nearness_of(g->coverage, want.product);
        if (row.nearness == FOREIGN) {
            want = (struct logsource_want){.product = want.product};
        }
        name_logsource(&name, &want);
        row.blind.hint = origin_of(&want);
    }
    row.blind.missing = buf_str(&name);
    return count_in(g, &row);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->nearness != y->nearness) {
        return x->nearness < y->nearness ? -1 : 1;
    }
    if (x->blind.rules != y->blind.rules) {
        return x->blind.rules < y->blind.rules ? 1 : -1;
    }
    return str_compare(x->blind.missing, y->blind.missing);
}

struct rc scan_blind_find(const struct coverage *coverage, const struct fields *fields,
                          size_t rule_count, struct scan_blind *out)
{
    AUTO_ARENA scratch = arena_open(TEXTS_BYTES);
    struct groups g = {.coverage = coverage, .texts = arena_open(TEXTS_BYTES)};
    size_t rules = 0;
    struct rc rc = RC_OK;
    for (size_t i = 0; i < rule_count && !rc_failed(rc); i++) {
        struct coverage_reason why = {0};
        arena_reset(scratch);
        rc = coverage_explain(coverage, i, scratch, &why);
        bool blind = why.verdict == COVERAGE_NO_LOGSOURCE || why.verdict == COVERAGE_NO_FIELDS;
        if (!rc_failed(rc) && blind) {
            rules++;
            rc = add_rule(&g, fields, &why);
        }
    }
    map_free(&g.index);
    if (g.rows.n > 1) {
        qsort(g.rows.p, g.rows.n, sizeof(*g.rows.p), compare_rows);
    }
    *out = (struct scan_blind){.texts = g.texts, .count = g.rows.n, .rules = rules};
    out->rows = heap_zalloc(g.rows.n + 1, sizeof(*out->rows));
    for (size_t i = 0; i < g.rows.n; i++) {
        out->rows[i] = g.rows.p[i].blind;
    }
    vec_free(&g.rows);
    return rc;
}

void scan_blind_free(struct scan_blind *b)
{
    arena_close(b->texts);
    heap_free(b->rows);
    *b = (struct scan_blind){0};
}
